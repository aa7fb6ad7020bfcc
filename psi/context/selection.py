"""Selections: selectors at work during one run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.errors import ConfigurationError
from psi.core.expressions import EvaluationError, parse
from psi.models.task import SequenceSettings, SingleSettings

#: Item -> constant or text of an expression.
Setting = dict[str, Any]


class Selection(Protocol):
    """Gives the settings of successive trials of one run."""

    @property
    def current(self) -> Setting | None:
        """The setting that was given last; ``None`` before the first."""
        ...

    @property
    def items(self) -> tuple[str, ...]:
        """The items that it gives values of."""
        ...

    @property
    def n_rows(self) -> int:
        """After how many settings every one that it can give was likely given."""
        ...

    def next_setting(self) -> Setting:
        """The setting of the next trial."""
        ...


class RowSelection:
    """Gives rows of a table in the order of its settings, again and again."""

    def __init__(self, settings: SequenceSettings | SingleSettings, generator: np.random.Generator) -> None:
        self.items = settings.items
        order = settings.order if isinstance(settings, SequenceSettings) else "exact"
        self._indexes = _INDEXES[order](settings, generator)
        self._rows: list[Setting] = [dict(zip(settings.items, row, strict=True)) for row in settings.rows]
        self._current: Setting | None = None

    @property
    def current(self) -> Setting | None:
        return self._current

    @property
    def n_rows(self) -> int:
        return len(self._rows)

    def next_setting(self) -> Setting:
        self._current = dict(self._rows[next(self._indexes)])
        return self._current


def sort_key(value: Any) -> tuple[int, Any]:
    """Orders cells: numbers by size, then texts. ``ConfigurationError`` where an expression needs items."""
    if isinstance(value, str):
        try:
            value = parse(value).evaluate(BUILT_IN_SYMBOLS)
        except EvaluationError as error:
            raise ConfigurationError(
                f"the row with {value!r} cannot be sorted ({error.reason}); use order 'exact' or give numbers"
            ) from None
    if isinstance(value, str):
        return 1, value
    if isinstance(value, (int, float)):
        return 0, value
    raise ConfigurationError(f"the row with {value!r} cannot be sorted; use order 'exact' or give numbers")


def sorted_indexes(settings: SequenceSettings) -> list[int]:
    """Indexes of the rows in ascending order: by the first item, then by the second, and so on."""
    keys = [tuple(sort_key(cell) for cell in row) for row in settings.rows]
    return sorted(range(len(keys)), key=keys.__getitem__)


def _cycling(indexes: list[int]) -> Iterator[int]:
    while True:
        yield from indexes


def _exact(settings: SequenceSettings | SingleSettings, generator: np.random.Generator) -> Iterator[int]:
    return _cycling(list(range(len(settings.rows))))


def _ascending(settings: SequenceSettings, generator: np.random.Generator) -> Iterator[int]:
    return _cycling(sorted_indexes(settings))


def _descending(settings: SequenceSettings, generator: np.random.Generator) -> Iterator[int]:
    return _cycling(sorted_indexes(settings)[::-1])


def _shuffled(settings: SequenceSettings, generator: np.random.Generator) -> Iterator[int]:
    # Each row once per cycle, every cycle in an order of its own.
    while True:
        yield from generator.permutation(len(settings.rows)).tolist()


def _pseudorandom(settings: SequenceSettings, generator: np.random.Generator) -> Iterator[int]:
    # Independent draws: a row may follow itself.
    while True:
        yield int(generator.integers(len(settings.rows)))


_INDEXES: dict[str, Any] = {
    "exact": _exact,
    "ascending": _ascending,
    "descending": _descending,
    "shuffled": _shuffled,
    "pseudorandom": _pseudorandom,
}
