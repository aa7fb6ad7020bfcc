"""A box to choose one of several in, drawn flat as all else in the window."""

from __future__ import annotations

from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from qtpy.QtWidgets import QComboBox

#: Pixels of the arrow, and from its middle to the right edge.
_WIDTH, _HEIGHT, _FROM_RIGHT = 7.0, 3.5, 11.0


class ChoiceBox(QComboBox):
    """A QComboBox that draws its own arrow: with a style sheet Qt's has a bevel, or is an image from a file."""

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self.palette().color(QPalette.ColorRole.Text), 1.4)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        x, y = self.width() - _FROM_RIGHT, self.height() / 2 - _HEIGHT / 2
        ends = QPointF(x - _WIDTH / 2, y), QPointF(x, y + _HEIGHT), QPointF(x + _WIDTH / 2, y)
        painter.drawPolyline(QPolygonF(ends))
        painter.end()
