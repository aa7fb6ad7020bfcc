"""A selector's settings as a table of texts, which is edited cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, TypeGuard, get_args

from psi.models.task import Order, SequenceSettings, SingleSettings

#: The orders that rows can be given in.
ORDERS: tuple[str, ...] = get_args(Order)

_Rows = tuple[tuple[str, ...], ...]


def text_of(value: Any) -> str:
    """A value of a task as it is typed: a text is an expression already."""
    if value is None:
        return ""
    return value if isinstance(value, str) else repr(value)


def is_table(settings: object) -> TypeGuard[SequenceSettings | SingleSettings]:
    """Whether a task's selector is rows that are written one by one."""
    return isinstance(settings, (SequenceSettings, SingleSettings))


@lru_cache(maxsize=64)
def counterparts(old: _Rows, new: _Rows) -> tuple[int | None, ...]:
    """For each row of ``new`` the row of ``old`` that it was; ``None`` where it was added.

    A row that was put in or taken out does not make all below it other rows.
    """
    found: list[int | None] = [None] * len(new)
    for kind, i0, i1, j0, j1 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind in ("equal", "replace"):
            for i, j in zip(range(i0, i1), range(j0, j1), strict=False):
                found[j] = i
    return tuple(found)


@dataclass(frozen=True)
class SelectorTable:
    """Immutable: every edit is another table."""

    items: tuple[str, ...]
    rows: _Rows
    #: Empty for a single setting.
    order: str = ""
    #: Of each row in a block, where the order is 'blocked'.
    per_block: int = 1
    #: After how many cycles it is complete; ``None`` for never.
    cycles: int | None = None

    @classmethod
    def of(cls, settings: SequenceSettings | SingleSettings) -> SelectorTable:
        """The table of a task's selector."""
        rows = tuple(tuple(text_of(value) for value in row) for row in settings.rows)
        if isinstance(settings, SingleSettings):
            return cls(settings.items, rows)
        return cls(settings.items, rows, settings.order, settings.per_block, settings.cycles)

    def settings(self, value: Callable[[str, str], Any]) -> SequenceSettings | SingleSettings:
        """What the task keeps; ``value`` makes an item's value of a text."""
        rows = tuple(tuple(value(item, text) for item, text in zip(self.items, row, strict=True)) for row in self.rows)
        if not self.order:
            return SingleSettings(values=dict(zip(self.items, rows[0], strict=True)))
        fields = {"items": self.items, "rows": rows, "order": self.order, "cycles": self.cycles}
        # It means nothing to other orders, and is kept for the way back.
        per_block = self.per_block if self.order == "blocked" else 1
        return SequenceSettings.model_validate({**fields, "per_block": per_block})

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
