"""Draws trial logic as boxes and lines, with the current state lit."""

from __future__ import annotations

from itertools import pairwise

from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPainterPath, QPen, QPolygonF
from qtpy.QtWidgets import QToolTip, QWidget

from psi.plots.canvas_view import Canvas, faded, sized
from psi.plots.logic_graph import Box, Line, Logic
from psi.plots.palette import Theme, state_color
from psi.plots.source import Console

#: Part of a layer that a box takes, and the most that a box is wide and high in pixels.
_PART, _WIDEST, _HIGHEST = 0.64, 130.0, 30.0
#: Characters that stay free between two boxes.
_APART = 1.2


class LogicWidget(Canvas):
    """The state machine. Where the panel is wider than high, the layers are columns."""

    INTERVAL = 50

    def __init__(self, console: Console, theme: Theme | None = None, parent: QWidget | None = None) -> None:
        super().__init__(console, theme, parent)
        self.logic = Logic()
        self.setMinimumSize(160, 120)
        self._places: dict[str, QRectF] = {}

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(284, 250)

    def look(self) -> bool:
        return self.logic.refresh(self.console.state, self.console.rows)

    def place(self, state: str) -> QRectF:
        """Where the box of ``state`` was drawn last."""
        return self._places[state]

    def draw(self, painter: QPainter, area: QRectF) -> None:
        graph = self.logic.graph
        self._places = {}
        if not graph.boxes:
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "This paradigm declares no trial logic.")
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        columns = self._as_columns(area)
        for box in graph.boxes:
            self._places[box.name] = self._place(area, box, columns)
        for line in graph.lines:
            self._draw_line(painter, area, line, columns)
        pixels = self._font_pixels()
        for box in graph.boxes:
            self._draw_box(painter, box, pixels)

    def caption(self) -> str:
        if not self.logic.current or self.logic.time_in_state is None:
            return ""
        return f"{self.logic.current.replace('_', ' ')} for {self.logic.time_in_state:.1f} s"

    def _as_columns(self, area: QRectF) -> bool:
        """Whether layers go from left to right: only where there is much room across and little down."""
        return area.width() > 2.2 * area.height() and area.width() / self.logic.graph.n_layers > 80

    def _at(self, area: QRectF, x: float, layer: float, columns: bool) -> QPointF:
        graph = self.logic.graph
        across, along = x / graph.width, (layer + 0.5) / graph.n_layers
        if columns:
            across, along = along, across
        return QPointF(area.left() + across * area.width(), area.top() + along * area.height())

    def _place(self, area: QRectF, box: Box, columns: bool) -> QRectF:
        graph = self.logic.graph
        if columns:
            width, height = area.width() / graph.n_layers * 0.8, area.height() / len(graph.boxes) * 2
        else:
            width = area.width() * (box.room - _APART) / graph.width
            height = area.height() / graph.n_layers * _PART
        width, height = min(_WIDEST, width), min(_HIGHEST, height)
        place = QRectF(0, 0, width, height)
        place.moveCenter(self._at(area, box.x, box.layer, columns))
        return place

    def _font_pixels(self) -> int:
        """The largest size at which every name fits into its box."""
        for pixels in (12, 11, 10, 9):
            # The current state's name is bold.
            metrics = QFontMetricsF(sized(self.font(), pixels, bold=True))
            if all(
                metrics.height() <= place.height() + 2
                and metrics.horizontalAdvance(name.replace("_", " ")) <= place.width() - 4
                for name, place in self._places.items()
            ):
                return pixels
        return 9

    def _draw_line(self, painter: QPainter, area: QRectF, line: Line, columns: bool) -> None:
        """A curve through the line's points, from one box's edge to the other's, with a small head."""
        source, target = self._places[line.source], self._places[line.target]
        points = [self._at(area, x, layer, columns) for x, layer in line.points]
        forward = line.points[-1][1] > line.points[0][1]
        taken = line.source == self.logic.previous and line.target == self.logic.current
        color = QColor(self.theme.accent) if taken else faded(self.theme.muted, 0.55)
        around = not forward and len(points) > 2
        if around:
            # A way back begins and ends at the boxes' sides, apart from the ways forward.
            points[0], points[-1] = _side(source, points[1]), _side(target, points[-2])
        else:
            points[0], points[-1] = _edge(source, forward, columns), _edge(target, not forward, columns)
        path = QPainterPath(points[0])
        for index, (a, b) in enumerate(pairwise(points)):
            middle = (a + b) / 2
            first, last = index == 0, index == len(points) - 2
            if around and (first or last):
                # It leaves a side at a right angle and comes to a side at one.
                path.quadTo(QPointF(b.x(), a.y()) if first != columns else QPointF(a.x(), b.y()), b)
            elif columns:
                path.cubicTo(QPointF(middle.x(), a.y()), QPointF(middle.x(), b.y()), b)
            else:
                path.cubicTo(QPointF(a.x(), middle.y()), QPointF(b.x(), middle.y()), b)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 1.6 if taken else 1.1))
        painter.drawPath(path)
        painter.setBrush(color)
        painter.setPen(Qt.PenStyle.NoPen)
        if around and points[-1].x() in (target.left(), target.right()):
            painter.drawPolygon(_head(points[-1], 1.0 if points[-1].x() > points[-2].x() else -1.0, True))
        elif around:
            painter.drawPolygon(_head(points[-1], 1.0 if points[-1].y() > points[-2].y() else -1.0, False))
        else:
            painter.drawPolygon(_head(points[-1], 1.0 if forward else -1.0, columns))

    def _draw_box(self, painter: QPainter, box: Box, pixels: int) -> None:
        theme, place = self.theme, self._places[box.name]
        current = box.name == self.logic.current
        own = state_color(theme, box.color) if box.color else ""
        painter.setPen(QPen(QColor(own or theme.accent) if current else faded(own or theme.muted, 0.7), 1.2))
        painter.setBrush(QColor(own or theme.accent) if current else QColor(theme.field))
        painter.drawRoundedRect(place, 5, 5)
        painter.setPen(QColor(theme.on_accent if current else theme.text))
        painter.setFont(sized(self.font(), pixels, bold=current))
        text = painter.fontMetrics().elidedText(
            box.name.replace("_", " "), Qt.TextElideMode.ElideRight, int(place.width() - 4)
        )
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def event(self, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            hints = {box.name: box.hint for box in self.logic.graph.boxes}
            for name, place in self._places.items():
                if place.contains(QPointF(event.pos())):
                    QToolTip.showText(event.globalPos(), hints[name], self)
                    return True
            QToolTip.hideText()
            return True
        return bool(super().event(event))


def _edge(place: QRectF, far: bool, columns: bool) -> QPointF:
    """The middle of the side of a box that looks to later layers, or to earlier ones."""
    if columns:
        return QPointF(place.right() if far else place.left(), place.center().y())
    return QPointF(place.center().x(), place.bottom() if far else place.top())


def _side(place: QRectF, towards: QPointF) -> QPointF:
    """Where a line from ``towards`` meets a box: straight, where it can, else in the middle of a side."""
    middle = place.center()
    if place.left() < towards.x() < place.right():
        return QPointF(towards.x(), place.bottom() if towards.y() > middle.y() else place.top())
    if place.top() < towards.y() < place.bottom():
        return QPointF(place.right() if towards.x() > middle.x() else place.left(), towards.y())
    return QPointF(place.right() if towards.x() > middle.x() else place.left(), middle.y())


def _head(tip: QPointF, direction: float, columns: bool) -> QPolygonF:
    back, half = -4.5 * direction, 2.6
    if columns:
        return QPolygonF([tip, QPointF(tip.x() + back, tip.y() - half), QPointF(tip.x() + back, tip.y() + half)])
    return QPolygonF([tip, QPointF(tip.x() - half, tip.y() + back), QPointF(tip.x() + half, tip.y() + back)])
