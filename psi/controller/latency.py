"""A histogram of delays that costs nothing to fill and is exact enough to quote."""

from __future__ import annotations

import math
from typing import Any


class LatencyHistogram:
    """Counts of delays in logarithmic bins, eight to an octave, from 1 µs up."""

    PER_OCTAVE = 8
    N_BINS = 8 * 27  # up to about 2 minutes

    def __init__(self) -> None:
        self.counts = [0] * self.N_BINS
        self.n = 0
        self.max_ns = 0

    def add(self, nanoseconds: int) -> None:
        self.n += 1
        if nanoseconds > self.max_ns:
            self.max_ns = nanoseconds
        position = int(math.log2(max(nanoseconds, 1000) / 1000) * self.PER_OCTAVE)
        self.counts[min(position, self.N_BINS - 1)] += 1

    def edges(self) -> list[float]:
        """Lower edges of the bins in s, and the upper edge of the last."""
        return [1e-6 * 2 ** (index / self.PER_OCTAVE) for index in range(self.N_BINS + 1)]

    def percentile(self, p: float) -> float:
        """The upper edge in s of the bin that holds the ``p``-th percentile; NaN when empty."""
        if not self.n:
            return math.nan
        below = 0
        for index, count in enumerate(self.counts):
            below += count
            if below >= self.n * p / 100:
                return 1e-6 * 2 ** ((index + 1) / self.PER_OCTAVE)
        return self.max_ns * 1e-9

    def row(self) -> dict[str, Any]:
        """The histogram as a row of the recording."""
        return {"kind": "latency", "edges": self.edges(), "counts": list(self.counts)}
