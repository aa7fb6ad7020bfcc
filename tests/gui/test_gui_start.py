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
    dialog = window.view.header.get_widget().dialog
    window.wait_for(dialog.isActiveWindow, "for the dialog")
    return dialog


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
    window.type_into(dialog.form.fields["subject"], "G-0413")
    assert dialog.heading.text() == "Looking for the last session of G-0413 …"
    window.wait_for(lambda: dialog.heading.text().startswith("First session of G-0413"), "for the other animal")
    window.type_into(dialog.form.fields["subject"], "G-0412")
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


def test_the_animal_is_as_in_its_last_session_and_the_weight_is_of_today(window: Window) -> None:
    dialog = start_dialog(window)
    window.wait_for(lambda: window.console.get("last_session"), "for the first look")
    fields = dialog.form.fields
    held = {"species": "Mus musculus", "sex": "F", "birth_date": "2026-03-02", "weight": 20.4, "baseline_weight": 25.0}
    last = {"subject": "G-0412", "date": "2026-11-20", "experimenter": "Okafor, Ada", **held}
    window.rig.state.update({"last_session": {**window.console.get("last_session"), "session": last}})
    window.wait_for(lambda: fields["birth_date"].text() == "2026-03-02", "for the last session's document")
    assert fields["species"].currentText() == "Mus musculus"
    assert fields["sex"].currentText() == "female"
    assert fields["experimenter"].text() == "Okafor, Ada"
    assert (fields["weight"].text(), fields["weight"].placeholderText()) == ("", "20.4 on 2026-11-20")
    assert dialog.form.memory.text() == "as on 2026-11-20"
    assert dialog.missing.text() == "Still missing for an archive (NWB): lab, institution"
    # Nothing of one animal is taken for another.
    window.type_into(fields["subject"], "G-0413")
    assert [fields["birth_date"].text(), fields["sex"].currentText(), dialog.form.memory.text()] == ["", "–", ""]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_each_fault_stands_at_its_field_and_what_is_mended_goes_at_once(window: Window) -> None:
    dialog = start_dialog(window)
    form = dialog.form
    window.type_into(form.fields["subject"], "a/b")
    window.type_into(form.fields["species"], "gerbil")
    window.type_into(form.fields["weight"], "heavy")
    # Nobody is interrupted while writing.
    assert not form.said["weight"].isVisible()
    assert "cannot name a folder" in form.said["subject"].text()
    QTest.mouseClick(dialog.confirm, Qt.MouseButton.LeftButton)
    faults = {name: label.text() for name, label in form.said.items() if label.isVisible()}
    assert list(faults) == ["subject", "weight", "species"]
    assert faults["weight"] == "'heavy' is no number; write g, such as 20.5"
    assert form.fields["subject"].hasFocus()
    window.type_into(form.fields["weight"], "20,4")
    assert not form.said["weight"].isVisible()
    window.type_into(form.fields["subject"], "G-0412")
    window.type_into(form.fields["species"], "Meriones unguiculatus")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    window.condition("running")
    session = window.console.get("session")
    assert (session["weight"], session["species"]) == (20.4, "Meriones unguiculatus")
    QTest.mouseClick(window.button("stop"), Qt.MouseButton.LeftButton)
    window.condition("open")


def test_the_keyboard_goes_through_the_form_from_above(window: Window) -> None:
    dialog = start_dialog(window)
    assert dialog.form.fields["subject"].hasFocus()
    seen = []
    for _ in dialog.form.fields:
        seen.append(dialog.focusWidget())
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert seen == list(dialog.form.fields.values())
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
