"""A selector's table with everything that is done to its rows."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from psi.experiment.drafts.selector_table import SelectorTable
from psi.experiment.selectors.cells_view import ROW_HEIGHT, CellsView
from psi.experiment.selectors.fill import fill_down
from psi.experiment.selectors.fill_view import FillBar
from psi.experiment.selectors.model_view import SelectorModel
from psi.experiment.selectors.paste import copy, paste
from psi.experiment.selectors.source import SelectorSource
from psi.experiment.widget_view import quiet_label, set_property, set_text
from psi.models.ranges import Range

#: Rows that are shown at once; a longer table scrolls by itself, below its header.
MOST_SHOWN = 14

#: Lines of what did not fit that are shown; all are in the tooltip.
_MOST_MISFITS = 3


class SelectorTableView(QWidget):
    """Rows are added, taken out, dragged, sorted, filled and pasted; each is one step of the draft's history.

    Parameters
    ----------
    source
        The selector.
    fixed
        Whether the number of rows is for the selector's author to say.
    """

    def __init__(self, source: SelectorSource, fixed: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._fixed = fixed
        self.model = SelectorModel(source)
        self.cells = CellsView(self.model, self)
        self.cells.setObjectName(f"selector_{source.key}")
        self.fill = FillBar(source.key, self)
        self.fault, self.misfits = quiet_label(), quiet_label()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        # What is wrong stands above, where it is seen however long the table is.
        for widget in (self.fault, self.misfits, self.fill, self.cells):
            layout.addWidget(widget)
        for label, tone in ((self.fault, "red"), (self.misfits, "edited")):
            label.setWordWrap(True)
            set_property(label, "tone", tone)
            label.hide()
        self.buttons: dict[str, QPushButton] = {}
        self._fill_column = 0
        self.fill.filled.connect(self._fill)
        self.cells.copied.connect(self.copy)
        self.cells.pasted.connect(self.paste)
        self.cells.duplicated.connect(self.duplicate)
        self.cells.deleted.connect(self.delete)
        self.cells.nudged.connect(self.nudge)
        self.cells.numbers.dropped.connect(self._drop)
        columns = self.cells.horizontalHeader()
        assert columns is not None
        columns.sectionClicked.connect(self._column_menu)
        self.cells.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.cells.customContextMenuRequested.connect(self._rows_menu)

    def tools(self) -> QHBoxLayout:
        """Buttons for what is done most, and for the menu with the rest."""
        row = QHBoxLayout()
        row.setSpacing(3)
        for sign, hint, do in (
            ("+", "A copy of the chosen rows below them (Ctrl+D)", self.duplicate),
            ("−", "Take the chosen rows out (Delete)", self.delete),
            ("⋯", "Fill, sort, copy, paste, move", self._tools_menu),
        ):
            button = QPushButton(sign, self)
            button.setObjectName(f"{self._source.key}_{sign}")
            button.setToolTip(hint)
            button.setFixedSize(22, 20)
            button.setStyleSheet("padding: 0;")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, do=do: do())
            self.buttons[sign] = button
            row.addWidget(button)
        return row

    # -- what is shown -----------------------------------------------------------------------

    def show_state(self) -> None:
        """Show what the draft and the run say now."""
        self.model.look()
        table = self.model.table
        words = self.model.marks.words(table)
        set_text(self.fault, words)
        self.fault.setToolTip(
            "\n".join(f"row {row + 1}: {said}" for (row, _), said in sorted(self.model.marks.errors.items()))
        )
        self.fault.setVisible(bool(words))
        self.cells.numbers.setVisible(self._grows)
        for button in self.buttons.values():
            button.setVisible(self._grows)
        if "−" in self.buttons:
            self.buttons["−"].setEnabled(len(table.rows) > 1)
        shown = min(len(table.rows), MOST_SHOWN)
        self.cells.setFixedHeight(self.cells.header_height() + ROW_HEIGHT * shown + 2)

    @property
    def _grows(self) -> bool:
        return self.model.table.is_sequence and not self._fixed

    # -- rows --------------------------------------------------------------------------------

    def _chosen(self) -> list[int]:
        """The chosen rows; the last one where none is."""
        return self.cells.numbers.chosen() or [len(self.model.table.rows) - 1]

    def duplicate(self) -> None:
        """Copies of the chosen rows below them."""
        if self._grows:
            rows = self._chosen()
            self._change(lambda: self._source.table.copied(rows), [rows[-1] + 1 + i for i in range(len(rows))])

    def delete(self) -> None:
        """Take the chosen rows out; one stays."""
        if self._grows and len(self.model.table.rows) > 1:
            rows = self._chosen()
            left = self.model.table.without_all(rows)
            self._change(lambda: left, [max(0, min(rows[0], len(left.rows) - 1))])

    def nudge(self, by: int) -> None:
        """Move the chosen rows up or down by one."""
        rows = self._chosen()
        self._bring(rows, rows[0] - 1 if by < 0 else rows[-1] + 2)

    def _drop(self, before: int) -> None:
        self._bring(self._chosen(), before)

    def _bring(self, rows: list[int], before: int) -> None:
        before = max(0, min(before, len(self.model.table.rows)))
        if self._grows:
            first = before - sum(row < before for row in rows)
            moved = list(range(first, first + len(rows)))
            self._change(lambda: self._source.table.brought(rows, before), moved)

    def sort(self, column: int, descending: bool) -> None:
        """Sort the rows by the values of a column."""
        self._change(lambda: self._source.table.sorted_by(column, descending), [0])

    def _change(self, edit: Callable[[], SelectorTable], choose: list[int], column: int = -1) -> None:
        self._source.set_table(edit())
        self._forget_misfits()
        self.show_state()
        self.cells.choose_rows(choose, column)
        self.cells.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- the clipboard -----------------------------------------------------------------------

    def copy(self) -> None:
        """Put the chosen cells on the clipboard."""
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None and (cells := self.cells.chosen_cells()):
            clipboard.setText(copy(self.model.table, cells))

    def paste(self) -> None:
        """Put the clipboard's cells in from the first chosen one on."""
        clipboard = QGuiApplication.clipboard()
        text = "" if clipboard is None else clipboard.text()
        if not text.strip():
            return
        cells = self.cells.chosen_cells()
        row, column = (min(r for r, _ in cells), min(c for _, c in cells)) if cells else (0, 0)
        done = paste(self.model.table, text, row, column, self._source.cell_error, self._grows)
        rows = sorted({r for r, _ in done.cells})
        if rows:
            self._change(lambda: done.table, rows, column)
        self._say_misfits(done.misfits)

    def _say_misfits(self, lines: tuple[str, ...]) -> None:
        shown = list(lines[:_MOST_MISFITS])
        if len(lines) > len(shown):
            shown.append(f"and {len(lines) - len(shown)} more")
        set_text(self.misfits, "Pasted; what did not fit: " + "; ".join(shown) if lines else "")
        self.misfits.setToolTip("\n".join(lines))
        self.misfits.setVisible(bool(lines))

    def _forget_misfits(self) -> None:
        self._say_misfits(())

    # -- ranges ------------------------------------------------------------------------------

    def ask_fill(self, column: int) -> None:
        """Ask for a range to fill down a column with."""
        table = self.model.table
        rows = sorted({row for row, of in self.cells.chosen_cells() if of == column})
        spec = self._source.spec(table.items[column])
        self._fill_column = column
        first = rows[0] if rows else 0
        last = rows[-1] if len(rows) > 1 else len(table.rows) - 1
        title = table.items[column] if spec is None else spec.compact_label or spec.title
        unit = "" if spec is None else spec.unit
        n_cells = len(rows) if len(rows) > 1 else 0
        self.fill.open(title, unit, table.rows[first][column], table.rows[last][column], n_cells)

    def _fill(self, values: Range) -> None:
        column = self._fill_column
        rows = sorted({row for row, of in self.cells.chosen_cells() if of == column})
        filled = fill_down(self.model.table, column, rows, values, self._grows)
        first, n = (rows[0] if rows else 0), len(values.values())
        done = rows if len(rows) > 1 else list(range(first, min(first + n, len(filled.rows))))
        self._change(lambda: filled, done, column)

    # -- menus -------------------------------------------------------------------------------

    def _column_menu(self, column: int) -> None:
        if column >= self.model.n_items:
            return
        columns = self.cells.horizontalHeader()
        assert columns is not None
        menu = self.menu_of(column)
        menu.popup(columns.mapToGlobal(QPoint(columns.sectionViewportPosition(column), columns.height())))

    def _rows_menu(self, at: QPoint) -> None:
        viewport = self.cells.viewport()
        assert viewport is not None
        self.menu_of(max(self.cells.columnAt(at.x()), 0)).popup(viewport.mapToGlobal(at))

    def _tools_menu(self) -> None:
        button = self.buttons["⋯"]
        self.menu_of(max(self.cells.currentIndex().column(), 0)).popup(button.mapToGlobal(QPoint(0, button.height())))

    def menu_of(self, column: int) -> QMenu:
        """What can be done to a column and to the chosen rows."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = min(column, self.model.n_items - 1)
        item = self.model.table.items[column]
        spec = self._source.spec(item)
        title = item if spec is None else spec.compact_label or spec.title
        if self._grows:
            menu.addAction(f"Sort by {title}, ascending", lambda: self.sort(column, False))
            menu.addAction(f"Sort by {title}, descending", lambda: self.sort(column, True))
        menu.addAction(f"Fill {title} with a range…", lambda: self.ask_fill(column))
        rows = list(range(len(self.model.table.rows)))
        menu.addAction(f"Choose {title}", lambda: self.cells.choose_rows(rows, column))
        menu.addSeparator()
        menu.addAction("Copy\tCtrl+C", self.copy)
        menu.addAction("Paste from a spreadsheet\tCtrl+V", self.paste)
        if self._grows:
            menu.addSeparator()
            menu.addAction("Duplicate rows\tCtrl+D", self.duplicate)
            menu.addAction("Delete rows\tDelete", self.delete)
            menu.addAction("Move up\tAlt+Up", lambda: self.nudge(-1))
            menu.addAction("Move down\tAlt+Down", lambda: self.nudge(1))
        return menu
