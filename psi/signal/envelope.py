"""The envelope of a signal: rectified and smoothed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.signal.sos_filter import SosFilter

RECTIFIERS = ("full", "half", "square")


class EnvelopeFollower:
    """Rectifies, smooths with a causal low-pass, and takes the root where it had squared.

    Parameters
    ----------
    sos
        The low-pass as second-order sections, with a gain of 1 at 0 Hz.
    rectify
        'full': ``|x|``; 'half': ``max(x, 0)``; 'square': ``x**2``, with the root after smoothing, the sliding RMS.
    start
        As of :class:`~psi.signal.sos_filter.SosFilter`, for the rectified signal.
    """

    def __init__(self, sos: NDArray[np.float64], rectify: str = "full", start: str = "steady") -> None:
        self._smooth = SosFilter(sos, start)
        self._rectify = rectify

    def process(self, data: NDArray[Any]) -> NDArray[np.float64]:
        """The envelope of ``data``, both of shape ``(n_channels, n_samples)``, in its unit."""
        data = data.astype(np.float64, copy=False)
        if self._rectify == "half":
            return self._smooth.process(np.maximum(data, 0))
        if self._rectify == "full":
            return self._smooth.process(np.abs(data))
        # A low-pass may undershoot below 0, which has no root.
        return np.sqrt(np.maximum(self._smooth.process(data * data), 0))
