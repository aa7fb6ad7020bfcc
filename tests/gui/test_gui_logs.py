"""The logs of a window: newest on top, cut at the bottom, and still for who reads."""

from __future__ import annotations

from typing import Any

import pytest
from qtpy.QtCore import QPoint
from qtpy.QtWidgets import QApplication

from psi.experiment.table_view import LogModel, log_table, show_log


@pytest.fixture
def log(application: Any) -> Any:
    table = log_table("log")
    model = LogModel(["row"], lambda row, column: (str(row), ""), lambda name: "#000000")
    table.setModel(model)
    table.resize(200, 300)
    table.show()
    yield table, model
    table.close()


def seen(table: Any) -> str:
    return str(table.indexAt(QPoint(0, 0)).data())


def test_who_follows_sees_the_newest(log: Any) -> None:
    table, model = log
    assert show_log(table, model, range(100), 100)
    assert show_log(table, model, range(104), 104)
    QApplication.processEvents()
    assert seen(table) == "103"


def test_who_has_scrolled_back_keeps_the_rows(log: Any) -> None:
    table, model = log
    show_log(table, model, range(100), 100)
    QApplication.processEvents()
    table.verticalScrollBar().setValue(40)
    reading = seen(table)
    table.selectRow(45)
    # From here on the oldest are no longer kept.
    for n in range(103, 130, 3):
        assert not show_log(table, model, range(n - 100, n), n)
        QApplication.processEvents()
        assert seen(table) == reading
        assert model.rowCount() == 100
    assert [index.data() for index in table.selectedIndexes()] == ["54"]


def test_another_run_begins_anew(log: Any) -> None:
    table, model = log
    show_log(table, model, range(50, 150), 150)
    show_log(table, model, ["first"], 1)
    assert model.rowCount() == 1
