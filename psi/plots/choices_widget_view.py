"""Draws choices and correct ones by side, each with its interval."""

from __future__ import annotations

from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter, QPen
from qtpy.QtWidgets import QWidget

from psi.plots.canvas_view import Canvas, faded, sized
from psi.plots.choices import Choices, Side
from psi.plots.palette import Theme, state_color
from psi.plots.source import Console

#: Pixels left of the bars and right of them, of the legend, and that a side takes down at most.
_LEFT, _RIGHT, _LEGEND, _HIGHEST = 44, 42, 18, 64

_LEFT_CENTER = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT_CENTER = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ChoicesWidget(Canvas):
    """Two bars for each side: its share of the choices, with a mark at its share of the trials, and what was right."""

    INTERVAL = 200

    def __init__(self, console: Console, theme: Theme | None = None, parent: QWidget | None = None) -> None:
        super().__init__(console, theme, parent)
        self.choices = Choices()
        self.setMinimumSize(180, 90)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(284, 150)

    def look(self) -> bool:
        rows = self.console.rows
        return self.choices.refresh(self.console.state, rows.trials, rows.n_trials)

    def caption(self) -> str:
        return self.choices.caption

    def draw(self, painter: QPainter, area: QRectF) -> None:
        sides = self.choices.sides
        if not sides:
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "This paradigm has no sides.")
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bars = area.adjusted(_LEFT, 0, -_RIGHT, -_LEGEND)
        high = min(_HIGHEST, bars.height() / len(sides))
        for number, side in enumerate(sides):
            self._draw_side(painter, side, QRectF(bars.left(), bars.top() + number * high, bars.width(), high))
        self._draw_legend(painter, QRectF(bars.left(), bars.top() + high * len(sides), bars.width(), _LEGEND))

    def _draw_side(self, painter: QPainter, side: Side, area: QRectF) -> None:
        theme, bias = self.theme, self.choices.bias
        favoured = bias is not None and bias.certain and bias.side == side.number
        painter.setFont(sized(self.font(), 11, bold=favoured))
        painter.setPen(QColor(theme.text if favoured else theme.muted))
        painter.drawText(QRectF(area.left() - _LEFT, area.top(), _LEFT, area.height()), _LEFT_CENTER, self._name(side))
        thick = min(16.0, (area.height() - 8) / 2)
        top = area.center().y() - thick - 1
        chosen = QRectF(area.left(), top, area.width(), thick)
        correct = QRectF(area.left(), top + thick + 2, area.width(), thick)
        known = side.n > 0
        self._bar(painter, chosen, side.chosen if known else None, side.chosen_interval, theme.accent)
        self._bar(painter, correct, side.correct, side.correct_interval, state_color(theme, "green"))
        if known:
            x = chosen.left() + side.given * chosen.width()
            painter.setPen(QPen(QColor(theme.text), 1.4))
            painter.drawLine(QPointF(x, chosen.top() - 2), QPointF(x, chosen.bottom() + 1))

    @staticmethod
    def _name(side: Side) -> str:
        return f"side {side.number}"

    def _bar(
        self, painter: QPainter, place: QRectF, value: float | None, interval: tuple[float, float], color: str
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.field))
        painter.drawRoundedRect(place, 3, 3)
        text = "–"
        if value is not None:
            painter.setBrush(faded(color, 0.75))
            painter.drawRoundedRect(QRectF(place.left(), place.top(), place.width() * value, place.height()), 3, 3)
            low, high = (place.left() + place.width() * end for end in interval)
            painter.setPen(QPen(QColor(self.theme.text), 1))
            painter.drawLine(QPointF(low, place.center().y()), QPointF(high, place.center().y()))
            text = f"{100 * value:.0f} %"
        painter.setPen(QColor(self.theme.text))
        painter.setFont(sized(self.font(), 10))
        painter.drawText(QRectF(place.right(), place.top() - 2, _RIGHT, place.height() + 4), _RIGHT_CENTER, text)

    def _draw_legend(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(sized(self.font(), 10))
        x = area.left()
        for word, color in (
            ("chosen", self.theme.accent),
            ("correct", state_color(self.theme, "green")),
            ("given", ""),
        ):
            if color:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(faded(color, 0.75))
                painter.drawRoundedRect(QRectF(x, area.center().y() - 3, 8, 8), 2, 2)
            else:
                painter.setPen(QPen(QColor(self.theme.text), 1.4))
                painter.drawLine(QPointF(x + 4, area.center().y() - 4), QPointF(x + 4, area.center().y() + 6))
            painter.setPen(QColor(self.theme.muted))
            width = painter.fontMetrics().horizontalAdvance(word)
            painter.drawText(QRectF(x + 12, area.top() + 1, width + 4, area.height()), _LEFT_CENTER, word)
            x += width + 24
