"""Distributions as values: ``Exponential(rate=0.5).truncate(1, 8)``.

The ten families of ``aind_behavior_services``, each with its quantile function: one number between 0 and 1 from the
item's own random stream becomes the value. Truncation by redrawing is the same as taking quantiles of the part that
is left, and so ends always, after one number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

#: A truncation that leaves less than this of a distribution is a slip of the pen.
MIN_MASS = 1e-6


def _refuse(*_: object) -> NoReturn:
    raise ValueError(
        "calculates with a distribution; write .scale(factor, offset), or give the distribution an item of its own"
    )


class Distribution:
    """Where a value is drawn from. Immutable; families are made by :data:`psi.core.distribution_families.FAMILIES`.

    Drawn values ``x`` are numbers in the item's unit.
    """

    #: Whether every value is a whole number.
    is_whole: bool
    #: Lowest and highest value; infinite where there is none.
    support: tuple[float, float]
    #: Every value, ascending, where they are few; ``None`` where they are not listed.
    values: tuple[float, ...] | None = None

    def quantile(self, u: float) -> float:
        """The value below which the share ``u`` of all draws is; 0 < u < 1."""
        raise NotImplementedError

    def up_to(self, x: float) -> float:
        """Probability of a value of ``x`` or less."""
        raise NotImplementedError

    def below(self, x: float) -> float:
        """Probability of a value less than ``x``."""
        raise NotImplementedError

    @property
    def mean(self) -> float:
        """The mean of all draws, in the item's unit."""
        # Exact enough to be read: the middles of a thousand parts of equal probability.
        return math.fsum(self.quantile((i + 0.5) / 1000) for i in range(1000)) / 1000

    def draw(self, u: float) -> float | int:
        """The value of the uniform random number ``u``, 0 <= u < 1: an ``int`` where all values are whole."""
        value = self.quantile(max(u, 1e-300))
        return int(value) if self.is_whole else value

    def truncate(self, min: float, max: float, mode: str = "exclude") -> Distribution:
        """Nothing below ``min`` or above ``max``: redrawn with the mode 'exclude', set to the bound with 'clamp'."""
        return Truncated(self, number_of("min", min), number_of("max", max), mode)

    def scale(self, factor: float, offset: float = 0.0) -> Distribution:
        """``factor * x + offset``."""
        return Scaled(self, number_of("factor", factor), number_of("offset", offset))

    def describe(self, unit: str = "") -> str:
        """Mean and range in words, for people: ``'mean 2.77, 1 to 8 s'``."""
        low, high = self.support
        if math.isinf(low) and math.isinf(high):
            middle = f"95 % from {self.quantile(0.025):.4g} to {self.quantile(0.975):.4g}"
        elif math.isinf(high):
            middle = f"{low:.4g} or more, 95 % up to {self.quantile(0.95):.4g}"
        elif math.isinf(low):
            middle = f"{high:.4g} or less, 95 % from {self.quantile(0.05):.4g}"
        else:
            middle = f"{low:.4g} to {high:.4g}"
        return f"mean {self.mean:.3g}, {middle} {unit}".rstrip()

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __float__ = __int__ = __index__ = __bool__ = _refuse
    __hash__ = object.__hash__


def number_of(name: str, value: Any) -> float:
    """``value``, which was given for the parameter ``name``, as a number. ``ValueError`` where it is none."""
    if isinstance(value, Distribution):
        raise ValueError(f"takes {name} as a number, not as a distribution; give that one an item of its own")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"takes {name} as a number, not {value!r}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"takes {name} as a number that is not as large") from None


@dataclass(frozen=True, eq=False)
class Family(Distribution):
    """A family with its parameters."""

    name: str
    support: tuple[float, float]
    exact_mean: float
    inverse: Callable[[float], float]
    cumulative: Callable[[float], float]
    is_whole: bool = False
    #: Whether single values have a probability of their own.
    is_discrete: bool = False
    values: tuple[float, ...] | None = None

    @property
    def mean(self) -> float:
        return self.exact_mean

    def quantile(self, u: float) -> float:
        return self.inverse(u)

    def up_to(self, x: float) -> float:
        low, high = self.support
        return 0.0 if x < low else 1.0 if x >= high else self.cumulative(x)

    def below(self, x: float) -> float:
        if not self.is_discrete:
            return self.up_to(x)
        return self.up_to(math.nextafter(x, -math.inf))


class Truncated(Distribution):
    """What is between two bounds of another distribution."""

    def __init__(self, inner: Distribution, low: float, high: float, mode: str) -> None:
        if mode not in ("exclude", "clamp"):
            raise ValueError(f"truncates with the unknown mode {mode!r}; allowed are 'exclude' and 'clamp'")
        if not low <= high:
            raise ValueError(f"truncates from {low:g} to {high:g}; give the lower one first")
        self._inner, self._low, self._high, self._clamps = inner, low, high, mode == "clamp"
        inner_low, inner_high = inner.support
        if self._clamps:
            self.support = (min(max(inner_low, low), high), max(min(inner_high, high), low))
            ends = [end for end in (low, high, *self.support) if math.isfinite(end)]
            self.is_whole = inner.is_whole and all(end.is_integer() for end in ends)
            self.values = inner.values and tuple(sorted({min(max(value, low), high) for value in inner.values}))
            return
        self._before = inner.below(low)
        self._mass = inner.up_to(high) - self._before
        if self._mass < MIN_MASS:
            raise ValueError(
                f"keeps nothing of the distribution between {low:g} and {high:g} (probability {self._mass:.1g}); "
                f"it gives {inner.describe()}"
            )
        self.is_whole = inner.is_whole
        if inner.is_whole:
            # An open end stays open.
            low, high = (end if math.isinf(end) else float(math.ceil(end)) for end in (low, -high))
            high = -high
        self.support = (max(inner_low, low), min(inner_high, high))
        self.values = inner.values and tuple(value for value in inner.values if low <= value <= high)

    def quantile(self, u: float) -> float:
        if not self._clamps:
            u = self._before + u * self._mass
            # Rounding may reach the ends of the other one, where its quantile is infinite.
            u = min(max(u, 1e-300), 1 - 2**-53)
        low, high = self.support
        return min(max(self._inner.quantile(u), low), high)

    def up_to(self, x: float) -> float:
        if x < self.support[0]:
            return 0.0
        if x >= self.support[1]:
            return 1.0
        return self._inner.up_to(x) if self._clamps else (self._inner.up_to(x) - self._before) / self._mass

    def below(self, x: float) -> float:
        if x <= self.support[0]:
            return 0.0
        if x > self.support[1]:
            return 1.0
        return self._inner.below(x) if self._clamps else (self._inner.below(x) - self._before) / self._mass


class Scaled(Distribution):
    """``factor * x + offset`` of another distribution."""

    def __init__(self, inner: Distribution, factor: float, offset: float) -> None:
        if not (math.isfinite(factor) and math.isfinite(offset)) or factor == 0:
            raise ValueError(f"scales by {factor:g} and {offset:g}; give finite numbers, the factor not 0")
        self._inner, self._factor, self._offset = inner, factor, offset
        first, second = (self._of(end) for end in inner.support)
        self.support = (min(first, second), max(first, second))
        self.is_whole = inner.is_whole and factor.is_integer() and offset.is_integer()
        self.values = inner.values and tuple(sorted(self._of(value) for value in inner.values))

    def _of(self, x: float) -> float:
        return self._factor * x + self._offset

    @property
    def mean(self) -> float:
        return self._of(self._inner.mean)

    def quantile(self, u: float) -> float:
        return self._of(self._inner.quantile(u if self._factor > 0 else max(1 - u, 1e-300)))

    def up_to(self, x: float) -> float:
        x = (x - self._offset) / self._factor
        return self._inner.up_to(x) if self._factor > 0 else 1 - self._inner.below(x)

    def below(self, x: float) -> float:
        x = (x - self._offset) / self._factor
        return self._inner.below(x) if self._factor > 0 else 1 - self._inner.up_to(x)
