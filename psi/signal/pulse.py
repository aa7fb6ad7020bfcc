"""Rectangular pulses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from psi.signal.ramp import n_samples_of


def pulse(fs: float, duration: float, amplitude: float = 1.0) -> NDArray[np.float64]:
    """``amplitude`` for ``duration`` s at ``fs`` samples/s, shape ``(n_samples,)``; at least one sample."""
    return np.full(max(n_samples_of(fs, duration), 1), float(amplitude))
