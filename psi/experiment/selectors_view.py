"""Selectors: one table each, edited cell by cell."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, QTimer
from qtpy.QtGui import QColor, QPalette
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from psi.experiment.choice_view import ChoiceBox
from psi.experiment.console import Console
from psi.experiment.selector_card_view import SelectorCard
from psi.experiment.selector_progress import progress, times_given
from psi.experiment.selector_table import ORDERS, SelectorTable
from psi.experiment.table_view import headers
from psi.experiment.widget_view import PanelWidget, quiet_label, set_property, set_text

_ROLE = Qt.ItemDataRole
_ROW_HEIGHT = 24


class SelectorModel(QAbstractTableModel):
    """The draft's table of one selector, and how often each row was given."""

    def __init__(self, console: Console, selector: str) -> None:
        super().__init__()
        self._console = console
        self._selector = selector
        self.table = SelectorTable((), ())
        self._given: list[int] = []

    def show(self, table: SelectorTable) -> None:
        """Show ``table``."""
        given = [times_given(self._console, self._selector, table, row) for row in range(len(table.rows))]
        if table.items != self.table.items or len(table.rows) != len(self.table.rows):
            self.beginResetModel()
            self.table, self._given = table, given
            self.endResetModel()
        elif table != self.table or given != self._given:
            self.table, self._given = table, given
            self.dataChanged.emit(self.index(0, 0), self.index(len(table.rows) - 1, len(table.items)))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.table.items) + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:  # noqa: N802
        if orientation != Qt.Orientation.Horizontal or role != _ROLE.DisplayRole:
            return None
        if section == len(self.table.items):
            return "given"
        spec = self._console.draft.specs.get(self.table.items[section])
        if spec is None:
            return self.table.items[section]
        return f"{spec.title} ({spec.unit})" if spec.unit else spec.title

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() < len(self.table.items) else flags

    def data(self, index: QModelIndex, role: int = _ROLE.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        if role == _ROLE.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if column == len(self.table.items):
            return (str(self._given[row]) if self._given[row] else "") if role == _ROLE.DisplayRole else None
        if role in (_ROLE.DisplayRole, _ROLE.EditRole):
            return self.table.rows[row][column]
        draft, theme = self._console.draft, self._console.theme
        if role == _ROLE.ForegroundRole:
            if draft.cell_error(self._selector, row, column):
                return QColor(theme.red)
            return QColor(theme.edited) if draft.cell_differs(self._selector, row, column) else None
        if role == _ROLE.ToolTipRole:
            return draft.cell_error(self._selector, row, column) or None
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = _ROLE.EditRole) -> bool:  # noqa: N802
        if role != _ROLE.EditRole:
            return False
        self._console.draft.set_cell(self._selector, index.row(), index.column(), str(value))
        self._console.edited()
        return True


class _CellDelegate(QStyledItemDelegate):
    """Keeps what a cell's colour says also while the cell is selected."""

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:  # noqa: N802
        super().initStyleOption(option, index)
        color = index.data(_ROLE.ForegroundRole)
        if option is not None and color is not None:
            option.palette.setColor(QPalette.ColorRole.HighlightedText, color)


class SelectorView(QWidget):
    """One selector: its order, its table, its rows' buttons."""

    def __init__(self, console: Console, selector: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._console, self._selector = console, selector
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(4)
        title = QLabel(selector)
        title.setProperty("group", True)
        self._progress = quiet_label()
        self.order = ChoiceBox(self)
        self.order.setObjectName(f"order_{selector}")
        self.order.addItems(list(ORDERS))
        # Narrower than the longest word, so that the buttons beside it have room; open, the list shows every word.
        self.order.setFixedWidth(104)
        if (words := self.order.view()) is not None:
            words.setMinimumWidth(140)
        self.order.activated.connect(self._set_order)
        for widget in (title, self._progress):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.order)
        self.buttons: dict[str, QPushButton] = {}
        hints = {
            "+": "A copy of this row below it",
            "−": "Take this row out",
            "↑": "Give it earlier",
            "↓": "Give it later",
        }
        for sign, hint in hints.items():
            button = QPushButton(sign, self)
            button.setObjectName(f"{selector}_{sign}")
            button.setToolTip(hint)
            button.setFixedSize(22, 20)
            button.setStyleSheet("padding: 0;")
            button.clicked.connect(lambda _checked, sign=sign: self._change_rows(sign))
            self.buttons[sign] = button
            head.addWidget(button)
        layout.addLayout(head)
        self.model = SelectorModel(console, selector)
        self.table = QTableView(self)
        self.table.setObjectName(f"selector_{selector}")
        self.table.setModel(self.model)
        self.table.setItemDelegate(_CellDelegate(self.table))
        self._columns, rows = headers(self.table)
        rows.hide()
        rows.setDefaultSectionSize(_ROW_HEIGHT)
        self.table.setAlternatingRowColors(True)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._columns.setHighlightSections(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        layout.addWidget(self.table)

    def _set_order(self, number: int) -> None:
        self._console.draft.set_order(self._selector, ORDERS[number])
        self._console.edited()

    def _change_rows(self, sign: str) -> None:
        draft, index = self._console.draft, self.table.currentIndex()
        row = index.row() if index.isValid() else len(self.model.table.rows) - 1
        column = max(index.column(), 0)
        match sign:
            case "+":
                row = draft.add_row(self._selector, row)
            case "−":
                draft.delete_row(self._selector, row)
            case "↑":
                draft.move_row(self._selector, row, row - 1)
                row -= 1
            case _:
                draft.move_row(self._selector, row, row + 1)
                row += 1
        self._console.edited()
        last = len(self.model.table.rows) - 1
        self.table.setCurrentIndex(self.model.index(max(0, min(row, last)), column))

    def show_state(self) -> None:
        table = self._console.draft.tables[self._selector]
        self.model.show(table)
        set_text(self._progress, progress(self._console, self._selector, table))
        edited = f"selector.{self._selector}" in self._console.draft.differs()
        set_property(self._progress, "tone", "edited" if edited else "")
        self.order.setVisible(table.is_sequence)
        if table.is_sequence:
            self.order.setCurrentIndex(ORDERS.index(table.order))
        for button in self.buttons.values():
            button.setVisible(table.is_sequence)
        # As high as its rows: the panel scrolls, not the tables in it.
        header = self._columns.sizeHint().height()
        self.table.setFixedHeight(header + _ROW_HEIGHT * len(table.rows) + 2)


class SelectorsView(PanelWidget):
    """One table per selector, below each other; a card for one that is no table."""

    KEYS = frozenset({"draft", "rows", "theme", "status"})

    def build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout.addWidget(self._scroll)
        self.views: dict[str, SelectorView | SelectorCard] = {}
        # Rows come many times a second; the counts beside the tables need not.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(200)
        self._later.timeout.connect(self._show_views)

    def show_state(self, keys: set[str]) -> None:
        tables, base = self.console.draft.tables, self.console.draft.base
        names = list(tables) if base is None else list(base.selectors)
        if names != list(self.views):
            page = QWidget()
            column = QVBoxLayout(page)
            column.setContentsMargins(4, 0, 10, 0)
            self.views = {
                name: (SelectorView if name in tables else SelectorCard)(self.console, name, page) for name in names
            }
            for view in self.views.values():
                column.addWidget(view)
            column.addStretch(1)
            self._scroll.setWidget(page)
        if keys - {"rows", "status"}:
            self._show_views()
        elif not self._later.isActive():
            self._later.start()
        n = len(names)
        self.say(f"{n} selector{'s' if n != 1 else ''}" if n else "this paradigm has none")

    def _show_views(self) -> None:
        for view in self.views.values():
            view.show_state()
