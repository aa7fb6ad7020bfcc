"""What an output's terminal carries over time: the one thing that wires look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from psi.testing.ni_server.grid import Grid, SampleClock, indices
from psi.testing.ni_server.history import History

Values = NDArray[np.float64]
#: Times of edges in ns, ascending, and whether each rises.
Edges = tuple[NDArray[np.int64], NDArray[np.bool_]]

NO_EDGES: Edges = (np.empty(0, np.int64), np.empty(0, np.bool_))


class Signal(Protocol):
    """A level over time, in volts, or 0 and 1."""

    def at(self, grid: Grid) -> Values: ...

    def edges(self, start: int, stop: int) -> Edges:
        """Crossings of the middle, ``start`` < time <= ``stop``."""


@dataclass(frozen=True, slots=True)
class Steady:
    level: float

    def at(self, grid: Grid) -> Values:
        return np.full(grid.n, self.level)

    def edges(self, start: int, stop: int) -> Edges:
        return NO_EDGES


class Sampled:
    """A row of what a hardware-timed task generates; after its last sample the level is held."""

    def __init__(self, history: History, row: int, clock: SampleClock, delay: int, middle: float) -> None:
        self._history = history
        self._row = row
        self._clock = clock
        #: Samples from the write to the terminal: the converter's filter.
        self._delay = delay
        self._middle = middle
        #: Index of the last sample that was generated, once that is known.
        self.last: int | None = None
        #: Samples that repeat without end, where regeneration is on; 0 for none.
        self.period = 0

    def at(self, grid: Grid) -> Values:
        first, step, denominator = grid.index_in(self._clock, self._delay)
        last = self._history.end - 1 if self.last is None else self.last
        if self.period:
            index = np.clip(indices(first, step, denominator, grid.n), 0, self.last)
            return self._history.between(self._row, 0, self.period)[index % self.period]
        return self._history.take(self._row, first, step, denominator, grid.n, last)

    def edges(self, start: int, stop: int) -> Edges:
        clock = self._clock
        k0, k1 = clock.count(start) - 1 - self._delay, clock.count(stop) - self._delay
        if k1 - k0 < 2:
            return NO_EDGES
        high = self.at(Grid(clock, k0 + self._delay, k1 - k0)) > self._middle
        changed = np.flatnonzero(high[1:] != high[:-1]) + 1
        times = [clock.time_of(int(k)) for k in changed + k0 + self._delay]
        return np.array(times, np.int64), high[changed]


class Pulses:
    """A counter's output: ``active`` then ``rest`` nanoseconds, ``n`` times (0: without end), from ``start`` on."""

    def __init__(self, start: int, active: int, rest: int, n: int, idle: float) -> None:
        self.start = start
        self._active = active
        self._period = active + rest
        self._n = n
        self._idle = idle

    @property
    def end(self) -> int | None:
        """When the last pulse's rest is over."""
        return self.start + self._n * self._period if self._n else None

    def count(self, time: int) -> int:
        """Pulses begun at ``time``."""
        begun = max(0, (time - self.start) // self._period + 1)
        return min(begun, self._n) if self._n else begun

    def at(self, grid: Grid) -> Values:
        clock = grid.clock
        into = clock.start - self.start + indices(grid.k0 * clock.den, clock.den, clock.num, grid.n)
        level = np.where(into % self._period < self._active, 1 - self._idle, self._idle)
        level[into < 0] = self._idle
        if self._n:
            level[into >= self._n * self._period] = self._idle
        return level

    def edges(self, start: int, stop: int) -> Edges:
        first = max(0, (start - self.start) // self._period)
        last = (stop - self.start) // self._period
        if self._n:
            last = min(last, self._n - 1)
        if last < first:
            return NO_EDGES
        begun = self.start + np.arange(first, last + 1, dtype=np.int64) * self._period
        times = np.stack((begun, begun + self._active), axis=1).ravel()
        rising = np.tile(np.array([not self._idle, bool(self._idle)]), len(begun))
        inside = (times > start) & (times <= stop)
        return times[inside], rising[inside]


class Line:
    """An output terminal: what drove it, span after span. Called with the server's lock held."""

    def __init__(self, name: str, analog: bool, middle: float, rest: float = 0.0) -> None:
        self.name = name
        #: Whether it carries volts, not levels.
        self.analog = analog
        #: Volts (or level) above which it counts as high.
        self.middle = middle
        self._spans: list[tuple[int, Signal]] = [(-(1 << 62), Steady(rest))]

    def drive(self, time: int, signal: Signal) -> None:
        """From ``time`` on the terminal carries ``signal``."""
        while len(self._spans) > 1 and self._spans[-1][0] >= time:
            self._spans.pop()
        self._spans.append((time, signal))

    @property
    def n_spans(self) -> int:
        """What drove it that is still remembered."""
        return len(self._spans)

    def forget_before(self, time: int) -> None:
        """Drop what no input can ask for any more."""
        kept = next((i for i in range(len(self._spans) - 1, 0, -1) if self._spans[i][0] <= time), 0)
        del self._spans[:kept]

    def level(self, time: int) -> float:
        return float(self.at(Grid(SampleClock(time, 1, 1), 0, 1))[0])

    def at(self, grid: Grid) -> Values:
        spans = self._spans
        if not grid.before(spans[-1][0]):
            return spans[-1][1].at(grid)
        values = np.empty(grid.n)
        stop = grid.n
        for start, signal in reversed(spans):
            begin = grid.before(start)
            if begin < stop:
                values[begin:stop] = signal.at(grid.part(begin, stop))
                stop = begin
            if not stop:
                break
        return values

    def edges(self, start: int, stop: int) -> Edges:
        times: list[NDArray[np.int64]] = []
        rising: list[NDArray[np.bool_]] = []
        for (begin, signal), end in zip(self._spans, [*(t for t, _ in self._spans[1:]), stop + 1], strict=True):
            if begin > stop or end <= start:
                continue
            if start < begin:
                before, after = self._high(begin - 1), self._high(begin)
                if before != after:
                    times.append(np.array([begin]))
                    rising.append(np.array([after]))
            inside = signal.edges(max(start, begin), min(stop, end - 1))
            times.append(inside[0])
            rising.append(inside[1])
        return (np.concatenate(times), np.concatenate(rising)) if times else NO_EDGES

    def _high(self, time: int) -> bool:
        return self.level(time) > self.middle
