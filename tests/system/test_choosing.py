"""``psi launch`` without a paradigm or a rig, in real processes: the chooser is clicked, the console is scripted."""

from __future__ import annotations

import json
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

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")

#: A console that says what it was given to show, and is closed.
WINDOW = """
import json, pathlib, sys
from psi.link.client import LinkClient

told = json.loads(sys.stdin.readline())
with LinkClient(told['port'], told['token']) as link:
    state = link.request('state', epoch=0, number=0)['snapshot']
pathlib.Path('shown.json').write_text(json.dumps({
    'paradigm': state['paradigm']['name'],
    'rig': state['rig']['name'],
    'subject': state['session']['subject'],
    'hold_duration': state['task']['items'].get('hold_duration'),
}))
print(json.dumps({'console': 'ready'}), flush=True)
"""

#: The chooser as it is, with somebody at it who does what the file 'hands.py' says as soon as it is open.
CLICKED = """
import pathlib, sys
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from psi.application import chooser
from psi.experiment.start import chooser_view

class Clicked(chooser_view.ChooserDialog):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.opened.connect(self.work)

    def work(self):
        pathlib.Path('open').touch()
        names = {'dialog': self, 'chooser': self.chooser, 'QTest': QTest, 'Qt': Qt}
        exec(pathlib.Path('hands.py').read_text(), names)

chooser_view.ChooserDialog = Clicked
sys.exit(chooser.main())
"""

#: The command ``psi`` with both.
PSI = """
import functools, sys
from psi.application import cli
from psi.application.commands import launch_command
launch_command.launch = functools.partial(launch_command.launch, console='window', chooser='clicked')
sys.exit(cli.main())
"""

TYPES_AND_LAUNCHES = """
QTest.keyClicks(dialog.focusWidget(), 'go/no')
QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
QTest.keyClicks(dialog.focusWidget(), 'simulated booth')
QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
QTest.keyClicks(dialog.focusWidget(), 'kim')
QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
"""

#: Seconds after which something that should have happened has not.
PATIENCE = 60.0


@pytest.fixture
def launch(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts ``psi launch`` with somebody at the chooser; what a failed test leaves is killed."""
    monkeypatch.setenv("PSI_CONFIG_DIR", str(place / "settings"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("PYTHONPATH", str(place))
    (place / "window.py").write_text(WINDOW)
    (place / "clicked.py").write_text(CLICKED)
    started: list[subprocess.Popen[str]] = []

    def start(hands: str, *arguments: str) -> subprocess.Popen[str]:
        (place / "hands.py").write_text(hands)
        command = [sys.executable, "-c", PSI, "launch", *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def until(holds: Callable[[], Any], what: str) -> Any:
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        pause.wait(0.01)
    return found


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err
    return process.returncode, err


def remembered(place: Path) -> dict[str, Any]:
    return json.loads((place / "settings" / "chooser.json").read_text("utf-8"))


def test_what_is_chosen_is_launched_and_remembered(place: Path, launch: Callable[..., Any]) -> None:
    status, err = ended(launch(TYPES_AND_LAUNCHES, "--set", "hold_duration=0.3"))
    assert status == 0, err
    assert "appetitive_gonogo on simulated, run id" in err
    shown = json.loads((place / "shown.json").read_text())
    assert shown == {"paradigm": "appetitive_gonogo", "rig": "simulated", "subject": "kim", "hold_duration": 0.3}
    kept = remembered(place)
    assert (kept["paradigm"], kept["rig"], kept["subjects"]) == ("appetitive_gonogo", "simulated", ["kim"])
    # The next time Enter is enough, and what was given still holds.
    status, err = ended(launch("QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)", "--subject", "lea"))
    assert status == 0, err
    shown = json.loads((place / "shown.json").read_text())
    assert (shown["paradigm"], shown["rig"], shown["subject"]) == ("appetitive_gonogo", "simulated", "lea")
    assert remembered(place)["subjects"] == ["lea", "kim"]


def test_only_what_was_not_given_is_chosen(place: Path, launch: Callable[..., Any]) -> None:
    hands = "QTest.keyClicks(dialog.focusWidget(), 'array')\nQTest.mouseClick(dialog.launch, Qt.MouseButton.LeftButton)"
    (place / "settings").mkdir()
    (place / "settings" / "chooser.json").write_text("{ broken")
    status, err = ended(launch(hands, "record"))
    assert status == 0, err
    shown = json.loads((place / "shown.json").read_text())
    assert (shown["paradigm"], shown["rig"]) == ("record", "simulated_array")
    (line,) = [line for line in err.splitlines() if "chooser.json" in line]
    assert "the last choice is forgotten" in line
    assert remembered(place)["rig"] == "simulated_array"


def test_nothing_is_launched_where_nothing_is_chosen(place: Path, launch: Callable[..., Any]) -> None:
    status, err = ended(launch("QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Escape)", "--rig", "simulated"))
    assert status == 0
    assert err.splitlines() == ["psi: nothing was chosen, so nothing is launched"]
    assert not (place / "settings").exists()


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)],
    ids=["ctrl-c", "asked", "killed"],
)
def test_a_chooser_ends_with_its_launch(
    place: Path, launch: Callable[..., Any], number: signal.Signals, status: int
) -> None:
    process = launch("")
    until((place / "open").exists, "the chooser is open")
    started = psutil.Process(process.pid).children(recursive=True)
    assert started
    process.send_signal(number)
    assert ended(process)[0] == status
    _, alive = psutil.wait_procs(started, timeout=PATIENCE)
    assert alive == []
