"""The cells of a selector's table: typed in, chosen, dragged and pasted with mouse and keys."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QPointF, QRect, Qt, Signal
from qtpy.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
)
from qtpy.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from psi.experiment.column_header_view import TWO_LINES, ColumnHeader
from psi.experiment.selectors.model_view import TONE_ROLE, SelectorModel

ROW_HEIGHT = 24

#: Pixels of the columns of counts and of the row numbers.
_COUNT_WIDTH, _NUMBER_WIDTH = 44, 30


class _CellDelegate(QStyledItemDelegate):
    """Outlines what is wrong, and keeps what a cell's colour says also while the cell is selected."""

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:  # noqa: N802
        super().initStyleOption(option, index)
        color = index.data(Qt.ItemDataRole.ForegroundRole)
        if option is not None and color is not None:
            option.palette.setColor(QPalette.ColorRole.HighlightedText, color)

    def setEditorData(self, editor: QWidget | None, index: QModelIndex) -> None:  # noqa: N802
        # Each trial brings news of the table; what is being typed stays.
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().paint(painter, option, index)
        if painter is not None and index.data(TONE_ROLE) == "wrong":
            painter.save()
            painter.setPen(QPen(QColor(index.data(Qt.ItemDataRole.ForegroundRole)), 1))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
            painter.restore()


class RowNumbers(QHeaderView):
    """The numbers of rows: a click chooses a row, a drag takes the chosen ones elsewhere."""

    #: Rows were dropped before the row of this number.
    dropped = Signal(int)

    def __init__(self, parent: QTableView) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setDefaultSectionSize(ROW_HEIGHT)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedWidth(_NUMBER_WIDTH)
        self._table = parent
        self._pressed = -1
        #: Before which row the dragged ones would be put; -1 while none are dragged.
        self.target = -1

    def paintSection(self, painter: QPainter | None, rect: QRect, logical: int) -> None:  # noqa: N802
        """The number, or a mark where the row is given next."""
        super().paintSection(painter, rect, logical)
        model = self._table.model()
        if painter is None or not isinstance(model, SelectorModel) or model.marks.next_row != logical:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Highlight))
        x, y = rect.center().x(), rect.center().y() + 1
        painter.drawPolygon(QPolygonF([QPointF(x - 4, y - 5), QPointF(x + 5, y), QPointF(x - 4, y + 5)]))
        painter.restore()

    def chosen(self) -> list[int]:
        """Numbers of the rows that are chosen whole, or of which cells are."""
        model = self._table.selectionModel()
        return [] if model is None else sorted({index.row() for index in model.selectedIndexes()})

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        assert event is not None
        row = self.logicalIndexAt(event.position().toPoint())
        self._pressed = row if event.button() == Qt.MouseButton.LeftButton else -1
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if row >= 0 and plain and row in self.chosen():
            # Several that are chosen can be taken by any of them.
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        assert event is not None
        y = event.position().toPoint().y()
        if self._pressed >= 0 and (self.target >= 0 or abs(y - self._middle(self._pressed)) > ROW_HEIGHT * 0.6):
            row = self.logicalIndexAt(event.position().toPoint())
            n = self.count()
            before = (n if y > 0 else 0) if row < 0 else row + int(y > self._middle(row))
            if before != self.target:
                self.target = before
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self._redraw()
            return
        if self._pressed < 0:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        pressed, target, self._pressed, self.target = self._pressed, self.target, -1, -1
        self.unsetCursor()
        if target >= 0:
            self._redraw()
            self.dropped.emit(target)
            return
        if event is not None and pressed >= 0 and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._table.selectRow(pressed)
        super().mouseReleaseEvent(event)

    def _middle(self, row: int) -> float:
        return self.sectionViewportPosition(row) + ROW_HEIGHT / 2

    def _redraw(self) -> None:
        for part in (self.viewport(), self._table.viewport()):
            assert part is not None
            part.update()


class CellsView(QTableView):
    """Cells that are typed in as in a spreadsheet. What changes rows is left to who listens."""

    copied = Signal()
    pasted = Signal()
    duplicated = Signal()
    deleted = Signal()
    #: The chosen rows are to go up (-1) or down (1).
    nudged = Signal(int)

    def __init__(self, model: SelectorModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setItemDelegate(_CellDelegate(self))
        self.numbers = RowNumbers(self)
        self.setVerticalHeader(self.numbers)
        self._columns = ColumnHeader(self)
        self._columns.setSectionsClickable(True)
        self._columns.setMinimumSectionSize(30)
        self.setHorizontalHeader(self._columns)
        self.setCornerButtonEnabled(False)
        self.setAlternatingRowColors(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for changed in (model.modelReset, model.columnsInserted, model.columnsRemoved):
            changed.connect(self.size_columns)
        self.size_columns()

    def size_columns(self, *_: object) -> None:
        """Items share the width; counts are narrow. Where there are several, labels have two lines."""
        self._columns.setMinimumHeight(TWO_LINES if self._model.n_items > 1 and self._model.columnCount() > 2 else 0)
        for column in range(self._model.columnCount()):
            if column < self._model.n_items:
                self._columns.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
            else:
                self._columns.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
                self._columns.resizeSection(column, _COUNT_WIDTH)

    def header_height(self) -> int:
        """Pixels above the first row."""
        return max(self._columns.sizeHint().height(), self._columns.minimumHeight())

    def chosen_cells(self) -> list[tuple[int, int]]:
        """Row and column of every chosen cell that can be edited."""
        chosen = ((index.row(), index.column()) for index in self.selectedIndexes())
        return [(row, column) for row, column in chosen if column < self._model.n_items]

    def choose_rows(self, rows: list[int], column: int = -1) -> None:
        """Choose whole rows, or cells of one column in them, the first being the current one."""
        selection = self.selectionModel()
        if not rows or selection is None:
            return
        flags = QItemSelectionModel.SelectionFlag
        chosen = QItemSelection()
        for row in rows:
            first, last = (0, self._model.columnCount() - 1) if column < 0 else (column, column)
            chosen.select(self._model.index(row, first), self._model.index(row, last))
        selection.setCurrentIndex(self._model.index(rows[0], max(column, 0)), flags.NoUpdate)
        selection.select(chosen, flags.ClearAndSelect)
        self.scrollTo(self._model.index(rows[-1], max(column, 0)))
        self.scrollTo(self._model.index(rows[0], max(column, 0)))

    # -- keys --------------------------------------------------------------------------------

    def event(self, event: QEvent | None) -> bool:
        # Keys that the window has a meaning for are ours while a cell has the focus.
        if event is not None and event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Return, Qt.Key.Key_Enter)
            keys = QKeySequence.StandardKey
            if plain or event.matches(keys.Copy) or event.matches(keys.Paste) or _is_duplicate(event):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        assert event is not None
        keys = QKeySequence.StandardKey
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        if event.matches(keys.Copy):
            self.copied.emit()
        elif event.matches(keys.Paste):
            self.pasted.emit()
        elif _is_duplicate(event):
            self.duplicated.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.deleted.emit()
        elif alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.nudged.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # That of an open cell comes here too, before the cell is closed.
            if self.currentIndex().isValid() and self.state() != QAbstractItemView.State.EditingState:
                self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def closeEditor(self, editor: QWidget | None, hint: QAbstractItemDelegate.EndEditHint) -> None:  # noqa: N802
        """Enter goes down, Tab goes on to the next cell that can be edited, Shift+Tab back."""
        hints = QAbstractItemDelegate.EndEditHint
        at = self.currentIndex()
        super().closeEditor(editor, hints.NoHint)
        n = self._model.n_items
        number = at.row() * n + min(at.column(), n - 1)
        match hint:
            case hints.SubmitModelCache:
                self._go(at.row() + 1, at.column())
            case hints.EditNextItem:
                self._go(*divmod(number + 1, n), typing=True)
            case hints.EditPreviousItem:
                self._go(*divmod(number - 1, n), typing=True)
            case _:
                pass

    def _go(self, row: int, column: int, typing: bool = False) -> None:
        if 0 <= row < self._model.rowCount():
            index = self._model.index(row, column)
            self.setCurrentIndex(index)
            if typing:
                self.edit(index)

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        super().paintEvent(event)
        target = self.numbers.target
        if target < 0:
            return
        viewport = self.viewport()
        assert viewport is not None
        n = self._model.rowCount()
        y = self.rowViewportPosition(target) if target < n else self.rowViewportPosition(n - 1) + ROW_HEIGHT
        painter = QPainter(viewport)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
        painter.drawLine(0, y, viewport.width(), y)
        painter.end()


def _is_duplicate(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_D and event.modifiers() == Qt.KeyboardModifier.ControlModifier
