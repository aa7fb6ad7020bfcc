"""Pure tones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from psi.signal.ramp import n_samples_of, ramped


def sine(fs: float, s0: int, n: int, frequency: float, rms: float = 1.0, phase: float = 0.0) -> NDArray[np.float64]:
    """Samples ``s0 .. s0 + n`` of an endless sine, shape ``(n,)``, the same however they are asked for.

    ``fs`` in samples/s, ``frequency`` in Hz, ``phase`` in rad at sample 0; ``rms`` gives the unit.
    """
    index = np.arange(s0, s0 + n, dtype=np.float64)
    return np.asarray(np.sqrt(2) * rms * np.sin(index * (2 * np.pi * frequency / fs) + phase))


def tone(
    fs: float, duration: float, frequency: float, rms: float = 1.0, ramp_duration: float = 0.0, phase: float = 0.0
) -> NDArray[np.float64]:
    """A tone with cosine-squared ramps, shape ``(n_samples,)``.

    Parameters
    ----------
    fs
        Samples/s.
    duration, ramp_duration
        Seconds; the ramps lie within the duration.
    frequency
        Hz.
    rms
        Root mean square between the ramps, in the unit of the result.
    phase
        Radians at the first sample.
    """
    return ramped(sine(fs, 0, n_samples_of(fs, duration), frequency, rms, phase), fs, ramp_duration)
