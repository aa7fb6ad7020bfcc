"""What input channels measure at given instants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from nidaqmx.constants import AngleUnits, EncoderType
from numpy.typing import NDArray

from psi.testing.ni_server.channels import VirtualChannel
from psi.testing.ni_server.grid import Grid, SampleClock
from psi.testing.ni_server.history import History
from psi.testing.ni_server.lines import Signal


class Measurement(Protocol):
    #: Rows of what ``take`` gives.
    n_rows: int

    def begin(self, time: int) -> None:
        """The task starts at ``time``."""

    def take(self, clock: SampleClock, k0: int, n: int) -> NDArray[Any]:
        """Samples ``k0 .. k0 + n`` of ``clock``, shape ``(n_rows, n)``."""


class AnalogInput:
    """Codes of the converter; each channel at the same instant, also on a card that takes them in turn."""

    def __init__(self, channels: Sequence[VirtualChannel], signals: Sequence[Signal | None]) -> None:
        self.n_rows = len(channels)
        self._wired = [(row, signal) for row, signal in enumerate(signals) if signal is not None]
        self._delay = channels[0].device.product.ai_filter_delay
        bits = channels[0].device.product.bits
        self._dtype = np.int16 if bits <= 16 else np.int32
        self._most = 2 ** (bits - 1) - 1
        #: V of one code, shape (n_rows, 1).
        self.steps = np.array([[channel.step] for channel in channels])

    def begin(self, time: int) -> None:
        """Nothing is kept from sample to sample."""

    def take(self, clock: SampleClock, k0: int, n: int) -> NDArray[Any]:
        codes = np.zeros((self.n_rows, n), self._dtype)
        grid = Grid(clock, k0 - self._delay, n)
        for row, signal in self._wired:
            scaled = signal.at(grid) * (1 / self.steps[row, 0])
            np.rint(scaled, out=scaled)
            codes[row] = np.clip(scaled, -self._most - 1, self._most, out=scaled)
        return codes


class DigitalInput:
    """Levels, one row per line, in the order of the channels."""

    def __init__(self, channels: Sequence[VirtualChannel], signals: Sequence[Signal | None]) -> None:
        self.n_rows = sum(len(channel.terminals) for channel in channels)
        self._signals = signals

    def begin(self, time: int) -> None:
        """Nothing is kept from sample to sample."""

    def take(self, clock: SampleClock, k0: int, n: int) -> NDArray[Any]:
        levels = np.zeros((self.n_rows, n), np.bool_)
        grid = Grid(clock, k0, n)
        for row, signal in enumerate(self._signals):
            if signal is not None:
                levels[row] = signal.at(grid) > 0.5
        return levels


class CounterInput:
    """Edges counted, or the position of an encoder, since the task's start."""

    n_rows = 1

    def __init__(self, channel: VirtualChannel, a: Signal | None, b: Signal | None) -> None:
        self._settings = channel.settings
        self._signals = (a, b)
        self._history = History(1, np.int64)
        self._count = 0
        #: Time of the last look, in ns.
        self.counted_until = 0

    def begin(self, time: int) -> None:
        self._history = History(1, np.int64)
        self._count = int(self._settings.get("INITIAL", 0))
        self.counted_until = time - 1

    def take(self, clock: SampleClock, k0: int, n: int) -> NDArray[Any]:
        missing = k0 + n - self._history.end
        if missing > 0:
            first = self._history.end
            instants = np.array([clock.time_of(k) for k in range(first, first + missing)], np.int64)
            self._history.append(self._counted(instants)[np.newaxis])
        return self._history.between(0, k0, k0 + n)[np.newaxis].copy()

    def now(self, time: int) -> int:
        """The count at ``time``, without a sample clock."""
        return int(self._counted(np.array([time]))[0])

    def _counted(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        start, stop = self.counted_until, int(instants[-1])
        times, steps = self._encoder(start, stop) if "DECODING" in self._settings else self._counter(start, stop)
        counts = self._count + np.concatenate(([0], np.cumsum(steps)))[np.searchsorted(times, instants, side="right")]
        self._count, self.counted_until = int(counts[-1]), max(stop, start)
        return counts

    def _counter(self, start: int, stop: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        signal = self._signals[0]
        if signal is None:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        times, rising = signal.edges(start, stop)
        times = times[rising == self._settings["RISING"]]
        return times, np.full(len(times), -1 if self._settings["DOWN"] else 1)

    def _encoder(self, start: int, stop: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Quadrature: A leads B when it turns forward."""
        times: list[int] = []
        steps: list[int] = []
        levels = [bool(s is not None and _level(s, start)) for s in self._signals]
        found = [
            (int(t), which, bool(up))
            for which, signal in enumerate(self._signals)
            if signal is not None
            for t, up in zip(*signal.edges(start, stop), strict=True)
        ]
        decoding = self._settings["DECODING"]
        for time, which, up in sorted(found):
            levels[which] = up
            forward = (up != levels[1]) if which == 0 else (up == levels[0])
            counts = (
                decoding == EncoderType.X_4.value
                or (which == 0 and decoding == EncoderType.X_2.value)
                # X1 counts where A rises going forward, and where it falls going back.
                or (which == 0 and decoding == EncoderType.X_1.value and up == forward)
            )
            if counts:
                times.append(time)
                steps.append(1 if forward else -1)
        return np.array(times, np.int64), np.array(steps, np.int64)

    def scaled(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """In the channel's units: edges, degrees or radians, metres."""
        if "DECODING" not in self._settings:
            return counts.astype(np.float64)
        per_cycle = {EncoderType.X_1.value: 1, EncoderType.X_2.value: 2, EncoderType.X_4.value: 4}
        cycles = counts / per_cycle[self._settings["DECODING"]]
        if "PULSES_PER_REV" in self._settings:
            turn = 360.0 if self._settings["UNITS"] == AngleUnits.DEGREES.value else 2 * np.pi
            return self._settings["INITIAL_POSITION"] + cycles * turn / self._settings["PULSES_PER_REV"]
        return self._settings["INITIAL_POSITION"] + cycles * self._settings["DIST_PER_PULSE"]


def _level(signal: Signal, time: int) -> bool:
    return bool(signal.at(Grid(SampleClock(time, 1, 1), 0, 1))[0] > 0.5)
