"""Onsets and offsets without a click."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def n_samples_of(fs: float, duration: float) -> int:
    """Number of samples, at ``fs`` samples/s, nearest to ``duration`` in s."""
    return round(fs * duration)


def cosine_squared(n: int) -> NDArray[np.float64]:
    """The rising half of a cosine-squared ramp, shape ``(n,)``, from just above 0 to just below 1.

    Samples lie at the middle of their intervals, so that a falling ramp is the mirror of the rising
    one and the two add up to 1.
    """
    return np.asarray(np.sin((np.arange(n) + 0.5) * (np.pi / 2) / max(n, 1)) ** 2)


def ramped(data: NDArray[np.float64], fs: float, ramp_duration: float) -> NDArray[np.float64]:
    """``data``, shape ``(n_samples,)``, with cosine-squared ramps of ``ramp_duration`` s at both ends.

    Ramps longer than half of it meet in the middle.
    """
    n = min(n_samples_of(fs, ramp_duration), len(data) // 2)
    result = data.copy()
    if n:
        rise = cosine_squared(n)
        result[:n] *= rise
        result[-n:] *= rise[::-1]
    return result
