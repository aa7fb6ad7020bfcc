"""A column of offers: a line to find by typing, and a list below it whose rows have a title, a line and a mark."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, QModelIndex, QObject, QPointF, QRect, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QTextLayout, QTextOption
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from psi.experiment.start.chooser import Chooser, Standing
from psi.experiment.start.offers import Offer
from psi.experiment.theme import DARK, Theme

_OFFER = Qt.ItemDataRole.UserRole

#: Keys that go from the line to the list, and how many places they go.
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -5, Qt.Key.Key_PageDown: 5}

#: Of a row: its height, the space around its text, and where the line below the title begins, in pixels.
_HEIGHT, _SPACE, _LINE_TOP = 62, 12, 27


def standing_color(theme: Theme, standing: Standing) -> str:
    """The colour of what is known of a pair."""
    known = {"fits": theme.green, "warnings": theme.edited, "wrong": theme.red}
    return known.get(standing, theme.muted)


class OfferDelegate(QStyledItemDelegate):
    """Draws a row: the title with the name behind it, a mark at the right, two lines of description."""

    def __init__(self, chooser: Chooser, kind: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._chooser = chooser
        self._kind = kind
        self.theme = DARK

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: N802
        return QSize(100, _HEIGHT)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        assert painter is not None
        offer: Offer = index.data(_OFFER)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_ground(painter, option)
        inner = option.rect.adjusted(_SPACE, 6, -_SPACE, -6)
        taken = self._draw_mark(painter, inner, offer) if self._kind == "rig" else 0
        self._draw_title(painter, inner.adjusted(0, 0, -taken, 0), offer)
        painter.setFont(_font(11))
        painter.setPen(QColor(self.theme.muted))
        _draw_wrapped(painter, QRectF(inner.adjusted(0, _LINE_TOP - 6, 0, 0)), offer.line, 2)
        painter.restore()

    def _draw_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if not selected and not hovered:
            return
        ground = QRectF(option.rect).adjusted(2, 1.5, -2, -1.5)
        painter.setPen(QColor(self.theme.border))
        painter.setBrush(QColor(self.theme.field))
        painter.drawRoundedRect(ground, 5, 5)
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.accent))
            painter.drawRoundedRect(QRectF(ground.left(), ground.top(), 4, ground.height()), 2, 2)

    def _draw_mark(self, painter: QPainter, inner: QRect, offer: Offer) -> int:
        words, standing = self._chooser.mark(offer.name)
        if not words:
            return 0
        painter.setFont(_font(11, bold=standing in ("fits", "wrong", "warnings")))
        painter.setPen(QColor(standing_color(self.theme, standing)))
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, words)
        return int(QFontMetricsF(painter.font()).horizontalAdvance(words)) + _SPACE

    def _draw_title(self, painter: QPainter, inner: QRect, offer: Offer) -> None:
        painter.setFont(_font(13, bold=True))
        painter.setPen(QColor(self.theme.text))
        metrics = QFontMetricsF(painter.font())
        title = metrics.elidedText(offer.title, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(QPointF(inner.left(), inner.top() + metrics.ascent()), title)
        if offer.name == offer.title:
            return
        left = inner.left() + metrics.horizontalAdvance(title) + 8
        painter.setFont(_font(11))
        painter.setPen(QColor(self.theme.faint))
        room = inner.right() - left
        name = QFontMetricsF(painter.font()).elidedText(offer.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QPointF(left, inner.top() + metrics.ascent()), name if room > 40 else "")


class OffersView(QFrame):
    """A column for ``kind``, ``'paradigm'`` or ``'rig'``. Typing finds, arrows move; the focus stays in the line."""

    def __init__(self, chooser: Chooser, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chooser = chooser
        self._kind = kind
        self.setObjectName("panel")
        self.field = QLineEdit(self)
        self.field.setObjectName(f"find_{kind}")
        self.field.setPlaceholderText("type to find")
        self.field.setClearButtonEnabled(True)
        self.field.textEdited.connect(lambda text: chooser.find(kind, text))
        self.field.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setObjectName(f"list_{kind}")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._delegate = OfferDelegate(chooser, kind, self.list)
        self.list.setItemDelegate(self._delegate)
        self.list.itemClicked.connect(self._clicked)
        fixed = chooser.column(kind).fixed
        title = QLabel(f"{kind.upper()}{' · AS GIVEN' if fixed else ''}", self)
        title.setObjectName("title")
        self.field.setVisible(not fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.addWidget(title)
        layout.addWidget(self.field)
        layout.addWidget(self.list, 1)
        self._shown: list[Offer] = []

    def set_theme(self, theme: Theme) -> None:
        self._delegate.theme = theme
        self._repaint()

    def show_state(self) -> None:
        """Bring the list up to date."""
        column = self._chooser.column(self._kind)
        shown = column.shown()
        if shown != self._shown:
            self._shown = shown
            self.list.clear()
            for offer in shown:
                item = QListWidgetItem(self.list)
                item.setData(_OFFER, offer)
                item.setToolTip("\n".join(filter(None, (offer.line, offer.path))))
        names = [offer.name for offer in shown]
        row = names.index(column.chosen) if column.chosen in names else -1
        if row != self.list.currentRow():
            self.list.setCurrentRow(row)
        self._repaint()

    def _repaint(self) -> None:
        viewport = self.list.viewport()
        assert viewport is not None
        viewport.update()

    def _clicked(self, item: QListWidgetItem) -> None:
        self._chooser.choose(self._kind, item.data(_OFFER).name)
        self.field.setFocus()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _STEPS:
            self._chooser.move(self._kind, _STEPS[Qt.Key(event.key())])
            return True
        return bool(super().eventFilter(watched, event))


def _font(size: int, bold: bool = False) -> QFont:
    font = QFont()
    font.setPixelSize(size)
    font.setBold(bold)
    return font


def _draw_wrapped(painter: QPainter, room: QRectF, text: str, most: int) -> None:
    """Draw ``text`` in at most ``most`` lines; what does not fit in the last of them is cut with an ellipsis."""
    metrics = QFontMetricsF(painter.font())
    layout = QTextLayout(text, painter.font())
    option: Any = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    layout.setTextOption(option)
    layout.beginLayout()
    for number in range(most):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(room.width())
        rest = text[line.textStart() :] if number == most - 1 else text[line.textStart() :][: line.textLength()]
        words = metrics.elidedText(rest.strip(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(QPointF(room.left(), room.top() + number * metrics.height() + metrics.ascent()), words)
    layout.endLayout()
