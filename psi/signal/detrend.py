"""Trends taken out of a piece of signal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS = ("constant", "linear")


def detrend(data: NDArray[Any], kind: str = "linear") -> NDArray[np.float64]:
    """``data`` without the mean of each row, or without the line that fits it best; as :func:`scipy.signal.detrend`.

    With the samples' numbers u counted from their middle, the line of row x is mean(x) + u Σ(u x) / Σ(u²).
    ``data`` has shape ``(n_channels, n_samples)`` and stays as it is.
    """
    # The mean first: an offset that is large beside the signal would cost digits in the slope.
    result = data - data.mean(axis=1, dtype=np.float64, keepdims=True)
    n = data.shape[1]
    if kind == "linear" and n > 1:
        u = np.arange(n) - (n - 1) / 2
        slope = (result @ u) / (u @ u)
        result -= slope[:, np.newaxis] * u
    return np.asarray(result, np.float64)
