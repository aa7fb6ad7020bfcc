"""What of a task a person edits, value by value: texts of items, tables or settings of selectors, what roves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from psi.experiment.drafts.selector_table import SelectorTable, is_table, text_of
from psi.models.items import ItemSpec
from psi.models.task import Task


class Key(NamedTuple):
    """What one value belongs to."""

    #: An item's value is its text, a selector's its table or its settings, roving is True or False.
    what: Literal["item", "selector", "roving"]
    name: str


#: Value by key. Replaced whole, never changed.
Content = Mapping[Key, Any]

#: Key -> (value before, value after).
Changes = Mapping[Key, tuple[Any, Any]]


def content_of(task: Task | None, specs: Mapping[str, ItemSpec]) -> Content:
    """What ``task`` says of everything that can be edited; nothing where there is no task."""
    return {} if task is None else dict(_entries(task, specs))


def _entries(task: Task, specs: Mapping[str, ItemSpec]) -> Iterator[tuple[Key, Any]]:
    for name, spec in specs.items():
        if spec.kind != "result":
            yield Key("item", name), text_of(task.items.get(name, spec.default))
    for name, settings in task.selectors.items():
        yield Key("selector", name), SelectorTable.of(settings) if is_table(settings) else settings
    roving = task.roving or ()
    for name in dict.fromkeys((*roving, *(spec.name for spec in specs.values() if spec.kind == "roving_parameter"))):
        yield Key("roving", name), name in roving


def followed(mine: Content, before: Content, after: Content) -> Content:
    """``after``, with what ``mine`` has edited since ``before`` as it was edited."""
    return {
        key: mine[key] if key in mine and key in before and mine[key] != before[key] else value
        for key, value in after.items()
    }


def changed(before: Content, after: Content) -> Changes:
    """What differs, of what both have."""
    return {key: (value, after[key]) for key, value in before.items() if key in after and after[key] != value}
