"""Whole sessions on NI cards, simulated: the shipped rigs as a user runs them, and what a lost card leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import psi
from psi.testing.ni_server.server import SimulatedServer
from psi.testing.ni_server.sources import Square

PSI = [sys.executable, "-m", "psi.application.cli"]


def run_psi(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PSI, *arguments], capture_output=True, text=True, timeout=180, check=False)


@pytest.fixture
def booth() -> Iterator[SimulatedServer]:
    """The cards of ni_simulated and ni_simulated_digital, silent but for the animal, which is quick."""
    poke, spout = Square(5.0, 0.4), Square(1.0, 0.7)
    sources = {"Dev1/ai1": poke, "Dev1/port0/line9": Square(1.0, 0.4), "Dev1/port0/line8": spout}
    with SimulatedServer(["Dev1=USB-6343"], wires=["Dev1/ao0=Dev1/ai0"], sources=sources) as server:
        yield server


def test_a_session_runs_on_a_simulated_server_of_its_own(place: Path) -> None:
    done = run_psi("run", "appetitive_gonogo", "--rig", "ni_simulated", "--trials", "1", "--out", "first", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["finish_reason"] == "trials"
    with psi.open_recording(place / "first") as recording:
        assert len(recording.trials) >= 1
        names = set(recording.events["name"])
        assert {"nose_poke_rising", "target_start", "trial_end"} <= names
        microphone = recording.streams["microphone"]
        assert microphone.fs == 200e3
        # The background noise comes back through the wire.
        assert float(np.std(microphone.data[:20_000])) > 0
        # How surely the light's changes are known in time.
        (lines,) = recording.audit[recording.audit["what"] == "engine_lines"]["info"]
        assert lines["seconds"]["room_light"]["n"] >= 2


@pytest.mark.parametrize("rig", ["ni_simulated", "ni_simulated_digital"])
def test_one_paradigm_runs_with_an_analog_and_with_a_digital_nose_poke(
    place: Path, booth: SimulatedServer, rig: str
) -> None:
    done = run_psi(
        "run", "appetitive_gonogo", "--rig", rig, "--set-rig", f"server={booth.address}", "--trials", "2",
        "--set-rig", "look_ahead=0.4", "--set", "initial_reminders=1", "--set", "background_level=-inf",
        "--out", "made", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert booth.tasks == {}
    with psi.open_recording(place / "made") as recording:
        assert recording.trials["completed"].sum() == 2
        target = recording.outputs[recording.outputs["name"] == "target"].iloc[0]
        heard = np.asarray(recording.streams["microphone"].data)[:, 0]
    begin, end = int(target["sample"]), int(target["end_sample"])
    sounding = np.flatnonzero(np.abs(heard) > 1.5 * 20 / 2**16)
    # Silence until the target's own sample; its ramp needs a moment to exceed the converter's steps.
    assert begin <= sounding[0] < begin + 0.01 * 200e3
    first = sounding[sounding < end]
    assert end - 0.01 * 200e3 < first[-1] < end
    spectrum = np.abs(np.fft.rfft(heard[begin:end]))
    assert np.argmax(spectrum) * 200e3 / (end - begin) == pytest.approx(4000, abs=5)


def test_a_rig_without_its_driver_or_server_is_one_line(place: Path) -> None:
    done = run_psi("run", "record", "--rig", "ni_simulated", "--set-rig", "server=localhost:1", "--duration", "1")
    assert done.returncode == 2
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    assert len(errors) == 1
    assert "engine 'card': no device server answers at 'localhost:1'" in errors[0]
    assert "Traceback" not in done.stderr


def test_a_card_that_is_pulled_out_ends_the_run_and_what_was_acquired_is_kept(
    place: Path, booth: SimulatedServer, live_run: Callable[..., Any]
) -> None:
    run = live_run("record", "--rig", "ni_simulated", "--set-rig", f"server={booth.address}", "--out", "made")
    booth.faults.unplug("Dev1")
    status, _, err = run.end()
    assert status == 3
    assert "engine 'card'" in err
    assert "-201003" in err
    assert "outputs of engine 'card' may not be at their safe values: food_dispense" in err
    assert "Traceback" not in err
    with psi.open_recording(place / "made") as recording:
        assert recording.finish_reason == "fault"
        assert len(recording.streams["microphone"].data) > 0


def test_a_runtime_that_is_killed_leaves_no_card_of_a_device_server_playing(
    place: Path, booth: SimulatedServer, live_run: Callable[..., Any]
) -> None:
    rig = ["--rig", "ni_simulated", "--set-rig", f"server={booth.address}", "--manifest", "room_light"]
    run = live_run("record", *rig, "--out", "killed")
    psutil.Process(run.pids["runtime"]).kill()
    status, _, err = run.end()
    assert status == 3
    assert "outputs of card were put to their safe values" in err
    with booth.changed:
        assert booth.net.line("Dev1/port0/line2").level(booth.clock.now()) == 0.0
    # Nothing of it is in the way of the next run.
    done = run_psi("run", "record", *rig, "--duration", "0.2", "--out", "next")
    assert done.returncode == 0, done.stderr


def test_a_simulated_server_ends_with_the_runtime_that_started_it(place: Path, live_run: Callable[..., Any]) -> None:
    run = live_run("record", "--rig", "ni_simulated", "--out", "made")
    runtime = psutil.Process(run.pids["runtime"])
    servers = [child for child in runtime.children() if "simulate-ni" in child.cmdline()]
    assert len(servers) == 1
    runtime.kill()
    run.end()
    _, alive = psutil.wait_procs(servers, timeout=30)
    assert alive == []


def test_the_doctor_sees_the_cards_of_a_server(place: Path, booth: SimulatedServer) -> None:
    done = run_psi("doctor", "--server", booth.address, "--json")
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)["lines"]
    (card,) = [line for line in lines if line["name"] == "Dev1"]
    assert card["product"] == "USB-6343"
    assert "32 ai, 4 ao" in card["text"]
    assert {line["kind"] for line in lines} >= {"NI-DAQmx", "device", "serial port", "sound device"}
    booth.faults.reserve("Dev1")
    assert run_psi("doctor", "--server", booth.address, "--reset", "Dev1").returncode == 0
    assert booth.devices["dev1"].owners == {}
    refused = run_psi("doctor", "--server", "localhost:1", "--reset", "Dev1")
    assert refused.returncode == 2
    assert "no device server answers" in refused.stderr
