"""Fewer samples a second: every q-th one, with or without a filter against folding."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.signal.filter_downsample import FilterDownsampler
from psi.signal.iir import IIRDesign, IIRSettings

#: Order and pass-band ripple (dB) of the filter against folding, and its edge as a share of the new Nyquist rate:
#: those of scipy.signal.decimate.
ANTIALIAS_ORDER, ANTIALIAS_RIPPLE, ANTIALIAS_EDGE = 8, 0.05, 0.8


def downsample(data: NDArray[Any], s0: int, q: int) -> tuple[NDArray[Any], int]:
    """The samples of ``data`` whose absolute index is a multiple of ``q``.

    Parameters
    ----------
    data
        Shape ``(n_channels, n_samples)``.
    s0
        Absolute index of the first sample.
    q
        Keep every q-th sample.

    Returns
    -------
    kept, s0
        A view of ``data``, shape ``(n_channels, n_kept)``, and the index of its first sample at
        the new rate: sample ``k`` of the result is sample ``k * q`` of the signal, however it
        arrives in chunks.
    """
    first = -(-s0 // q)
    return data[:, first * q - s0 :: q], first


def antialias_settings(q: int, fs: float) -> IIRSettings:
    """The filter of :func:`scipy.signal.decimate`: Chebyshev type I of order 8, 0.05 dB, at 0.8 of the new Nyquist."""
    return IIRSettings(
        ANTIALIAS_ORDER, "lowpass", "cheby1", f_lowpass=ANTIALIAS_EDGE * fs / (2 * q), rp=ANTIALIAS_RIPPLE
    )


class Decimator:
    """Filters against folding, then keeps every q-th sample.

    ``q = 1`` keeps the signal as it is, since nothing can fold. The filter's ripple lies below
    the pass band's level, so an offset is scaled by -0.05 dB.
    """

    def __init__(self, q: int, fs: float, start: str = "steady") -> None:
        self.design: IIRDesign | None = antialias_settings(q, fs).design(fs) if q > 1 else None
        self._filter = FilterDownsampler(self.design.sos, q, start) if self.design else None

    def process(self, data: NDArray[Any], s0: int) -> tuple[NDArray[np.float64], int]:
        """As :func:`downsample`, of the filtered ``data``, in float64."""
        return self._filter.process(data, s0) if self._filter else (data.astype(np.float64), s0)
