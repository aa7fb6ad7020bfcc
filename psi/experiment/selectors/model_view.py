"""A selector's table for Qt: texts, what is wrong with them, and how often each row was given."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt
from qtpy.QtGui import QColor, QFont

from psi.experiment.drafts.selector_table import SelectorTable
from psi.experiment.selectors.marks import Marker, TableMarks
from psi.experiment.selectors.source import SelectorSource

_ROLE = Qt.ItemDataRole

#: Whether a cell is wrong or edited, for who paints it: 'wrong', 'edited' or ''.
TONE_ROLE = _ROLE.UserRole + 1


class SelectorModel(QAbstractTableModel):
    """The draft's table of one selector, and how often each row was given."""

    def __init__(self, source: SelectorSource) -> None:
        super().__init__()
        self._source = source
        self._marker = Marker(source)
        self.table = SelectorTable((), ())
        self.marks = TableMarks()
        self._counts: tuple[str, ...] = ()

    def look(self) -> None:
        """Show what the draft and the run say now."""
        table = self._source.table
        marks = self._marker.look(table)
        # How often a single setting was given is said above it.
        counts = ("given", "left") if table.is_sequence and any(marks.given) else ()
        if (table.items, len(table.rows)) != (self.table.items, len(self.table.rows)):
            self.beginResetModel()
            self.table, self.marks, self._counts = table, marks, counts
            self.endResetModel()
        elif counts != self._counts:
            # A run begins or its counts are gone: no reset, since somebody may be typing in a cell.
            begin, end = (
                (self.beginInsertColumns, self.endInsertColumns)
                if counts
                else (self.beginRemoveColumns, self.endRemoveColumns)
            )
            begin(QModelIndex(), self.n_items, self.n_items + 1)
            self.table, self.marks, self._counts = table, marks, counts
            end()
        elif (table, marks) != (self.table, self.marks):
            self.table, self.marks = table, marks
            self.dataChanged.emit(self.index(0, 0), self.index(len(table.rows) - 1, self.columnCount() - 1))
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, len(table.rows) - 1)

    @property
    def n_items(self) -> int:
        """Columns that can be edited; those of counts stand behind them."""
        return len(self.table.items)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else self.n_items + len(self._counts)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:  # noqa: N802
        if orientation == Qt.Orientation.Vertical:
            return self._row_header(section, role)
        if role == _ROLE.ToolTipRole and section < self.n_items:
            return f"{self._title(section)}\nClick: sort, fill or select the column"
        if role != _ROLE.DisplayRole:
            return None
        if section >= self.n_items:
            return self._counts[section - self.n_items]
        return self._title(section)

    def _title(self, section: int) -> str:
        spec = self._source.spec(self.table.items[section])
        if spec is None:
            return self.table.items[section]
        title = spec.compact_label or spec.title
        return f"{title} ({spec.unit})" if spec.unit else title

    def _row_header(self, row: int, role: int) -> Any:
        coming = row == self.marks.next_row
        if role == _ROLE.DisplayRole:
            # Who paints the numbers puts a mark in its place.
            return "" if coming else str(row + 1)
        if role == _ROLE.ToolTipRole:
            return f"Row {row + 1}{', given next' if coming else ''}. Drag to move it"
        return None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() < self.n_items else flags

    def data(self, index: QModelIndex, role: int = _ROLE.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        if role == _ROLE.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if column >= self.n_items:
            return self._count(row, column - self.n_items, role)
        if role in (_ROLE.DisplayRole, _ROLE.EditRole):
            return self.table.rows[row][column]
        error = self.marks.errors.get((row, column), "")
        edited = (row, column) in self.marks.edited
        theme = self._source.console.theme
        if role == TONE_ROLE:
            return "wrong" if error else "edited" if edited else ""
        if role == _ROLE.ForegroundRole:
            return QColor(theme.red) if error else QColor(theme.edited) if edited else None
        if role == _ROLE.ToolTipRole:
            return error or None
        if role == _ROLE.FontRole and row == self.marks.next_row:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def _count(self, row: int, which: int, role: int) -> Any:
        n = (self.marks.given, self.marks.left)[which][row]
        if role == _ROLE.ForegroundRole:
            return QColor(self._source.console.theme.muted)
        if role == _ROLE.DisplayRole:
            # A row that has had its turn in this cycle is done with.
            return "new" if n is None and which == 0 else "" if n is None else "✓" if which and n == 0 else str(n)
        if role == _ROLE.ToolTipRole and n is not None:
            return f"Still to be given {n} × in this cycle" if which else f"Given {n} × in this run"
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = _ROLE.EditRole) -> bool:  # noqa: N802
        if role != _ROLE.EditRole or index.column() >= self.n_items:
            return False
        self._source.set_table(self.table.with_cells({(index.row(), index.column()): str(value)}))
        return True
