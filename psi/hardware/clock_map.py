"""How a device's sample clock and the machine's clock go together, from when samples were seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Standard deviation of drifts as expected before anything is known: crystals differ by some 50 parts in a million.
_EXPECTED_DRIFT = 1e-4
#: Seconds by which the earliest sighting of a second is late, as expected before anything is known.
_EXPECTED_LATENESS = 3e-4
#: Sightings that are later than the others by more than so many times their spread count as held up, and not at all.
_HELD_UP = 4.0


class _Line(NamedTuple):
    """Monotonic time = ``at + slope * (seconds - around)``."""

    around: float
    at: float
    slope: float
    residual: float


class ClockMap:
    """Maps a device's time, index of a sample divided by its nominal rate, to the machine's monotonic time and back.

    A sample is seen some time after it was taken, sometimes much later, never earlier. So of each second only the
    earliest sighting counts, relative to the nominal rate, and a line is put through those of the last minute; those
    that were held up all the same are left out. In the first seconds the line keeps close to the nominal rate, from
    which no device is far away, since a slope from so little would be noise.

    What is left is the least time that a sample needs from the converter to the program, which no one can see from
    here; it is in the mapped time.

    One thread adds pairs; any may ask.
    """

    #: Seconds of which one sighting is kept.
    BUCKET = 1.0
    #: Buckets that count.
    N_BUCKETS = 60

    def __init__(self) -> None:
        #: Pairs that were added.
        self.n = 0
        # Bucket -> device's time and monotonic time of its earliest sighting.
        self._earliest: dict[int, tuple[float, float]] = {}
        self._line: _Line | None = None

    def add(self, fs: float, sample: int, monotonic: float) -> None:
        """Sample ``sample`` at ``fs`` samples/s was seen at ``monotonic`` s."""
        seconds = sample / fs
        self.n += 1
        bucket = int(seconds // self.BUCKET)
        known = self._earliest.get(bucket)
        if known is not None and monotonic - seconds >= known[1] - known[0]:
            return
        self._earliest[bucket] = seconds, monotonic
        # A second that has just begun has seen too little to tell who was late; it counts when it is over.
        if known is not None and len(self._earliest) > 1:
            return
        while len(self._earliest) > self.N_BUCKETS:
            del self._earliest[min(self._earliest)]
        over = list(self._earliest.values())
        self._line = _fit(np.array(over[:-1] or over))

    @property
    def known(self) -> bool:
        """Whether there is anything to map with."""
        return self._line is not None

    @property
    def drift_ppm(self) -> float:
        """By how many parts in a million the device's clock is faster than the machine's; NaN before the first pair."""
        return float("nan") if self._line is None else 1e6 * (1 / self._line.slope - 1)

    @property
    def residual(self) -> float:
        """Root mean square in s of the sightings around the line; NaN before the first pair."""
        return float("nan") if self._line is None else self._line.residual

    def monotonic(self, seconds: float) -> float:
        """Monotonic time of the device's time ``seconds``. Raises ``ValueError`` before the first pair."""
        line = self._require()
        return line.at + line.slope * (seconds - line.around)

    def seconds(self, monotonic: float) -> float:
        """The device's time at ``monotonic``. Raises ``ValueError`` before the first pair."""
        line = self._require()
        return line.around + (monotonic - line.at) / line.slope

    def _require(self) -> _Line:
        if self._line is None:
            raise ValueError("no sample of this device has been seen yet")
        return self._line


def _fit(pairs: NDArray[np.float64]) -> _Line:
    """The line through ``pairs``, shape (n, 2): device's and monotonic time."""
    seconds, late = pairs[:, 0], pairs[:, 1] - pairs[:, 0]
    kept = np.ones(len(pairs), dtype=bool)
    for _ in range(4):
        around, middle, slope = _slope(seconds[kept], late[kept])
        left = late - middle - slope * (seconds - around)
        spread = float(np.median(np.abs(left - np.median(left)))) + 1e-6
        on_time = left - np.median(left) <= _HELD_UP * spread * 1.4826
        if np.array_equal(on_time, kept):
            break
        kept = on_time
    residual = float(np.sqrt(np.mean(left[kept] ** 2)))
    return _Line(around, around + middle, 1 + slope, residual)


def _slope(seconds: NDArray[np.float64], late: NDArray[np.float64]) -> tuple[float, float, float]:
    """Middle of ``seconds``, mean of ``late``, and slope, drawn to 0 as far as the pairs do not say otherwise."""
    around, middle = float(seconds.mean()), float(late.mean())
    x, y = seconds - around, late - middle
    slope = float(x @ y) / (float(x @ x) + (_EXPECTED_LATENESS / _EXPECTED_DRIFT) ** 2)
    return around, middle, slope
