"""Which item's value depends on which others, from the names in their expressions."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping

from psi.core.errors import ConfigurationError
from psi.core.expressions import parse
from psi.models.items import ItemSpec
from psi.models.task import Task


def own_value(spec: ItemSpec, task: Task) -> object:
    """The constant or expression that the item has in ``task``, or by default; ``None`` where it has none."""
    return task.items.get(spec.name, spec.default)


def names_in(spec: ItemSpec, value: object) -> frozenset[str]:
    """Names that ``value`` looks up as a value of the item; none where it is a literal or cannot be read."""
    if not isinstance(value, str) or spec.is_literal(value):
        return frozenset()
    try:
        return parse(value).names
    except ConfigurationError:
        # Said where values are checked; here it only has no dependencies.
        return frozenset()


def closure(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Everything that can be reached from ``start`` along ``edges``, ``start`` itself left out unless reached."""
    reached: set[str] = set()
    waiting = [name for origin in start for name in edges.get(origin, ())]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += edges.get(name, ())
    return reached


def inverted(edges: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """The same edges, the other way round."""
    inverse: dict[str, set[str]] = {}
    for origin, targets in edges.items():
        for target in targets:
            inverse.setdefault(target, set()).add(origin)
    return inverse


def evaluation_order(edges: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The origins of ``edges``, each after those of them that it depends on; empty where they form a cycle."""
    try:
        order = tuple(graphlib.TopologicalSorter(edges).static_order())
    except graphlib.CycleError:
        return ()
    return tuple(name for name in order if name in edges)


def find_cycles(edges: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """One path for each group of items that depend on themselves: ``['a', 'b', 'a']``."""
    cycles: list[list[str]] = []
    finished: set[str] = set()
    for root in edges:
        path: list[str] = []
        on_path: set[str] = set()
        stack: list[tuple[str, list[str]]] = [(root, sorted(edges.get(root, ())))] if root not in finished else []
        if stack:
            path, on_path = [root], {root}
        while stack:
            name, waiting = stack[-1]
            if not waiting:
                stack.pop()
                path.pop()
                on_path.discard(name)
                finished.add(name)
                continue
            target = waiting.pop(0)
            if target in on_path:
                cycles.append([*path[path.index(target) :], target])
            elif target not in finished:
                path.append(target)
                on_path.add(target)
                stack.append((target, sorted(edges.get(target, ()))))
    return cycles
