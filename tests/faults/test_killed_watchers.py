"""Those who only look on are killed with SIGKILL, console and warden: the run goes on, and says who is missing."""

from __future__ import annotations

import contextlib
import json
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
from psi.application.registry import RunEntry, live_runs
from psi.link.client import LinkClient
from psi.link.state import StateReply

LiveRuns = Callable[..., Any]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")

#: Seconds after which something that should have happened has not.
PATIENCE = 90.0

#: Psi's own console, which also writes down what its window shows.
WINDOW = """
import json, os, pathlib, sys

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QLabel

from psi.application import console as application
from psi.experiment import look_view


def follow(console):
    def tell():
        labels = [w for w in QApplication.allWidgets() if isinstance(w, QLabel) and w.isVisible()]
        shown = {label.objectName(): label.text() for label in labels if label.objectName()}
        mirror = console._mirror
        seen = {'epoch': mirror.epoch, 'number': mirror.number, 'state': console.state, 'shown': shown}
        seen['trials'] = console.rows.n_trials
        draft = pathlib.Path(f'writing-{os.getpid()}')
        draft.write_text(json.dumps(seen))
        draft.replace(f'seen-{os.getpid()}')

    timer = QTimer(QApplication.instance())
    timer.timeout.connect(tell)
    timer.start(50)


look_view.follow_system = follow
sys.exit(application.main())
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


def until(holds: Callable[[], Any], what: str) -> Any:
    """Look until ``holds`` gives something; what it gave."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        pause.wait(0.01)
    return found


def whole_state(link: LinkClient) -> StateReply:
    """Everything that a console is told when it comes."""
    return StateReply.model_validate(link.request("state", epoch=0, number=0))


def said(link: LinkClient, **values: Any) -> dict[str, Any] | None:
    """The state as soon as it says ``values``."""
    state = whole_state(link).snapshot or {}
    return state if all(state.get(key) == value for key, value in values.items()) else None


def pids() -> dict[str, int]:
    """Role -> process id, of everything that lives of the one run."""
    return {process.role: process.pid for run in live_runs() for process in run.living}


def seen(pid: int) -> dict[str, Any]:
    """What the window of the process ``pid`` shows; empty until it does."""
    path = Path(f"seen-{pid}")
    return json.loads(path.read_text()) if path.exists() else {}


@pytest.fixture
def psi_with_window(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts ``psi`` with the window that tells; what a failed test leaves is killed."""
    (place / "window.py").write_text(WINDOW)
    monkeypatch.setenv("PSI_CONFIG_DIR", str(place / "settings"))
    started: list[subprocess.Popen[str]] = []
    # The module of the window lies in the current folder.
    search = os.pathsep.join(filter(None, (str(place), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": search}

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PSI, *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        started.append(process)
        return process

    yield start
    for pid in pids().values():
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pid).kill()
    for path in place.glob("seen-*"):
        with contextlib.suppress(psutil.NoSuchProcess):
            window = psutil.Process(int(path.name.removeprefix("seen-")))
            if window.cmdline()[-1:] == ["window"] and window.cwd() == str(place):
                window.kill()
    for process in started:
        process.kill()
        out, err = process.communicate()
        print(out, err, sep="\n")  # shown where the test has failed
    live_runs()  # forgets what a killed warden has registered


def launched(psi_with_window: Callable[..., Any], *arguments: str) -> tuple[subprocess.Popen[str], RunEntry]:
    """A launch whose window shows a rig."""
    process = psi_with_window("launch", *arguments)

    def entry() -> RunEntry | None:
        assert process.poll() is None, process.communicate()
        runs = [run.entry for run in live_runs() if seen(pids().get("console", 0)).get("shown", {}).get("condition")]
        return runs[0] if runs else None

    return process, until(entry, "the window shows the rig")


def test_a_new_window_shows_the_run_that_a_killed_one_showed(
    place: Path, psi_with_window: Callable[..., subprocess.Popen[str]]
) -> None:
    launch, entry = launched(
        psi_with_window, "appetitive_gonogo", "--rig", "simulated", "--subject", "lea", "--set-rig=fs=20e3",
        "--set", "hold_duration=0.1", "--set", "intertrial_duration=0.1", "--out", "kept",
    )  # fmt: skip
    with LinkClient(entry.port, entry.token) as link:
        link.request("want", condition="running")
        first = pids()["console"]
        until(lambda: seen(first)["shown"].get("condition") == "● RUNNING", "the first window shows the run")
        until(lambda: seen(first)["trials"] >= 1, "the first window shows a trial")
        os.kill(first, signal.SIGKILL)
        until(lambda: "console" not in pids(), "the warden takes note of the window's end")
        before, old = whole_state(link), seen(first)
        assert before.epoch == old["epoch"], "the runtime is the same"

        attach = psi_with_window("attach", entry.run_id)
        (window,) = until(lambda: psutil.Process(attach.pid).children(), "a new window's process")
        new = until(
            lambda: found if (found := seen(window.pid)).get("shown", {}).get("condition") == "● RUNNING" else None,
            "the new window shows the run",
        )
        assert new["epoch"] == before.epoch
        assert new["number"] >= before.number
        moving = {"status", "flags", "selectors_now"}
        assert before.snapshot is not None
        fixed = before.snapshot.keys() - moving
        assert {key: new["state"][key] for key in fixed} == {key: before.snapshot[key] for key in fixed}
        assert new["state"]["status"]["time"] >= before.snapshot["status"]["time"]
        until(lambda: seen(window.pid)["trials"] >= old["trials"], "the new window has read the run's rows")

        # It is no copy: what changes from now on is followed too.
        link.request("stop")
        until(lambda: seen(window.pid)["shown"].get("condition") == "● OPEN", "the new window follows")
        kept = str(place / "kept" / "lea_appetitive_gonogo_01")
        until(
            lambda: (seen(window.pid)["state"].get("last_session") or {}).get("recording") == kept,
            "this run is now the last session",
        )
        link.request("quit")
    _, err = launch.communicate(timeout=PATIENCE)
    assert launch.returncode == 0, err
    assert f"'psi attach {entry.run_id}' opens a window" in err
    until(lambda: seen(window.pid)["shown"].get("condition") == "● ENDED", "the window says that all is over")
    window.terminate()
    _, err = attach.communicate(timeout=PATIENCE)
    assert attach.returncode == 0, err
    with psi.open_recording(kept) as recording:
        assert recording.finish_reason == "stopped"
        assert len(recording.trials) >= new["trials"]


def test_an_attach_that_is_told_to_end_closes_its_window_and_leaves_the_run(
    place: Path, live_run: LiveRuns, psi_with_window: Callable[..., subprocess.Popen[str]]
) -> None:
    run = live_run("record", "--rig", "simulated_array", "--out", "r")
    (entry,) = (found.entry for found in live_runs())
    attach = psi_with_window("attach", entry.run_id)
    (window,) = until(lambda: psutil.Process(attach.pid).children(), "the window's process")
    until(lambda: seen(window.pid).get("shown", {}).get("condition") == "● RUNNING", "the window shows the run")
    attach.terminate()
    attach.communicate(timeout=PATIENCE)
    assert attach.returncode == 130
    assert not window.is_running()
    with LinkClient(entry.port, entry.token) as link:
        assert said(link, condition="running")
        link.request("stop")
    run.process.wait(PATIENCE)
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "stopped"


def test_a_run_in_a_terminal_says_that_nobody_watches_over_it(place: Path, live_run: LiveRuns) -> None:
    run = live_run("record", "--rig", "simulated_array", "--out", "r", "--duration", "9")
    (entry,) = (found.entry for found in live_runs())
    with LinkClient(entry.port, entry.token) as link:
        assert said(link, watched_over=True, condition="running")
        os.kill(run.pids["warden"], signal.SIGKILL)
        run.process.wait()
        state = until(lambda: said(link, watched_over=False), "the runtime notices")
        assert state["condition"] == "running"
    run.wait_for("runtime")
    run.wait_for("store")
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "duration"
    assert live_runs() == []


def test_a_window_says_that_nobody_watches_and_stop_still_works(
    place: Path, psi_with_window: Callable[..., subprocess.Popen[str]]
) -> None:
    launch, entry = launched(psi_with_window, "record", "--rig", "simulated_array", "--out", "kept")
    processes = {role: psutil.Process(pid) for role, pid in pids().items()}
    window = processes["console"].pid
    with LinkClient(entry.port, entry.token) as link:
        link.request("want", condition="running")
        until(lambda: seen(window)["shown"].get("condition") == "● RUNNING", "the window shows the run")
        assert "warning" not in seen(window)["shown"]
        recording = until(lambda: (whole_state(link).snapshot or {}).get("recording"), "the recording's name")
        os.kill(processes["warden"].pid, signal.SIGKILL)
        launch.wait()
        state = until(lambda: said(link, watched_over=False), "the runtime notices")
        assert state["condition"] == "running"
        shown = until(
            lambda: found if "warning" in (found := seen(window)["shown"]) else None, "the window says that it is alone"
        )
        assert shown["warning"] == "UNWATCHED"
        assert "nobody watches over this run" in shown["status"]
        then = state["status"]["time"]
        until(lambda: (whole_state(link).snapshot or {})["status"]["time"] > then, "the run goes on")
        link.request("stop")
    psutil.wait_procs([processes["runtime"]], timeout=PATIENCE)
    assert not processes["runtime"].is_running()
    until(lambda: seen(window)["shown"].get("condition") == "● ENDED", "the window says that all is over")
    with psi.open_recording(recording) as kept:
        assert kept.finish_reason == "stopped"
        assert kept.streams["lfp"].shape[0] > 0
    processes["console"].terminate()
    psutil.wait_procs(processes.values(), timeout=PATIENCE)
    assert live_runs() == []


@pytest.mark.long
@pytest.mark.parametrize("kills", [20, 200])
def test_windows_that_are_killed_again_and_again_take_nothing_with_them(
    place: Path, live_run: LiveRuns, psi_with_window: Callable[..., subprocess.Popen[str]], kills: int
) -> None:
    run = live_run("record", "--rig", "simulated_array", "--out", "r")
    (entry,) = (found.entry for found in live_runs())
    for _ in range(kills):
        attach = psi_with_window("attach", entry.run_id)
        (window,) = until(lambda attach=attach: psutil.Process(attach.pid).children(), "the window's process")
        until(lambda pid=window.pid: seen(pid).get("shown", {}).get("condition") == "● RUNNING", "the window")
        window.kill()
        attach.communicate(timeout=PATIENCE)
    with LinkClient(entry.port, entry.token) as link:
        lasted = link.request("status")["time"]
        link.request("stop")
    status, summary, err = run.end()
    assert (status, summary["finish_reason"]) == (0, "stopped"), err
    with psi.open_recording("r") as recording:
        assert recording.gaps == []
        lengths = {len(stream.data) for stream in recording.streams.values()}
        assert len(lengths) == 1
        assert min(lengths) >= lasted * 25_000
    print(f"console: {kills} kills, nothing lost in {lasted:.0f} s")
