"""What an expression may not exceed while it is evaluated, so that nothing typed can hang a run or fill memory.

These functions stand in for the operators that can make a large value from a small text. They raise
``ValueError`` with the reason, without the expression: who evaluates it names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from psi.core.names import did_you_mean

#: Bits of a whole number.
MAX_BITS = 1024
#: Items of a list or tuple, and characters of a text.
MAX_ITEMS = 1000
#: Steps of all comprehensions of one evaluation.
MAX_STEPS = 10_000


class SymbolGroup:
    """A symbol with listed members, such as ``np``: the only thing on which ``.name`` is allowed."""

    def __init__(self, name: str, members: dict[str, Any]) -> None:
        self.name = name
        self.members = dict(members)

    def member(self, name: str) -> Any:
        """The member ``name``; ``ValueError`` with the nearest one where it is not listed."""
        if name not in self.members:
            raise ValueError(f"{self.name} has no {name!r} for expressions{did_you_mean(name, self.members)}")
        return self.members[name]


class StepBudget:
    """Counts the steps of the comprehensions of one evaluation."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def __call__(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self._left -= 1
            if self._left < 0:
                raise ValueError(f"takes more than {MAX_STEPS} steps")
            yield value


def checked(value: Any) -> Any:
    """``value`` as it may go on: a NumPy scalar becomes a Python one, what is too large or no real value is refused."""
    kind = type(value)
    if kind is float or kind is bool:
        return value
    if hasattr(value, "ndim"):
        if value.ndim:
            raise ValueError("gives an array; take one number of it, or write a comprehension")
        value = value.item()
        kind = type(value)
    if kind is int:
        if value.bit_length() > MAX_BITS:
            raise ValueError(f"gives a whole number of more than {MAX_BITS} bits")
    elif kind is complex:
        raise ValueError("has no real value")
    elif kind in (str, list, tuple) and len(value) > MAX_ITEMS:
        raise ValueError(f"gives more than {MAX_ITEMS} items")
    return value


def add(left: Any, right: Any) -> Any:
    return checked(left + right)


def multiply(left: Any, right: Any) -> Any:
    for sequence, times in ((left, right), (right, left)):
        if isinstance(sequence, (str, list, tuple)) and isinstance(times, int) and len(sequence) * times > MAX_ITEMS:
            raise ValueError(f"gives more than {MAX_ITEMS} items")
    return checked(left * right)


def power(base: Any, exponent: Any) -> Any:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and abs(base) > 1 and base.bit_length() * exponent > 2 * MAX_BITS:
        raise ValueError(f"gives a whole number of more than {MAX_BITS} bits")
    return checked(base**exponent)


def remainder(left: Any, right: Any) -> Any:
    if isinstance(left, str):
        raise ValueError("% does not format texts in expressions")
    return checked(left % right)


def member(group: Any, name: str) -> Any:
    if not isinstance(group, SymbolGroup):
        raise ValueError(f".{name} is allowed on symbols such as np only")
    return group.member(name)
