"""Processes that are killed with SIGKILL: what must happen to the run and its recording."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import psi

LiveRuns = Callable[..., Any]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")

RECORD = ("record", "--rig", "simulated_array", "--out", "r")


def test_what_a_killed_runtime_acquired_is_kept(place: Path, live_run: LiveRuns) -> None:
    run = live_run(*RECORD)
    os.kill(run.pids["runtime"], signal.SIGKILL)
    status, summary, err = run.end()
    assert status == 3
    assert "the runtime died" in err
    assert summary["finish_reason"] == "runtime died"
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "runtime died"
        # three rings are written one after the other: the last block may be in the first of them only
        lengths = [stream.shape[0] for stream in recording.streams.values()]
        assert min(lengths) > 0
        assert max(lengths) - min(lengths) <= 250


def test_a_killed_store_is_followed_by_another_and_the_run_goes_on(place: Path, live_run: LiveRuns) -> None:
    run = live_run(*RECORD, "--duration", "4")
    os.kill(run.pids["store"], signal.SIGKILL)
    status, summary, err = run.end()
    assert (status, summary["finish_reason"]) == (0, "duration"), err
    assert "the store died (SIGKILL); another goes on from the rings, in part 2; nothing is lost" in err
    assert not list(Path("r").glob("*part*"))
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "duration"
        assert {stream.shape[0] >= 4 * 25000 for stream in recording.streams.values()} == {True}
        assert len({stream.shape[0] for stream in recording.streams.values()}) == 1
        assert recording.gaps == []
        assert recording.audit["what"].tolist().count("restart") == 1


def test_a_store_that_is_killed_after_its_runtime_is_followed_too(place: Path, live_run: LiveRuns) -> None:
    run = live_run(*RECORD)
    os.kill(run.pids["store"], signal.SIGKILL)
    os.kill(run.pids["runtime"], signal.SIGKILL)
    status, summary, err = run.end()
    assert (status, summary["finish_reason"]) == (3, "runtime died"), err
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "runtime died"
        assert min(stream.shape[0] for stream in recording.streams.values()) > 0


def test_a_store_that_is_killed_with_its_warden_ends_the_run_with_a_file_that_opens(
    place: Path, live_run: LiveRuns
) -> None:
    run = live_run(*RECORD)
    os.kill(run.pids["warden"], signal.SIGKILL)
    os.kill(run.pids["store"], signal.SIGKILL)
    run.process.wait()
    run.wait_for("runtime")
    with psi.open_recording("r") as recording:
        # Nobody was left to start another store.
        assert recording.finish_reason == "unfinished"
        assert set(recording.streams) == {"lfp", "spikes", "raw_signal"}
    subprocess.run([sys.executable, "-m", "psi.application.cli", "status"], capture_output=True, check=True)


def test_a_run_goes_on_to_its_end_when_the_warden_is_killed(place: Path, live_run: LiveRuns) -> None:
    run = live_run(*RECORD, "--duration", "7")
    os.kill(run.pids["warden"], signal.SIGKILL)
    run.process.wait()
    run.wait_for("runtime")
    run.wait_for("store")
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "duration"
        assert {stream.shape[0] >= 7 * 25000 for stream in recording.streams.values()} == {True}
    # whoever looks next clears what the warden could not
    listed = subprocess.run(
        [sys.executable, "-m", "psi.application.cli", "status"], capture_output=True, text=True, check=True
    )
    assert "no run" in listed.stdout


def test_when_runtime_and_warden_are_killed_the_store_cleans_up(place: Path, live_run: LiveRuns) -> None:
    run = live_run(*RECORD)
    os.kill(run.pids["warden"], signal.SIGKILL)
    os.kill(run.pids["runtime"], signal.SIGKILL)
    run.process.wait()
    run.wait_for("store")
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "runtime died"
    subprocess.run([sys.executable, "-m", "psi.application.cli", "status"], capture_output=True, check=True)
