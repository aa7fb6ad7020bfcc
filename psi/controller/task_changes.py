"""What differs between two tasks, for the audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psi.models.task import Task


def task_changes(before: Task, after: Task) -> dict[str, tuple[Any, Any]]:
    """What differs: item, ``selector.NAME``, ``roving`` or ``stop.RULE`` -> (old, new), as plain values."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    changes: dict[str, tuple[Any, Any]] = {}
    for name, pair in _pairs(old["items"], new["items"]).items():
        if pair[0] != pair[1] or type(pair[0]) is not type(pair[1]):
            changes[name] = pair
    for part, prefix in (("selectors", "selector"), ("stop", "stop")):
        for name, pair in _pairs(old[part], new[part]).items():
            if pair[0] != pair[1]:
                changes[f"{prefix}.{name}"] = pair
    if old["roving"] != new["roving"]:
        changes["roving"] = old["roving"], new["roving"]
    return changes


def _pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])}
