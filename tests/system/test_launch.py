"""``psi launch`` and ``psi attach`` in real processes; the window is a scripted one that draws nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import psi
from psi.application.registry import LiveRun, live_runs
from psi.core.errors import ConfigurationError
from psi.link.client import LinkClient
from psi.link.state import StateMirror, StateReply

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")

LiveRuns = Callable[..., Any]

#: Does what a window does to the runtime: asks for the state until it is closed, which a file tells it.
WINDOW = """
import json, pathlib, sys, threading
from psi.link.client import LinkClient
from psi.link.errors import LinkError
from psi.link.state import StateMirror, StateReply

told = json.loads(sys.stdin.readline())
mirror, tick = StateMirror(), threading.Event()
print(json.dumps({'console': 'ready'}), flush=True)
with LinkClient(told['port'], told['token']) as link:
    while not pathlib.Path('close').exists():
        try:
            answer = link.request('state', epoch=mirror.epoch, number=mirror.number)
        except LinkError:
            continue
        mirror.take(StateReply.model_validate(answer))
        pathlib.Path(f'seen-{told["run_id"]}').write_text(mirror.values['condition'])
        tick.wait(0.05)
"""

#: The command ``psi`` with that window.
PSI = """
import functools, sys
from psi.application import cli
from psi.application.commands import attach_command
from psi.application.commands import launch_command
launch_command.launch = functools.partial(launch_command.launch, console='window')
attach_command.attach = functools.partial(attach_command.attach, console='window')
sys.exit(cli.main())
"""

#: Seconds after which something that should have happened has not.
PATIENCE = 60.0

#: An animal that hears everything and never errs, quick to sample.
PERFECT = [f"--set-rig={value}" for value in ("threshold=-50", "lapse=0", "false_alarm=0", "fs=20e3")]


def until(holds: Callable[[], Any], what: str) -> Any:
    """Look until ``holds`` gives something; what it gave."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        pause.wait(0.01)
    return found


def psi_with_window(*arguments: str) -> subprocess.Popen[str]:
    # The module of the window lies in the current folder.
    path = os.pathsep.join(filter(None, (str(Path.cwd()), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": path}
    return subprocess.Popen(
        [sys.executable, "-c", PSI, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


class Launched:
    """A launch, and a second eye on its runtime."""

    def __init__(self, *arguments: str) -> None:
        self.process = psi_with_window("launch", *arguments)
        self.entry = until(self._entry, "the launch is registered, its window open").entry
        self.link = LinkClient(self.entry.port, self.entry.token)
        self.mirror = StateMirror()

    def _entry(self) -> LiveRun | None:
        assert self.process.poll() is None, self.process.communicate()
        runs = [run for run in live_runs() if Path(f"seen-{run.entry.run_id}").exists()]
        return runs[0] if runs else None

    @property
    def pids(self) -> dict[str, int]:
        return {process.role: process.pid for run in live_runs() for process in run.living}

    @property
    def stores(self) -> list[str]:
        """What each store process is for."""
        return sorted(process.name for run in live_runs() for process in run.living if process.role == "store")

    def state(self) -> dict[str, Any]:
        answer = self.link.request("state", epoch=self.mirror.epoch, number=self.mirror.number)
        self.mirror.take(StateReply.model_validate(answer))
        return self.mirror.values

    def wait_for(self, holds: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        return until(lambda: self.mirror.values if holds(self.state()) else None, what)

    def want(self, condition: str) -> dict[str, Any]:
        self.link.request("want", condition=condition)
        return self.wait_for(
            lambda state: state["condition"] == condition and state.get("status", {}).get("condition") == condition,
            condition,
        )

    def end(self) -> tuple[int, str]:
        _, err = self.process.communicate(timeout=PATIENCE)
        self.link.close()
        return self.process.returncode, err


@pytest.fixture
def launched(place: Path) -> Iterator[Callable[..., Launched]]:
    """Starts ``psi launch``; what a failed test leaves is killed."""
    (place / "window.py").write_text(WINDOW)
    started: list[Launched] = []

    def start(*arguments: str) -> Launched:
        started.append(Launched(*arguments))
        return started[-1]

    yield start
    for launch in started:
        children = []
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(launch.process.pid).children(recursive=True)
        for process in (*children, launch.process):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        out, err = launch.process.communicate()
        print(out, err, sep="\n")  # shown where the test has failed
        launch.link.close()
    if started:
        live_runs()  # forgets what a killed warden has registered


def gonogo(launched: Callable[..., Launched], *arguments: str) -> Launched:
    return launched("appetitive_gonogo", "--rig", "simulated", "--subject", "lea", *PERFECT, *arguments)


def array(launched: Callable[..., Launched], *arguments: str) -> Launched:
    return launched("record", "--rig", "simulated_array", *arguments)


def test_a_session_is_started_changed_stopped_and_started_again(place: Path, launched: Callable[..., Launched]) -> None:
    rig = gonogo(launched, "--out", "kept", "--set", "hold_duration=0.1", "--set", "intertrial_duration=0.1")
    assert set(rig.pids) == {"warden", "runtime", "store", "console"}
    state = rig.state()
    assert state["condition"] == "closed"
    assert state["paradigm"]["name"] == "appetitive_gonogo"
    assert state["session"]["subject"] == "lea"
    assert "hold_duration" in {spec["name"] for spec in state["specs"]}
    assert {output["name"]: output["actions"] for output in state["outputs"]} == {
        "background": [],
        "target": ["start"], "food_dispense_trigger": ["fire", "prime", "stop"], "room_light_toggle": ["high", "low"],
    }  # fmt: skip
    assert state["machine"][0]["transitions"]

    state = rig.want("monitoring")
    assert state["recording"] == ""
    assert not (place / "kept").exists()
    with pytest.raises(ConfigurationError, match="nothing is recorded now"):
        rig.link.request("note", text="lost")
    rig.link.request("output", name="room_light_toggle", action="low")

    first = rig.want("running")["recording"]
    assert first == str(place / "kept" / "lea_appetitive_gonogo_01")
    # The one that writes, and the one for the next Start, which is named so.
    until(lambda: rig.stores == ["", "for the next recording"], "the next store waits")
    task = rig.wait_for(lambda state: state["status"]["rows"] >= 1, "a trial")["task"]
    wrong = {**task, "items": {**task["items"], "hold_duration": -3}}
    assert "allowed is 0 to 10 s" in rig.link.request("check", task=wrong)["findings"][0]["message"]
    with pytest.raises(ConfigurationError, match="allowed is 0 to 10 s"):
        rig.link.request("apply", task=wrong, who="test")
    with pytest.raises(ConfigurationError, match="stop it first"):
        rig.link.request("want", condition="monitoring")
    rig.link.request("apply", task={**task, "items": {**task["items"], "hold_duration": 0.15}}, who="test")
    applied = rig.wait_for(lambda state: bool(state["applied"]), "the edit holds")["applied"]
    assert applied["changes"] == {"hold_duration": [0.1, 0.15]}
    rig.link.request("note", text="she is awake")

    os.kill(rig.pids["console"], signal.SIGKILL)
    until(lambda: "console" not in rig.pids, "the warden takes note of the window's end")
    late = StateMirror()
    late.take(StateReply.model_validate(rig.link.request("state", epoch=0, number=0)))
    assert late.values == rig.state()
    rig.wait_for(lambda state: state["status"]["rows"] >= applied["trial"], "a trial with the edit")
    rig.link.request("stop")
    rig.wait_for(lambda state: state["condition"] == "open", "the rig stays open")

    second = rig.want("running")["recording"]
    assert second == str(place / "kept" / "lea_appetitive_gonogo_02")
    rig.wait_for(lambda state: state["status"]["rows"] >= 1, "a trial of the second run")
    rig.link.request("quit")
    status, err = rig.end()
    assert status == 0, err
    assert f"'psi attach {rig.entry.run_id}' opens a window" in err
    assert "Traceback" not in err

    with psi.open_recording(first) as recording:
        assert recording.finish_reason == "stopped"
        (change,) = recording.audit[recording.audit["what"] == "change"].itertuples()
        assert (change.name, change.who, change.info["trial"]) == ("hold_duration", "test", applied["trial"])
        for row in recording.trials.itertuples():
            assert row.hold_duration == (0.15 if row.trial_number >= applied["trial"] else 0.1)
        assert list(recording.audit[recording.audit["what"] == "note"]["info"]) == [{"text": "she is awake"}]
        first_seed = recording.documents["task"]["seed"]
    with psi.open_recording(second) as recording:
        assert recording.documents["task"]["items"]["hold_duration"] == 0.15
        assert set(recording.trials["hold_duration"]) == {0.15}
        assert recording.documents["task"]["seed"] != first_seed, "a drawn seed is drawn for each run"
        assert recording.documents["provenance"]["seeds"]["root"] == recording.documents["task"]["seed"]


def test_closing_the_window_ends_a_launch_whose_rig_does_not_run(
    place: Path, launched: Callable[..., Launched]
) -> None:
    rig = array(launched)
    rig.want("monitoring")
    (place / "close").touch()
    status, err = rig.end()
    assert status == 0, err
    assert not (place / "recordings").exists()


def test_closing_the_window_lets_a_run_go_on_until_ctrl_c(place: Path, launched: Callable[..., Launched]) -> None:
    rig = array(launched, "--out", "kept")
    recording = rig.want("running")["recording"]
    (place / "close").touch()
    until(lambda: "console" not in rig.pids, "the window is closed")
    time_then = rig.state()["status"]["time"]
    rig.wait_for(lambda state: state["status"]["time"] > time_then + 0.3, "the run goes on")
    rig.process.send_signal(signal.SIGINT)
    status, err = rig.end()
    assert status == 130, err
    assert "the window was closed; the run goes on: 'psi attach" in err
    with psi.open_recording(recording) as kept:
        assert kept.finish_reason == "stopped"
        assert kept.streams["lfp"].shape[0] > 0


def test_a_new_window_takes_the_place_of_a_killed_one(place: Path, launched: Callable[..., Launched]) -> None:
    rig = array(launched)
    rig.want("monitoring")
    seen = place / f"seen-{rig.entry.run_id}"
    os.kill(rig.pids["console"], signal.SIGKILL)
    until(lambda: "console" not in rig.pids, "the warden takes note of the window's end")
    seen.unlink()
    window = psi_with_window("attach", rig.entry.run_id)
    assert until(lambda: seen.exists() and seen.read_text(), "the new window sees the rig") == "monitoring"
    (place / "close").touch()
    _, err = window.communicate(timeout=PATIENCE)
    assert window.returncode == 0, err
    # The last window was closed on purpose and no run is going on.
    status, err = rig.end()
    assert status == 0, err


def test_session_and_task_are_edited_between_runs(place: Path, launched: Callable[..., Launched]) -> None:
    rig = gonogo(launched)
    rig.link.request("session", session={"subject": "max"})
    with pytest.raises(ConfigurationError, match="cannot name a folder"):
        rig.link.request("session", session={"subject": "a/b"})
    task = rig.state()["task"]
    rig.link.request("apply", task={**task, "items": {**task["items"], "hold_duration": "0.1 * 2"}}, who="test")
    with pytest.raises(ConfigurationError, match="is a task of 'record'"):
        rig.link.request("apply", task={**task, "paradigm": "record"}, who="test")
    for command in ("stop", "pause", "abort_trial", "remind"):
        with pytest.raises(ConfigurationError):
            rig.link.request(command)
    recording = Path(rig.want("running")["recording"])
    assert recording.name == "max_appetitive_gonogo_01"
    assert recording.parent.parent == place / "recordings"
    rig.link.request("pause")
    rig.wait_for(lambda state: state["pausing"], "the pause is asked for")
    rig.link.request("quit")
    assert rig.end()[0] == 0
    with psi.open_recording(recording) as kept:
        assert kept.documents["session"]["subject"] == "max"
        assert kept.documents["task"]["items"]["hold_duration"] == "0.1 * 2"


def test_a_killed_runtime_is_told_and_leaves_nothing_while_monitoring(
    place: Path, launched: Callable[..., Launched]
) -> None:
    rig = array(launched)
    rig.want("monitoring")
    os.kill(rig.pids["runtime"], signal.SIGKILL)
    status, err = rig.end()
    assert status == 3
    assert "the runtime died (status -9)" in err


def test_a_killed_runtime_leaves_what_it_recorded(place: Path, launched: Callable[..., Launched]) -> None:
    rig = array(launched)
    recording = rig.want("running")["recording"]
    rig.wait_for(lambda state: state["status"]["time"] > 0.2, "some samples")
    os.kill(rig.pids["runtime"], signal.SIGKILL)
    status, err = rig.end()
    assert status == 3
    assert recording in err
    with psi.open_recording(recording) as kept:
        assert kept.finish_reason == "runtime died"
        assert kept.streams["lfp"].shape[0] > 0


def test_a_rig_that_nobody_watches_over_ends_by_itself(place: Path, launched: Callable[..., Launched]) -> None:
    rig = array(launched)
    rig.want("monitoring")
    processes = [psutil.Process(pid) for pid in rig.pids.values()]
    os.kill(rig.pids["warden"], signal.SIGKILL)
    rig.process.wait()
    (place / "close").touch()
    psutil.wait_procs(processes, timeout=PATIENCE)
    assert not any(process.is_running() for process in processes)
    assert live_runs() == []


def test_a_window_can_be_opened_on_a_run_of_psi_run(place: Path, live_run: LiveRuns) -> None:
    (place / "window.py").write_text(WINDOW)
    run = live_run("record", "--rig", "simulated_array", "--out", "r")
    (entry,) = (found.entry for found in live_runs())
    window = psi_with_window("attach")
    until(lambda: Path(f"seen-{entry.run_id}").exists(), "the window sees the run")
    assert until(Path(f"seen-{entry.run_id}").read_text, "a condition") == "running"
    with LinkClient(entry.port, entry.token) as link:
        link.request("note", text="from outside")
        with pytest.raises(ConfigurationError, match="has this one run"):
            link.request("want", condition="monitoring")
    (place / "close").touch()
    _, err = window.communicate(timeout=PATIENCE)
    assert window.returncode == 0, err
    run.process.send_signal(signal.SIGINT)
    assert run.end()[0] == 130
    with psi.open_recording("r") as recording:
        assert list(recording.audit[recording.audit["what"] == "note"]["info"]) == [{"text": "from outside"}]


def test_the_window_itself_opens_and_ends_with_its_runtime(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PSI_CONFIG_DIR", str(place / "settings"))
    launch = subprocess.Popen(
        [sys.executable, "-m", "psi.application.cli", "launch", "record", "--rig", "simulated_array"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    try:
        entry = until(live_runs, "the launch is registered")[0].entry
        with LinkClient(entry.port, entry.token) as link:
            until(lambda: link.request("status")["watched"], "the window asks for the state")
            link.request("quit")
        _, err = launch.communicate(timeout=PATIENCE)
        assert launch.returncode == 0, err
        assert "error" not in err
    finally:
        launch.kill()
        launch.wait()


def test_a_window_that_cannot_be_opened_ends_the_launch(place: Path) -> None:
    (place / "window.py").write_text("raise SystemExit('no such screen')")
    launch = psi_with_window("launch", "record", "--rig", "simulated_array")
    _, err = launch.communicate(timeout=PATIENCE)
    assert launch.returncode == 3, err
    assert "no window could be opened (status 1): no such screen" in err


REFUSED = [
    (["launch", "appetitive_gonog", "--rig", "simulated"], "did you mean 'appetitive_gonogo'?"),
    (["launch", "record", "--rig", "simulated", "--seed", "-1"], "--seed"),
    (["launch", "record", "--rig", "simulated", "--out", "file"], "--out"),
    (["attach"], "no run lives on this machine"),
    (["attach", "20200101T000000-00000000"], "no run '20200101T000000-00000000'"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=lambda value: " ".join(value)[:60])
def test_wrong_use_is_refused_in_one_line(place: Path, arguments: list[str], message: str) -> None:
    (place / "window.py").write_text(WINDOW)
    (place / "file").write_text("mine")
    process = psi_with_window(*arguments)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2, err
    assert message in err
    assert all(line.startswith("psi: error: ") for line in err.strip().splitlines()), err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
@pytest.mark.parametrize("arguments", [["launch", "record", "--rig", "simulated_array"], ["attach"]])
def test_without_a_display_it_says_so_and_names_what_needs_none(place: Path, arguments: list[str]) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-m", "psi.application.cli", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "no display" in line
    assert "psi run" in line
