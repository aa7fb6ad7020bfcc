"""Outputs are at their safe values whenever a run has ended, for whatever reason, and when its process was killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from psi.application.registry import live_runs
from psi.link.client import LinkClient

#: Seconds after which something that should have happened has not.
PATIENCE = 90.0

LiveRuns = Callable[..., Any]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")

BOX = '''"""A box that keeps the level of each line in a file."""

from pathlib import Path

from atom.api import Bool, Str
from enaml.core.api import d_

from psi.api import Engine, EngineDriver
from psi.core.errors import ConfigurationError


def set_line(port, channel, level):
    with Path(port).open("a") as box:
        box.write(f"{channel.channel} {level:g}\\n")


class Box(Engine):
    port = d_(Str())
    #: Whether it cannot be reached any more.
    gone = d_(Bool(False))

    def driver_type(self):
        return BoxDriver

    def make_safe(self):
        if self.gone:
            raise ConfigurationError(f"engine {self.name!r}: port {self.port!r} does not answer")
        for channel in self.channels():
            set_line(self.port, channel, channel.safe_value)


class BoxDriver(EngineDriver):
    def prepare(self):
        pass

    def start(self):
        pass

    def write_line(self, channel, level):
        (declared,) = [line for line in self.engine.channels() if line.reference == channel]
        set_line(self.engine.port, declared, level)

    def stop(self):
        pass

    def ensure_stopped(self):
        for channel in self.engine.channels():
            set_line(self.engine.port, channel, channel.safe_value)
'''

RIG = '''"""A microphone in memory, and a box with a light that is on when nobody is there, and a valve."""
from psi.api import (
    AIChannel, Command, DOChannel, ExperimentAction, Extension, FileSource, Input, Rig, RigValue, SimulatedEngine,
    Toggle,
)

from .box import Box


def fail(event):
    raise ValueError('the valve is stuck')


enamldef Booth(Rig): rig:
    id = 'booth'

    RigValue:
        name = 'gone'
        default = False
    RigValue:
        name = 'fails'
        default = 'nothing'
    RigValue:
        name = 'silent_after'
        default = 1e9

    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
        SimulatedEngine:
            name = 'card'
            loses_at = 0.2 if rig['fails'] == 'engine' else None
            AIChannel:
                channel = 'Dev1/ai0'
                fs = 1e3
                Input:
                    name = 'microphone'
        Box:
            name = 'box'
            port = 'box.txt'
            gone = rig['gone']
            DOChannel:
                channel = 'valve'
                Toggle:
                    name = 'valve_toggle'
                    initially_high = True
            DOChannel:
                channel = 'light'
                safe_value = 1.0
                Toggle:
                    name = 'light_toggle'

    Extension:
        id = 'commands'
        point = 'enaml.workbench.core.commands'
        Command:
            id = 'booth.fail'
            handler = fail

    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
        ExperimentAction:
            event = 'light_toggle_end' if rig['fails'] != 'action' else 'experiment_start'
            command = 'booth.fail'
'''

SAFE = {"valve": "0", "light": "1"}
WORKED = {"valve": "1", "light": "0"}


@pytest.fixture
def booth(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = place / "lab" / "hardware_configs" / "booth"
    folder.mkdir(parents=True)
    (folder / "box.py").write_text(BOX, encoding="utf-8")
    (folder / "manifest.enaml").write_text(RIG, encoding="utf-8")
    monkeypatch.setenv("PSI_PATH", str(place / "lab"))
    return place / "box.txt"


def lines(box: Path) -> dict[str, str]:
    """The level of each line of the box as it was set last."""
    return dict(line.split() for line in box.read_text().splitlines())


def test_outputs_are_safe_when_the_runtime_was_killed(booth: Path, live_run: LiveRuns) -> None:
    run = live_run("record", "--rig", "booth", "--out", "r")
    assert lines(booth) == WORKED
    os.kill(run.pids["runtime"], signal.SIGKILL)
    status, summary, err = run.end()
    assert (status, summary["finish_reason"]) == (3, "runtime died")
    assert lines(booth) == SAFE
    assert "psi: outputs of box were put to their safe values" in err


def test_a_device_that_cannot_be_made_safe_is_named(booth: Path, live_run: LiveRuns) -> None:
    run = live_run("record", "--rig", "booth", "--set-rig", "gone=true", "--out", "r")
    os.kill(run.pids["runtime"], signal.SIGKILL)
    status, _, err = run.end()
    assert status == 3
    assert (
        "outputs may not be at their safe values: engine 'box': port 'box.txt' does not answer; look at the rig" in err
    )


@pytest.mark.parametrize(
    ("options", "ends", "reason"),
    [
        (("--duration", "0.5"), 0, "duration"),
        (("--set-rig", "fails=engine"), 3, "fault"),
        (("--set-rig", "fails=action"), 3, "fault"),
    ],
    ids=["finished", "an engine failed", "an action raised"],
)
def test_outputs_are_safe_when_a_run_ends_by_itself(
    booth: Path, options: tuple[str, ...], ends: int, reason: str
) -> None:
    command = [sys.executable, "-m", "psi.application.cli", "run", "record", "--rig", "booth", "--out", "r", "--json"]
    run = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert (run.returncode, json.loads(run.stdout)["finish_reason"]) == (ends, reason), run.stderr
    assert lines(booth) == SAFE
    # It had been worked before.
    assert "valve 1" in booth.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_outputs_are_safe_when_a_run_is_stopped(booth: Path, live_run: LiveRuns, number: int) -> None:
    run = live_run("record", "--rig", "booth", "--out", "r")
    assert lines(booth) == WORKED
    os.kill(run.pids["warden"], number)
    status, summary, _ = run.end()
    assert (status, summary["finish_reason"]) == (130, "stopped")
    assert lines(booth) == SAFE


def until(holds: Callable[[], object], what: str) -> None:
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        pause.wait(0.02)


def test_what_was_worked_by_hand_is_made_safe_when_the_runtime_of_a_window_was_killed(
    booth: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, "-m", "psi.application.cli", "launch", "record", "--rig", "booth"]
    launch = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: launch.poll() is not None or live_runs(), "the launch is registered")
        entry = live_runs()[0].entry
        with LinkClient(entry.port, entry.token) as link:
            link.request("want", condition="open")
            until(lambda: link.request("status")["condition"] == "open", "the rig is open")
            link.request("output", name="valve_toggle", action="high")
            until(lambda: booth.exists() and lines(booth).get("valve") == "1", "the valve is open")
        (runtime,) = [process.pid for process in entry.processes if process.role == "runtime"]
        os.kill(runtime, signal.SIGKILL)
        _, err = launch.communicate(timeout=PATIENCE)
        assert launch.returncode == 3
        assert "psi: outputs of box were put to their safe values" in err
        assert lines(booth)["valve"] == "0"
    finally:
        launch.kill()
        launch.communicate()
