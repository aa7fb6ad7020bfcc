"""What every drawn panel shares: a timer that looks for news, colours, and errors shown in place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PyQt6 import sip
from qtpy.QtCore import QEvent, QLineF, QRectF, Qt, QTimer, Signal
from qtpy.QtGui import QColor, QFont, QHideEvent, QPainter, QPaintEvent, QPalette, QShowEvent
from qtpy.QtWidgets import QSizePolicy, QWidget

from psi.plots.palette import Theme, palette
from psi.plots.source import Console

#: Pixels of a panel's quiet line at the top, and of its margins.
CAPTION, MARGIN = 18, 8


class Canvas(QWidget):
    """Asks its model for news while it can be seen, and draws only when there is any.

    Plots are painted with ``QPainter`` and not with a graphics scene: eight traces of 30 frames/s must leave
    most of a core to the rest of the window.
    """

    #: Milliseconds between looks.
    INTERVAL = 33

    #: The caption and its tone, for whoever frames the panel; while nobody listens it is drawn inside.
    noted = Signal(str, str)

    def __init__(self, console: Console, theme: Theme | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.console = console
        self._given_theme = theme
        self._drawn_theme: Theme | None = None
        #: Why nothing is drawn any more; empty while all is well.
        self.error = ""
        #: What was noted last.
        self.note = ("", "")
        #: Times it was drawn.
        self.frames = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # Every pixel is painted, so that Qt need not clear it first.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._timer = QTimer(self)
        self._timer.setInterval(self.INTERVAL)
        # A coarse one would look more often than anybody asked for.
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    @property
    def theme(self) -> Theme:
        """The colours given, or the console's, or those that go with the widget's palette."""
        theme: Theme | None = self._given_theme or getattr(self.console, "theme", None)
        if theme is not None:
            return theme
        return palette(self.palette().color(QPalette.ColorRole.Window).lightness() < 128)

    @theme.setter
    def theme(self, theme: Theme | None) -> None:
        self._given_theme = theme
        self.update()

    # -- for panels --------------------------------------------------------------------------

    def look(self) -> bool:
        """Let the model take what is new; whether it must be drawn."""
        raise NotImplementedError

    def caption(self) -> str:
        """The quiet line at the top right."""
        return ""

    def draw(self, painter: QPainter, area: QRectF) -> None:
        raise NotImplementedError

    # -- Qt's --------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: N802 - Qt's name, as below
        super().showEvent(event)
        self._tick()
        self._timer.start()

    def hideEvent(self, event: QHideEvent | None) -> None:  # noqa: N802
        self._timer.stop()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent | None) -> None:  # noqa: N802
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self.update()

    def _tick(self) -> None:
        if self.error:
            return
        try:
            news = self.look()
            note = self.caption(), ""
            if note != self.note:
                self.note = note
                self.noted.emit(*note)
            if news or self.theme is not self._drawn_theme:
                self.update()
        except Exception as error:  # one panel's fault is shown in its place and must not end the window
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.error = f"{type(error).__name__}: {error}"
        self._timer.stop()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        self.frames += 1
        painter = QPainter(self)
        theme = self._drawn_theme = self.theme
        painter.fillRect(self.rect(), QColor(theme.panel))
        painter.setFont(sized(self.font(), 11))
        inner = QRectF(self.rect()).adjusted(MARGIN, 4, -MARGIN, -MARGIN)
        if not self.error:
            try:
                painter.save()
                self._draw(painter, inner)
                painter.restore()
            except Exception as error:  # as in _tick
                painter.resetTransform()
                painter.setClipping(False)
                painter.fillRect(self.rect(), QColor(theme.panel))
                self._fail(error)
        if self.error:
            painter.setPen(QColor(theme.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inner, flags, f"This panel has stopped.\n{self.error}")
        painter.end()

    def _draw(self, painter: QPainter, inner: QRectF) -> None:
        if self.receivers(self.noted):
            self.draw(painter, inner)
            return
        caption = self.caption()
        if caption:
            line = QRectF(inner.left(), inner.top(), inner.width(), CAPTION)
            painter.setPen(QColor(self.theme.muted))
            shown = painter.fontMetrics().elidedText(caption, Qt.TextElideMode.ElideRight, int(line.width()))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
        self.draw(painter, inner.adjusted(0, CAPTION, 0, 0))


def sized(font: QFont, pixels: int, bold: bool = False) -> QFont:
    """``font`` at a size in pixels."""
    made = QFont(font)
    made.setPixelSize(pixels)
    made.setBold(bold)
    return made


def faded(color: str, opacity: float) -> QColor:
    """``color`` that lets through what lies below."""
    made = QColor(color)
    made.setAlphaF(opacity)
    return made


class LineArray:
    """Lines that NumPy fills in and Qt draws in one call, without an object for each."""

    def __init__(self) -> None:
        # sip's own annotations know neither the arguments of its array nor that a voidptr is a buffer.
        self._sip: Any = sip
        self._lines = self._sip.array(QLineF, 0)

    def of(self, n: int) -> NDArray[np.float64]:
        """``n`` lines to be filled in, each ``(x1, y1, x2, y2)``; only until the next call."""
        if n != len(self._lines):
            self._lines = self._sip.array(QLineF, n)
        return np.frombuffer(self._sip.voidptr(self._lines, n * 32), np.float64).reshape(n, 4)

    def draw(self, painter: QPainter) -> None:
        painter.drawLines(self._lines)
