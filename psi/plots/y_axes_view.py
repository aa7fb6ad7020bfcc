"""The numbers and names left of the traces: painted when they change, which is seldom, and shown in every frame."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qtpy.QtCore import QRectF, Qt
from qtpy.QtGui import QColor, QFont, QPainter, QPixmap

from psi.plots.canvas_view import sized
from psi.plots.palette import Theme
from psi.plots.ticks import tick_labels, ticks
from psi.plots.traces import Trace

#: Pixels left of the plots.
WIDTH = 62

_RIGHT_CENTER = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class YAxes:
    """The axes of all lanes as one picture."""

    def __init__(self) -> None:
        self._picture = QPixmap()
        # What the picture was painted from.
        self._shown: object = None

    def draw(
        self,
        painter: QPainter,
        area: QRectF,
        lanes: Sequence[QRectF],
        traces: Sequence[Trace],
        font: QFont,
        theme: Theme,
    ) -> None:
        """Draw the axes of ``traces`` at the left of ``area``, each beside its lane."""
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        sides = [(trace.title, trace.limits(), lane.getRect()) for trace, lane in zip(traces, lanes, strict=True)]
        shown = (sides, area.getRect(), ratio, font.key(), theme)
        if shown != self._shown:
            self._shown = shown
            self._paint(area, lanes, traces, font, theme, ratio)
        painter.drawPixmap(area.topLeft(), self._picture)

    def _paint(
        self, area: QRectF, lanes: Sequence[QRectF], traces: Sequence[Trace], font: QFont, theme: Theme, ratio: float
    ) -> None:
        # One pixel more, for the line of the axis itself.
        size = QRectF(0, 0, (WIDTH + 1) * ratio, area.height() * ratio).size().toSize()
        self._picture = QPixmap(size)
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(QColor(theme.panel))
        painter = QPainter(self._picture)
        painter.translate(-area.topLeft())
        for trace, lane in zip(traces, lanes, strict=True):
            _paint_axis(painter, lane, trace, font, theme)
        painter.end()


def _paint_axis(painter: QPainter, lane: QRectF, trace: Trace, font: QFont, theme: Theme) -> None:
    low, high, factor, unit = trace.limits()
    painter.setPen(QColor(theme.border))
    painter.drawLine(lane.topLeft(), lane.bottomLeft())
    painter.setFont(sized(font, 10))
    painter.setPen(QColor(theme.muted))

    def label(value: float, text: str) -> None:
        y = lane.bottom() - 1 - (value - low) / (high - low) * (lane.height() - 1)
        # The outermost stay beside their own lane: above it is nothing, or another lane's.
        top = min(max(y - 7, lane.top() - 2), lane.bottom() - 12)
        painter.drawText(QRectF(lane.left() - 46, top, 41, 14), _RIGHT_CENTER, text)

    if trace.digital:
        label(0.0, "0")
        label(1.0, "1")
    elif trace.n_channels > 1:
        every = max(1, math.ceil(trace.n_channels * 12 / lane.height()))
        for channel in range(0, trace.n_channels, every):
            label((trace.n_channels - 1 - channel) * trace.spacing, trace.short_label(channel))
        # The scale bar tells the unit.
        unit = ""
    else:
        values = ticks(low / factor, high / factor, max(2, int(lane.height() / 34)))
        for value, text in zip(values, tick_labels(values), strict=True):
            label(value * factor, text)
    painter.setFont(sized(font, 11))
    name = f"{trace.title} ({unit})" if unit else trace.title
    name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(lane.height()))
    painter.save()
    painter.translate(lane.left() - WIDTH + 7, lane.center().y())
    painter.rotate(-90)
    painter.drawText(QRectF(-lane.height() / 2, -7, lane.height(), 14), Qt.AlignmentFlag.AlignCenter, name)
    painter.restore()
