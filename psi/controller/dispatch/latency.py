"""A histogram of delays that costs nothing to fill and is exact enough to quote."""

from __future__ import annotations

import math
import threading
from array import array
from typing import Any

import numpy as np


class LatencyHistogram:
    """Counts of delays in logarithmic bins, eight to an octave, from 1 µs up."""

    PER_OCTAVE = 8
    N_BINS = 8 * 27  # up to about 2 minutes

    #: Delays that are kept before they are counted, many at once.
    MOST_KEPT = 2048

    def __init__(self) -> None:
        self._counts = np.zeros(self.N_BINS, np.int64)
        self._max_ns = 0
        #: Delays in ns that are not counted yet; whoever appends calls :meth:`count` now and then.
        self.kept = array("q")
        self._lock = threading.Lock()

    def add(self, nanoseconds: int) -> None:
        """Take one delay."""
        self.kept.append(nanoseconds)
        if len(self.kept) > self.MOST_KEPT:
            self.count()

    def count(self) -> None:
        """Put what was kept into the bins; from any thread."""
        with self._lock:
            # Meanwhile more may be appended.
            n = len(self.kept)
            new = np.frombuffer(self.kept[:n], np.int64)
            del self.kept[:n]
            if n:
                position = (np.log2(np.maximum(new, 1000) / 1000) * self.PER_OCTAVE).astype(np.int64)
                self._counts += np.bincount(np.minimum(position, self.N_BINS - 1), minlength=self.N_BINS)
                self._max_ns = max(self._max_ns, int(new.max()))

    @property
    def counts(self) -> list[int]:
        """How many delays fell into each bin."""
        self.count()
        return [int(n) for n in self._counts]

    @property
    def n(self) -> int:
        """How many there were."""
        self.count()
        return int(self._counts.sum())

    @property
    def max_ns(self) -> int:
        """The longest."""
        self.count()
        return self._max_ns

    def edges(self) -> list[float]:
        """Lower edges of the bins in s, and the upper edge of the last."""
        return [1e-6 * 2 ** (index / self.PER_OCTAVE) for index in range(self.N_BINS + 1)]

    def percentile(self, p: float) -> float:
        """The upper edge in s of the bin that holds the ``p``-th percentile; NaN when empty."""
        self.count()
        below = np.cumsum(self._counts)
        if not below[-1]:
            return math.nan
        index = int(np.searchsorted(below, below[-1] * p / 100))
        return 1e-6 * float(2 ** ((index + 1) / self.PER_OCTAVE))

    def summary(self) -> dict[str, Any] | None:
        """What can be shown: ``n``, ``p50``, ``p99``, ``p999`` and ``max`` in s, and ``counts`` from bin ``first`` on.

        ``None`` when empty.
        """
        counts = self.counts
        n = sum(counts)
        if not n:
            return None
        first = next(index for index, count in enumerate(counts) if count)
        last = max(index for index, count in enumerate(counts) if count)
        at = {name: self.percentile(p) for name, p in (("p50", 50), ("p99", 99), ("p999", 99.9))}
        return {"n": n, **at, "max": self._max_ns * 1e-9, "first": first, "counts": counts[first : last + 1]}

    def row(self) -> dict[str, Any]:
        """The histogram as a row of the recording."""
        return {"kind": "latency", "edges": self.edges(), "counts": self.counts}
