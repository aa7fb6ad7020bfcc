"""The tables of selectors in a window, worked with mouse and keys."""

from __future__ import annotations

from typing import Any

import pytest
from qtpy.QtCore import QItemSelectionModel, QPoint, Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QTableView

from psi.experiment.selectors.table_view import SelectorTableView

CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton

PARADIGM = """
from psi.api import Extension, Paradigm, RovingParameter, SequenceSelector, State, StateMachine

enamldef Tones(Paradigm):
    id = 'tones'
    title = 'Tones'
    Extension:
        id = 'items'
        point = 'psi.context.items'
        RovingParameter:
            name = 'frequency'
            unit = 'Hz'
            default = 1000
        RovingParameter:
            name = 'level'
            unit = 'dB SPL'
            default = 60
            limits = (0, 100)
    Extension:
        id = 'selectors'
        point = 'psi.context.selectors'
        SequenceSelector:
            name = 'go'
            items = ['frequency', 'level']
            rows = [[1000, 10], [2000, 20], [4000, 30], [8000, 40], [16000, 50]]
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'waiting'
                posts = ['next_trial']
                duration = '0.05'
                target = 'tone'
            State:
                name = 'tone'
                posts = ['trial_start', 'trial_end']
                duration = '0.05'
                target = 'waiting'
"""

pytestmark = pytest.mark.parametrize("rig", [PARADIGM], indirect=True, ids=["tones"])


def rows(window: Any) -> list[tuple[str, ...]]:
    return list(window.console.draft.tables["go"].rows)


def levels(window: Any) -> list[str]:
    return [row[1] for row in rows(window)]


def choose(window: Any, *cells: tuple[int, int]) -> QTableView:
    """Click the first cell, and the others with Ctrl."""
    table = window.table("selector_go")
    for number, (row, column) in enumerate(cells):
        at = table.visualRect(table.model().index(row, column)).center()
        QTest.mouseClick(table.viewport(), LEFT, CONTROL if number else Qt.KeyboardModifier.NoModifier, at)
    return table


def type_in(table: QTableView, text: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
    """Type into the current cell, as one does: the first letter opens it."""
    QTest.keyClick(table, text[0])
    editor = open_cell(table)
    QTest.keyClicks(editor, text[1:])
    QTest.keyClick(editor, end)
    QApplication.processEvents()


def open_cell(table: QTableView) -> QLineEdit:
    """The cell that is being typed in; those that are closed may not be gone yet."""
    (editor,) = (editor for editor in table.viewport().findChildren(QLineEdit) if editor.isVisible())
    return editor


def view(window: Any) -> SelectorTableView:
    (found,) = window.widget.findChildren(SelectorTableView)
    return found


def click(window: Any, menu: QMenu, text: str) -> None:
    (action,) = (action for action in menu.actions() if action.text().startswith(text))
    action.trigger()


def test_cells_are_typed_in_as_in_a_spreadsheet(window: Any) -> None:
    table = choose(window, (0, 1))
    type_in(table, "15")
    assert (table.currentIndex().row(), table.currentIndex().column()) == (1, 1)
    type_in(table, "25", Qt.Key.Key_Tab)
    # Tab goes on to the next cell that can be edited, and opens it.
    assert (table.currentIndex().row(), table.currentIndex().column()) == (2, 0)
    assert levels(window)[:3] == ["15", "25", "30"]


def test_several_rows_are_copied_and_taken_out_with_keys(window: Any) -> None:
    table = choose(window, (0, 0), (2, 1))
    QTest.keyClick(table, Qt.Key.Key_D, CONTROL)
    assert levels(window) == ["10", "20", "30", "10", "30", "40", "50"]
    # The copies are chosen.
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert levels(window) == ["10", "20", "30", "40", "50"]
    for _ in range(2):
        QTest.mouseClick(window.button("undo"), LEFT)
    assert not window.console.draft.differs()
    table.selectAll()
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert levels(window) == ["10"]


def test_rows_are_dragged_with_the_mouse(window: Any) -> None:
    table = choose(window, (0, 0), (1, 0))
    numbers = table.verticalHeader().viewport()
    x = numbers.width() // 2

    def at(row: float) -> QPoint:
        height = table.rowHeight(0)
        return QPoint(x, int(table.rowViewportPosition(0) + row * height))

    QTest.mousePress(numbers, LEFT, Qt.KeyboardModifier.NoModifier, at(0.5))
    for row in (1.0, 2.0, 3.0, 3.9):
        QTest.mouseMove(numbers, at(row))
    QTest.mouseRelease(numbers, LEFT, Qt.KeyboardModifier.NoModifier, at(3.9))
    assert levels(window) == ["30", "40", "10", "20", "50"]
    assert {index.row() for index in table.selectionModel().selectedIndexes()} == {2, 3}
    # One step, wherever they went.
    QTest.mouseClick(window.button("undo"), LEFT)
    assert not window.console.draft.differs()
    QTest.mouseClick(numbers, LEFT, Qt.KeyboardModifier.NoModifier, at(4.5))
    QTest.keyClick(table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert levels(window) == ["10", "20", "30", "50", "40"]


def test_a_spreadsheet_is_pasted_grows_the_table_and_says_what_did_not_fit(window: Any) -> None:
    QGuiApplication.clipboard().setText("500\t35\r\n600\t450\r\n700\t55\tx\r\n800\tloud(\r\n")
    table = choose(window, (3, 0))
    QTest.keyClick(table, Qt.Key.Key_V, CONTROL)
    assert rows(window)[3:] == [("500", "35"), ("600", "450"), ("700", "55"), ("800", "loud(")]
    said = view(window).misfits.toolTip().splitlines()
    assert [line.partition(":")[0] for line in said] == ["row 5", "line 3, cell 3 ('x')", "row 7"]
    fault = view(window).fault.text()
    assert fault.startswith("row 5: item 'level' is 450 dB SPL; allowed is 0 to 100 dB SPL (and 1 more)")
    assert table.model().index(4, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert not window.button("apply").isEnabled()
    QTest.keyClick(table, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == "500\n600\n700\n800"
    QTest.mouseClick(window.button("undo"), LEFT)
    assert not window.console.draft.differs()
    assert view(window).fault.isHidden()


def test_a_range_goes_down_the_chosen_cells(window: Any) -> None:
    table = choose(window, (1, 1), (2, 1), (3, 1))
    click(window, view(window).menu_of(1), "Fill level")
    assert window.field("fill_go_start").text() == "20"
    assert window.field("fill_go_number").text() == "3"
    for name, text in (("start", "60"), ("stop", "80")):
        field = window.field(f"fill_go_{name}")
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
    QTest.keyClick(window.field("fill_go_number"), Qt.Key.Key_Return)
    assert levels(window) == ["10", "60", "70", "80", "50"]
    # From one cell on it adds the rows that are missing.
    table.clearSelection()
    choose(window, (4, 0))
    click(window, view(window).menu_of(0), "Fill frequency")
    window.field("fill_go_start").setText("1000")
    window.field("fill_go_stop").setText("8000")
    view(window).fill.spacing.setCurrentText("log")
    view(window).fill.by.setCurrentText("step")
    window.field("fill_go_number").clear()
    QTest.keyClicks(window.field("fill_go_number"), "x")
    assert not view(window).fill.fill.isEnabled()
    window.field("fill_go_number").clear()
    QTest.keyClicks(window.field("fill_go_number"), "1")
    QTest.mouseClick(window.button("fill_go_go"), LEFT)
    assert [row[0] for row in rows(window)[4:]] == ["1000", "2000", "4000", "8000"]


def test_rows_are_sorted_by_value_with_expressions_last(window: Any) -> None:
    table = choose(window, (1, 1))
    type_in(table, "frequency / 100")
    click(window, view(window).menu_of(1), "Sort by level, descending")
    assert levels(window) == ["50", "40", "30", "10", "frequency / 100"]
    click(window, view(window).menu_of(0), "Sort by frequency, ascending")
    assert [row[0] for row in rows(window)] == ["1000", "2000", "4000", "8000", "16000"]


def test_what_the_runtime_finds_wrong_is_said_at_the_cell(window: Any) -> None:
    table = choose(window, (2, 1))
    type_in(table, "freqency / 100")
    index = table.model().index(2, 1)
    window.wait_for(lambda: "did you mean 'frequency'" in (index.data(Qt.ItemDataRole.ToolTipRole) or ""), "a check")
    assert view(window).fault.text().startswith("row 3")


def test_a_run_marks_what_was_given_and_what_comes_and_typing_is_not_disturbed(rig: Any, window: Any) -> None:
    table = window.table("selector_go")
    model = view(window).model
    rig.host.want("running")
    window.condition("running")
    window.wait_for(lambda: model.columnCount() == 4 and model.marks.next_row is not None, "for counts")
    shown = window.widget.findChild(QLabel, "next_go")
    window.wait_for(lambda: shown.text().startswith("next (Hz, dB SPL): "), "for what comes next")
    choose(window, (1, 1))
    QTest.keyClick(table, "7")
    given = sum(model.marks.given)
    window.wait_for(lambda: sum(model.marks.given) > given + 3, "for trials while a cell is open")
    editor = open_cell(table)
    QTest.keyClicks(editor, "7")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert levels(window)[1] == "77"
    window.wait_for(lambda: shown.text().startswith("next as edited (Hz, dB SPL): "), "for the preview of the draft")
    window.wait_for(lambda: "2000, 77" in shown.text() and "2000, 20" not in shown.text(), "for the edited row in it")
    QTest.keyClick(table, Qt.Key.Key_D, CONTROL)
    assert "new" in {table.model().index(row, 2).data() for row in range(6)}
    QTest.mouseClick(window.button("apply"), LEFT)
    window.wait_for(lambda: not window.console.draft.differs() and not window.console.draft.waiting(), "for the edit")
    window.wait_for(lambda: None not in model.marks.given, "for the new row to be given")
    rig.host.stop()
    window.condition("open")
    # What was given can be read after the end.
    assert any(model.marks.given)


def test_a_table_of_two_hundred_rows_is_edited_like_a_short_one(window: Any) -> None:
    QGuiApplication.clipboard().setText("\n".join(f"{100 + n}\t{n % 100}" for n in range(200)))
    table = choose(window, (0, 0))
    QTest.keyClick(table, Qt.Key.Key_V, CONTROL)
    assert len(rows(window)) == 200
    # It scrolls by itself below its header, and what is chosen is in sight.
    assert table.height() < 20 * table.rowHeight(0)
    index = table.model().index(199, 1)
    table.setCurrentIndex(index)
    table.selectionModel().select(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    type_in(table, "33")
    assert table.viewport().rect().contains(table.visualRect(index).center())
    assert levels(window)[199] == "33"
    click(window, view(window).menu_of(1), "Sort by level, descending")
    assert levels(window)[:2] == ["99", "98"]
