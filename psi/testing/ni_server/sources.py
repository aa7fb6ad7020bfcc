"""What an input hears that no wire leads to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from psi.core.errors import ConfigurationError
from psi.engines.signal_file import read_signal
from psi.signal.electrocardiogram import synthetic_ecg
from psi.testing.ni_server.grid import Grid, SampleClock
from psi.testing.ni_server.lines import NO_EDGES, Edges, Signal, Values


@dataclass(frozen=True, slots=True)
class Sine:
    #: V, Hz.
    amplitude: float = 1.0
    frequency: float = 100.0

    def at(self, grid: Grid) -> Values:
        return self.amplitude * np.sin((2 * math.pi * self.frequency) * grid.times())

    def edges(self, start: int, stop: int) -> Edges:
        return _edges_of_wave(self.frequency, start, stop)


@dataclass(frozen=True, slots=True)
class Square:
    """Between 0 and ``amplitude``, the first half of each period high."""

    #: V (1 for a digital line), Hz.
    amplitude: float = 1.0
    frequency: float = 1.0

    def at(self, grid: Grid) -> Values:
        return np.where((self.frequency * grid.times()) % 1.0 < 0.5, self.amplitude, 0.0)

    def edges(self, start: int, stop: int) -> Edges:
        return _edges_of_wave(self.frequency, start, stop)


class Recorded:
    """Samples that repeat without end, from the clock's zero on."""

    def __init__(self, samples: NDArray[np.float64], fs: float, gain: float = 1.0) -> None:
        self._samples = samples * gain
        self._fs = fs
        self._clock = SampleClock(0, 1, max(1, round(1e9 / fs)))

    def at(self, grid: Grid) -> Values:
        return self._samples[np.floor(grid.times() * self._fs).astype(np.int64) % len(self._samples)]

    def edges(self, start: int, stop: int) -> Edges:
        clock = self._clock
        k0, k1 = clock.count(start) - 1, clock.count(stop)
        if k1 - k0 < 2:
            return NO_EDGES
        high = self._samples[np.arange(k0, k1) % len(self._samples)] > 0.5
        changed = np.flatnonzero(high[1:] != high[:-1]) + 1
        return (k0 + changed) * clock.den, high[changed]


def _edges_of_wave(frequency: float, start: int, stop: int) -> Edges:
    half = 0.5e9 / frequency
    steps = np.arange(math.floor(start / half) + 1, math.floor(stop / half) + 1)
    return np.ceil(steps * half).astype(np.int64), steps % 2 == 0


def parse_source(text: str) -> Signal:
    """'sine:1.0:440' (V, Hz), 'square:1:2', 'ecg', 'file:PATH:FS[:GAIN]' -> what is heard.

    Raises ``ConfigurationError`` for anything else.
    """
    kind, *values = text.split(":")
    try:
        match kind:
            case "sine":
                return Sine(*map(float, values))
            case "square":
                return Square(*map(float, values))
            case "ecg":
                gain = float(values[0]) if values else 1.0
                return Recorded(synthetic_ecg(1000.0, 60.0, np.random.default_rng(0)), 1000.0, gain)
            case "file":
                path, fs, *gain_text = values
                return Recorded(read_signal(Path(path)).samples[0], float(fs), *map(float, gain_text))
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{text!r} is no source ({error}); write sine:V:HZ, square:V:HZ, ecg[:V_PER_MV] or file:PATH:FS[:GAIN]",
            "--source",
        ) from error
    raise ConfigurationError(f"no source {kind!r}; there are sine, square, ecg and file", "--source")
