"""A device that gives no samples any more: the run notices, says so, goes on, and can be stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import psi
from psi.application.registry import live_runs
from psi.link.client import LinkClient

LiveRuns = Callable[..., Any]

#: Seconds after which something that should have happened has not.
PATIENCE = 60.0

RIG = '''"""Two cards in memory, one of which has a bad cable."""
from psi.api import AIChannel, Extension, Input, Rig, RigValue, SimulatedEngine


enamldef BadCable(Rig): rig:
    id = 'bad_cable'

    RigValue:
        name = 'silent_for'
        default = 1.5
        unit = 's'

    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
        SimulatedEngine:
            name = 'good'
            AIChannel:
                channel = 'Dev1/ai0'
                fs = 1e3
                Input:
                    name = 'microphone'
        SimulatedEngine:
            name = 'bad'
            silent_after = 1.0
            silent_for = rig['silent_for']
            AIChannel:
                channel = 'Dev2/ai0'
                fs = 1e3
                Input:
                    name = 'pupil'
'''


@pytest.fixture
def bad_cable(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rigs = place / "lab" / "hardware_configs"
    rigs.mkdir(parents=True)
    (rigs / "bad_cable.enaml").write_text(RIG, encoding="utf-8")
    monkeypatch.setenv("PSI_PATH", str(place / "lab"))
    return place


def until_status(link: LinkClient, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not holds(status := link.request("status")):
        assert time.monotonic() < deadline, status
        pause.wait(0.02)
    return status


def test_a_silent_engine_is_noticed_and_the_run_goes_on(bad_cable: Path, live_run: LiveRuns) -> None:
    run = live_run("record", "--rig", "bad_cable", "--out", "r")
    (entry,) = (found.entry for found in live_runs())
    with LinkClient(entry.port, entry.token) as link:
        status = until_status(link, lambda status: status["silent"])
        assert set(status["silent"]) == {"bad"}
        assert status["condition"] == "running"
        until_status(link, lambda status: not status["silent"])
        link.request("stop")
    status, summary, _ = run.end()
    assert (status, summary["finish_reason"]) == (0, "stopped")
    with psi.open_recording("r") as recording:
        said = recording.audit[recording.audit["what"].isin(["silent", "heard"])]
        assert list(said["what"]) == ["silent", "heard"]
        assert set(said["name"]) == {"bad"}
        # What it had held back came after all.
        assert recording.streams["pupil"].shape[0] > 2500
        assert recording.streams["microphone"].shape[0] > 2500


def test_a_run_whose_engine_stays_silent_can_be_stopped(bad_cable: Path, live_run: LiveRuns) -> None:
    run = live_run("record", "--rig", "bad_cable", "--set-rig", "silent_for=1e9", "--out", "r")
    (entry,) = (found.entry for found in live_runs())
    with LinkClient(entry.port, entry.token) as link:
        until_status(link, lambda status: status["silent"].get("bad", 0) > 1)
        link.request("stop")
    assert run.end()[0] == 0
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "stopped"
        assert recording.streams["microphone"].shape[0] > recording.streams["pupil"].shape[0]
