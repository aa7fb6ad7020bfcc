"""Symbols: what expressions may use beside items. None of them draws random numbers or reads anything."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from atom.api import Str, Value
from enaml.core.api import Declarative, d_

from psi.core.expressions import SymbolGroup


class Symbol(Declarative):
    """A function or constant for expressions, by its ``name``. Contributed to ``psi.context.symbols``.

    A function gets and gives numbers, texts and lists of them; it must answer at once and always the same.
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


def _round(number: float, digits: int = 0) -> float:
    # Python rounds whole numbers to any power of ten, which can take for ever.
    if not isinstance(digits, int) or abs(digits) > 15:
        raise ValueError("round takes -15 to 15 digits")
    return round(number, digits) if digits else round(number)


def _sum(values: Iterable[float]) -> float:
    return sum(values)


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
    "abs": abs,
    "all": all,
    "any": any,
    "bool": bool,
    "float": float,
    "int": int,
    "len": len,
    "max": max,
    "min": min,
    "range": range,
    "round": _round,
    "sorted": sorted,
    "str": str,
    "sum": _sum,
}
