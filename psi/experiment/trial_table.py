"""The trial log as cells of text: which columns there are and how a value is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psi.models.items import ItemSpec

#: Results that the log shows of what every trial has; the others are in the recording.
_STANDARD = ("trial_number", "trial_start", "trial_type")
_HIDDEN = frozenset(
    "trial_end stimulus_onset stimulus_sample response_onset response_sample "
    "repeat reminder aborted paused completed manual".split()
)
_MARKS = ("reminder", "repeat", "aborted", "paused", "manual")


@dataclass(frozen=True)
class Column:
    """One column of the log."""

    name: str
    header: str


def columns_of(specs: Iterable[ItemSpec]) -> list[Column]:
    """What the log shows: the trial, what was roved, what came of it, and what was special about it."""
    by_name = {spec.name: spec for spec in specs}
    names = [name for name in _STANDARD if name in by_name]
    names += [spec.name for spec in by_name.values() if spec.kind == "roving_parameter"]
    names += [
        spec.name
        for spec in by_name.values()
        if spec.kind == "result" and spec.visible and spec.name not in _HIDDEN and spec.name not in _STANDARD
    ]
    return [Column(name, _header(by_name[name])) for name in names] + [Column("", "marks")]


def _header(spec: ItemSpec) -> str:
    title = (spec.compact_label or spec.title).lower()
    return f"{title} ({spec.unit})" if spec.unit else title


def cell_text(row: Mapping[str, Any], column: Column) -> str:
    """One cell; what a trial has no value for is a dash."""
    if not column.name:
        return ", ".join(mark for mark in _MARKS if row.get(mark))
    return value_text(row.get(column.name), 1 if column.name == "trial_start" else None)


def value_text(value: Any, decimals: int | None = None) -> str:
    """A value as people write it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        # 13100 Hz, not 1.31e+04.
        digits = 6 if abs(value) >= 1e4 else 4
        return f"{value:.{decimals}f}" if decimals is not None else f"{value:.{digits}g}".replace("-", "−")
    return str(value)
