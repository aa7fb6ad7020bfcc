"""A recursive filter that goes on from chunk to chunk."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STARTS = ("steady", "zero")


class SosFilter:
    """Second-order sections in float64, with the state between chunks.

    Parameters
    ----------
    sos
        Sections, shape ``(n_sections, 6)``.
    start
        ``'steady'``: as if the first sample had always been there, so that an offset makes no
        transient. ``'zero'``: as if the signal had been 0 before.
    """

    def __init__(self, sos: NDArray[np.float64], start: str = "steady") -> None:
        from scipy.signal import sosfilt, sosfilt_zi  # late: it takes most of a second

        self.sos = sos
        self.start = start
        self._sosfilt = sosfilt
        self._steady = sosfilt_zi(sos) if start == "steady" else np.zeros((len(sos), 2))
        #: Shape (n_sections, n_channels, 2); made with the first sample.
        self._state: NDArray[np.float64] | None = None

    def process(self, data: NDArray[Any]) -> NDArray[np.float64]:
        """The filtered ``data``, both of shape ``(n_channels, n_samples)``; any ``n_samples``."""
        if data.shape[1] == 0:
            return np.empty(data.shape)
        if self._state is None:
            self._state = self._steady[:, np.newaxis, :] * data[np.newaxis, :, :1].astype(np.float64)
        filtered, self._state = self._sosfilt(self.sos, data, axis=-1, zi=self._state)
        return np.asarray(filtered)
