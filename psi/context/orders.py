"""Orders: in which sequence the rows of a table come, cycle by cycle.

An order is at work for one run. It draws from the selector's own generator only, and can be copied, so that what
comes next can be looked at without changing it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np


class RowOrder(Protocol):
    """The sequence of row numbers, one cycle after the other."""

    #: Whether each cycle holds each row equally often and in whatever sequence suits, so that a cycle that has
    #: begun can go on with other rows.
    mends: bool

    def cycle(self, generator: np.random.Generator) -> list[int]:
        """Row numbers of the next cycle."""
        ...


class FixedOrder:
    """The same sequence in every cycle."""

    mends = True

    def __init__(self, indexes: Sequence[int]) -> None:
        self._indexes = list(indexes)

    def cycle(self, generator: np.random.Generator) -> list[int]:
        return list(self._indexes)


class ShuffledOrder:
    """Each of ``n`` rows ``per_block`` times in each cycle, every cycle in a sequence of its own."""

    mends = True

    def __init__(self, n: int, per_block: int = 1) -> None:
        self._n, self._per_block = n, per_block

    def cycle(self, generator: np.random.Generator) -> list[int]:
        drawn: list[int] = generator.permutation(self._n * self._per_block).tolist()
        return [index % self._n for index in drawn]


class IndependentOrder:
    """``n`` independent draws in each cycle: a row may follow itself."""

    mends = False

    def __init__(self, n: int) -> None:
        self._n = n

    def cycle(self, generator: np.random.Generator) -> list[int]:
        return [int(generator.integers(self._n)) for _ in range(self._n)]


class CounterbalancedOrder:
    """Each of ``n`` rows follows each other one once in each cycle of ``n (n - 1)``, and never itself.

    A cycle is a random Eulerian circuit through the complete directed graph of the rows. All begin at the same row, so
    that the step from one cycle into the next is the one that closes the circuit: each pair comes once in any
    ``n (n - 1)`` steps that begin with a cycle.
    """

    mends = False

    def __init__(self, n: int) -> None:
        self._n = n
        self._first: int | None = None

    def cycle(self, generator: np.random.Generator) -> list[int]:
        if self._first is None:
            self._first = int(generator.integers(self._n))
        if self._n == 1:
            return [0]
        left = [[to for to in generator.permutation(self._n).tolist() if to != row] for row in range(self._n)]
        # Hierholzer's algorithm.
        path, stack = [], [self._first]
        while stack:
            row = stack[-1]
            if left[row]:
                stack.append(left[row].pop())
            else:
                path.append(stack.pop())
        return path[:0:-1]


def williams_square(n: int) -> list[list[int]]:
    """A Latin square of order ``n`` in which each symbol follows each other one equally often.

    ``n`` rows for an even ``n``, where each pair comes once; for an odd one no such square is known to exist for
    every n, so these are ``2 n`` rows, the square and its mirror, where each pair comes twice (Williams 1949).
    """
    first = [0]
    low, high = 1, n - 1
    while len(first) < n:
        first.append(low)
        low += 1
        if len(first) < n:
            first.append(high)
            high -= 1
    rows = [[(symbol + shift) % n for symbol in first] for shift in range(n)]
    return rows if n % 2 == 0 else rows + [row[::-1] for row in rows]


class LatinSquareOrder:
    """Successive cycles are the rows of a Williams design; which row is which symbol, and their sequence, is drawn."""

    mends = False

    def __init__(self, n: int) -> None:
        self._n = n
        self._waiting: list[list[int]] = []

    def cycle(self, generator: np.random.Generator) -> list[int]:
        if not self._waiting:
            labels = generator.permutation(self._n).tolist()
            square = williams_square(self._n)
            self._waiting = [[labels[s] for s in square[row]] for row in generator.permutation(len(square)).tolist()]
        return self._waiting.pop(0)


class NestedOrder:
    """Every combination of factors; the first changes slowest, the shuffled ones anew in each of their passes."""

    mends = True

    def __init__(self, indexes: Sequence[Sequence[int]], shuffled: Sequence[bool]) -> None:
        self._indexes, self._shuffled = [list(values) for values in indexes], list(shuffled)

    def cycle(self, generator: np.random.Generator) -> list[int]:
        return self._pass(0, 0, generator)

    def _pass(self, depth: int, offset: int, generator: np.random.Generator) -> list[int]:
        if depth == len(self._indexes):
            return [offset]
        values: list[Any] = self._indexes[depth]
        if self._shuffled[depth]:
            values = generator.permutation(values).tolist()
        inner = (self._pass(depth + 1, offset * len(values) + value, generator) for value in values)
        return list(itertools.chain.from_iterable(inner))
