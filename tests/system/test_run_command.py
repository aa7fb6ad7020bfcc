"""``psi run`` as a user runs it: real processes, exit statuses, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import psi

#: See ``live_run`` in conftest.
LiveRuns = Callable[..., Any]

PSI = [sys.executable, "-m", "psi.application.cli"]


def psi_run(*arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PSI, "run", *arguments], capture_output=True, text=True, timeout=timeout, check=False)


def last_json(text: str) -> dict:
    return json.loads(text.strip().splitlines()[-1])


def test_a_whole_session_runs_and_says_where_it_is(place: Path) -> None:
    done = psi_run(
        "appetitive_gonogo", "--rig", "simulated", "--subject", "test1", "--trials", "5",
        "--speed", "max", "--out", "made/here", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert last_json(done.stdout) == {
        "recording": str(place / "made" / "here"),
        "finish_reason": "trials",
        "trials": 5,
        "quality": "good",
    }
    with psi.open_recording(place / "made" / "here") as recording:
        assert recording.trials["completed"].sum() == 5
        assert recording.documents["session"]["subject"] == "test1"
        assert recording.documents["provenance"]["command_line"][:2] == ["run", "appetitive_gonogo"]
        assert isinstance(recording.documents["task"]["seed"], int), "the drawn seed is written back"


def test_two_runs_of_one_seed_agree_and_the_speed_does_not_matter(place: Path) -> None:
    for name, speed in (("a", "max"), ("b", "20")):
        done = psi_run(
            "appetitive_gonogo",
            "--rig",
            "simulated",
            "--duration",
            "12",
            "--seed",
            "7",
            "--speed",
            speed,
            "--out",
            name,
        )
        assert done.returncode == 0, done.stderr
    with psi.open_recording("a") as first, psi.open_recording("b") as second:
        assert first.trials.to_csv() == second.trials.to_csv()
        assert first.events.to_csv() == second.events.to_csv()
        assert len(first.trials) >= 1


def test_the_wall_clock_moves_a_run_that_is_given_no_speed(place: Path) -> None:
    done = psi_run("record", "--rig", "simulated_array", "--duration", "1", "--out", "r", "--json")
    assert done.returncode == 0, done.stderr
    with psi.open_recording("r") as recording:
        lengths = {name: stream.shape for name, stream in recording.streams.items()}
        assert set(lengths) == {"lfp", "spikes", "raw_signal"}
        n_samples = {shape[0] for shape in lengths.values()}
        assert len(n_samples) == 1
        assert min(n_samples) >= 24000
        assert recording.gaps == []


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_stops_cleanly_and_keeps_everything(place: Path, live_run: LiveRuns) -> None:
    run = live_run("appetitive_gonogo", "--rig", "simulated", "--out", "r")
    assert set(run.pids) == {"warden", "runtime", "store"}
    run.process.send_signal(signal.SIGINT)
    status, summary, err = run.end()
    assert status == 130, err
    assert summary["finish_reason"] == "stopped"
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "stopped"
        n_samples = {name: stream.shape[0] / stream.fs for name, stream in recording.streams.items()}
        assert len(set(n_samples.values())) == 1


def test_files_of_the_current_folder_do_not_stand_in_for_libraries(place: Path) -> None:
    for name in ("token.py", "numpy.py", "tables.py"):
        (place / name).write_text("raise RuntimeError('not the library')\n")
    done = subprocess.run(
        [sys.executable, "-P", *PSI[1:], "run", "record", "--rig", "simulated_array", "--duration", "0.1",
         "--speed", "max", "--out", "r"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


FAULTY_MANIFEST = """
from psi.api import Command, ExperimentAction, Extension, PluginManifest

def explode(event):
    raise ValueError('the pump is dry')

enamldef Exploding(PluginManifest):
    id = 'exploding'
    Extension:
        id = 'commands'
        point = 'enaml.workbench.core.commands'
        Command:
            id = 'explode'
            handler = explode
    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
        ExperimentAction:
            event = 'trial_end'
            command = 'explode'
"""


def test_a_command_that_fails_ends_the_run_with_status_3_and_keeps_the_data(place: Path) -> None:
    (place / "exploding.enaml").write_text(FAULTY_MANIFEST)
    done = psi_run(
        "appetitive_gonogo", "--rig", "simulated", "--manifest", "./exploding.enaml", "--seed", "3",
        "--speed", "max", "--trials", "5", "--out", "r", "--json",
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "command 'explode' of manifest 'exploding' failed on event 'trial_end'" in done.stderr
    assert "the pump is dry" in done.stderr
    assert "Traceback" not in done.stderr
    assert last_json(done.stdout)["finish_reason"] == "fault"
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "fault"
        assert len(recording.trials) == 1
        faults = recording.audit[recording.audit["what"] == "fault"]
        assert len(faults) == 1


def test_a_second_run_into_the_same_folder_is_refused(place: Path) -> None:
    again = ("record", "--rig", "simulated_array", "--duration", "0.2", "--speed", "max", "--out", "r")
    assert psi_run(*again).returncode == 0
    before = (place / "r" / "recording.h5").read_bytes()
    done = psi_run(*again)
    assert done.returncode == 2
    assert "never overwritten" in done.stderr
    assert (place / "r" / "recording.h5").read_bytes() == before


REFUSED = [
    (["appetitive_gonog", "--rig", "simulated"], ["no paradigm 'appetitive_gonog'; did you mean 'appetitive_gonogo'?"]),
    (["record", "--rig", "simulatd"], ["no rig 'simulatd'"]),
    (["record", "--rig", "simulated", "--manifest", "water"], ["no manifest 'water'"]),
    (
        ["appetitive_gonogo", "--rig", "simulated", "--set", "levl=3", "--set", "score=1", "--set-rig", "foo=1"],
        ["no item 'levl'; did you mean 'level'", "'score' is a Result", "declares no value 'foo'"],
    ),
    (["appetitive_gonogo", "--rig", "simulated", "--set", "hold_duration=-1"], ["allowed is 0 to 10 s"]),
    (["appetitive_gonogo", "--rig", "simulated", "--set", "hold_duration=2*"], ["column"]),
    (["appetitive_gonogo", "--rig", "simulated", "--set", "hold_duration"], ["write NAME=EXPR"]),
    (["appetitive_gonogo", "--rig", "simulated", "--set-rig", "threshold=loud"], ["threshold is a number in dB SPL"]),
    (["appetitive_gonogo", "--rig", "simulated", "--task", "none.json"], ["none.json", "cannot be read"]),
    (["appetitive_gonogo", "--rig", "simulated", "--task", "half.json"], ["half.json: line 1"]),
    (["appetitive_gonogo", "--rig", "simulated", "--task", "newer.json"], ["newer than 1.2"]),
    (["appetitive_gonogo", "--rig", "simulated", "--session", "newer.json"], ["newer.json"]),
    (["appetitive_gonogo", "--rig", "simulated", "--task", "roves.json"], ["'hold_duration', which is a Parameter"]),
    (["record", "--rig", "simulated", "--speed", "fast"], ["'fast' is no speed"]),
    (["record", "--rig", "simulated", "--trials", "0"], ["--trials"]),
    (["record", "--rig", "simulated", "--duration", "-1"], ["--duration"]),
    (["record", "--rig", "simulated", "--seed", "-1"], ["--seed"]),
    (["record", "--rig", "simulated", "--spede", "1"], ["--spede"]),
    (["record"], ["--rig"]),
    (["beat_locked", "--rig", "replay_ecg", "--set-rig", "file=none.npz"], ["'none.npz' does not exist"]),
    (["beat_locked", "--rig", "replay_ecg", "--set", "delay=0.001"], ["set delay to 0.029 s or more"]),
]


@pytest.mark.parametrize(("arguments", "messages"), REFUSED, ids=lambda value: " ".join(value)[:60])
def test_wrong_use_is_refused_in_one_line_each_and_leaves_nothing(
    place: Path, arguments: list[str], messages: list[str]
) -> None:
    (place / "half.json").write_text('{"paradigm": "appetitive_gonogo", "ite')
    (place / "newer.json").write_text('{"format_version": "7.0", "kind": "task", "paradigm": "appetitive_gonogo"}')
    (place / "roves.json").write_text('{"paradigm": "appetitive_gonogo", "roving": ["hold_duration"]}')
    done = psi_run(*arguments, "--out", "r")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for message in messages:
        assert message in done.stderr
    lines = done.stderr.strip().splitlines()
    assert all(line.startswith("psi: error: ") for line in lines), lines
    assert not (place / "r").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="permission bits")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o500)
    done = psi_run("record", "--rig", "simulated_array", "--duration", "0.1", "--speed", "max", "--out", "closed/r")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_a_file_where_the_folder_should_be_is_refused(place: Path) -> None:
    (place / "file").write_text("mine")
    for out in ("file", "file/below"):
        done = psi_run("record", "--rig", "simulated_array", "--duration", "0.1", "--speed", "max", "--out", out)
        assert done.returncode == 2
        assert "--out" in done.stderr
    assert (place / "file").read_text() == "mine"
