"""Draws how often the animal says yes, or is right, at each level, and the function that was fitted."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import QWidget

from psi.plots.canvas_view import Canvas, faded, sized
from psi.plots.palette import Theme
from psi.plots.psychometric import Point, Psychometric
from psi.plots.source import Console
from psi.plots.ticks import tick_labels, ticks

#: Pixels left of the plot and below it, and for the trials without a stimulus at its left edge.
_LEFT, _BOTTOM, _CATCH = 40, 34, 26

_RIGHT_CENTER = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_TOP_CENTER = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop


class PsychometricWidget(Canvas):
    """Points with their intervals, the fitted function, its threshold; false alarms apart at the left."""

    INTERVAL = 200

    def __init__(self, console: Console, theme: Theme | None = None, parent: QWidget | None = None) -> None:
        super().__init__(console, theme, parent)
        self.psychometric = Psychometric()
        self.setMinimumSize(180, 150)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(284, 280)

    def look(self) -> bool:
        rows = self.console.rows
        return self.psychometric.refresh(self.console.state, rows.trials, rows.n_trials)

    def caption(self) -> str:
        return self.psychometric.caption

    def draw(self, painter: QPainter, area: QRectF) -> None:
        model, theme = self.psychometric, self.theme
        plot = area.adjusted(_LEFT, 4, -4, -_BOTTOM)
        painter.fillRect(plot, QColor(theme.field))
        x_area = plot.adjusted(_CATCH if model.catch else 0, 0, 0, 0)
        low, high = self._limits()

        def at(level: float, proportion: float) -> QPointF:
            x = x_area.left() + (level - low) / (high - low) * x_area.width()
            return QPointF(x, plot.bottom() - (proportion + 0.04) / 1.08 * plot.height())

        self._draw_axes(painter, plot, low, high, at)
        if model.chance is not None:
            painter.setPen(QPen(faded(theme.muted, 0.8), 1, Qt.PenStyle.DotLine))
            painter.drawLine(at(low, model.chance), at(high, model.chance))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if model.fit is not None:
            levels = np.linspace(low, high, 120)
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawPolyline(QPolygonF([at(x, y) for x, y in zip(levels, model.fit(levels), strict=True)]))
            threshold = model.fit.threshold
            painter.setPen(QPen(faded(theme.muted, 0.8), 1, Qt.PenStyle.DashLine))
            painter.drawLine(at(threshold, -0.04), at(threshold, float(model.fit(np.array([threshold]))[0])))
        for point in model.points:
            self._draw_point(painter, point, at(point.level, 0).x(), at, QColor(theme.accent))
        if model.catch is not None:
            painter.setPen(QPen(QColor(theme.border), 1))
            painter.drawLine(QPointF(x_area.left(), plot.top()), QPointF(x_area.left(), plot.bottom()))
            self._draw_point(painter, model.catch, plot.left() + _CATCH / 2, at, QColor(theme.muted))

    def _limits(self) -> tuple[float, float]:
        levels = [point.level for point in self.psychometric.points]
        if not levels:
            return 0.0, 1.0
        margin = 0.08 * (levels[-1] - levels[0]) or max(1.0, 0.1 * abs(levels[0]))
        return levels[0] - margin, levels[-1] + margin

    def _draw_axes(self, painter: QPainter, plot: QRectF, low: float, high: float, at: object) -> None:
        assert callable(at)
        theme, model = self.theme, self.psychometric
        painter.setFont(sized(self.font(), 10))
        for value, text in ((0.0, "0"), (0.25, ""), (0.5, "0.5"), (0.75, ""), (1.0, "1.0")):
            y = at(low, value).y()
            painter.setPen(faded(theme.border, 0.7))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(plot.left() - 30, y - 7, 25, 14), _RIGHT_CENTER, text)
        # From where on there is room beside the word under the trials without a stimulus.
        free = plot.left() + _CATCH + 3 if model.catch is not None else 0.0
        if model.points:
            values = ticks(low, high, max(2, int(plot.width() / 50)))
            for value, text in zip(values, tick_labels(values), strict=True):
                x = at(value, 0).x()
                painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 3))
                if x - painter.fontMetrics().horizontalAdvance(text) / 2 > free:
                    painter.drawText(QRectF(x - 30, plot.bottom() + 5, 60, 12), _TOP_CENTER, text)
        if model.catch is not None:
            painter.drawText(QRectF(plot.left(), plot.bottom() + 5, _CATCH, 12), _TOP_CENTER, "none")
        painter.setPen(QColor(theme.border))
        painter.drawLine(plot.topLeft(), plot.bottomLeft())
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.setPen(QColor(theme.muted))
        painter.setFont(sized(self.font(), 11))
        below = QRectF(plot.left(), plot.bottom() + 18, plot.width(), 14)
        painter.drawText(below, _TOP_CENTER, model.axis_label)
        painter.save()
        painter.translate(plot.left() - _LEFT + 7, plot.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-60, -7, 120, 14), Qt.AlignmentFlag.AlignCenter, model.height)
        painter.restore()

    def _draw_point(self, painter: QPainter, point: Point, x: float, at: object, color: QColor) -> None:
        assert callable(at)
        low, high = point.interval
        painter.setPen(QPen(QColor(self.theme.muted), 1.2))
        painter.drawLine(QPointF(x, at(0, low).y()), QPointF(x, at(0, high).y()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(x, at(0, point.proportion).y()), 4.0, 4.0)
