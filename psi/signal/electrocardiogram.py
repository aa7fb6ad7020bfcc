"""A synthetic electrocardiogram, for rigs without a heart.

Each beat is a sum of Gaussians, one for each of the waves P, Q, R, S and T, as in P. E. McSharry,
G. D. Clifford, L. Tarassenko and L. A. Smith, "A dynamical model for generating synthetic
electrocardiogram signals", IEEE Trans. Biomed. Eng. 50 (2003) 289-294, table I. Their equation
dz/dt = -sum a_i d_i exp(-d_i^2 / 2 b_i^2) integrates, at angular velocity w, to Gaussians of height
a_i b_i^2 / w; these are taken here as they are, scaled to an R wave of 1.2 mV.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from psi.signal.ramp import n_samples_of

#: Height of the R wave of a normal beat in mV.
R_HEIGHT = 1.2


class Wave(NamedTuple):
    """One Gaussian of a beat."""

    #: Distance from the R wave in s, at 60 beats/min.
    time: float
    #: Height in mV.
    height: float
    #: Standard deviation in s.
    width: float
    #: Whether its distance grows with the root of the interval between beats, as P and T do.
    stretches: bool = False


def _wave(theta: float, a: float, b: float, stretches: bool = False) -> Wave:
    # Angles of table I to times at 60 beats/min; the R wave has a = 30, b = 0.1.
    return Wave(theta / (2 * np.pi), R_HEIGHT * a * b**2 / (30 * 0.1**2), b / (2 * np.pi), stretches)


NORMAL_BEAT = (
    _wave(-np.pi / 3, 1.2, 0.25, stretches=True),
    _wave(-np.pi / 12, -5.0, 0.1),
    _wave(0.0, 30.0, 0.1),
    _wave(np.pi / 12, -7.5, 0.1),
    _wave(np.pi / 2, 0.75, 0.4, stretches=True),
)
#: A beat from the ventricle: wide, without a P wave, its T wave upside down.
PREMATURE_BEAT = (
    Wave(0.0, 1.3 * R_HEIGHT, 0.030),
    Wave(0.09, -0.4 * R_HEIGHT, 0.035),
    Wave(0.30, -0.3 * R_HEIGHT, 0.060),
)


class Beats(NamedTuple):
    """When a heart beats."""

    #: Times of the R waves in s, shape (n_beats,).
    times: NDArray[np.float64]
    #: Which of them come early, from the ventricle; shape (n_beats,).
    premature: NDArray[np.bool_]


def heart_beats(
    duration: float,
    rng: np.random.Generator,
    rate: float = 75.0,
    irregularity: float = 0.06,
    premature_probability: float = 0.05,
) -> Beats:
    """Beats from 0 to ``duration`` s at ``rate`` beats/min on average.

    The intervals vary with breathing (0.25 Hz) and at random, each by ``irregularity`` (as a share
    of the mean). A premature beat comes after 0.6 of an interval, and the next one after 1.4, as
    the heart's own clock goes on; two premature beats never follow each other.
    """
    mean = 60.0 / rate
    times = [mean * rng.uniform(0.3, 0.9)]
    premature = [False]
    while times[-1] < duration:
        early = bool(rng.random() < premature_probability) and not premature[-1]
        share = 1.4 if premature[-1] else 0.6 if early else 1.0
        breathing = np.sin(2 * np.pi * 0.25 * times[-1])
        interval = mean * float(np.exp(irregularity * (breathing + rng.standard_normal())))
        times.append(times[-1] + share * interval)
        premature.append(early)
    return Beats(np.array(times[:-1]), np.array(premature[:-1], dtype=bool))


def synthetic_ecg(
    fs: float,
    duration: float,
    rng: np.random.Generator,
    *,
    beats: Beats | None = None,
    noise: float = 0.02,
    wander: float = 0.1,
) -> NDArray[np.float64]:
    """An electrocardiogram in mV, shape ``(n_samples,)``.

    Parameters
    ----------
    fs
        Samples/s.
    duration
        Seconds.
    rng
        Draws the beats, where none are given, and the noise.
    beats
        When the heart beats; by default those of :func:`heart_beats`.
    noise
        RMS of white noise in mV.
    wander
        Height in mV of the base line's wander with breathing.
    """
    if beats is None:
        beats = heart_beats(duration, rng)
    n = n_samples_of(fs, duration)
    time = np.arange(n) / fs
    signal = wander * np.sin(2 * np.pi * 0.25 * time) + noise * rng.standard_normal(n)
    intervals = np.diff(beats.times, append=duration)
    before = 60.0 / 75.0
    for beat, premature, after in zip(beats.times, beats.premature, intervals, strict=True):
        for wave in PREMATURE_BEAT if premature else NORMAL_BEAT:
            interval = before if wave.time < 0 else after
            stretch = float(np.sqrt(interval)) if wave.stretches else 1.0
            centre = beat + wave.time * stretch
            first, last = np.clip(np.rint((centre + np.array([-5, 5]) * wave.width) * fs), 0, n).astype(int)
            near = time[first:last] - centre
            signal[first:last] += wave.height * np.exp(-0.5 * (near / wave.width) ** 2)
        before = after
    return signal
