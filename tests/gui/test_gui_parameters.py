"""The parameters panel, with real clicks and keys: the way back and forth, roving, groups, preferences."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QCheckBox, QLabel, QLineEdit, QMenu, QPushButton, QWidget

from psi.core.errors import RunFault
from psi.link.client import LinkClient

Window = Any  # the fixture's, in conftest.py
Rig = Any

PARADIGM = """
from psi.api import (
    EnumParameter, Extension, Group, Paradigm, Parameter, Row, RovingParameter, SequenceSelector, SingleSetting
)

enamldef Grouped(Paradigm):
    id = 'grouped'
    title = 'Grouped'
    Extension:
        id = 'items'
        point = 'psi.context.items'
        Group:
            label = 'Timing'
            Parameter:
                name = 'hold'
                label = 'Hold'
                unit = 's'
                default = 0.2
                limits = (0, 10)
                step = 0.05
            Row:
                Parameter:
                    name = 'shortest'
                    label = 'Interval from'
                    unit = 's'
                    default = 0.5
                Parameter:
                    name = 'longest'
                    label = 'Interval to'
                    compact_label = 'to'
                    unit = 's'
                    default = 1.5
        Group:
            label = 'Target'
            RovingParameter:
                name = 'level'
                unit = 'dB SPL'
                default = 60
            RovingParameter:
                name = 'frequency'
                unit = 'Hz'
                default = 4000
                limits = (20, 90000)
            EnumParameter:
                name = 'side'
                choices = ['left', 'right']
        Group:
            label = 'Others'
            @LOOP
    Extension:
        id = 'selectors'
        point = 'psi.context.selectors'
        SequenceSelector:
            name = 'go'
            items = ['level']
            rows = [[20], [40]]
        SingleSetting:
            name = 'nogo'
            values = {'level': 0}
"""
OTHERS = "".join(
    f"            Parameter:\n                name = 'other_{number}'\n                default = {number}\n"
    for number in range(16)
)
PARADIGM = PARADIGM.replace("            @LOOP\n", OTHERS)

pytestmark = pytest.mark.parametrize("rig", [PARADIGM], indirect=True)


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PSI_CONFIG_DIR", str(tmp_path / "settings"))
    yield tmp_path / "settings" / "preferences" / "own_paradigm"
    # A popup that a failing test has left open would take the next one's clicks.
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()


def click(widget: QWidget) -> None:
    assert widget.isEnabled(), widget.objectName()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def tick(window: Window, name: str) -> None:
    box = window._find(QCheckBox, f"rove_{name}")
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(6, box.height() // 2))


def ticked(window: Window, name: str) -> bool:
    return bool(window._find(QCheckBox, f"rove_{name}").isChecked())


def fault(window: Window) -> str:
    return str(window._find(QLabel, "parameters_fault").text())


def texts(window: Window) -> dict[str, str]:
    return {name: pair[1] for name, pair in window.console.draft.differs().items()}


def popup() -> QWidget:
    found = QApplication.activePopupWidget()
    assert found is not None
    return found


def choose(menu: QWidget, name: str) -> None:
    """Click an action of an open menu, below its submenus too."""
    assert isinstance(menu, QMenu)
    for action in menu.actions():
        if action.objectName() == name:
            QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
            return
        below = action.menu()
        if below is not None and any(inner.objectName() == name for inner in below.actions()):
            # By keys: with the mouse a submenu opens after a while.
            menu.setActiveAction(action)
            QTest.keyClick(menu, Qt.Key.Key_Right)
            assert below.isVisible()
            below.setActiveAction(next(inner for inner in below.actions() if inner.objectName() == name))
            QTest.keyClick(below, Qt.Key.Key_Return)
            return
    raise AssertionError(f"the menu has no {name!r}")


def test_keys_lead_back_and_forth(window: Window) -> None:
    hold = window.field("item_hold")
    window.type_into(hold, "0.5")
    QTest.keyClick(hold, Qt.Key.Key_Return)
    window.type_into(window.field("item_other_3"), "33")
    assert texts(window) == {"hold": "0.5", "other_3": "33"}
    # In a field the keys are the draft's, not the line's.
    QTest.keyClick(window.field("item_other_3"), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (texts(window), window.field("item_other_3").text()) == ({"hold": "0.5"}, "3")
    click(window.button("undo"))
    assert (texts(window), hold.text()) == ({}, "0.2")
    assert not window.button("undo").isEnabled()
    QTest.keyClick(hold, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert hold.text() == "0.5"
    shift = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(hold, Qt.Key.Key_Z, shift)
    assert texts(window) == {"hold": "0.5", "other_3": "33"}
    assert not window.button("redo").isEnabled()
    click(window.button("revert"))
    assert texts(window) == {}
    click(window.button("undo"))
    assert texts(window) == {"hold": "0.5", "other_3": "33"}
    # What was undone is forgotten by a new edit.
    click(window.button("undo"))
    click(window.button("undo"))
    assert window.button("redo").isEnabled()
    window.type_into(hold, "0.7")
    assert not window.button("redo").isEnabled()


def test_the_keys_take_back_a_selectors_cell_too(window: Window) -> None:
    window.console.draft.set_cell("go", 0, 0, "25")
    window.console.edited()
    window.widget.activateWindow()
    window.wait_for(window.widget.isActiveWindow, "for the window to have the keys")
    table = window.table("selector_go")
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert texts(window) == {}
    QTest.keyClick(table, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert list(texts(window)) == ["selector.go"]


def test_arrows_go_by_the_step_and_open_choices(window: Window) -> None:
    hold = window.field("item_hold")
    hold.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down):
        QTest.keyClick(hold, key)
    assert texts(window) == {"hold": "0.25"}
    side = window.field("item_side")
    side.setFocus()
    QTest.keyClick(side, Qt.Key.Key_Down)
    choices = side.completer().popup()
    assert choices.isVisible()
    QTest.keyClick(choices, Qt.Key.Key_Down)
    QTest.keyClick(choices, Qt.Key.Key_Down)
    QTest.keyClick(choices, Qt.Key.Key_Return)
    assert texts(window) == {"hold": "0.25", "side": "right"}


def test_everything_wrong_is_said_while_it_is_typed(window: Window) -> None:
    window.type_into(window.field("item_hold"), "0.5 +")
    window.type_into(window.field("item_shortest"), "longst / 2")
    window.type_into(window.field("item_longest"), "other_1")
    window.type_into(window.field("item_other_1"), "longest")
    window.wait_for(lambda: window.field("item_shortest").property("tone") == "wrong", "for the unknown name")
    assert "column 6" in window.field("item_hold").toolTip()
    assert "did you mean 'longest'" in window.field("item_shortest").toolTip()
    assert window.field("item_hold").property("tone") == "wrong"
    assert "column 6" in fault(window)
    assert not window.button("apply").isEnabled()
    window.type_into(window.field("item_hold"), "0.5")
    window.type_into(window.field("item_shortest"), "longest / 2")
    window.wait_for(lambda: "→" in fault(window), "for the cycle")
    assert "longest → other_1 → longest" in fault(window)
    window.type_into(window.field("item_other_1"), "1")
    window.wait_for(lambda: window.button("apply").isEnabled(), "for all to be right")
    assert not window._find(QLabel, "parameters_fault").isVisible()


def test_editing_goes_on_while_the_runtime_does_not_answer(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any, **params: Any) -> Any:
        raise RunFault("no answer")

    window.type_into(window.field("item_hold"), "0.3")
    with monkeypatch.context() as cut:
        cut.setattr(LinkClient, "request", gone)
        window.wait_for(lambda: not window.console.connected, "for the connection to be gone")
        assert not window.button("apply").isEnabled()
        window.type_into(window.field("item_shortest"), "longst / 2")
        window.type_into(window.field("item_other_1"), "5")
        click(window.button("undo"))
        assert texts(window) == {"hold": "0.3", "shortest": "longst / 2"}
        assert window.field("item_hold").property("tone") == "edited"
        tick(window, "level")
        assert "would be left without items" in fault(window)
        assert not window.button("apply").isEnabled()
    # What only the runtime knows is looked at when it answers again.
    window.wait_for(lambda: window.field("item_shortest").property("tone") == "wrong", "for the unknown name")
    click(window.button("undo"))
    window.wait_for(window.button("apply").isEnabled, "for the runtime to answer")
    click(window.button("apply"))
    window.wait_for(lambda: window.console.draft.held.items["hold"] == 0.3, "for it to hold")
    assert texts(window) == {}


def test_ticking_asks_where_and_unticking_takes_it_out_in_one_step_each(window: Window) -> None:
    draft = window.console.draft
    tick(window, "frequency")
    asked = popup()
    assert not ticked(window, "frequency")
    assert [box.text() for box in asked.findChildren(QCheckBox)] == ["go", "nogo"]
    box = asked.findChild(QCheckBox, "into_nogo")
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(6, box.height() // 2))
    click(asked.findChild(QPushButton, "confirm"))
    assert ticked(window, "frequency")
    assert (draft.tables["go"].items, draft.tables["nogo"].items) == (("level", "frequency"), ("level",))
    assert draft.tables["go"].rows == (("20", "4000"), ("40", "4000"))
    click(window.button("undo"))
    assert (texts(window), ticked(window, "frequency")) == ({}, False)
    click(window.button("redo"))
    window.wait_for(lambda: window.button("apply").isEnabled(), "for the check")
    click(window.button("apply"))
    window.wait_for(lambda: not draft.differs() and "frequency" in draft.held.roving, "for it to hold")

    # In the selectors that it is in; nothing is asked.
    tick(window, "frequency")
    assert (draft.tables["go"].items, ticked(window, "frequency")) == (("level",), False)
    # A selector is not left without items.
    tick(window, "level")
    assert ticked(window, "level")
    assert "selector 'go' would be left without items" in fault(window)
    assert window._find(QLabel, "parameters_fault").isVisible()


def test_what_cannot_go_into_a_selector_is_refused_where_it_is_asked(window: Window) -> None:
    window.type_into(window.field("item_frequency"), "7 +")
    tick(window, "frequency")
    asked = popup()
    click(asked.findChild(QPushButton, "confirm"))
    assert "put that right" in asked.refusal.text()
    QTest.keyClick(asked, Qt.Key.Key_Escape)
    assert list(texts(window)) == ["frequency"]


def test_groups_fold_and_are_remembered_and_items_are_found(window: Window, window_on: Any, tmp_path: Path) -> None:
    from psi.experiment.folded import Folded

    window.console.folded = Folded(tmp_path / "folded")
    click(window.button("group_Target"))
    assert not window.field("item_level").isVisible()
    assert window.field("item_hold").isVisible()
    # What is edited in it is counted beside its title.
    window.console.draft.set_item("level", "55")
    window.console.edited()
    assert "1 edited" in [label.text() for label in window.widget.findChildren(QLabel)]

    # With more than 20 there is a line to find one by typing, also where it is folded.
    find = window.field("find_parameter")
    assert find.isVisible()
    window.type_into(find, "level")
    assert window.field("item_level").isVisible()
    assert not window.field("item_frequency").isVisible()
    assert not window.field("item_hold").isVisible()
    window.type_into(find, "no such thing")
    assert not window.field("item_level").isVisible()
    find.clear()
    assert window.field("item_hold").isVisible()
    assert not window.field("item_level").isVisible()

    assert Folded(tmp_path / "folded").groups((window.console.get("paradigm") or {})["name"]) == {"Target"}
    click(window.button("group_Target"))
    assert window.field("item_level").isVisible()


def test_items_of_a_row_stand_beside_each_other(window: Window) -> None:
    hold, shortest, longest = (window.field(f"item_{name}") for name in ("hold", "shortest", "longest"))
    here = [field.mapTo(window.widget, QPoint(0, 0)) for field in (hold, shortest, longest)]
    assert here[0].x() == here[1].x() < here[2].x()
    assert here[0].y() < here[1].y() == here[2].y()


def test_preferences_are_kept_loaded_made_the_default_and_deleted(window: Window, settings: Path) -> None:
    button, said = window.button("preferences"), window._find(QLabel, "preferences_said")
    window.type_into(window.field("item_hold"), "Uniform(0.1, 0.3)")
    click(button)
    choose(popup(), "save")
    asked = popup()
    name = asked.findChild(QLineEdit, "preferences_name")
    assert not asked.findChild(QPushButton, "confirm").isEnabled()
    QTest.keyClicks(name, "easy")
    QTest.keyClick(name, Qt.Key.Key_Return)
    window.wait_for(lambda: "kept as 'easy'" in said.text(), "to be kept")
    assert json.loads((settings / "easy.json").read_text("utf-8"))["items"]["hold"] == "Uniform(0.1, 0.3)"

    click(window.button("revert"))
    click(button)
    choose(popup(), "load_easy")
    window.wait_for(lambda: "'easy' is loaded: 1 edit" in said.text(), "to be loaded")
    assert texts(window) == {"hold": "Uniform(0.1, 0.3)"}
    assert window.field("item_hold").property("tone") == "edited"
    click(window.button("undo"))
    assert texts(window) == {}

    click(button)
    choose(popup(), "default_easy")
    window.wait_for(lambda: "runs start from 'easy'" in said.text(), "to be the default")
    while QApplication.activePopupWidget() is not None:
        popup().close()

    # One that is there already is replaced, and the button says so.
    click(button)
    choose(popup(), "save")
    asked = popup()
    assert asked.findChild(QLineEdit, "preferences_name").text() == "easy"
    assert asked.findChild(QPushButton, "confirm").text() == "Replace"
    click(asked.findChild(QPushButton, "confirm"))
    window.wait_for(lambda: json.loads((settings / "easy.json").read_text("utf-8"))["items"]["hold"] == 0.2)

    click(button)
    choose(popup(), "delete_easy")
    click(popup().findChild(QPushButton, "confirm"))
    window.wait_for(lambda: "'easy' is deleted" in said.text(), "to be deleted")
    assert list(settings.glob("*.json")) == []


def test_a_file_that_cannot_be_loaded_says_why_in_the_window(window: Window, settings: Path) -> None:
    settings.mkdir(parents=True)
    (settings / "late.json").write_text(
        json.dumps({"kind": "task", "format_version": "99.0", "paradigm": "x"}), "utf-8"
    )
    click(window.button("preferences"))
    # They are looked for each time, and an open menu is brought up to date.
    window.wait_for(lambda: any(action.objectName() == "load_late" for action in popup().actions()), "for the name")
    choose(popup(), "load_late")
    said = window._find(QLabel, "preferences_said")
    window.wait_for(lambda: "'late' is not loaded" in said.text(), "for the refusal")
    assert "99.0" in said.text()
    assert said.property("tone") == "red"
    assert texts(window) == {}
