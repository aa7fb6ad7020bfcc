"""Draws traces above each other, with event marks and state bands on one time axis."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QHelpEvent, QPainter, QPen
from qtpy.QtWidgets import QToolTip, QWidget

from psi.plots.canvas_view import Canvas, LineArray, faded, sized
from psi.plots.marks import Band, Marks
from psi.plots.palette import Theme, state_color
from psi.plots.source import Console
from psi.plots.ticks import nice_step, prefixed, tick_labels, ticks
from psi.plots.trace_layer_view import TraceLayer
from psi.plots.traces import Trace, Traces
from psi.plots.y_axes_view import WIDTH as Y_AXES
from psi.plots.y_axes_view import YAxes

#: Pixels below the plots for times, and between two of them.
_BOTTOM, _GAP = 34, 8
#: Pixels that marks need between them on average to be drawn as lines, and the height of those that are not.
_MARK_SPACING, _TICK = 6, 5

_RIGHT_CENTER = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_TOP_CENTER = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop


class SignalsWidget(Canvas):
    """The last seconds of every stream."""

    def __init__(self, console: Console, theme: Theme | None = None, parent: QWidget | None = None) -> None:
        super().__init__(console, theme, parent)
        self.traces = Traces()
        self.marks = Marks()
        self._lines = LineArray()
        self._layers: dict[Trace, TraceLayer] = {}
        self._axes = YAxes()
        # Where the plots were drawn last, and the time at their left edge.
        self._plot, self._start = QRectF(), 0.0
        self.destroyed.connect(self.traces.close)
        self.setMinimumSize(240, 160)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(740, 440)

    def look(self) -> bool:
        news = self.marks.refresh(self.console.state, self.console.rows)
        return self.traces.refresh(self.console.state) or news

    def caption(self) -> str:
        return self.traces.caption if self.traces.traces else ""

    def draw(self, painter: QPainter, area: QRectF) -> None:
        width = int(area.width()) - Y_AXES
        opened = self.console.state.get("condition") == "open"
        if opened or not self.traces.traces:
            painter.setPen(QColor(self.theme.muted))
            words = "No signals while the rig is closed"
            if opened:
                words = "The rig is open: outputs can be worked by hand. Monitor shows what its inputs give."
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)
            return
        if width < 10:
            return
        self.traces.resize(width)
        window = self.traces.window
        # Number of the leftmost pixel since time 0: drawn things move by whole pixels and keep their shape.
        first = max(0, math.ceil(self.traces.end / window * width) - width)
        start = first * window / width
        left = area.left() + Y_AXES
        lanes = self._lanes(area, left, width)
        self._plot, self._start = QRectF(lanes[0].topLeft(), lanes[-1].bottomRight()), start
        bands = self.marks.bands_in(start, start + window)
        marks = self._placed_marks(start, width)
        # So close together they would hide the signals, and are shown once, above them.
        dense = sum(len(xs) for _, xs in marks) * _MARK_SPACING > width
        grid = self._pixels(ticks(start, start + window, 8), start, width)
        for trace, lane in zip(self.traces.traces, lanes, strict=True):
            painter.fillRect(lane, QColor(self.theme.field))
            painter.save()
            painter.setClipRect(lane)
            self._draw_bands(painter, lane, bands, start)
            self._draw_grid(painter, lane, grid)
            self._draw_trace(painter, lane, trace, first)
            if not dense:
                self._draw_marks(painter, lane, marks)
            elif lane is lanes[0]:
                self._draw_ticks(painter, lane, marks)
            if lane is lanes[0]:
                self._draw_band_names(painter, lane, bands, start)
            if trace.n_channels > 1:
                self._draw_scale_bar(painter, lane, trace)
            elif trace.reading:
                self._draw_reading(painter, lane, trace.reading)
            painter.restore()
        self._axes.draw(painter, area, lanes, self.traces.traces, self.font(), self.theme)
        self._draw_x_axis(painter, lanes[-1], start)

    def event(self, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.hint_at(QPointF(event.pos())), self)
            return True
        return bool(super().event(event))

    def hint_at(self, position: QPointF) -> str:
        """What is at a place: the time, the state, and events within a few pixels; empty beside the plots."""
        plot, start = self._plot, self._start
        if not plot.contains(position):
            return ""
        seconds_per_pixel = self.traces.window / plot.width()
        time = start + (position.x() - plot.left()) * seconds_per_pixel
        near = 4 * seconds_per_pixel
        lines = [f"{time:.3f} s"]
        lines += [band.state for band in self.marks.bands_in(time, time + 1e-9)]
        lines += [f"{mark.time:.4f} s  {mark.name}" for mark in self.marks.marks_in(time - near, time + near)]
        return "\n".join(lines)

    def _lanes(self, area: QRectF, left: float, width: int) -> list[QRectF]:
        """One rectangle per trace; many channels get more, levels less."""
        shares = [0.4 if trace.digital else 1.0 + 0.06 * min(trace.n_channels - 1, 16) for trace in self.traces.traces]
        free = area.height() - _BOTTOM - _GAP * (len(shares) - 1)
        lanes, top = [], area.top()
        for share in shares:
            height = free * share / sum(shares)
            lanes.append(QRectF(left, round(top), width, round(height)))
            top += height + _GAP
        return lanes

    def _x(self, lane: QRectF, start: float, time: float) -> float:
        return lane.left() + round((time - start) / self.traces.window * lane.width())

    def _draw_bands(self, painter: QPainter, lane: QRectF, bands: list[Band], start: float) -> None:
        for band in bands:
            x0, x1 = self._band_edges(lane, band, start)
            # A state that took no time is a line in its colour.
            opacity = self.theme.band_opacity if x1 - x0 >= 3 else 0.8
            color = faded(state_color(self.theme, band.color), opacity)
            painter.fillRect(QRectF(x0, lane.top(), max(3.0, x1 - x0), lane.height()), color)

    def _band_edges(self, lane: QRectF, band: Band, start: float) -> tuple[float, float]:
        now = self._x(lane, start, self.traces.end)
        x1 = now if math.isinf(band.end) else self._x(lane, start, band.end)
        return max(lane.left(), self._x(lane, start, band.start)), min(lane.right(), x1)

    def _draw_band_names(self, painter: QPainter, lane: QRectF, bands: list[Band], start: float) -> None:
        edges = [self._band_edges(lane, band, start) for band in bands]
        for index, (band, (x0, x1)) in enumerate(zip(bands, edges, strict=True)):
            width = painter.fontMetrics().horizontalAdvance(band.state) + 6
            # A name may stand out of its band, but not into the next.
            free = edges[index + 1][0] if index + 1 < len(edges) else lane.right()
            if width > max(x1, free) - x0:
                continue
            plate = QRectF(x0 + 1, lane.top() + 2, width, 15)
            painter.fillRect(plate, faded(self.theme.field, 0.6))
            painter.setPen(QColor(state_color(self.theme, band.color)))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, band.state)

    def _draw_grid(self, painter: QPainter, lane: QRectF, xs: NDArray[np.float64]) -> None:
        painter.setPen(faded(self.theme.border, 0.6))
        self._draw_uprights(painter, lane.left() + xs, lane.top(), lane.bottom())

    def _draw_uprights(self, painter: QPainter, xs: NDArray[np.float64], top: float, bottom: float) -> None:
        lines = self._lines.of(len(xs))
        lines[:, 0] = lines[:, 2] = xs
        lines[:, 1], lines[:, 3] = top, bottom
        self._lines.draw(painter)

    def _pixels(self, times: ArrayLike, start: float, width: int) -> NDArray[np.float64]:
        """Where on the screen ``times`` are, in pixels from the left edge; of several on one pixel one is seen."""
        return np.unique(np.round((np.asarray(times) - start) / self.traces.window * width))

    def _placed_marks(self, start: float, width: int) -> list[tuple[QPen, NDArray[np.float64]]]:
        """Marks in the window by how they look: a pen, and the pixels from the left edge that have one."""
        placed = []
        for (output, ends), at in self.marks.times_in(start, start + self.traces.window).items():
            color = faded(self.theme.accent if output else self.theme.text, 0.35 if ends else 0.75)
            pen = QPen(color, 1, Qt.PenStyle.DotLine if ends else Qt.PenStyle.SolidLine)
            placed.append((pen, self._pixels(at, start, width)))
        return placed

    def _draw_marks(self, painter: QPainter, lane: QRectF, placed: list[tuple[QPen, NDArray[np.float64]]]) -> None:
        for pen, xs in placed:
            painter.setPen(pen)
            self._draw_uprights(painter, lane.left() + xs, lane.top(), lane.bottom())

    def _draw_ticks(self, painter: QPainter, lane: QRectF, placed: list[tuple[QPen, NDArray[np.float64]]]) -> None:
        """Marks as short lines at the upper edge."""
        for pen, xs in placed:
            painter.setPen(QPen(pen.color(), 1))
            self._draw_uprights(painter, lane.left() + xs, lane.top(), lane.top() + _TICK)

    def _draw_trace(self, painter: QPainter, lane: QRectF, trace: Trace, first: int) -> None:
        if trace not in self._layers:
            # Those of streams that are gone go with the first of the new ones.
            self._layers = {kept: layer for kept, layer in self._layers.items() if kept in self.traces.traces}
            self._layers[trace] = TraceLayer(trace)
        colors = self.theme.traces if trace.n_channels > 1 else [self._color(trace)]
        self._layers[trace].draw(painter, lane, first, colors, self.devicePixelRatioF())

    def _color(self, trace: Trace) -> str:
        """Two colours in turn, so that neighbours differ and nothing is shouted."""
        return self.theme.text if self.traces.traces.index(trace) % 2 else self.theme.accent

    def _draw_reading(self, painter: QPainter, lane: QRectF, reading: str) -> None:
        """The meter: what the signal is now, in numbers."""
        painter.setFont(sized(self.font(), 11))
        width = painter.fontMetrics().horizontalAdvance(reading) + 10
        plate = QRectF(lane.right() - width - 2, lane.bottom() - 20, width, 17)
        painter.fillRect(plate, faded(self.theme.field, 0.85))
        painter.setPen(QColor(self.theme.text))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, reading)
        painter.setFont(self.font())

    def _draw_scale_bar(self, painter: QPainter, lane: QRectF, trace: Trace) -> None:
        """How much the traces swing, since their axis tells the channel."""
        painter.setFont(sized(self.font(), 10))
        low, high, *_ = trace.limits()
        size = nice_step(trace.spacing * 1.5, 1)
        factor, unit = prefixed(size, trace.unit)
        length = size / (high - low) * (lane.height() - 1)
        text = f"{size / factor:g} {unit}".rstrip()
        width = painter.fontMetrics().horizontalAdvance(text) + 14
        plate = QRectF(lane.right() - width - 2, lane.bottom() - max(length, 14) - 6, width, max(length, 14) + 4)
        painter.fillRect(plate, faded(self.theme.field, 0.85))
        painter.setPen(QPen(QColor(self.theme.text), 2))
        x = lane.right() - 6
        painter.drawLine(QPointF(x, plate.bottom() - 2), QPointF(x, plate.bottom() - 2 - length))
        painter.setPen(QColor(self.theme.text))
        painter.drawText(plate.adjusted(0, 0, -10, 0), _RIGHT_CENTER, text)
        painter.setPen(QColor(self.theme.muted))

    def _draw_x_axis(self, painter: QPainter, lane: QRectF, start: float) -> None:
        painter.setFont(sized(self.font(), 10))
        painter.setPen(QColor(self.theme.border))
        painter.drawLine(lane.bottomLeft(), lane.bottomRight())
        painter.setPen(QColor(self.theme.muted))
        times = ticks(start, start + self.traces.window, 8)
        for time, text in zip(times, tick_labels(times), strict=True):
            x = self._x(lane, start, time)
            painter.drawLine(QPointF(x, lane.bottom()), QPointF(x, lane.bottom() + 3))
            painter.drawText(QRectF(x - 30, lane.bottom() + 5, 60, 12), _TOP_CENTER, text)
        painter.setFont(sized(self.font(), 11))
        below = QRectF(lane.left(), lane.bottom() + 18, lane.width(), 14)
        painter.drawText(below, _TOP_CENTER, "time since start (s)")
