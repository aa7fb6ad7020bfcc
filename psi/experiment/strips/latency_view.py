"""How soon commands were called, as a small histogram in the window's bottom line."""

from __future__ import annotations

import math
from typing import Any

from qtpy.QtCore import QRectF, QSize
from qtpy.QtGui import QColor, QPainter, QPaintEvent
from qtpy.QtWidgets import QWidget

from psi.experiment.theme import Theme

#: Decades that are shown, in s; what lies outside counts at the edges. Bins in an octave are the histogram's.
_SHORTEST, _LONGEST, _PER_OCTAVE = 1e-5, 1e-1, 8
_OCTAVES = math.log2(_LONGEST / _SHORTEST)


class LatencyBars(QWidget):
    """Counts on a logarithmic axis from 10 µs to 100 ms, each bar as high as the logarithm of its count."""

    WIDTH, HEIGHT, N_BARS = 92, 14, 46

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: list[int] = []
        self._theme: Theme | None = None
        self.setFixedSize(QSize(self.WIDTH, self.HEIGHT))
        self.setVisible(False)

    def show_latency(self, latency: dict[str, Any] | None, theme: Theme) -> None:
        """Show what the run's status says; nothing where there is nothing yet."""
        self.setVisible(latency is not None)
        if latency is None:
            return
        bars = [0] * self.N_BARS
        for index, count in enumerate(latency["counts"], latency["first"]):
            octave = index / _PER_OCTAVE - math.log2(_SHORTEST / 1e-6)
            bars[min(max(int(octave / _OCTAVES * self.N_BARS), 0), self.N_BARS - 1)] += count
        if bars != self._bars or theme is not self._theme:
            self._bars, self._theme = bars, theme
            self.setToolTip(tooltip(latency))
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setPen(QColor(self._theme.border))
        width, bottom = self.width() / self.N_BARS, self.height() - 1
        painter.drawLine(0, bottom, self.width(), bottom)
        for decade in (1e-4, 1e-3, 1e-2):
            x = round(math.log2(decade / _SHORTEST) / _OCTAVES * self.width())
            painter.drawLine(x, 0, x, bottom)
        top = math.log1p(max(self._bars, default=0))
        for index, count in enumerate(self._bars):
            if count:
                height = max(2.0, math.log1p(count) / top * bottom)
                late = _SHORTEST * 2 ** ((index + 0.5) / self.N_BARS * _OCTAVES) >= 1e-2
                color = self._theme.edited if late else self._theme.accent
                painter.fillRect(QRectF(index * width, bottom - height, width - 0.4, height), QColor(color))
        painter.end()


def tooltip(latency: dict[str, Any]) -> str:
    """The figures behind the bars."""
    figures = [f"{words} {1e3 * latency[name]:.2f} ms" for words, name in _FIGURES]
    return (
        f"From a block of samples, or an event, to the call of a command: {', '.join(figures)}; "
        f"{latency['n']} commands. The axis goes from 10 µs to 100 ms, the lines are 0.1, 1 and 10 ms."
    )


_FIGURES = (("half within", "p50"), ("99 % within", "p99"), ("99.9 % within", "p999"), ("longest", "max"))
