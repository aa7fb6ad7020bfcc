"""What output tasks give to their terminals: buffered samples, or a counter's pulses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from nidaqmx.constants import ChannelType, Level
from nidaqmx.error_codes import DAQmxErrors
from numpy.typing import NDArray

from psi.testing.ni_server.channels import VirtualChannel
from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.grid import SampleClock
from psi.testing.ni_server.history import History
from psi.testing.ni_server.lines import Line, Pulses, Sampled, Steady


class SampleBuffer:
    """The samples of a hardware-timed output task, from the write to the terminal."""

    def __init__(self, lines: Sequence[Line], channels: Sequence[VirtualChannel], size: int, regenerate: bool) -> None:
        product = channels[0].device.product
        analog = channels[0].type is ChannelType.ANALOG_OUTPUT
        self._lines = lines
        self._delay = product.ao_filter_delay if analog else 0
        self.regenerate = regenerate
        #: Samples per channel that fit, on top of what the card holds.
        self.size = size
        #: Samples per channel on the card: they can no longer be changed.
        self.fifo = product.output_fifo // len(channels)
        self.history = History(len(lines), np.float64 if analog else np.uint8)
        #: Index of the next sample that is written where nothing else is said.
        self.position = 0
        self._sampled: list[Sampled] = []
        self.clock: SampleClock | None = None
        #: Samples of a finite generation; None without end.
        self.total: int | None = None

    @property
    def end(self) -> int:
        """Samples written."""
        return self.history.end

    def begin(self, clock: SampleClock, total: int | None) -> None:
        self.clock, self.total = clock, total
        self._sampled = [
            Sampled(self.history, row, clock, self._delay, line.middle) for row, line in enumerate(self._lines)
        ]
        for line, sampled in zip(self._lines, self._sampled, strict=True):
            sampled.period = self.end if self.regenerate else 0
            sampled.last = None if total is None else total - 1
            line.drive(clock.time_of(self._delay), sampled)

    def generated(self, now: int) -> int:
        """Samples that have left the converter."""
        if self.clock is None:
            return 0
        n = self.clock.count(now)
        if self.total is not None:
            n = min(n, self.total)
        return n if self.regenerate else min(n, self.end)

    def transferred(self, now: int) -> int:
        """Samples that have left the buffer for the card."""
        if self.clock is None:
            return 0
        n = self.generated(now) + self.fifo
        return n if self.regenerate else min(n, self.end)

    def dry_at(self) -> int | None:
        """When the card wants a sample that nobody wrote."""
        if self.clock is None or self.regenerate or (self.total is not None and self.end >= self.total):
            return None
        return self.clock.time_of(self.end)

    def space(self, now: int) -> int:
        if self.regenerate:
            return max(0, self.size - self.position)
        return max(0, self.size - (self.position - self.transferred(now)))

    def write(self, samples: NDArray[Any], position: int) -> None:
        """Put samples at ``position``, at or before the end of what is written."""
        over = min(samples.shape[1], self.end - position)
        if over > 0:
            self.history.replace(position, samples[:, :over])
        if over < samples.shape[1]:
            self.history.append(samples[:, max(over, 0) :])
        self.position = position + samples.shape[1]

    def forget_before(self, time: int) -> None:
        if self.clock is not None and not self.regenerate:
            self.history.drop_before(self.clock.count(time) - 1 - self._delay)

    def stop(self, now: int) -> None:
        """The level of the last sample is held."""
        if self.clock is None:
            return
        for sampled in self._sampled:
            sampled.last = max(0, self.generated(now) - 1)
        self.clock = None


class PulseTrain:
    """A counter output task."""

    def __init__(self, line: Line, channel: VirtualChannel) -> None:
        self._line = line
        self._settings = channel.settings
        self._idle = 0.0
        #: Nanoseconds.
        self.period = 0
        self.pulses: Pulses | None = None

    def begin(self, time: int, n: int | None) -> None:
        """Start ``n`` pulses (None: without end) at ``time``, after the initial delay."""
        settings = self._settings
        self._idle = 1.0 if settings["CO_PULSE_IDLE_STATE"] == Level.HIGH.value else 0.0
        low, high = _ticks(settings["CO_PULSE_LOW_TIME"]), _ticks(settings["CO_PULSE_HIGH_TIME"])
        active, rest = (low, high) if self._idle else (high, low)
        delay = round(settings["CO_PULSE_TIME_INITIAL_DELAY"] * 1e9)
        self.period = low + high
        self.pulses = Pulses(time + delay, active, rest, n or 0, self._idle)
        self._line.drive(time, self.pulses)

    def count(self, time: int) -> int:
        """Pulses since the start."""
        return self.pulses.count(time) if self.pulses is not None else 0

    def stop(self, now: int) -> None:
        if self.pulses is not None:
            self._line.drive(now, Steady(self._idle))
        self.pulses = None


def _ticks(seconds: float) -> int:
    """Nanoseconds in whole ticks of the 100 MHz timebase, two at least. Raises ``DaqFault`` -200077 below that."""
    ticks = round(seconds * 1e8)
    if not 2 <= ticks < 2**32:
        raise DaqFault(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
            f"Property: CO.Pulse.HighTime\nRequested Value: {seconds:g} s\nPossible: 20 ns to 42.9 s",
        )
    return ticks * 10
