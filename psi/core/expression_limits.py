"""What an expression may not exceed while it is evaluated, so that nothing typed can hang a run or fill memory.

These functions stand in for the operators that can make a large value from a small text. They raise
``ValueError`` with the reason, without the expression: who evaluates it names it.

Without a comprehension an expression has at most as many operations as parts, each on values of bounded size.
With one, a :class:`StepBudget` counts the turns of all loops, and what is read and made in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, runtime_checkable

from psi.core.names import did_you_mean

#: Bits of a whole number.
MAX_BITS = 1024
#: Items of a list or tuple, those of lists in it counted too, and characters of a text.
MAX_ITEMS = 1000
#: Steps of all comprehensions of one evaluation.
MAX_STEPS = 10_000


class SymbolGroup:
    """A symbol with listed members, such as ``np``: the only name on which ``.name`` is allowed."""

    def __init__(self, name: str, members: dict[str, Any]) -> None:
        self.name = name
        self.members = dict(members)

    def member(self, name: str) -> Any:
        """The member ``name``; ``ValueError`` with the nearest one where it is not listed."""
        if name not in self.members:
            raise ValueError(f"{self.name} has no {name!r} for expressions{did_you_mean(name, self.members)}")
        return self.members[name]


@runtime_checkable
class Shaped(Protocol):
    """A value that can be cut and stretched, such as a distribution: the only one with methods."""

    def truncate(self, min: float, max: float, mode: str = "exclude") -> Any: ...

    def scale(self, factor: float, offset: float = 0.0) -> Any: ...


#: The methods of :class:`Shaped`.
SHAPING = ("truncate", "scale")


class StepBudget:
    """Counts the steps of the comprehensions of one evaluation."""

    __slots__ = ("_left",)

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self._left = steps

    def __call__(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self.charge(1)
            yield value

    def charge(self, steps: int) -> None:
        """Take ``steps`` away. ``ValueError`` where as many are not left."""
        self._left -= steps
        if self._left < 0:
            raise ValueError(f"takes more than {MAX_STEPS} steps")


def spent(steps: StepBudget, value: Any) -> Any:
    """``value``, which is read or made within a loop, and so costs a step for each of its items."""
    kind = type(value)
    if kind is list or kind is tuple or kind is range:
        steps.charge(len(value))
    elif kind is str:
        # A processor copies characters some hundred times as fast as it turns a loop.
        steps.charge(len(value) // 100)
    return value


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
    elif kind is str or kind is range:
        if len(value) > MAX_ITEMS:
            raise ValueError(f"gives more than {MAX_ITEMS} items")
    elif kind is list or kind is tuple:
        _check_items(value)
    return value


def _check_items(value: Iterable[Any]) -> None:
    # A list in a list in a list may be small and mean an enormous tree, which == and str() would walk.
    waiting = [value]
    count = characters = 0
    while waiting:
        for item in waiting.pop():
            count += 1
            kind = type(item)
            if kind is list or kind is tuple:
                waiting.append(item)
            elif kind is str:
                characters += len(item)
            if count > MAX_ITEMS or characters > 10 * MAX_ITEMS:
                raise ValueError(f"gives more than {MAX_ITEMS} items")


def add(left: Any, right: Any) -> Any:
    value = left + right
    return value if type(value) is float else checked(value)


def multiply(left: Any, right: Any) -> Any:
    if type(left) is float or type(right) is float:
        return checked(left * right)
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


def shaping(value: Any, name: str) -> Any:
    """The method ``name`` of a distribution."""
    if name not in SHAPING or not isinstance(value, Shaped):
        raise ValueError(f".{name} is allowed on a distribution only, such as Uniform(0, 1)")
    return getattr(value, name)
