"""Fewer samples a second: every q-th one, with or without a filter against folding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.signal.filter_downsample import FilterDownsampler
from psi.signal.iir import IIRDesign, IIRSettings
from psi.signal.settings import Fault, number_faults
from psi.signal.state_space import EXTENDED

#: Order and pass-band ripple (dB) of the filter against folding, and its edge as a share of the new Nyquist rate:
#: those of scipy.signal.decimate.
ANTIALIAS_ORDER, ANTIALIAS_RIPPLE, ANTIALIAS_EDGE = 8, 0.05, 0.8
#: How far, relatively, a rate may lie from the one that a whole number gives.
RATE_ROUNDING = 1e-9


def first_kept(s0: int, q: int) -> int:
    """Index at the new rate of the first sample at or after ``s0`` whose index is a multiple of ``q``."""
    return -(-s0 // q)


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
    first = first_kept(s0, q)
    return data[:, first * q - s0 :: q], first


def rate_faults(setting: str, wanted: Any, fs: float | None = None) -> list[Fault]:
    """The fault of a ``wanted`` rate that ``fs`` samples/s is no whole multiple of, within rounding."""
    faults = number_faults(setting, wanted, "samples/s", above=0)
    if faults or fs is None:
        return faults
    q = max(1, round(fs / wanted))
    if abs(fs / q - wanted) <= RATE_ROUNDING * wanted:
        return []
    allowed = sorted({fs / n for n in (int(fs / wanted), int(fs / wanted) + 1) if n})
    near = " or ".join(f"{rate:.9g}" for rate in allowed)
    return [Fault(setting, f"{setting} = {wanted:.9g} samples/s does not divide {fs:.9g} samples/s; use {near}")]


def antialias_settings(q: int, fs: float) -> IIRSettings:
    """The filter of :func:`scipy.signal.decimate`: Chebyshev type I of order 8, 0.05 dB, at 0.8 of the new Nyquist."""
    return IIRSettings(
        ANTIALIAS_ORDER, "lowpass", "cheby1", f_lowpass=ANTIALIAS_EDGE * fs / (2 * q), rp=ANTIALIAS_RIPPLE
    )


def antialias_design(q: int, fs: float) -> IIRDesign:
    """The filter of :func:`antialias_settings`, scaled to pass 0 Hz as it is: its ripple lies above that, not below.

    The gain at 0 Hz is that of the sections as they are rounded, which at a large ``q`` differs from the design's.
    """
    design = antialias_settings(q, fs).design(fs)
    sections = design.sos.astype(EXTENDED)
    gain = np.prod(sections[:, :3].sum(axis=1) / sections[:, 3:].sum(axis=1))
    sections[0, :3] /= gain
    return replace(design, sos=sections.astype(np.float64))


class Decimator:
    """Filters against folding, then keeps every q-th sample; an offset stays what it is.

    ``q = 1`` keeps the signal as it is, since nothing can fold.
    """

    def __init__(self, q: int, fs: float, start: str = "steady") -> None:
        self.design: IIRDesign | None = antialias_design(q, fs) if q > 1 else None
        self._filter = FilterDownsampler(self.design.sos, q, start) if self.design else None

    def process(self, data: NDArray[Any], s0: int) -> tuple[NDArray[np.float64], int]:
        """As :func:`downsample`, of the filtered ``data``, in float64."""
        return self._filter.process(data, s0) if self._filter else (data.astype(np.float64), s0)
