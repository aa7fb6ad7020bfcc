"""Players of digital lines: pulses and levels, by samples where the line has a clock, else on demand."""

from __future__ import annotations

import bisect
import math

import numpy as np
from numpy.typing import NDArray

from psi.outputs.player import OutputPort, Player


class LinePlayer(Player):
    """Pulses of a digital line, timed by samples where the line has a clock, on demand where it has none."""

    def __init__(self, name: str, port: OutputPort, duration: float) -> None:
        super().__init__(name, port)
        self.duration = duration
        self._pulses: list[tuple[int, int]] = []
        self._high_until = -math.inf
        self._high = False

    @property
    def pulsing(self) -> bool:
        return self._high

    def fire(self, at: float | None = None, duration: float | None = None) -> int:
        """One pulse at time ``at`` in s (``None``: now) of ``duration`` s (``None``: as declared).

        Returns the sample at which it will begin; -1 where the line has no sample clock.
        """
        duration = self.duration if duration is None else duration
        if self.port.fs == 0:
            if at is not None and at > self.port.clock.now():
                self.port.call_at(at, lambda: self._raise_line(duration), False)
            else:
                self._raise_line(duration)
            return -1
        with self._lock:
            s0 = self._earliest(at)
            end = s0 + max(1, round(duration * self.port.fs))
            self._pulses.append((s0, end))
        self._played(s0, end, {"duration": duration})
        return s0

    def _raise_line(self, duration: float) -> None:
        now = self.port.clock.now()
        self.port.write_line(1.0)
        self._high = True
        self._high_until = max(self._high_until, now + duration)
        self.port.record(
            {
                "kind": "output",
                "name": self.name,
                "time": now,
                "sample": -1,
                "end_sample": -1,
                "fs": 0.0,
                "info": {"duration": duration},
            }
        )
        self.port.announce(f"{self.name}_start", now, -1)
        self.port.call_at(now + duration, self._lower_line, True)

    def _lower_line(self) -> None:
        now = self.port.clock.now()
        if now < self._high_until:  # fired again meanwhile; the later pulse's end lowers it
            return
        self.port.write_line(0.0)
        self._high = False
        self.port.announce(f"{self.name}_end", now, -1)

    def silent(self, s0: int, n: int) -> bool:
        return not self._pulses

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        samples = np.zeros(n)
        with self._lock:
            for start, end in self._pulses:
                samples[max(0, start - s0) : max(0, end - s0)] = 1.0
            self._pulses = [pulse for pulse in self._pulses if pulse[1] > s0]
        return samples


class TogglePlayer(Player):
    """A digital line that stays as it was set."""

    def __init__(self, name: str, port: OutputPort, initially_high: bool) -> None:
        super().__init__(name, port)
        self.high = initially_high
        # Ordered by sample, so that what is asked for last may happen first.
        self._changes: list[tuple[int, float]] = [(0, float(initially_high))]

    def begin(self) -> None:
        """Put the line to its initial level; the run calls it when the engine has started."""
        if self.port.fs == 0:
            self.port.write_line(float(self.high))

    def set_high(self, at: float | None = None) -> int:
        """Raise the line at time ``at`` in s (``None``: now); returns the sample, -1 without a sample clock."""
        return self._set(True, at)

    def set_low(self, at: float | None = None) -> int:
        """Lower the line at time ``at`` in s (``None``: now); returns the sample, -1 without a sample clock."""
        return self._set(False, at)

    def _set(self, high: bool, at: float | None) -> int:
        if self.port.fs == 0 and at is not None and at > self.port.clock.now():
            self.port.call_at(at, lambda: self._set_and_forget(high), False)
            return -1
        changed = high != self.high
        self.high = high
        sample, time = -1, self.port.clock.now()
        if self.port.fs == 0:
            self.port.write_line(float(high))
        else:
            with self._lock:
                sample = self._earliest(at)
                index = bisect.bisect_right(self._changes, sample, key=lambda change: change[0])
                changed = high != bool(self._changes[index - 1][1])
                self._changes.insert(index, (sample, float(high)))
            time = sample / self.port.fs
        row = {"kind": "output", "name": self.name, "time": time, "sample": sample, "end_sample": -1}
        self.port.record({**row, "fs": self.port.fs, "info": {"level": int(high)}})
        if changed:
            self.port.announce(f"{self.name}_{'start' if high else 'end'}", time, sample)
        return sample

    def _set_and_forget(self, high: bool) -> None:
        self._set(high, None)

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        samples = np.empty(n)
        with self._lock:
            before = [change for change in self._changes if change[0] <= s0]
            self._changes = before[-1:] + [change for change in self._changes if change[0] > s0]
            samples[:] = self._changes[0][1]
            for start, level in self._changes:
                samples[max(0, start - s0) :] = level
        return samples
