"""What differs from what held in the last session, line by line. Arithmetic on documents: no console, no Qt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from psi.experiment.drafts.selector_table import SelectorTable, counterparts, is_table, text_of
from psi.models.items import ItemSpec
from psi.models.task import StopRules, Task

#: What stands where one side has nothing.
_NOTHING = "–"

#: Cells of a selector that are listed one by one; where more have changed, its rows are counted.
_CELLS = 3


def differences(
    before: Mapping[str, Any], task: Task, specs: Mapping[str, ItemSpec], rig: Mapping[str, Any], psi: str
) -> tuple[str, ...]:
    """What is not as in the last session; empty where all is.

    Parameters
    ----------
    before
        The last session, as :func:`psi.assembly.last_session.find_last_session` gives it.
    task
        The task of the next run.
    specs
        Item -> what it is, of all that a person sets.
    rig
        ``name``, ``values`` and their ``units`` of the rig that is loaded.
    psi
        Version of psi that runs.
    """
    then = Task.model_validate(before["task"])
    return (
        *_rig(before["rig"], rig),
        *_items(then, task, specs),
        *_roving(then, task, specs),
        *_selectors(then, task, specs),
        *_stop(then.stop, task.stop),
        *_manifests(then, task),
        *([f"psi: {before['psi']} → {psi}"] if before["psi"] != psi else []),
    )


def differences_from_defaults(task: Task, specs: Mapping[str, ItemSpec]) -> tuple[str, ...]:
    """Which items are not as their paradigm declares them."""
    return tuple(
        change_line(spec.title, spec.default, task.items[name], spec.unit)
        for name, spec in specs.items()
        if name in task.items and not _same(task.items[name], spec.default)
    )


def change_line(title: str, old: Any, new: Any, unit: str = "") -> str:
    """``'Hold: 0.2 → 0.5 s'``; ``None`` is what was, or is, not there."""
    texts = [text_of(value) or _NOTHING for value in (old, new)]
    return f"{title}: {texts[0]} → {texts[1]} {unit}".rstrip()


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) or text_of(one) == text_of(other)


def _title(name: str, specs: Mapping[str, ItemSpec]) -> str:
    return specs[name].title if name in specs else name


def _unit(name: str, specs: Mapping[str, ItemSpec]) -> str:
    return specs[name].unit if name in specs else ""


def _rig(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if then["name"] != now["name"]:
        # Its values are another rig's values, even where they have the same names.
        yield f"Rig: {then['name']} → {now['name']}"
        return
    for name in dict.fromkeys((*now["values"], *then["values"])):
        old, new = then["values"].get(name), now["values"].get(name)
        if not _same(old, new):
            yield change_line(f"Rig's {name}", old, new, now["units"].get(name, ""))


def _items(then: Task, now: Task, specs: Mapping[str, ItemSpec]) -> Iterator[str]:
    # What a task does not name has its declared value, as far as it is declared now.
    values = {name: now.items.get(name, spec.default) for name, spec in specs.items()}
    for name in dict.fromkeys((*values, *then.items)):
        old, new = then.items.get(name), values.get(name)
        if not _same(old, new):
            yield change_line(_title(name, specs), old, new, _unit(name, specs))


def _roves(task: Task) -> set[str]:
    if task.roving is not None:
        return set(task.roving)
    return {item for settings in task.selectors.values() for item in settings.items}


def _roving(then: Task, now: Task, specs: Mapping[str, ItemSpec]) -> Iterator[str]:
    old, new = _roves(then), _roves(now)
    for name in [*sorted(new - old), *sorted(old - new)]:
        yield f"{_title(name, specs)} roves: {'no → yes' if name in new else 'yes → no'}"


def _selectors(then: Task, now: Task, specs: Mapping[str, ItemSpec]) -> Iterator[str]:
    for name in dict.fromkeys((*now.selectors, *then.selectors)):
        if name not in then.selectors or name not in now.selectors:
            yield f"Selector {name}: {'added' if name in now.selectors else 'removed'}"
            continue
        old, new = (task.selectors[name] for task in (then, now))
        if is_table(old) and is_table(new):
            if SelectorTable.of(old) != SelectorTable.of(new):
                yield from _tables(name, SelectorTable.of(old), SelectorTable.of(new), specs)
        elif old.kind != new.kind:
            yield f"Selector {name}: {old.kind} → {new.kind}"
        else:
            yield from _fields(name, old.model_dump(mode="json"), new.model_dump(mode="json"))


def _fields(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for field, value in new.items():
        if old.get(field) != value:
            short = not isinstance(value, (dict, list)) and not isinstance(old.get(field), (dict, list))
            yield (
                change_line(f"Selector {name}, {field}", old.get(field), value)
                if short
                else (f"Selector {name}: {field} changed")
            )


def _tables(name: str, old: SelectorTable, new: SelectorTable, specs: Mapping[str, ItemSpec]) -> Iterator[str]:
    if old.order != new.order:
        yield f"Selector {name}, order: {old.order or 'single setting'} → {new.order or 'single setting'}"
    for field in ("per_block", "cycles"):
        if getattr(old, field) != getattr(new, field):
            yield change_line(f"Selector {name}, {field}", getattr(old, field), getattr(new, field))
    if old.items != new.items:
        listed = (", ".join(_title(item, specs) for item in table.items) for table in (old, new))
        yield f"Selector {name}, columns: {' → '.join(listed)}"
        return
    changed, added, removed = _rows(old, new)
    cells = [
        (row, item, was, now)
        for was_row, row in changed
        for item, was, now in zip(old.items, old.rows[was_row], new.rows[row], strict=True)
        if was != now
    ]
    if not added and not removed and len(cells) <= _CELLS:
        for row, item, was, is_now in cells:
            yield change_line(f"Selector {name}, row {row + 1}, {_title(item, specs)}", was, is_now, _unit(item, specs))
        return
    counts = ((added, "added"), (removed, "removed"), (len(changed), "changed"))
    texts = [f"{n} row{'' if n == 1 else 's'} {word}" for n, word in counts if n]
    yield f"Selector {name}: {', '.join(texts)}"


def _rows(old: SelectorTable, new: SelectorTable) -> tuple[list[tuple[int, int]], int, int]:
    """Rows that changed, as (number then, number now), and how many were added and removed."""
    before = counterparts(old.rows, new.rows)
    kept = [(was, row) for row, was in enumerate(before) if was is not None]
    changed = [(was, row) for was, row in kept if old.rows[was] != new.rows[row]]
    return changed, len(before) - len(kept), len(old.rows) - len(kept)


def _stop(then: StopRules, now: StopRules) -> Iterator[str]:
    for title, old, new, unit in (
        ("Stops after", then.trials, now.trials, "trials"),
        ("Stops after", then.duration, now.duration, "s"),
        ("Stops after", then.minutes, now.minutes, "min"),
        ("Stops after", then.volume, now.volume, "mL"),
        ("Stops without response for", then.no_response, now.no_response, "min"),
        ("Stops when", then.when, now.when, ""),
    ):
        if old != new:
            yield change_line(title, old, new, unit)


def _manifests(then: Task, now: Task) -> Iterator[str]:
    for word, names in (("added", now.manifests), ("removed", then.manifests)):
        other = then.manifests if word == "added" else now.manifests
        for name in names:
            if name not in other:
                yield f"Manifest {name}: {word}"
