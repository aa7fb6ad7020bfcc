"""Sample instants as exact arithmetic, so that equal clocks give equal indices and no rounding ever adds up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from psi.testing.ni_server.clock import DeviceClock

Index = slice | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SampleClock:
    """Sample k is at ``start + k * den / num`` nanoseconds."""

    start: int
    num: int
    den: int

    @classmethod
    def of(cls, start: int, fs: Fraction) -> SampleClock:
        per_ns = fs / 1_000_000_000
        return cls(start, per_ns.numerator, per_ns.denominator)

    def count(self, time: int) -> int:
        """Number of samples at or before ``time``."""
        return max(0, (time - self.start) * self.num // self.den + 1)

    def time_of(self, k: int) -> int:
        """First whole nanosecond at or after sample ``k``."""
        return self.start - (-k * self.den // self.num)


@dataclass(frozen=True, slots=True)
class Grid:
    """The instants of ``n`` samples of a clock from sample ``k0`` on."""

    clock: SampleClock
    k0: int
    n: int

    def delayed(self, delay: int) -> Grid:
        """The instants ``delay`` nanoseconds earlier: what arrives now was sent then."""
        return self if not delay else replace(self, clock=replace(self.clock, start=self.clock.start - delay))

    def times(self) -> NDArray[np.float64]:
        """Seconds."""
        clock = self.clock
        first = clock.start * 1e-9 + self.k0 * (clock.den / clock.num) * 1e-9
        return first + np.arange(self.n, dtype=np.float64) * (clock.den / clock.num * 1e-9)

    def before(self, time: int) -> int:
        """How many of the instants lie before ``time``."""
        clock = self.clock
        reached = -((clock.start - time) * clock.num // clock.den)
        return min(max(reached - self.k0, 0), self.n)

    def part(self, start: int, stop: int) -> Grid:
        return replace(self, k0=self.k0 + start, n=stop - start)

    def index_in(self, other: SampleClock, delay: int = 0) -> tuple[int, int, int]:
        """Which sample of ``other`` is current at each instant: ``(a, b, d)``, instant i has ``(a + i * b) // d``.

        ``delay`` is in samples of ``other``.
        """
        clock = self.clock
        step = clock.den * other.num
        denominator = clock.num * other.den
        first = ((clock.start - other.start) * clock.num + self.k0 * clock.den) * other.num - delay * denominator
        whole, rest = divmod(first, denominator)
        if step % denominator == 0:
            return whole, step // denominator, 1
        return whole * denominator + rest, step, denominator


def indices(first: int, step: int, denominator: int, n: int) -> NDArray[np.int64]:
    """``(first + i * step) // denominator`` for n values of i, without leaving 64 bits."""
    whole, rest = divmod(first, denominator)
    return whole + (rest + np.arange(n, dtype=np.int64) * step) // denominator


def seconds_from_now(clock: DeviceClock, seconds: float) -> int | None:
    """When ``seconds`` from now are over, in ns; None for a wait without end (NI's -1)."""
    return None if seconds < 0 else clock.now() + round(seconds * 1e9)
