"""A line's level over time, scheduled ahead by whoever works it."""

from __future__ import annotations

import bisect
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Levels:
    """Changes of one sensor's level (0 or 1) by time."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._values: list[float] = []
        self._before = 0.0

    def set(self, time: float, high: bool) -> None:
        """The level from ``time`` s on; what was scheduled at or after ``time`` is forgotten."""
        index = bisect.bisect_left(self._times, time)
        del self._times[index:], self._values[index:]
        self._times.append(time)
        self._values.append(float(high))

    def read(self, s0: int, n: int, fs: float) -> NDArray[Any] | float:
        """The level at samples ``s0 .. s0 + n``; one number where it does not change."""
        while self._times and _first_sample(self._times[0], fs) <= s0:
            self._before = self._values[0]
            del self._times[0], self._values[0]
        if not self._times or _first_sample(self._times[0], fs) >= s0 + n:
            return self._before
        samples = np.full(n, self._before)
        for time, value in zip(self._times, self._values, strict=True):
            first = _first_sample(time, fs) - s0
            if first >= n:
                break
            samples[first:] = value
        return samples


def _first_sample(time: float, fs: float) -> int:
    """Index of the first sample at or after ``time`` s."""
    # Times come from sample indices divided by a rate; a millionth of a sample is rounding.
    return math.ceil(time * fs - 1e-6)
