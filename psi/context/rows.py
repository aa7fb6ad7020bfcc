"""Rows of a table, given in an order, cycle after cycle."""

from __future__ import annotations

import copy
import itertools
from collections import Counter, deque
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from psi.context.orders import (
    CounterbalancedOrder,
    FixedOrder,
    IndependentOrder,
    LatinSquareOrder,
    NestedOrder,
    RowOrder,
    ShuffledOrder,
)
from psi.context.selection import Progress, RowCounts, Selection, Setting
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.errors import ConfigurationError
from psi.core.expressions import EvaluationError, parse
from psi.models.selectors import ProductSettings, SequenceSettings, SingleSettings

RowSettings = SequenceSettings | SingleSettings | ProductSettings


class RowSelection(Selection):
    """Gives rows of a table in the order of its settings.

    Parameters
    ----------
    settings
        The table.
    generator
        Random numbers of this selector alone.

    Raises
    ------
    ConfigurationError
        Rows are to be sorted but cannot be compared before a trial.
    """

    def __init__(self, settings: RowSettings, generator: np.random.Generator) -> None:
        self.items = settings.items
        self._settings = settings
        self._generator = generator
        self._rows = settings.rows
        self._order = order_of(settings)
        self._left: list[int] = []
        self._given = [0] * len(self._rows)
        self._n_cycles = 0
        self._cycles = None if isinstance(settings, SingleSettings) else settings.cycles

    @property
    def n_rows(self) -> int:
        return len(self._rows)

    @property
    def can_complete(self) -> bool:
        return self._cycles is not None

    @property
    def complete(self) -> str:
        if self._cycles is None or self._n_cycles < self._cycles or (self._left and self._n_cycles == self._cycles):
            return ""
        return "cycles"

    def _choose(self) -> Setting:
        if not self._left:
            self._left = self._order.cycle(self._generator)
            self._n_cycles += 1
        row = self._left.pop(0)
        self._given[row] += 1
        return dict(zip(self.items, self._rows[row], strict=True))

    def copy(self) -> RowSelection:
        # Rows and settings never change, so that they need not be copied: there may be thousands.
        made = copy.copy(self)
        made._generator = copy.deepcopy(self._generator)
        made._order = self._order if self._order.mends else copy.deepcopy(self._order)
        made._left, made._given = list(self._left), list(self._given)
        return made

    def progress(self) -> Progress:
        if len(self._rows) > 1 and self._n_cycles:
            of = f" of {self._cycles}" if self._cycles is not None else ""
            text = f"cycle {self._n_cycles}{of}, {len(self._left)} left"
        else:
            text = f"given {sum(self._given)} ×"
        return Progress(self._n_cycles, self._cycles, self.complete, text)

    def counts(self) -> RowCounts:
        left = Counter(self._left)
        return RowCounts(tuple(self._given), tuple(left[row] for row in range(len(self._rows))))

    # -- going on --------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        if len(self._rows) == 1:
            return {}
        return {
            "kind": "rows",
            "items": list(self.items),
            "left": [list(self._rows[row]) for row in self._left],
            "n_cycles": self._n_cycles,
            "begun": [list(row) for row in self._begun().elements()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on in the cycle that was going on; what was complete begins anew."""
        if state.get("kind") != "rows" or tuple(state["items"]) != self.items:
            raise ConfigurationError(
                f"was left by a selector of other items or kind ({state.get('kind')}: {state.get('items')}); "
                f"this one gives rows of {', '.join(self.items)}"
            )
        if self._cycles is not None and state["n_cycles"] >= self._cycles and not state["left"]:
            return
        self._n_cycles = int(state["n_cycles"])
        left = [tuple(row) for row in state["left"]]
        if left and self._order.mends:
            self._mend(left, Counter(tuple(row) for row in state["begun"]))

    def resume(self, before: Selection) -> None:
        """Go on after an edit of the table.

        Of rows that are as before, the counts are kept and what was given in this cycle is not given again in
        it. Rows that are new come in this cycle still: at their place in a fixed or sorted order, else at random.
        Orders that depend on what follows what (counterbalanced, latin_square) keep their place where only cells were
        edited, and begin a new cycle where rows were added or taken out. So does every order where the order
        itself was changed. Other columns are another table, which begins anew.
        """
        super().resume(before)
        if not isinstance(before, RowSelection) or before.items != self.items:
            return
        # The stream goes on: an edit does not bring back numbers that were drawn before.
        self._generator = before._generator
        counts: dict[Hashable, list[int]] = {}
        for row, given in zip(before._rows, before._given, strict=True):
            counts.setdefault(_key(row), []).append(given)
        self._given = [counts[_key(row)].pop(0) if counts.get(_key(row)) else 0 for row in self._rows]
        self._n_cycles = before._n_cycles
        if order_name(before._settings) != order_name(self._settings) or not before._left:
            return
        if self._order.mends:
            self._mend([before._rows[row] for row in before._left], before._begun())
        elif len(before._rows) == len(self._rows):
            self._order, self._left = before._order, before._left

    def _begun(self) -> Counter[tuple[Any, ...]]:
        """Rows that were given in the cycle that is going on."""
        if not self._left:
            return Counter()
        per_cycle = Counter(self._order_members())
        per_cycle.subtract(self._left)
        return Counter({self._rows[row]: n for row, n in per_cycle.items() if n > 0})

    def _order_members(self) -> list[int]:
        per_block = self._settings.per_block if isinstance(self._settings, (SequenceSettings, ProductSettings)) else 1
        return [row for row in range(len(self._rows)) for _ in range(per_block)]

    def _mend(self, left: Sequence[tuple[Any, ...]], begun: Counter[tuple[Any, ...]]) -> None:
        """A cycle without what was given in it; unchanged rows come as they were going to."""
        given = Counter({_key(row): n for row, n in begun.items()})
        waiting: list[int] = []
        for index in self._order.cycle(self._generator):
            if given[_key(self._rows[index])] > 0:
                given[_key(self._rows[index])] -= 1
            else:
                waiting.append(index)
        self._left = self._as_before(waiting, left) if isinstance(self._order, ShuffledOrder) else waiting

    def _as_before(self, waiting: Sequence[int], left: Sequence[tuple[Any, ...]]) -> list[int]:
        """``waiting`` with the rows that were ``left`` in their old sequence, and new ones anywhere between them."""
        alike: dict[Hashable, deque[int]] = {}
        for place, index in enumerate(waiting):
            alike.setdefault(_key(self._rows[index]), deque()).append(place)
        places = [alike[key].popleft() for row in left if alike.get(key := _key(row))]
        new = sorted(itertools.chain.from_iterable(alike.values()))
        kept = [waiting[place] for place in places]
        for place in new:
            kept.insert(int(self._generator.integers(len(kept) + 1)), waiting[place])
        return kept


def _key(row: Sequence[Any]) -> Hashable:
    # True and 1 are equal in Python, but are not the same cell.
    return tuple(("bool", cell) if cell is True or cell is False else cell for cell in row)


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


def sorted_indexes(rows: Sequence[Sequence[Any]]) -> list[int]:
    """Indexes of the rows in ascending order: by the first item, then by the second, and so on."""
    keys = [tuple(sort_key(cell) for cell in row) for row in rows]
    return sorted(range(len(keys)), key=keys.__getitem__)


def order_name(settings: RowSettings) -> str:
    """The order as it is written; empty for a single setting."""
    return "" if isinstance(settings, SingleSettings) else settings.order


def order_of(settings: RowSettings) -> RowOrder:
    """The order of these settings, at its beginning."""
    if isinstance(settings, SingleSettings):
        return FixedOrder([0])
    n = len(settings.rows)
    match settings.order:
        case "nested":
            assert isinstance(settings, ProductSettings)
            return _nested(settings)
        case "exact":
            return FixedOrder(range(n))
        case "ascending":
            return FixedOrder(sorted_indexes(settings.rows))
        case "descending":
            return FixedOrder(sorted_indexes(settings.rows)[::-1])
        case "shuffled":
            return ShuffledOrder(n)
        case "blocked":
            return ShuffledOrder(n, settings.per_block)
        case "counterbalanced":
            return CounterbalancedOrder(n)
        case "latin_square":
            return LatinSquareOrder(n)
        case _:
            return IndependentOrder(n)


def _nested(settings: ProductSettings) -> NestedOrder:
    indexes = []
    for factor in settings.factors:
        levels = [(level,) for level in factor.levels()]
        numbers = list(range(len(levels)))
        if factor.order in ("ascending", "descending"):
            numbers = sorted_indexes(levels)
        indexes.append(numbers[::-1] if factor.order == "descending" else numbers)
    return NestedOrder(indexes, [factor.order == "shuffled" for factor in settings.factors])
