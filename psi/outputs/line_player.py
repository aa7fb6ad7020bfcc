"""Players of digital lines: pulses and levels, by samples where the line has a clock, else on demand."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from psi.core.errors import RunFault
from psi.outputs.player import OutputPort, Player


@dataclass
class Pulse:
    """One pulse of a line that has a sample clock."""

    start: int
    end: int
    #: First sample of the unbroken time high that it is part of.
    since: int


class LinePlayer(Player):
    """Pulses of a digital line, timed by samples where the line has a clock, on demand where it has none.

    No pulse is longer than ``max_duration`` s, and the line is never high for longer without a break: a pulse that
    joins one that goes on is cut there, and the audit says so.
    """

    def __init__(self, name: str, port: OutputPort, duration: float, max_duration: float = math.inf) -> None:
        super().__init__(name, port)
        self.duration = duration
        self.max_duration = max_duration
        self._pulses: list[Pulse] = []
        # On demand: until when a pulse of the paradigm, and one by hand, holds the line high; and since when it is.
        self._until = {"paradigm": -math.inf, "console": -math.inf}
        self._since = 0.0
        self._high = False

    @property
    def pulsing(self) -> bool:
        return self._high

    def fire(self, at: float | None = None, duration: float | None = None) -> int:
        """One pulse at time ``at`` in s (``None``: now) of ``duration`` s (``None``: as declared).

        Returns the sample at which it will begin; -1 where the line has no sample clock. Raises ``RunFault`` where
        the pulse is longer than the output's ``max_duration``.
        """
        duration = self.duration if duration is None else duration
        if duration > self.max_duration:
            raise RunFault(
                f"output {self.name!r} was asked for a pulse of {duration:g} s; its max_duration is "
                f"{self.max_duration:g} s: give a shorter one, or declare another max_duration"
            )
        if self.port.fs == 0:
            if at is not None and at > self.port.clock.now():
                self.port.call_at(at, lambda: self._raise_and_forget(duration), False)
            else:
                self.raise_line(duration)
            return -1
        pulse = self.place(at, duration)
        if pulse.end > pulse.start:
            self._played(pulse.start, pulse.end, {"duration": duration})
        return pulse.start

    # -- on demand ---------------------------------------------------------------------------

    def raise_line(self, duration: float, by: str = "paradigm") -> float:
        """Raise the line now, for ``duration`` s; returns for how many s, which are fewer where it joins a pulse."""
        now = self.port.clock.now()
        end = now + duration
        played = duration
        if self._high and end > self._since + self.max_duration:
            end = self._since + self.max_duration
            played = max(0.0, end - now)
            self.cut({"duration": duration, "played": played})
            if played == 0:
                return 0.0
        if not self._high:
            self._since = now
        if not self.port.write_pulse(max(end, *self._until.values()) - now):
            self.port.write_line(1.0)
        self._high = True
        self._until[by] = max(self._until[by], end)
        row = {"kind": "output", "name": self.name, "time": now, "sample": -1, "end_sample": -1, "fs": 0.0}
        self.port.record({**row, "info": pulse_info(duration, by)})
        self.port.announce(f"{self.name}_start", now, -1)
        self.port.call_at(end, self._lower_line, True)
        return played

    def _raise_and_forget(self, duration: float) -> None:
        self.raise_line(duration)

    def release(self) -> None:
        """End what holds the line high by hand; a pulse of the paradigm goes on to its end."""
        self._until["console"] = -math.inf
        self._lower_line()

    def _lower_line(self) -> None:
        now = self.port.clock.now()
        if not self._high or now < max(self._until.values()):  # fired again meanwhile; the later end lowers it
            return
        self.port.write_line(0.0)
        self._high = False
        self.port.announce(f"{self.name}_end", now, -1)

    def closed(self) -> None:
        if self._high:
            self._until = dict.fromkeys(self._until, -math.inf)
            self._high = False
            self.port.announce(f"{self.name}_end", self.port.clock.now(), -1)

    # -- by samples --------------------------------------------------------------------------

    def place(self, at: float | None, duration: float) -> Pulse:
        """Let the line be high for ``duration`` s from time ``at`` in s (``None``: as soon as can be), unreported.

        The pulse is empty where the line must not stay high for longer.
        """
        fs = self.port.fs
        with self._lock:
            start = self._earliest(at)
            since = min([start, *(other.since for other in self._pulses if other.start <= start <= other.end)])
            wanted = start + max(1, round(duration * fs))
            end = (
                wanted if self.max_duration == math.inf else min(wanted, since + max(1, round(self.max_duration * fs)))
            )
            pulse = Pulse(start, max(start, end), since)
            if pulse.end > start:
                self._pulses.append(pulse)
        if pulse.end < wanted:
            self.cut({"duration": duration, "sample": start, "end_sample": pulse.end})
        return pulse

    def report(self, pulse: Pulse, duration: float, by: str) -> Callable[[], None]:
        """Write the row of a pulse that was placed, and announce its events; returns what takes its end back."""
        return self._played(pulse.start, pulse.end, pulse_info(duration, by))

    def withdraw(self, pulse: Pulse) -> bool:
        """Take back what the hardware does not hold yet of a pulse; whether any of it is left."""
        with self._lock:
            pulse.end = min(pulse.end, max(pulse.start, self.port.committed()))
            if pulse.end == pulse.start and pulse in self._pulses:
                self._pulses.remove(pulse)
        return pulse.end > pulse.start

    def cut(self, info: dict[str, float]) -> None:
        """Write into the audit that a pulse is shorter than it was asked for."""
        now = self.port.clock.now()
        self.port.record({"kind": "audit", "time": now, "what": "cut", "name": self.name, "info": info})

    def silent(self, s0: int, n: int) -> bool:
        return not self._pulses

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        samples = np.zeros(n)
        with self._lock:
            for pulse in self._pulses:
                samples[max(0, pulse.start - s0) : max(0, pulse.end - s0)] = 1.0
            # One that ends where the next read begins may be joined there by another.
            self._pulses = [pulse for pulse in self._pulses if pulse.end >= s0]
        return samples


def pulse_info(duration: float, by: str) -> dict[str, float | str]:
    """What a pulse's row says beside its time; pulses by hand say whose hand it was."""
    return {"duration": duration} if by == "paradigm" else {"duration": duration, "by": by}


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

    def closed(self) -> None:
        if self.high:
            self.high = False
            self.port.announce(f"{self.name}_end", self.port.clock.now(), -1)

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        samples = np.empty(n)
        with self._lock:
            self._forget(s0)
            samples[:] = self._changes[0][1]
            since = None
            for start, level in self._changes:
                samples[max(0, start - s0) :] = level
                since = (start if since is None else since) if level else None
                if since is not None and self.port.max_on_time < math.inf:
                    cut = since + max(1, round(self.port.max_on_time * self.port.fs))
                    samples[max(0, cut - s0) :] = 0.0
        return samples

    def _forget(self, s0: int) -> None:
        """Let go of the changes before ``s0`` that make no difference; one that is high keeps since when it is."""
        n = sum(change[0] <= s0 for change in self._changes)
        first = max(0, n - 1)
        while first > 0 and self._changes[first - 1][1] == self._changes[first][1]:
            first -= 1
        self._changes = [self._changes[first], *self._changes[max(n, first + 1) :]]
