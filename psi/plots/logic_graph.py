"""Trial logic as boxes in layers, so that it reads from the first state on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from psi.plots.marks import Marks
from psi.plots.source import Rows

#: Room beside a box's name and between boxes, and for a line that passes between boxes, in characters.
_BESIDE, _LINE = 4.0, 2.5


@dataclass(frozen=True, slots=True)
class Box:
    """A state. ``x`` and ``layer`` are those of its middle; ``room`` is what it may take across, in characters."""

    name: str
    color: str
    x: float
    layer: int
    room: float
    #: What is told of it where somebody points at it.
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A way from one state to another, through ``points`` of ``(x, layer)``."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class LogicGraph:
    """Where everything lies: ``x`` from 0 to ``width``, layers from 0 to ``n_layers - 1``."""

    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    #: In characters.
    width: float = 1.0
    n_layers: int = 1


@dataclass(slots=True)
class _Item:
    """A box, or a place where a line passes a layer."""

    layer: int
    room: float
    up: list[_Item] = field(default_factory=list)
    down: list[_Item] = field(default_factory=list)
    x: float = 0.0


def lay_out(machine: Sequence[Mapping[str, Any]]) -> LogicGraph:
    """The picture of the states ``machine``, of which the first is where a run begins.

    A state takes as much ``room`` across as it asks for, in characters, or as its name needs.

    After K. Sugiyama, S. Tagawa and M. Toda, IEEE Trans. Syst. Man Cybern. 11 (1981): break cycles, put
    each state one layer below all that lead to it, order each layer by the middle of its neighbours,
    then move boxes towards them.
    """
    states = {state["name"]: state for state in machine}
    if not states:
        return LogicGraph()
    edges = [(name, target) for name in states for target in _targets(states[name]) if target in states]
    back = _back_edges(states, edges)
    layers = _layers(states, [(b, a) if (a, b) in back else (a, b) for a, b in edges])
    items = {name: _Item(layers[name], states[name].get("room") or len(name) + _BESIDE) for name in states}
    rows: list[list[_Item]] = [[] for _ in range(max(layers.values()) + 1)]
    for name in states:
        rows[layers[name]].append(items[name])
    ways = {(a, b): _way(items[a], items[b], rows) for a, b in edges}
    for _ in range(8):
        for row in rows[1:]:
            _sort(row, lambda item: item.up)
        for row in reversed(rows[:-1]):
            _sort(row, lambda item: item.down)
    for row in rows:
        _place(row, [0.0] * len(row))
    for _ in range(12):
        for row in [*rows, *reversed(rows)]:
            _place(row, [_middle(item.up + item.down, item.x) for item in row])
    left = min(item.x - item.room / 2 for row in rows for item in row)
    width = max(item.x + item.room / 2 for row in rows for item in row) - left
    boxes = tuple(
        Box(name, states[name].get("color", ""), item.x - left, item.layer, item.room, _hint(states[name]))
        for name, item in items.items()
    )
    lines = tuple(Line(a, b, tuple((item.x - left, float(item.layer)) for item in way)) for (a, b), way in ways.items())
    return LogicGraph(boxes, lines, width, len(rows))


def _targets(state: Mapping[str, Any]) -> list[str]:
    """Where ``state`` leads, each once; staying is not drawn."""
    found = [transition.get("target") for transition in state.get("transitions") or ()]
    return [name for name in dict.fromkeys([state.get("target"), *found]) if name and name != state["name"]]


def _hint(state: Mapping[str, Any]) -> str:
    lines = [state["name"], *entry_and_exit(state)]
    if state.get("duration"):
        lines.append(f"after {lasting(state)}: {state.get('target') or '(ends)'}")
    for transition in state.get("transitions") or ():
        condition = f" if {transition['condition']}" if transition.get("condition") else ""
        lines.append(f"{transition.get('event')}{condition}: {transition.get('target') or 'stays'}")
    return "\n".join(lines)


def lasting(state: Mapping[str, Any]) -> str:
    """How long ``state`` lasts: ``'hold_duration s'``, and what is drawn."""
    drawn = state.get("drawn")
    return f"{state['duration']} s{f' ({drawn})' if drawn else ''}"


def entry_and_exit(state: Mapping[str, Any]) -> list[str]:
    """What is done on entering ``state`` and on leaving it, each in a line."""
    lines = []
    for when, posts, calls in (("", "posts", "entry"), ("on exit ", "exit_posts", "exit")):
        done = [
            f"{verb} {', '.join(state[key])}" for verb, key in (("posts", posts), ("calls", calls)) if state.get(key)
        ]
        if done:
            lines.append(f"{when}{'; '.join(done)}")
    return lines


def _back_edges(states: Mapping[str, Any], edges: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Edges that close a circle on the way from the first state."""
    back: set[tuple[str, str]] = set()
    done: set[str] = set()
    for root in states:
        path: list[tuple[str, list[str]]] = []
        if root not in done:
            path.append((root, [b for a, b in edges if a == root]))
        while path:
            name, ahead = path[-1]
            if not ahead:
                done.add(name)
                path.pop()
                continue
            target = ahead.pop(0)
            if any(target == passed for passed, _ in path):
                back.add((name, target))
            elif target not in done:
                path.append((target, [b for a, b in edges if a == target]))
    return back


def _layers(states: Mapping[str, Any], edges: list[tuple[str, str]]) -> dict[str, int]:
    """The length of the longest way to each state; ``edges`` have no circle."""
    layers = dict.fromkeys(states, 0)
    for _ in states:
        for a, b in edges:
            layers[b] = max(layers[b], layers[a] + 1)
    return layers


def _way(source: _Item, target: _Item, rows: list[list[_Item]]) -> list[_Item]:
    """The items that a line goes through, with one in each layer that it passes."""
    step = 1 if target.layer > source.layer else -1
    way = [source]
    for layer in range(source.layer + step, target.layer, step):
        item = _Item(layer, _LINE)
        rows[layer].append(item)
        way.append(item)
    way.append(target)
    for upper, lower in pairwise(way[::step]):
        upper.down.append(lower)
        lower.up.append(upper)
    for row in rows:
        for index, item in enumerate(row):
            item.x = float(index)
    return way


def _sort(row: list[_Item], neighbours: Any) -> None:
    row.sort(key=lambda item: _middle(neighbours(item), item.x))
    for index, item in enumerate(row):
        item.x = float(index)


def _middle(items: list[_Item], otherwise: float) -> float:
    return sum(item.x for item in items) / len(items) if items else otherwise


def _place(row: list[_Item], wanted: list[float]) -> None:
    """Put the items of a layer as near to ``wanted`` as their order and room allow, in least squares.

    Isotonic regression by pooling adjacent violators.
    """
    offsets = [0.0]
    for a, b in pairwise(row):
        offsets.append(offsets[-1] + (a.room + b.room) / 2)
    pools: list[tuple[float, int]] = []
    for value, offset in zip(wanted, offsets, strict=True):
        mean, n = value - offset, 1
        while pools and pools[-1][0] > mean:
            other, m = pools.pop()
            mean, n = (mean * n + other * m) / (n + m), n + m
        pools.append((mean, n))
    index = 0
    for mean, n in pools:
        for _ in range(n):
            row[index].x = mean + offsets[index]
            index += 1


def regions_of(machine: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The states of ``machine`` by their region, in the order of declaration; without one they are all of one."""
    regions: dict[str, list[Mapping[str, Any]]] = {}
    for state in machine:
        regions.setdefault(state.get("region") or "", []).append(state)
    return regions


@dataclass
class RegionGraph:
    """One region of a run's trial logic: its graph, and where it stands."""

    name: str = ""
    #: What stands above it: empty for the one that owns the trial.
    title: str = ""
    graph: LogicGraph = field(default_factory=LogicGraph)
    #: Name of the current state; empty while there is none.
    current: str = ""
    #: The state before it.
    previous: str = ""
    #: Seconds since it was entered, as last published; ``None`` where that is not known.
    time_in_state: float | None = None
    #: Seconds until its timer is over; ``None`` where it has none.
    remaining: float | None = None


class Logic:
    """The graphs of a run's trial logic, with the current state of each region."""

    def __init__(self) -> None:
        #: The trial's own first, then the regions beside it.
        self.regions: list[RegionGraph] = [RegionGraph()]
        self._machine: Any = None
        self._marks = Marks(keep=0.0)

    @property
    def trial(self) -> RegionGraph:
        """The region that owns the trial, or the first one."""
        return self.regions[0]

    def refresh(self, state: Mapping[str, Any], rows: Rows) -> bool:
        """Take what is new; whether anything must be drawn again."""
        self._marks.refresh(state, rows)
        machine = state.get("machine") or ()
        redrawn = machine != self._machine
        if redrawn:
            self._machine = machine
            self.regions = [
                RegionGraph(name, _title(states[0]), lay_out(states)) for name, states in regions_of(machine).items()
            ] or [RegionGraph()]
        status = state.get("status") or {}
        told = status.get("logic") or {}
        for region in self.regions:
            now = told.get(region.name) or {"state": status.get("state") if region is self.trial else ""}
            redrawn |= self._take(region, now.get("state") or "", now.get("ends"), float(status.get("time", 0.0)))
        return redrawn

    def _take(self, region: RegionGraph, current: str, ends: float | None, time: float) -> bool:
        before = region.current, region.time_in_state, region.remaining
        if current != region.current:
            region.previous, region.current = region.current, current
        entered = self._marks.entered.get(current)
        region.time_in_state = None if entered is None else round(max(0.0, time - entered), 1)
        region.remaining = None if ends is None else round(max(0.0, ends - time), 1)
        return before != (region.current, region.time_in_state, region.remaining)


def _title(state: Mapping[str, Any]) -> str:
    if state.get("owns_trial", True):
        return ""
    begins = f" on {state['begins'].replace('_', ' ')}" if state.get("begins") else ""
    return f"{state['region'].replace('_', ' ')}{begins}"
