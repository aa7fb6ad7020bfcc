"""Root mean square and decibels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def rms(data: NDArray[Any]) -> NDArray[np.float64]:
    """Root mean square over the last axis, in the unit of ``data``; of no samples it is 0."""
    if data.shape[-1] == 0:
        return np.zeros(data.shape[:-1])
    wide = data.astype(np.float64, copy=False)
    return np.asarray(np.sqrt(np.mean(wide * wide, axis=-1)))


def db(ratio: float) -> float:
    """Level in dB of a ratio of amplitudes, 20 log10; of 0 it is minus infinity."""
    with np.errstate(divide="ignore"):
        return float(20 * np.log10(ratio))


def dbi(level: float) -> float:
    """Ratio of amplitudes of a level in dB, the inverse of :func:`db`."""
    return float(10.0 ** (level / 20))


def scaled_to_rms(data: NDArray[np.float64], target: float) -> NDArray[np.float64]:
    """``data`` scaled so that its :func:`rms` over the last axis is ``target``; silence stays silence."""
    now = rms(data)[..., np.newaxis]
    return data * np.divide(target, now, out=np.zeros_like(now), where=now > 0)
