"""A selector's settings as a table of texts, which is edited cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from psi.models.task import Order, SequenceSettings, SingleSettings

#: The orders that rows can be given in.
ORDERS: tuple[str, ...] = get_args(Order)


def text_of(value: Any) -> str:
    """A value of a task as it is typed: a text is an expression already."""
    if value is None:
        return ""
    return value if isinstance(value, str) else repr(value)


@dataclass(frozen=True)
class SelectorTable:
    """Immutable: every edit is another table."""

    items: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    #: Empty for a single setting.
    order: str = ""

    @classmethod
    def of(cls, settings: SequenceSettings | SingleSettings) -> SelectorTable:
        """The table of a task's selector."""
        rows = tuple(tuple(text_of(value) for value in row) for row in settings.rows)
        return cls(settings.items, rows, settings.order if isinstance(settings, SequenceSettings) else "")

    def settings(self, value: Callable[[str, str], Any]) -> SequenceSettings | SingleSettings:
        """What the task keeps; ``value`` makes an item's value of a text."""
        rows = tuple(tuple(value(item, text) for item, text in zip(self.items, row, strict=True)) for row in self.rows)
        if not self.order:
            return SingleSettings(values=dict(zip(self.items, rows[0], strict=True)))
        return SequenceSettings.model_validate({"items": self.items, "rows": rows, "order": self.order})

    @property
    def is_sequence(self) -> bool:
        return bool(self.order)

    def cells(self) -> Iterator[tuple[int, int]]:
        """Row and column of every cell."""
        return ((row, column) for row in range(len(self.rows)) for column in range(len(self.items)))

    def with_row(self, row: int, texts: Sequence[str]) -> SelectorTable:
        if len(texts) != len(self.items):
            raise ValueError(f"{len(texts)} values for {len(self.items)} items")
        return replace(self, rows=(*self.rows[:row], tuple(texts), *self.rows[row + 1 :]))

    def with_copy(self, row: int) -> SelectorTable:
        if not self.is_sequence:
            return self
        return replace(self, rows=(*self.rows[: row + 1], self.rows[row], *self.rows[row + 1 :]))

    def without(self, row: int) -> SelectorTable:
        if len(self.rows) == 1:
            return self
        return replace(self, rows=(*self.rows[:row], *self.rows[row + 1 :]))

    def moved(self, row: int, to: int) -> SelectorTable:
        to = max(0, min(to, len(self.rows) - 1))
        rows = list(self.rows)
        rows.insert(to, rows.pop(row))
        return replace(self, rows=tuple(rows))

    def ordered(self, order: str) -> SelectorTable:
        return replace(self, order=order) if self.is_sequence and order in ORDERS else self
