"""A selector's settings as a table of texts, which is edited cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, TypeGuard, get_args

from psi.context.rows import sort_key
from psi.core.errors import ConfigurationError
from psi.models.task import Order, SequenceSettings, SingleSettings

#: The orders that rows can be given in.
ORDERS: tuple[str, ...] = get_args(Order)

_Rows = tuple[tuple[str, ...], ...]

#: Pairs of rows that are alike beyond which two tables are compared row by row, whatever was put in between.
_MOST_ALIKE = 40_000


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
    n = min(len(old), len(new))
    head = next((i for i in range(n) if old[i] != new[i]), n)
    tail = next((i for i in range(n - head) if old[-1 - i] != new[-1 - i]), n - head)
    between = _paired(old[head : len(old) - tail], new[head : len(new) - tail])
    shifted = (None if row is None else head + row for row in between)
    return *range(head), *shifted, *range(len(old) - tail, len(old))


def _paired(old: _Rows, new: _Rows) -> list[int | None]:
    found: list[int | None] = [None] * len(new)
    n_old, n_new = Counter(old), Counter(new)
    if sum(n * n_new[row] for row, n in n_old.items()) > _MOST_ALIKE:
        # The matcher would look at every pair of rows that are alike, with each keystroke.
        opcodes = [("replace", 0, len(old), 0, len(new))]
    else:
        opcodes = list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    for kind, i0, i1, j0, j1 in opcodes:
        if kind in ("equal", "replace"):
            for i, j in zip(range(i0, i1), range(j0, j1), strict=False):
                found[j] = i
    return found


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

    # -- several rows and cells at once ------------------------------------------------------

    def copied(self, rows: Iterable[int]) -> SelectorTable:
        """With a copy of ``rows``, which stand together, below the last of them."""
        chosen = sorted(set(rows))
        if not chosen or not self.is_sequence:
            return self
        after = chosen[-1] + 1
        return replace(self, rows=(*self.rows[:after], *(self.rows[row] for row in chosen), *self.rows[after:]))

    def without_all(self, rows: Iterable[int]) -> SelectorTable:
        """Without ``rows``. A table keeps one row at least: without any it has no next setting."""
        chosen = set(rows)
        left = tuple(texts for row, texts in enumerate(self.rows) if row not in chosen)
        return replace(self, rows=left or self.rows[:1])

    def brought(self, rows: Iterable[int], before: int) -> SelectorTable:
        """With ``rows``, in their order, put before the row ``before``; the number of rows is below the last."""
        chosen = sorted(set(rows))
        block = [self.rows[row] for row in chosen]
        above = [texts for row, texts in enumerate(self.rows[:before]) if row not in chosen]
        below = [texts for row, texts in enumerate(self.rows) if row >= before and row not in chosen]
        return replace(self, rows=(*above, *block, *below))

    def with_cells(self, texts: Mapping[tuple[int, int], str]) -> SelectorTable:
        """With the texts of these cells (row, column) put in."""
        changed = [list(row) for row in self.rows]
        for (row, column), text in texts.items():
            changed[row][column] = text
        return replace(self, rows=tuple(tuple(row) for row in changed))

    def sorted_by(self, column: int, descending: bool = False) -> SelectorTable:
        """With the rows sorted by the values of one column, equal ones as they were.

        Numbers come by size, then texts; what has no value before a trial, such as an expression over items, is last,
        either way.
        """
        keys = [_sort_key(row[column]) for row in self.rows]
        known = [row for row, key in enumerate(keys) if key is not None]
        unknown = [row for row, key in enumerate(keys) if key is None]
        known.sort(key=lambda row: keys[row] or (0, 0), reverse=descending)
        return replace(self, rows=tuple(self.rows[row] for row in (*known, *unknown)))


def _sort_key(text: str) -> tuple[int, Any] | None:
    try:
        return sort_key(text)
    except ConfigurationError:
        return None
