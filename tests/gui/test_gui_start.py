"""The dialog that is confirmed before a run: it says what differs from the last session of the animal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QPushButton

Window = Any  # the fixture's, in conftest.py
Rig = Any


@pytest.fixture(autouse=True)
def _looked_back(rig: Rig) -> None:
    """As the runtime's process does when it has loaded."""
    rig.next_run.look_back()


def start_dialog(window: Window) -> Any:
    button = window.button("running")
    window.wait_for(button.isEnabled, "for Start")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    return window.view.header.get_widget().dialog


def run_once(window: Window) -> str:
    """A run from Start to Stop; the name of its recording."""
    dialog = start_dialog(window)
    QTest.mouseClick(dialog.findChild(QPushButton, "confirm"), Qt.MouseButton.LeftButton)
    window.condition("running")
    recording = window.console.get("recording")
    QTest.mouseClick(window.button("stop"), Qt.MouseButton.LeftButton)
    window.condition("open")
    return Path(recording).name


def apply(window: Window, **items: str) -> None:
    for name, text in items.items():
        assert window.console.draft.set_item(name, text) == ""
    window.console.apply()
    window.wait_for(lambda: not window.console.draft.differs(), "for the edits to hold")


@pytest.mark.long
def test_the_second_start_says_what_differs_from_the_first(window: Window) -> None:
    dialog = start_dialog(window)
    window.wait_for(lambda: dialog.heading.text().startswith("First session of G-0412 with "), "for the first look")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    name = run_once(window)
    apply(window, hold_duration="0.35")
    dialog = start_dialog(window)
    window.wait_for(lambda: name in dialog.heading.text(), "for the look after the run")
    assert dialog.heading.text().startswith("1 difference since ")
    assert dialog.lines.text() == "Hold duration: 0.2 → 0.35 s"
    apply(window, hold_duration="0.2")
    window.wait_for(lambda: dialog.heading.text().startswith("Nothing differs since "), "for the edit to be taken back")
    assert not dialog.list.isVisible()

    # Another animal has another past.
    dialog.subject.selectAll()
    QTest.keyClicks(dialog.subject, "G-0413")
    assert dialog.heading.text() == "Looking for the last session of G-0413 …"
    window.wait_for(lambda: dialog.heading.text().startswith("First session of G-0413"), "for the other animal")
    dialog.subject.selectAll()
    QTest.keyClicks(dialog.subject, "a/b")
    window.wait_for(lambda: "cannot name a folder" in dialog.refusal.text(), "for the refusal")
    assert dialog.heading.text() == ""
    dialog.subject.selectAll()
    QTest.keyClicks(dialog.subject, "G-0412")
    window.wait_for(lambda: name in dialog.heading.text(), "for the first animal again")
    assert dialog.refusal.text() == ""
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_many_differences_are_counted_and_scrolled_to(window: Window) -> None:
    last = {
        "subject": "G-0412",
        "paradigm": "appetitive_gonogo",
        "recording": "/r/G-0412_appetitive_gonogo_01",
        "started": "2026-11-20T14:03",
        "rig": {"name": "simulated", "values": {f"value{n}": n for n in range(12)}},
        "task": window.console.get("task"),
        "psi": window.console.get("psi"),
    }
    dialog = start_dialog(window)
    window.wait_for(lambda: not dialog.heading.text().startswith("Looking"), "for the first look")
    window.rig.state.update({"last_session": last})
    window.wait_for(lambda: "since Friday 2026-11-20, 14:03" in dialog.heading.text(), "for the list")
    lines = dialog.lines.text().splitlines()
    assert len(lines) > 12
    assert dialog.more.text() == f"and {len(lines) - 8} more: scroll"
    assert dialog.more.isVisible()
    assert dialog.list.height() < dialog.lines.sizeHint().height()
    assert dialog.lines.toolTip() == dialog.lines.text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
