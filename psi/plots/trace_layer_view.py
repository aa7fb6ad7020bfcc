"""The strokes of one trace as a picture that moves with time: only what is new is painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QRect, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPen, QPixmap

from psi.plots.canvas_view import LineArray
from psi.plots.traces import Trace, joined


class TraceLayer:
    """Everything that a trace has drawn so far, without ground, grid and marks.

    Pixels are counted from time 0 on, so that what was drawn only moves, by whole pixels. The picture is made anew
    where the axis, the size or the colours change.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._picture = QPixmap()
        self._looks: tuple[object, ...] = ()
        self._width = 0
        self._lines = LineArray()
        # Number of the leftmost pixel, and of the first that may still change.
        self._first = self._open = 0

    def draw(self, painter: QPainter, lane: QRectF, first: int, colors: Sequence[str], ratio: float) -> None:
        """Draw the trace into ``lane``, whose leftmost pixel is number ``first``; channels take ``colors`` in turn.

        ``ratio`` is how many pixels of the screen make one of the widget.
        """
        looks = lane.width(), lane.height(), self._trace.limits(), tuple(colors), ratio
        moved = first - self._first
        # Pixels of a screen between two whole sizes cannot be moved by whole ones.
        if looks != self._looks or not 0 <= moved < lane.width() or ratio != int(ratio):
            self._begin(lane, first, ratio)
            self._looks = looks
        elif moved:
            self._picture.scroll(-moved * int(ratio), 0, self._picture.rect())
        self._first = first
        self._paint(max(first, self._open), first + self._width, lane.height(), colors)
        self._open = self._last_whole()
        painter.drawPixmap(lane.topLeft(), self._picture)

    def _begin(self, lane: QRectF, first: int, ratio: float) -> None:
        self._picture = QPixmap(round(lane.width() * ratio), round(lane.height() * ratio))
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(Qt.GlobalColor.transparent)
        self._width, self._open = int(lane.width()), first

    def _last_whole(self) -> int:
        """Number of the first pixel that a later sample may change."""
        trace = self._trace
        column = trace.envelope.per_column / trace.fs
        return int((trace.end - column - trace.t0) / trace.window * self._width) - 1

    def _paint(self, begin: int, end: int, height: float, colors: Sequence[str]) -> None:
        """Paint pixels ``begin`` to ``end`` of the trace anew."""
        trace = self._trace
        # One more to the left, which the first is joined to.
        low, high = (values[:, 1:] for values in joined(*trace.on_screen(begin - 1, end - begin + 1, self._width)))
        bottom, top, *_ = trace.limits()
        scale = (height - 1) / (top - bottom)
        upper, lower = height - 1 - (high - bottom) * scale, height - 1 - (low - bottom) * scale
        xs = np.arange(begin, end) - self._first
        area = QRect(begin - self._first, 0, end - begin, int(height))
        painter = QPainter(self._picture)
        painter.setClipRect(area)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.fillRect(area, Qt.GlobalColor.transparent)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        for channel in range(trace.n_channels):
            drawn = np.isfinite(upper[channel])
            painter.setPen(QPen(QColor(colors[channel % len(colors)]), 1))
            self._strokes(painter, xs[drawn], upper[channel][drawn], lower[channel][drawn])
        painter.end()

    def _strokes(self, painter: QPainter, xs: NDArray[Any], upper: NDArray[Any], lower: NDArray[Any]) -> None:
        if len(xs) == 0:
            return
        # Where there is room a flat line is two pixels thick, so that it can be seen across the room.
        thickness = 0 if self._trace.n_channels > 1 else 1
        lines = self._lines.of(len(xs))
        lines[:, 0] = lines[:, 2] = xs
        lines[:, 1] = np.round(upper)
        lines[:, 3] = np.maximum(np.round(lower), lines[:, 1] + thickness)
        self._lines.draw(painter)
