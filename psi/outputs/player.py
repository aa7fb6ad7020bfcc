"""Players: an output's state during one run. They give samples to the engine and report what they did."""

from __future__ import annotations

import bisect
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.core.clock import Clock
from psi.core.errors import RunFault
from psi.core.protocols import RowSink

#: Samples ``s0 .. s0 + n`` of a stimulus that goes on for ever.
Endless = Callable[[int, int], NDArray[np.float64]]


@dataclass(frozen=True)
class OutputPort:
    """What a player may ask of the run."""

    #: Reference of the channel.
    channel: str
    #: Samples per second; 0 for a line that is set on demand.
    fs: float
    clock: Clock
    #: First sample of the channel that can still be changed.
    committed: Callable[[], int]
    #: Sets the on-demand line now.
    write_line: Callable[[float], None]
    #: Posts an event at a time: name, time in s, sample (-1 for none). What it returns takes it back until then.
    announce: Callable[[str, float, int], Callable[[], None]]
    #: Calls a function at a time in s; the flag tells what ends something, and is done after Stop as well.
    call_at: Callable[[float, Callable[[], None], bool], None]
    record: RowSink


class Player:
    """Base: keeps what is scheduled, under a lock, since the engine reads from a thread of its own."""

    def __init__(self, name: str, port: OutputPort) -> None:
        self.name = name
        self.port = port
        self._lock = threading.Lock()

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        """Samples ``s0 .. s0 + n``, shape ``(n,)``, in the channel's unit."""
        raise RunFault(f"output {self.name!r} is set on demand and has no samples")

    def silent(self, s0: int, n: int) -> bool:
        """Whether ``s0 .. s0 + n`` are all zero, so that nothing needs to be added up."""
        return False

    @property
    def pulsing(self) -> bool:
        """Whether something has begun that must not be cut short."""
        return False

    def _earliest(self, at: float | None) -> int:
        """The sample for time ``at``, or the first that can still be changed; a late one is recorded."""
        committed = self.port.committed()
        if at is None:
            # Where the engine holds less in advance than a block, it has not committed up to now.
            return max(committed, math.ceil(self.port.clock.now() * self.port.fs - 1e-6))
        # Times come from sample indices divided by a rate; a millionth of a sample is rounding, not lateness.
        wanted = math.ceil(at * self.port.fs - 1e-6)
        if wanted < committed:
            late = committed - wanted
            info = {"asked_sample": wanted, "sample": committed, "late_samples": late, "late_s": late / self.port.fs}
            self.port.record(
                {"kind": "audit", "time": self.port.clock.now(), "what": "late", "name": self.name, "info": info}
            )
        return max(wanted, committed)

    def _played(self, s0: int, end: int, info: Mapping[str, Any]) -> Callable[[], None]:
        """Report what will be played; returns what takes the announced end back."""
        fs = self.port.fs
        self.port.record(
            {
                "kind": "output",
                "name": self.name,
                "time": s0 / fs,
                "sample": s0,
                "end_sample": end,
                "fs": fs,
                "info": dict(info),
            }
        )
        self.port.announce(f"{self.name}_start", s0 / fs, s0)
        return self.port.announce(f"{self.name}_end", end / fs, end)


class ContinuousPlayer(Player):
    """Plays an endless stimulus, or silence where it was given none."""

    def __init__(self, name: str, port: OutputPort) -> None:
        super().__init__(name, port)
        self._stimulus: Endless | None = None

    def load(self, stimulus: Endless | None) -> None:
        """Play ``stimulus`` from the first sample that can still be changed; ``None`` is silence."""
        with self._lock:
            self._stimulus = stimulus

    def silent(self, s0: int, n: int) -> bool:
        return self._stimulus is None

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        with self._lock:
            return np.zeros(n) if self._stimulus is None else self._stimulus(s0, n)


@dataclass(slots=True)
class _Epoch:
    s0: int
    waveform: NDArray[np.float64]
    #: Takes back the announced end, until it has happened.
    take_back_end: Callable[[], None] = lambda: None

    @property
    def end(self) -> int:
        return self.s0 + len(self.waveform)


class EpochPlayer(Player):
    """Plays its loaded waveform once for each start; overlapping epochs add up."""

    def __init__(self, name: str, port: OutputPort) -> None:
        super().__init__(name, port)
        self._waveform: NDArray[np.float64] | None = None
        self._info: Mapping[str, Any] = {}
        self._epochs: list[_Epoch] = []

    def load(self, waveform: NDArray[np.float64], info: Mapping[str, Any]) -> None:
        """Take the waveform, shape ``(n_samples,)`` in V, of the next starts; ``info`` goes into their rows."""
        self._waveform = waveform
        self._info = info

    def start(self, at: float | None = None) -> int:
        """Play one epoch at time ``at`` in s, or as soon as the hardware allows.

        Returns the sample at which it will begin. Raises ``RunFault`` where no stimulus was loaded.
        """
        if self._waveform is None:
            raise RunFault(f"output {self.name!r} was started without a stimulus; contribute a Tone or Noise for it")
        waveform = self._waveform
        with self._lock:
            s0 = self._earliest(at)
            epoch = _Epoch(s0, waveform)
            self._epochs.append(epoch)
        epoch.take_back_end = self._played(s0, s0 + len(waveform), self._info)
        return s0

    def stop(self) -> None:
        """Drop all that the hardware does not hold yet; the audit says where each epoch was cut."""
        with self._lock:
            cut = self.port.committed()
            stopped = [epoch for epoch in self._epochs if epoch.end > cut]
            for epoch in stopped:
                epoch.waveform = epoch.waveform[: max(0, cut - epoch.s0)]
            self._epochs = [epoch for epoch in self._epochs if len(epoch.waveform)]
        now = self.port.clock.now()
        for epoch in stopped:
            epoch.take_back_end()
            epoch.take_back_end = self.port.announce(f"{self.name}_end", epoch.end / self.port.fs, epoch.end)
            info = {"sample": epoch.s0, "end_sample": epoch.end}
            self.port.record({"kind": "audit", "time": now, "what": "cut", "name": self.name, "info": info})

    def silent(self, s0: int, n: int) -> bool:
        return all(epoch.s0 >= s0 + n or epoch.end <= s0 for epoch in self._epochs)

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        samples = np.zeros(n)
        with self._lock:
            for epoch in self._epochs:
                first, last = max(epoch.s0, s0), min(epoch.end, s0 + n)
                if first < last:
                    samples[first - s0 : last - s0] += epoch.waveform[first - epoch.s0 : last - epoch.s0]
            # What ends before here has been read for the last time: reads repeat only beyond what is committed.
            self._epochs = [epoch for epoch in self._epochs if epoch.end > s0]
        return samples


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


class Mixer:
    """A channel's supply: the sum of the players on it, which an engine may also read one by one."""

    def __init__(self, players: Mapping[str, Player]) -> None:
        self.players = players

    def read_parts(self, s0: int, n: int) -> dict[str, NDArray[np.float64]]:
        """Samples of each player that is not silent in ``s0 .. s0 + n``."""
        return {name: player.read(s0, n) for name, player in self.players.items() if not player.silent(s0, n)}

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        parts = list(self.read_parts(s0, n).values())
        if not parts:
            return np.zeros(n)
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total
