"""How fast a signal changes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Derivative:
    """First difference: ``y[k] = (x[k] - x[k - 1]) * fs``, and 0 for the first sample.

    A difference lies between two samples, so that it is half a sample late.
    """

    def __init__(self, fs: float) -> None:
        self._fs = fs
        #: Shape (n_channels, 1); made with the first sample.
        self._last: NDArray[np.float64] | None = None

    def process(self, data: NDArray[Any]) -> NDArray[np.float64]:
        """The next samples of the derivative, in the signal's unit per second, of the shape of ``data``."""
        changes = np.empty(data.shape)
        if data.shape[1] == 0:
            return changes
        # Whole numbers and levels first become numbers whose differences have a sign.
        samples = data.astype(np.float64, copy=False)
        before = samples[:, :1] if self._last is None else self._last
        np.subtract(samples[:, :1], before, out=changes[:, :1])
        np.subtract(samples[:, 1:], samples[:, :-1], out=changes[:, 1:])
        changes *= self._fs
        self._last = samples[:, -1:].copy()
        return changes
