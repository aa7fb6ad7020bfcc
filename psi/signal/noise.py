"""Gaussian noise that can be had again: frozen tokens and an endless signal by sample index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from psi.signal.level import scaled_to_rms
from psi.signal.ramp import n_samples_of, ramped

#: Samples that :func:`noise` draws from one generator.
NOISE_BLOCK = 4096


def frozen_noise(
    fs: float, duration: float, seed: int, rms: float = 1.0, ramp_duration: float = 0.0
) -> NDArray[np.float64]:
    """White noise, shape ``(n_samples,)``, the same for the same ``seed``.

    ``fs`` in samples/s, durations in s. ``rms`` is the root mean square of the token before its
    cosine-squared ramps, exactly, in the unit of the result.
    """
    drawn = np.random.default_rng(seed).standard_normal(n_samples_of(fs, duration))
    return ramped(scaled_to_rms(drawn, rms), fs, ramp_duration)


def noise(s0: int, n: int, seed: int, rms: float = 1.0) -> NDArray[np.float64]:
    """Samples ``s0 .. s0 + n`` of endless white noise, shape ``(n,)``, the same however they are asked for."""
    if n <= 0:
        return np.empty(0)
    blocks = range(s0 // NOISE_BLOCK, (s0 + n - 1) // NOISE_BLOCK + 1)
    drawn = [np.random.default_rng([seed, block]).standard_normal(NOISE_BLOCK) for block in blocks]
    start = s0 - blocks[0] * NOISE_BLOCK
    return np.concatenate(drawn)[start : start + n] * rms
