"""The window, with real clicks and keys, on a real rig in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import enaml
import pytest
from enaml.widgets.api import RawWidget
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

import psi
from psi.experiment.console import Console
from psi.experiment.panel import Panel
from psi.experiment.theme import DARK, LIGHT
from psi.experiment.widget_view import PanelWidget
from psi.link.client import LinkClient

Window = Any  # the fixture's, in conftest.py
Rig = Any


def confirm_start(window: Window) -> None:
    """Click Start and say yes to what it asks."""
    window.click(window.button("running"))
    header = window.view.header.get_widget()
    dialog = header.dialog
    assert dialog is not None
    assert dialog.form.fields["subject"].text() == "G-0412"
    window.click(dialog.findChild(QPushButton, "confirm"))
    window.condition("running")


def edit_cell(window: Window, selector: str, row: int, column: int, text: str) -> None:
    table = window.table(f"selector_{selector}")
    index = table.model().index(row, column)
    table.scrollTo(index)
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(index).center())
    table.edit(index)
    editor = table.viewport().findChild(QLineEdit)
    assert editor is not None
    window.type_into(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def trials(window: Window) -> int:
    return window.console.rows.n_trials


def held_in_trials(recording: Any) -> list[dict[str, Any]]:
    """What the audit says held in each trial, beginning with the task."""
    task = recording.documents["task"]
    changes = recording.audit[recording.audit["what"] == "change"]
    held, found = dict(task["items"]), []
    for number in range(1, len(recording.trials) + 1):
        for _, row in changes.iterrows():
            info = row["info"]
            if info["trial"] == number and not row["name"].startswith("selector.") and row["name"] != "roving":
                held[row["name"]] = info["new"]
        found.append(dict(held))
    return found


@pytest.mark.long
def test_a_whole_session_by_hand(window: Window) -> None:
    """Start, edit, apply, note, pause, resume, stop, start again: then both recordings agree with their audits."""
    confirm_start(window)
    first = window.console.get("recording")
    window.wait_for(lambda: trials(window) >= 1, "for a trial")

    # An edit is held until Apply, then holds from the next trial on.
    window.type_into(window.field("item_response_duration"), "0.9")
    edit_cell(window, "go", 0, 0, "22")
    window.wait_for(lambda: set(window.console.draft.differs()) == {"response_duration", "selector.go"}, "for the cell")
    assert window.field("item_response_duration").property("tone") == "edited"
    window.click(window.button("apply"))
    window.wait_for(lambda: set((window.console.get("applied") or {}).get("changes", {})) >= {"response_duration"})
    window.wait_for(lambda: not window.console.draft.differs() and not window.console.draft.waiting())
    applied_at = window.console.get("applied")["trial"]
    window.wait_for(lambda: trials(window) >= applied_at, "for the trial that the edit holds in")

    # Undo goes over an Apply, and Revert forgets it.
    window.click(window.button("undo"))
    assert list(window.console.draft.differs()) == ["selector.go"] or window.console.draft.differs()
    window.click(window.button("revert"))
    assert not window.console.draft.differs()

    # What is wrong cannot be applied, and is said while it is typed.
    window.type_into(window.field("item_hold_duration"), "99")
    assert window.field("item_hold_duration").property("tone") == "wrong"
    assert not window.button("apply").isEnabled()
    window.click(window.button("revert"))

    window.type_into(window.field("note"), "drank well")
    QTest.keyClick(window.field("note"), Qt.Key.Key_Return)
    window.wait_for(lambda: any(row["what"] == "note" for row in window.console.rows.audit), "for the note")

    window.click(window.button("pause"))
    window.wait_for(lambda: window.console.get("paused"), "to pause")
    assert "PAUSED" in window.widget.findChild(QLabel, "condition").text()
    window.click(window.button("pause"))
    window.wait_for(lambda: not window.console.get("paused"), "to go on")
    window.click(window.button("stop"))
    window.condition("open")
    assert trials(window) >= applied_at
    window.wait_for(lambda: window.console.get("quality"), "for what is said of the recording")

    confirm_start(window)
    second = window.console.get("recording")
    assert second != first
    window.wait_for(lambda: trials(window) >= 1, "for a trial of the second run")
    window.click(window.button("stop"))
    window.condition("open")
    window.rig.store.join()

    for folder in (first, second):
        with psi.open_recording(folder) as recording:
            assert recording.finish_reason == "stopped"
            rows = recording.trials
            assert len(rows) >= 1
            for (_, row), held in zip(rows.iterrows(), held_in_trials(recording), strict=True):
                for name in ("response_duration", "hold_duration", "timeout_duration"):
                    assert row[name] == pytest.approx(held[name]), (folder, name)
    with psi.open_recording(first) as recording:
        audit = recording.audit
        assert list(audit["what"]).count("pause") == 2
        assert "note" in set(audit["what"])
        assert recording.trials["response_duration"].iloc[applied_at - 1] == 0.9
        assert (recording.trials["response_duration"].iloc[: applied_at - 1] == 1.2).all()
    with psi.open_recording(second) as recording:
        assert (recording.trials["response_duration"] == 0.9).all()


def test_conditions_are_unmistakable_and_outputs_work_by_hand(window: Window, rig: Rig) -> None:
    word = window.widget.findChild(QLabel, "condition")
    warning = window.widget.findChild(QLabel, "warning")
    assert "CLOSED" in word.text()
    window.click(window.button("open"))
    window.condition("open")
    window.wait_for(lambda: "OPEN" in word.text())
    assert (warning.text(), warning.isVisible()) == ("NOT RECORDING", True)
    light = window.button("output_room_light_toggle")
    lit = light.isChecked()
    window.click(light)
    window.wait_for(lambda: light.isChecked() != lit, "for the light")
    window.click(window.button("output_food_dispense_trigger"))
    fired = [row for row in window.console.rows.outputs if row["name"] == "food_dispense_trigger"]
    window.wait_for(
        lambda: any(row["name"] == "food_dispense_trigger_end" for row in window.console.rows.events) or fired,
        "for the pellet",
    )
    window.click(window.button("monitoring"))
    window.condition("monitoring")
    window.wait_for(lambda: "MONITORING" in word.text() and warning.isVisible())
    window.click(window.button("stop"))
    window.condition("closed")
    window.wait_for(lambda: "CLOSED" in word.text() and not warning.isVisible())
    assert not any(rig.folder.rglob("*.h5")) if rig.folder.exists() else True


def test_a_console_that_comes_late_shows_the_same(window: Window, rig: Rig) -> None:
    rig.host.want("running")
    window.condition("running")
    window.wait_for(lambda: trials(window) >= 1, "for a trial")
    late = Console(LinkClient(rig.port, rig.token))

    def the_same() -> bool:
        late.poll()
        rows, others = late.rows, window.console.rows
        return late.connected and rows.n_events == others.n_events and rows.n_trials == others.n_trials >= 1

    try:
        window.wait_for(the_same, "for the late console")
        assert late.rows.trials == window.console.rows.trials
        assert late.draft.texts == window.console.draft.texts
    finally:
        late.close()


def test_a_refusal_is_said_and_cleared_by_the_next_success(window: Window) -> None:
    window.console.request("want", condition="opne")
    window.wait_for(lambda: "opne" in window.console.message)
    window.wait_for(lambda: "opne" in window.view.header.get_widget().strip.refusal.text())
    window.console.request("want", condition="open")
    window.wait_for(lambda: window.console.message == "")


def test_the_windows_title_says_who_and_what_it_shows(window: Window) -> None:
    assert window.widget.windowTitle() == "G-0412 · Appetitive go/no-go on Simulated booth – psi"


def test_start_asks_who_it_is(window: Window) -> None:
    window.click(window.button("running"))
    dialog = window.view.header.get_widget().dialog
    window.type_into(dialog.form.fields["subject"], "a/b")
    window.click(dialog.findChild(QPushButton, "confirm"))
    window.wait_for(lambda: "cannot name a folder" in dialog.form.said["subject"].text())
    assert window.console.get("condition") == "closed"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_runtime_that_is_gone_is_said_and_freezes_nothing(window: Window, rig: Rig) -> None:
    rig.server.stop()
    window.wait_for(lambda: not window.console.connected, "to notice")
    assert "NO CONTACT" in window.widget.findChild(QLabel, "condition").text()
    assert not window.button("running").isEnabled()


def test_the_theme_changes_while_the_window_is_open(window: Window) -> None:
    from psi.experiment.look_view import dress

    dress(window.console, LIGHT)
    assert window.console.theme is LIGHT
    assert LIGHT.panel in QApplication.instance().styleSheet()


class Broken(RawWidget):
    def create_widget(self, parent: QWidget) -> QWidget:
        raise RuntimeError("no such camera")


def test_a_panel_that_raises_shows_its_error_in_its_place(window: Window) -> None:
    from psi.experiment.docks_view import add_panel

    def cannot_import() -> Any:
        raise ImportError("no module named 'pupil'")

    add_panel(window.view.docks, "camera", Panel(title="Camera", view=lambda: lambda console: Broken()), window.console)
    add_panel(window.view.docks, "pupil", Panel(title="Pupil", view=cannot_import), window.console)
    texts = [
        label.text()
        for label in QApplication.allWidgets()
        if isinstance(label, QLabel) and label.objectName() == "refusal"
    ]
    assert any("no such camera" in text for text in texts)
    assert any("no module named 'pupil'" in text for text in texts)


class Unwell(PanelWidget):
    def show_state(self, keys: set[str]) -> None:
        if "theme" in keys:
            raise RuntimeError("the camera went away")


def test_a_panel_that_raises_later_is_stopped_and_the_window_goes_on(window: Window) -> None:
    from psi.experiment.look_view import dress

    panel = Unwell(window.console)
    dress(window.console, LIGHT)
    assert "the camera went away" in panel.findChild(QLabel, "refusal").text()
    dress(window.console, DARK)
    panel.release()


def test_the_runtime_finds_what_the_window_cannot_know(window: Window) -> None:
    window.type_into(window.field("item_hold_duration"), "no_such_item + 1")
    window.wait_for(lambda: window.console.checked, "for the runtime's check")
    assert "no_such_item" in window.console.checked[0]
    assert window.field("item_hold_duration").property("tone") == "wrong"
    assert not window.button("apply").isEnabled()
    window.click(window.button("revert"))
    window.wait_for(lambda: not window.console.checked)


def test_docks_float_and_are_remembered(window: Window, tmp_path: Path) -> None:
    from enaml.layout.api import FloatItem

    window.view.docks.update_layout(FloatItem(item="notes"))
    window.close()
    kept = (tmp_path / "layouts" / "appetitive_gonogo.json").read_text()
    assert '"name": "notes", "floating": true' in kept


def test_views_are_compiled() -> None:
    with enaml.imports():
        import psi.experiment.panels_view
        import psi.experiment.window_view
    assert psi.experiment.window_view.ConsoleWindow
    assert psi.experiment.panels_view.NotesPanel
