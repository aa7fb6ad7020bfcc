"""The level of a sound, as a sound level meter reads it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.signal.filter_downsample import FilterDownsampler
from psi.signal.sos_filter import SosFilter
from psi.signal.weighting import weighting_sos

#: Time weightings of IEC 61672-1:2013 in s: F and S.
TIME_WEIGHTINGS = {"fast": 0.125, "slow": 1.0}
#: Time constants until a transient has fallen by 60 dB.
TO_SETTLE = math.log(1000)


class SoundLevelMeter:
    """Weights by frequency, squares, averages exponentially, keeps every q-th value, in dB.

    ``L = 10 log10(E / reference**2)`` with ``E[n] = a E[n-1] + (1 - a) x_w[n]**2`` and ``a = exp(-1 / (fs tau))``
    (IEC 61672-1:2013, 3.7), from silence: it begins with ``E = 0``. The level of 0 is minus infinity.

    Parameters
    ----------
    fs, q
        Samples/s of what is read, and which of them are given: those whose index is a multiple of ``q``.
    time_constant
        tau in s.
    weighting
        'A', 'C' or 'Z' (none).
    reference
        RMS at 0 dB, in the unit of the samples.
    """

    def __init__(self, fs: float, q: int, time_constant: float, weighting: str, reference: float) -> None:
        # From a state of 0, a weighting has nothing that could ring.
        self._weight = SosFilter(weighting_sos(weighting, fs), "zero") if weighting != "Z" else None
        new = -math.expm1(-1 / (fs * time_constant))
        self._average = FilterDownsampler(np.array([[new, 0, 0, 1, new - 1, 0]]), q, "zero")
        self._square = reference**2

    def process(self, data: NDArray[Any], s0: int) -> tuple[NDArray[np.float64], int]:
        """Levels in dB, shape ``(n_channels, n_kept)``, and the index of the first; as of ``FilterDownsampler``."""
        weighted = data.astype(np.float64) if self._weight is None else self._weight.process(data)
        mean_square, first = self._average.process(weighted * weighted, s0)
        with np.errstate(divide="ignore"):
            # Rounding may leave less than nothing after a loud sound has ended.
            return 10 * np.log10(np.maximum(mean_square, 0) / self._square), first
