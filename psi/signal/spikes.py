"""Spikes: where a signal crosses a threshold, with the waveform around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from psi.signal.windows import Window, WindowCutter

#: Most samples of each channel that its noise is estimated from: to about 1 %, and in milliseconds for 16 channels.
MAX_NOISE_SAMPLES = 10_000

POLARITIES = ("negative", "positive", "both")
ALIGNS = ("crossing", "peak")


class Spike(NamedTuple):
    """One spike of one channel."""

    channel: int
    #: Absolute index that it is aligned to: of the crossing or of the peak.
    sample: int
    #: Absolute index of the waveform's first sample.
    s0: int
    #: Shape ``(1, n_samples)``.
    waveform: NDArray[np.float64]
    #: Value at the peak, with its sign.
    amplitude: float
    positive: bool


def noise_deviation(data: NDArray[Any]) -> NDArray[np.float64]:
    """The standard deviation of the noise in each row, of which spikes change little.

    median(|x|) / 0.6745, for noise around 0 (Quian Quiroga, Nadasdy & Ben-Shaul 2004, Neural Comput 16:1661).
    ``data`` has shape ``(n_channels, n_samples)``; the result ``(n_channels,)``.
    """
    return np.asarray(np.median(np.abs(data), axis=1) / 0.6745, np.float64)


@dataclass(frozen=True)
class SpikeSettings:
    """What counts as a spike, in samples."""

    polarity: str
    #: From a crossing on, no other of the same channel counts; the peak is looked for in them.
    n_dead: int
    #: Samples of waveform before the sample that it is aligned to, and from it on.
    n_pre: int
    n_post: int
    align: str
    #: In the signal's unit, above 0; with ``None`` it is ``n_sd`` deviations of the noise in the first
    #: ``n_baseline`` samples, in which no spike is looked for; of many, every so many-th is used.
    threshold: float | None
    n_sd: float = 0.0
    n_baseline: int = 0


class SpikeDetector:
    """Finds spikes on each channel by itself.

    A spike begins where a sample lies beyond the threshold and the one before it did not; the first sample of all
    begins none. Its peak is the most extreme sample in its dead time, the first of equals. A channel whose noise
    is 0 has no spikes.
    """

    def __init__(self, n_channels: int, settings: SpikeSettings) -> None:
        self.settings = settings
        #: In the signal's unit, shape ``(n_channels,)``; ``None`` until the baseline is complete.
        self.thresholds: NDArray[np.float64] | None = None
        self._n_baseline = 0
        self._baseline: NDArray[np.float64] | None = None
        if settings.threshold is not None:
            self.thresholds = np.full(n_channels, settings.threshold)
        else:
            self._stride = -(-settings.n_baseline // MAX_NOISE_SAMPLES)
            self._baseline = np.empty((n_channels, -(-settings.n_baseline // self._stride)))
        #: Spikes so close to the first sample that their waveform is not there.
        self.n_cut = 0
        self._last: NDArray[Any] | None = None
        self._free_from = [0] * n_channels
        self._n_search = max(1, settings.n_dead)
        # A peak may come late in the search, and its waveform lies after it.
        self._n_after = settings.n_post + (self._n_search - 1 if settings.align == "peak" else 0)
        self._cutter = WindowCutter(n_channels, "float64", settings.n_pre)

    @property
    def waiting(self) -> list[int]:
        """Samples of the crossings whose waveform is not complete."""
        return [window.tag[0] for window in self._cutter.windows]

    @property
    def hold_back(self) -> int:
        """Samples from a crossing to the last one that its spike needs."""
        return max(self._n_after, self._n_search) - 1

    def process(self, data: NDArray[Any], s0: int) -> list[Spike]:
        """The spikes that are complete with ``data``, shape ``(n_channels, n_samples)``, whose first sample is ``s0``.

        Ordered by crossing, then channel.
        """
        self._cutter.expect(s0)
        rest, rest_s0 = self._estimate(data, s0)
        if self.thresholds is not None and rest.shape[1]:
            for sample, channel, positive in self._crossings(rest, rest_s0, self.thresholds):
                self._open(sample, channel, positive)
        return [self._spike(window) for window in self._cutter.push(data)]

    def _estimate(self, data: NDArray[Any], s0: int) -> tuple[NDArray[Any], int]:
        """Take what the baseline needs; what is left of ``data``."""
        if self._baseline is None:
            return data, s0
        n = min(data.shape[1], self.settings.n_baseline - self._n_baseline)
        used = data[:, -self._n_baseline % self._stride : n : self._stride]
        at = -(-self._n_baseline // self._stride)
        self._baseline[:, at : at + used.shape[1]] = used
        self._n_baseline += n
        if self._n_baseline == self.settings.n_baseline:
            deviation = noise_deviation(self._baseline)
            self.thresholds = np.where(deviation > 0, self.settings.n_sd * deviation, np.inf)
            self._last = data[:, n - 1 : n].copy()
            self._baseline = None
        return data[:, n:], s0 + n

    def _crossings(self, data: NDArray[Any], s0: int, thresholds: NDArray[np.float64]) -> list[tuple[int, int, bool]]:
        """Sample, channel and sign of each crossing that counts, in that order."""
        before = data[:, :1] if self._last is None else self._last
        self._last = data[:, -1:].copy()
        level = thresholds[:, np.newaxis]
        found: list[tuple[int, int, bool]] = []
        for positive in (False, True):
            if self.settings.polarity == ("negative" if positive else "positive"):
                continue
            beyond = data > level if positive else data < -level
            if not beyond.any():
                continue
            begins = beyond.copy()
            begins[:, 1:] &= ~beyond[:, :-1]
            begins[:, :1] &= ~(before > level if positive else before < -level)
            channels, samples = np.nonzero(begins)
            found += [
                (sample + s0, channel, positive)
                for sample, channel in zip(samples.tolist(), channels.tolist(), strict=True)
            ]
        return sorted(found)

    def _open(self, sample: int, channel: int, positive: bool) -> None:
        if sample < self._free_from[channel]:
            return
        self._free_from[channel] = sample + self._n_search
        begin = sample - self.settings.n_pre
        if begin < self._cutter.oldest:
            self.n_cut += 1
            return
        end = sample + self.hold_back + 1
        self._cutter.open(begin, end, end, (sample, channel, positive), slice(channel, channel + 1))

    def _spike(self, window: Window) -> Spike:
        crossing, channel, positive = window.tag
        settings, data = self.settings, window.samples
        searched = data[0, settings.n_pre : settings.n_pre + self._n_search]
        peak = int(np.nanargmax(searched) if positive else np.nanargmin(searched))
        shift = peak if settings.align == "peak" else 0
        waveform = data[:, shift : shift + settings.n_pre + settings.n_post].copy()
        sample = crossing + shift
        return Spike(channel, sample, sample - settings.n_pre, waveform, float(searched[peak]), positive)
