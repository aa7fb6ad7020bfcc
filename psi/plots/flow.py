"""Boxes that follow from each other, from left to right: what an experiment does with its signals and events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from psi.plots.svg import INK, PALE, Drawing, text_width, wrapped

Look = Literal["engine", "channel", "stage", "event", "action", "output"]

#: Fill and outline, which can be told apart on white and on black, and in print without colour by what is written.
COLORS: dict[Look, tuple[str, str]] = {
    "engine": ("#e5e7eb", "#6b7280"),
    "channel": ("#eef1f6", "#64748b"),
    "stage": ("#e6f0fb", "#3b82c4"),
    "event": ("#fdf1dc", "#c98412"),
    "action": ("#f1eafb", "#8b5cc4"),
    "output": ("#e3f4ea", "#2f9e5f"),
}
NOBODY = ("#f3f4f6", "#9ca3af")

#: Between columns, between two boxes, and more between two trees.
_ACROSS, _BELOW, _APART = 36.0, 8.0, 10.0
_TITLE, _TEXT, _LEADING, _MARGIN, _CHARACTERS = 12.0, 10.5, 14.0, 8.0, 46


@dataclass(eq=False)
class Box:
    """Something named, with what follows from it."""

    title: str
    look: Look
    #: What kind of thing it is, beside its name.
    kind: str = ""
    lines: tuple[str, ...] = ()
    children: list[Box] = field(default_factory=list)
    #: Whether it is computed in one step with the box that it follows.
    joined: bool = False
    #: Whether it gives to the box on its left, rather than takes from it.
    gives_back: bool = False
    #: Whether nobody wants to know of it.
    unread: bool = False
    #: Top left corner; known once :func:`place` has been called.
    x: float = 0.0
    y: float = 0.0

    def __post_init__(self) -> None:
        self.lines = tuple(part for line in self.lines if line for part in wrapped(line, _CHARACTERS))
        title = text_width(self.title, _TITLE, bold=True) + (12 + text_width(self.kind, _TEXT) if self.kind else 0)
        self.width = max([title, *(text_width(line, _TEXT) for line in self.lines)]) + 2 * _MARGIN
        self.height = _MARGIN * 1.4 + _LEADING * (1 + len(self.lines))

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    def walk(self, depth: int = 0) -> Iterator[tuple[Box, int]]:
        """The box and all that follows from it, each with its column."""
        yield self, depth
        for child in self.children:
            yield from child.walk(depth + 1)


def place(roots: Sequence[Box], left: float, top: float) -> tuple[float, float]:
    """Give every box its place: a column for each step, a tree below the other; the right and the lower end."""
    widths: dict[int, float] = {}
    for root in roots:
        for box, depth in root.walk():
            widths[depth] = max(widths.get(depth, 0.0), box.width)
    lefts = [left + sum(widths[column] + _ACROSS for column in range(depth)) for depth in range(len(widths))]
    bottom = top
    for root in roots:
        for box, depth in root.walk():
            box.x, box.width = lefts[depth], widths[depth]
        bottom = _stack(root, bottom) + _APART
    right = max((box.x + box.width for root in roots for box, _ in root.walk()), default=left)
    return right, bottom - _APART if roots else top


def _stack(box: Box, top: float) -> float:
    """Place ``box`` and what follows from it below ``top``; the lower end."""
    bottom = top
    for child in box.children:
        bottom = _stack(child, bottom) + _BELOW
    bottom -= _BELOW if box.children else 0.0
    middle = _anchor(box) if box.children else top + box.height / 2
    box.y = middle - box.height / 2
    if box.y < top:
        # Higher than all that follows from it together.
        lower = top - box.y
        for other, _ in box.walk():
            other.y += lower
        bottom += lower
    return max(bottom, box.y + box.height)


def _anchor(box: Box) -> float:
    joined = [child for child in box.children if child.joined]
    ends = joined or [box.children[0], box.children[-1]]
    return (ends[0].middle + ends[-1].middle) / 2


def draw(roots: Sequence[Box], drawing: Drawing) -> None:
    """Draw the boxes, which have their places."""
    for root in roots:
        for box, _ in root.walk():
            for child in box.children:
                _draw_way(box, child, drawing)
    for root in roots:
        for box, _ in root.walk():
            _draw_box(box, drawing)


def _draw_way(box: Box, child: Box, drawing: Drawing) -> None:
    right = box.x + box.width
    if child.joined:
        fill, stroke = COLORS[child.look]
        half = min(box.height, child.height) / 2 - 6
        # Its ends are hidden by the boxes, so that the three look like one.
        drawing.rect(right - 6, child.middle - half, child.x - right + 12, 2 * half, fill, stroke, radius=0)
        drawing.text((right + child.x) / 2, child.middle - 1, "one", 9, PALE, anchor="middle")
        drawing.text((right + child.x) / 2, child.middle + 8, "step", 9, PALE, anchor="middle")
        return
    ways = [(right, box.middle), (child.x, child.middle)]
    drawing.line(ways[::-1] if child.gives_back else ways, dashed=child.unread)


def _draw_box(box: Box, drawing: Drawing) -> None:
    fill, stroke = NOBODY if box.unread else COLORS[box.look]
    drawing.rect(box.x, box.y, box.width, box.height, fill, stroke, dashed=box.unread)
    x, y = box.x + _MARGIN, box.y + _MARGIN * 0.7 + _LEADING * 0.75
    drawing.text(x, y, box.title, _TITLE, INK, bold=True)
    if box.kind:
        drawing.text(box.x + box.width - _MARGIN, y, box.kind, _TEXT, PALE, anchor="end")
    for number, line in enumerate(box.lines, 1):
        drawing.text(x, y + _LEADING * number, line, _TEXT, PALE)
