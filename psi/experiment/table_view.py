"""Tables of text for logs: the newest on top, as many rows as there are, none drawn that is not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, Qt
from qtpy.QtGui import QColor, QFont
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from psi.experiment.column_header_view import TWO_LINES, ColumnHeader

_ROLE = Qt.ItemDataRole


class LogModel(QAbstractTableModel):
    """Rows of a list, newest first. ``cell`` gives a cell's text and the name of its colour, ``''`` for none."""

    def __init__(
        self,
        headers: Sequence[str],
        cell: Callable[[Any, int], tuple[str, str]],
        color: Callable[[str], str],
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter,
    ) -> None:
        super().__init__()
        self._headers = list(headers)
        self._cell = cell
        self._color = color
        self._align = align
        self._rows: list[Any] = []
        self._seen = 0

    def show(self, rows: Sequence[Any], n_seen: int) -> None:
        """Show ``rows``; ``n_seen`` counts all there ever were, so that what is new is known."""
        new = n_seen - self._seen
        kept = len(rows) - new
        cut = len(self._rows) - kept
        if new < 0 or kept < 0 or cut < 0:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
        else:
            if cut:
                # The oldest, at the bottom. A reset would take the selection, and be twice as dear.
                self.beginRemoveRows(QModelIndex(), kept, len(self._rows) - 1)
                del self._rows[:cut]
                self.endRemoveRows()
            if new:
                self.beginInsertRows(QModelIndex(), 0, new - 1)
                self._rows.extend(rows[kept:])
                self.endInsertRows()
        self._seen = n_seen

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:  # noqa: N802
        # The tip is for what is cut.
        if orientation == Qt.Orientation.Horizontal and role in (_ROLE.DisplayRole, _ROLE.ToolTipRole):
            return self._headers[section]
        return None

    def data(self, index: QModelIndex, role: int = _ROLE.DisplayRole) -> Any:
        if role == _ROLE.TextAlignmentRole:
            return self._align
        if role not in (_ROLE.DisplayRole, _ROLE.ToolTipRole, _ROLE.ForegroundRole, _ROLE.FontRole):
            return None
        text, color = self._cell(self._rows[-1 - index.row()], index.column())
        if role in (_ROLE.DisplayRole, _ROLE.ToolTipRole):
            # The tip is for what is too long for its column.
            return text
        if not color:
            return None
        if role == _ROLE.ForegroundRole:
            return QColor(self._color(color))
        font = QFont()
        font.setBold(color not in ("muted", "faint"))
        return font


def show_log(table: QTableView, model: LogModel, rows: Sequence[Any], n_seen: int) -> bool:
    """:meth:`LogModel.show` in ``table``; who has scrolled back keeps their rows. Whether the newest are seen."""
    bar = table.verticalScrollBar()
    follows = bar is None or bar.value() == 0
    top = QPersistentModelIndex(table.indexAt(QPoint(0, 0)))
    model.show(rows, n_seen)
    if not follows and top.isValid():
        table.scrollTo(QModelIndex(top), QAbstractItemView.ScrollHint.PositionAtTop)
    return follows


def headers(table: QTableView) -> tuple[QHeaderView, QHeaderView]:
    """The headers of columns and rows."""
    columns, rows = table.horizontalHeader(), table.verticalHeader()
    assert columns is not None
    assert rows is not None
    return columns, rows


def log_table(name: str, parent: QWidget | None = None, grid: bool = True) -> QTableView:
    """A table that is read, not edited."""
    table = QTableView(parent)
    table.setObjectName(name)
    table.setShowGrid(grid)
    table.setAlternatingRowColors(grid)
    table.setHorizontalHeader(ColumnHeader(table))
    columns, rows = headers(table)
    rows.hide()
    rows.setDefaultSectionSize(27 if grid else 21)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    columns.setMinimumHeight(TWO_LINES)
    return table
