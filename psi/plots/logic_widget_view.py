"""Draws trial logic as boxes and lines, region by region, with the current states lit."""

from __future__ import annotations

from itertools import pairwise

from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPainterPath, QPen, QPolygonF
from qtpy.QtWidgets import QToolTip, QWidget

from psi.plots.canvas_view import Canvas, faded, sized
from psi.plots.logic_graph import Box, Line, Logic, LogicGraph, RegionGraph
from psi.plots.palette import Theme, state_color
from psi.plots.source import Console

#: Part of a layer that a box takes, and the most that a box is wide and high in pixels.
_PART, _WIDEST, _HIGHEST = 0.64, 130.0, 30.0
#: Characters that stay free between two boxes.
_APART = 1.2
#: Pixels of a region's title, and that a region beside the trial's takes across, or for each layer down.
_HEAD, _ASIDE, _DOWN = 16.0, 150.0, 30.0


class LogicWidget(Canvas):
    """Every region, the trial's first. Where there is more room across than down, layers are columns."""

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
        self._places = {}
        if not self.logic.trial.graph.boxes:
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "This paradigm declares no trial logic.")
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        areas = self._areas(area)
        for region, part in zip(self.logic.regions, areas, strict=True):
            columns = _as_columns(part, region.graph)
            for box in region.graph.boxes:
                self._places[box.name] = _place(part, region.graph, box, columns)
        pixels = self._font_pixels()
        for region, part in zip(self.logic.regions, areas, strict=True):
            columns = _as_columns(part, region.graph)
            if region.title:
                self._draw_title(painter, region, part)
            for line in region.graph.lines:
                self._draw_line(painter, part, region, line, columns)
            for box in region.graph.boxes:
                self._draw_box(painter, box, box.name == region.current, pixels)

    def _areas(self, area: QRectF) -> list[QRectF]:
        """A part of ``area`` for each region: those beside the trial's stand below it, or at its right."""
        others = self.logic.regions[1:]
        if not others:
            return [area]
        areas: list[QRectF] = []
        if area.width() > 2.2 * area.height():
            width = min(_ASIDE, area.width() / (2 + len(others)))
            left = area.right() - width * len(others)
            areas = [QRectF(area.left(), area.top(), left - area.left() - 12, area.height())]
            for number in range(len(others)):
                areas.append(QRectF(left + number * width, area.top() + _HEAD, width, area.height() - _HEAD))
            return areas
        high = min(_DOWN, 0.3 * area.height() / len(others))
        top = area.bottom() - len(others) * (high + _HEAD)
        areas = [QRectF(area.left(), area.top(), area.width(), top - area.top() - 4)]
        for number in range(len(others)):
            areas.append(QRectF(area.left(), top + number * (high + _HEAD) + _HEAD, area.width(), high))
        return areas

    def _draw_title(self, painter: QPainter, region: RegionGraph, area: QRectF) -> None:
        """What the region is, over a thin line; how long it still takes at the right."""
        painter.setPen(QPen(faded(self.theme.border, 0.9), 1))
        painter.drawLine(QPointF(area.left(), area.top() - _HEAD), QPointF(area.right(), area.top() - _HEAD))
        head = QRectF(area.left(), area.top() - _HEAD + 1, area.width(), _HEAD)
        painter.setFont(sized(self.font(), 10))
        painter.setPen(QColor(self.theme.muted))
        still, metrics = _still(region), painter.fontMetrics()
        room = area.width() - (metrics.horizontalAdvance("00.0 s left") + 6)
        title = metrics.elidedText(region.title, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        painter.setPen(QColor(self.theme.text))
        painter.drawText(head, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, still)

    def caption(self) -> str:
        trial = self.logic.trial
        if not trial.current or trial.time_in_state is None:
            return ""
        still = _still(trial)
        return f"{trial.current.replace('_', ' ')} for {trial.time_in_state:.1f} s{f', {still}' if still else ''}"

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

    def _draw_line(self, painter: QPainter, area: QRectF, region: RegionGraph, line: Line, columns: bool) -> None:
        """A curve through the line's points, from one box's edge to the other's, with a small head."""
        source, target = self._places[line.source], self._places[line.target]
        points = [_at(area, region.graph, x, layer, columns) for x, layer in line.points]
        forward = line.points[-1][1] > line.points[0][1]
        taken = line.source == region.previous and line.target == region.current
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

    def _draw_box(self, painter: QPainter, box: Box, current: bool, pixels: int) -> None:
        theme, place = self.theme, self._places[box.name]
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
            hints = {box.name: box.hint for region in self.logic.regions for box in region.graph.boxes}
            for name, place in self._places.items():
                if place.contains(QPointF(event.pos())):
                    QToolTip.showText(event.globalPos(), hints[name], self)
                    return True
            QToolTip.hideText()
            return True
        return bool(super().event(event))


def _still(region: RegionGraph) -> str:
    """``'1.3 s left'``; empty where no timer runs."""
    return "" if region.remaining is None or not region.current else f"{region.remaining:.1f} s left"


def _as_columns(area: QRectF, graph: LogicGraph) -> bool:
    """Whether layers go from left to right: only where there is much room across and little down."""
    return area.width() > 2.2 * area.height() and area.width() / graph.n_layers > 80


def _at(area: QRectF, graph: LogicGraph, x: float, layer: float, columns: bool) -> QPointF:
    across, along = x / graph.width, (layer + 0.5) / graph.n_layers
    if columns:
        across, along = along, across
    return QPointF(area.left() + across * area.width(), area.top() + along * area.height())


def _place(area: QRectF, graph: LogicGraph, box: Box, columns: bool) -> QRectF:
    if columns:
        width, height = area.width() / graph.n_layers * 0.8, area.height() / len(graph.boxes) * 2
    else:
        width = area.width() * (box.room - _APART) / graph.width
        height = area.height() / graph.n_layers * _PART
    place = QRectF(0, 0, min(_WIDEST, width), min(_HIGHEST, height, area.height() * 0.66))
    place.moveCenter(_at(area, graph, box.x, box.layer, columns))
    return place


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
