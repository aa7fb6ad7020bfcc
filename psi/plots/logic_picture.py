"""Trial logic on paper: each state with its ways out in words, and a line for each way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from psi.plots.logic_graph import Line, LogicGraph, entry_and_exit, lasting, lay_out, regions_of
from psi.plots.palette import LIGHT, state_color
from psi.plots.svg import INK, LINE, PALE, Drawing, Point, text_width, wrapped

_TITLE, _TEXT, _LEADING, _MARGIN, _CHARACTERS = 12.0, 10.5, 14.0, 9.0, 46
#: Pixels that a character of a layout is, and between layers.
_PIXELS, _BETWEEN = 7.0, 46.0
_FILL, _STROKE = "#f4f5f7", "#6b7280"


#: Between two regions, and from a region's title to its first state.
_ASIDE, _HEADING = 56.0, 12.0


class LogicPictures:
    """Every region of the trial logic, the trial's own first, the others beside it."""

    def __init__(self, machine: Sequence[Mapping[str, Any]], left: float, top: float) -> None:
        self.left, self.top = left, top
        self.pictures: list[LogicPicture] = []
        for states in regions_of(machine).values():
            picture = LogicPicture(states, left, top)
            self.pictures.append(picture)
            left = picture.right + _ASIDE
        self.right = max((picture.right for picture in self.pictures), default=left)
        self.bottom = max((picture.bottom for picture in self.pictures), default=top)

    def draw(self, drawing: Drawing) -> None:
        for picture in self.pictures:
            if picture.title:
                drawing.text(picture.left, picture.top - _HEADING - 2, picture.title, 12, LINE, bold=True)
            picture.draw(drawing)


class LogicPicture:
    """The states ``machine`` of one region with their places, the first on top."""

    def __init__(self, machine: Sequence[Mapping[str, Any]], left: float, top: float) -> None:
        first = machine[0]["name"] if machine else ""
        self.title = _title(machine[0]) if machine else ""
        self._lines = {state["name"]: _said(state, state["name"] == first) for state in machine}
        self._widths = {name: _width(name, lines) for name, lines in self._lines.items()}
        self._heights = {name: 12.0 + _LEADING * (1 + len(lines)) for name, lines in self._lines.items()}
        self.graph: LogicGraph = lay_out(
            [{**state, "room": self._widths[state["name"]] / _PIXELS + 3.0} for state in machine]
        )
        self.left, self.top = left, top
        # Where each layer begins and ends.
        self._tops: list[float] = []
        self._bottoms: list[float] = []
        for layer in range(self.graph.n_layers if machine else 0):
            self._tops.append(top if not self._bottoms else self._bottoms[-1] + _BETWEEN)
            highest = max(self._heights[box.name] for box in self.graph.boxes if box.layer == layer)
            self._bottoms.append(self._tops[-1] + highest)
        self.right = left + self.graph.width * _PIXELS if machine else left
        self.bottom = self._bottoms[-1] if self._bottoms else top
        self._ports = self._find_ports()

    def draw(self, drawing: Drawing) -> None:
        for line in self.graph.lines:
            drawing.line(self.way(line), upright=True, dashed=_goes_back(line))
        for box in self.graph.boxes:
            x, y = self._x(box.x) - self._widths[box.name] / 2, self._tops[box.layer]
            drawing.rect(x, y, self._widths[box.name], self._heights[box.name], _FILL, _STROKE)
            if box.color:
                color = state_color(LIGHT, box.color)
                drawing.rect(x + 4, y + 5, 3, self._heights[box.name] - 10, color, color, radius=1)
            drawing.text(x + _MARGIN + 3, y + 16, box.name, _TITLE, INK, bold=True)
            for number, said in enumerate(self._lines[box.name], 1):
                drawing.text(x + _MARGIN + 3, y + 16 + _LEADING * number, said, _TEXT, PALE)

    def way(self, line: Line) -> list[Point]:
        """The points of ``line``: it passes boxes of other layers straight, and goes aside between layers."""
        down = not _goes_back(line)
        begin, *passed, end = ((self._x(x), round(layer)) for x, layer in line.points)
        begin = (self._ports[line.source, line.target, "from"], begin[1])
        end = (self._ports[line.source, line.target, "to"], end[1])
        points: list[Point] = []
        if down:
            points.append((begin[0], self._tops[begin[1]] + self._heights[line.source]))
        points.append((begin[0], self._bottoms[begin[1]] if down else self._tops[begin[1]]))
        for x, layer in passed:
            ends = [(x, self._tops[layer]), (x, self._bottoms[layer])]
            points += ends if down else ends[::-1]
        points.append((end[0], self._tops[end[1]] if down else self._bottoms[end[1]]))
        if not down:
            points.append((end[0], self._tops[end[1]] + self._heights[line.target]))
        return [point for point, after in pairwise([*points, (-1.0, -1.0)]) if point != after]

    def _x(self, x: float) -> float:
        return self.left + x * _PIXELS

    def _find_ports(self) -> dict[tuple[str, str, str], float]:
        """Where lines leave and reach boxes: side by side, in the order of where they come from or go to."""
        sides: dict[tuple[str, bool], list[tuple[float, tuple[str, str, str]]]] = {}
        for line in self.graph.lines:
            down = not _goes_back(line)
            after, before = line.points[1][0], line.points[-2][0]
            sides.setdefault((line.source, down), []).append((after, (line.source, line.target, "from")))
            sides.setdefault((line.target, not down), []).append((before, (line.source, line.target, "to")))
        middles = {box.name: self._x(box.x) for box in self.graph.boxes}
        ports: dict[tuple[str, str, str], float] = {}
        for (name, _), ends in sides.items():
            step = min(26.0, 0.8 * self._widths[name] / len(ends))
            for number, (_, key) in enumerate(sorted(ends)):
                ports[key] = middles[name] + (number - (len(ends) - 1) / 2) * step
        return ports


def legend(drawing: Drawing, x: float, y: float) -> None:
    """What dashed lines mean."""
    drawing.line([(x, y - 4), (x + 26, y - 4)], dashed=True)
    drawing.text(x + 32, y, "back to an earlier state", 10.5, LINE)


def _goes_back(line: Line) -> bool:
    return line.points[-1][1] < line.points[0][1]


def _title(state: Mapping[str, Any]) -> str:
    """What stands above a region; nothing above the one that owns the trial."""
    return "" if state.get("owns_trial", True) else f"Region {state['region']}"


def _width(name: str, lines: Sequence[str]) -> float:
    return 3 + 2 * _MARGIN + max([text_width(name, _TITLE, bold=True), *(text_width(line, _TEXT) for line in lines)])


def _said(state: Mapping[str, Any], first: bool) -> list[str]:
    begins = state.get("begins")
    said = [f"begins on {begins}" if begins else "a run begins here"] if first else []
    if first and state.get("ends"):
        said.append(f"ends on {state['ends']}")
    said += entry_and_exit(state)
    for transition in state.get("transitions") or ():
        condition = f" if {transition['condition']}" if transition.get("condition") else ""
        said.append(f"{transition['event']}{condition} → {transition.get('target') or '(stays)'}")
    if state.get("duration"):
        said.append(f"after {lasting(state)} → {state.get('target') or '(ends)'}")
    return [part for line in said for part in wrapped(line, _CHARACTERS)]
