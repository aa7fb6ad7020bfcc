"""Symbols: what expressions may use beside items. None of them draws random numbers or reads anything.

What Python's own functions of these names would do without end or without bounds is refused here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from atom.api import Str, Value
from enaml.core.api import Declarative, d_

from psi.core.distribution_families import FAMILIES
from psi.core.expression_limits import MAX_ITEMS
from psi.core.expressions import SymbolGroup


class Symbol(Declarative):
    """A function or constant for expressions, by its ``name``. Contributed to ``psi.context.symbols``.

    A function gets and gives numbers, texts and lists of them; it must answer at once and always the same. What is
    wrong with its arguments it says as a ``ValueError``. With a method ``check_arguments`` it is asked at edit time
    about constants, as in ``fs('speaker')``.
    """

    #: A function, a constant, or a ``SymbolGroup`` of them.
    value = d_(Value())

    #: What it is, in a sentence.
    help = d_(Str())


def db(ratio: float) -> float:
    """Decibels of an amplitude ratio: ``20 log10(ratio)``; ``db(0)`` is ``-inf``."""
    if ratio == 0:
        return -math.inf
    return 20 * math.log10(ratio)


def dbi(decibels: float) -> float:
    """Amplitude ratio of ``decibels``: ``10^(dB / 20)``, the inverse of :func:`db`."""
    return math.pow(10.0, decibels / 20)


def imul(number: float, base: float) -> float:
    """The whole multiple of ``base`` that is nearest to ``number``: ``imul(1013, 25)`` is 1025; half-way goes up."""
    if not base > 0 or not math.isfinite(base) or not math.isfinite(number):
        raise ValueError("imul takes a finite number and a base above 0")
    return math.floor(number / base + 0.5) * base


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_ITEMS:
        raise ValueError(f"range gives more than {MAX_ITEMS} items")
    return numbers


def _str(value: Any = "") -> str:
    # What others show is not for people, and differs from run to run.
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, (list, tuple)):
            waiting += item
        elif item is not None and not isinstance(item, (bool, int, float, str)):
            raise ValueError(f"str takes numbers, texts and lists of them, not a {type(item).__name__}")
    return str(value)


def _round(number: float, digits: int = 0) -> float:
    # Python rounds whole numbers to any power of ten, which can take for ever.
    if not isinstance(digits, int) or abs(digits) > 15:
        raise ValueError("round takes -15 to 15 digits")
    return round(number, digits) if digits else round(number)


def _sum(values: Iterable[float]) -> float:
    total: float = 0
    for value in values:
        # Lists would be added up too, each time copied.
        if not isinstance(value, (bool, int, float)):
            raise ValueError("sum takes numbers")
        total += value
    return total


def _sorted(values: Iterable[Any], reverse: bool = False) -> list[Any]:
    return sorted(values, reverse=bool(reverse))


#: Functions of numbers.
_ELEMENTWISE = (
    "abs arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt ceil copysign cos cosh deg2rad exp exp2 expm1 "
    "floor fmax fmin fmod hypot isfinite isinf isnan log log10 log1p log2 maximum minimum mod rad2deg rint sign "
    "sin sinh sqrt square tan tanh trunc"
).split()

#: Functions of a flat list that give a number.
_REDUCTIONS = "max mean median min prod std sum var percentile interp argmax argmin count_nonzero".split()


def _bounded(name: str) -> Callable[..., Any]:
    function = getattr(np, name)
    takes_lists = name in _REDUCTIONS

    def call(*arguments: Any) -> Any:
        floats: list[float | list[float]] = []
        for argument in arguments:
            # As floats, because NumPy's whole numbers wrap around in silence.
            if isinstance(argument, (bool, int, float)):
                floats.append(float(argument))
            elif not takes_lists:
                raise ValueError(f"np.{name} takes numbers; for a list write [np.{name}(x) for x in ...]")
            elif not isinstance(argument, (list, tuple)) or not argument:
                raise ValueError(f"np.{name} takes numbers, and lists of at least one number")
            elif not all(isinstance(item, (bool, int, float)) for item in argument):
                raise ValueError(f"np.{name} takes a flat list of numbers")
            else:
                floats.append([float(item) for item in argument])
        # As IEEE 754 says: log10(0) is -inf and sqrt(-1) is nan, which limits then refuse.
        with np.errstate(all="ignore"):
            return function(*floats)

    call.__name__ = call.__qualname__ = name
    return call


NP = SymbolGroup(
    "np",
    {
        **{name: _bounded(name) for name in (*_ELEMENTWISE, *_REDUCTIONS)},
        "pi": math.pi,
        "e": math.e,
        "inf": math.inf,
        "nan": math.nan,
    },
)

#: The symbols that every experiment has.
BUILT_IN_SYMBOLS: dict[str, Any] = {
    "np": NP,
    "inf": math.inf,
    "nan": math.nan,
    "pi": math.pi,
    "db": db,
    "dbi": dbi,
    "imul": imul,
    "abs": abs,
    "all": all,
    "any": any,
    "bool": bool,
    "float": float,
    "int": int,
    "len": len,
    "max": max,
    "min": min,
    "range": _range,
    "round": _round,
    "sorted": _sorted,
    "str": _str,
    "sum": _sum,
    **FAMILIES,
}
