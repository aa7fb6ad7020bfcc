"""Pulses by hand: some drops with gaps between them, or a valve held open; both can be ended at any time."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from psi.outputs.line_player import LinePlayer, Pulse

#: Pulses that one command may ask for.
MAX_COUNT = 1000
#: Seconds that may lie between two of them.
MAX_GAP = 3600.0
#: Seconds between pulses, and for which a line is primed, where nothing is said.
DEFAULT_GAP = 0.2
DEFAULT_PRIME = 5.0
#: Seconds for which a line may be high by hand where the output declares no ``max_duration``.
MAX_BY_HAND = 10.0


@dataclass
class Given:
    """What was given by hand on one line."""

    #: Pulses that have begun.
    pulses: int = 0
    #: Seconds for which they held the line high, counted when each ends.
    seconds: float = 0.0


class PulseSeries(ABC):
    """``count`` pulses of ``duration`` s each, with ``gap`` s between the end of one and the beginning of the next.

    Everything is done on the dispatcher's thread. Each pulse is a row of its own, written when it begins.

    Parameters
    ----------
    given
        Where what was given is counted.
    finished
        Called once: when the last pulse has ended, or what was left of the series has been dropped.
    """

    def __init__(
        self,
        player: LinePlayer,
        count: int,
        duration: float,
        gap: float,
        given: Given,
        finished: Callable[[], None],
    ) -> None:
        self.player = player
        self.count = count
        self.duration = duration
        self.gap = gap
        #: Pulses that have begun.
        self.begun = 0
        self._given = given
        self._finished = finished
        self._ended = False

    @abstractmethod
    def begin(self) -> None:
        """Give the first pulse as soon as can be, and let the others follow."""

    @abstractmethod
    def end(self, at_once: bool = True) -> None:
        """Drop what has not begun; a pulse that has is cut ``at_once``, or comes to its end. Again is fine."""

    def _count_pulse(self) -> None:
        self.begun += 1
        self._given.pulses += 1

    def _leave(self) -> None:
        if not self._ended:
            self._ended = True
            self._finished()


class OnDemandSeries(PulseSeries):
    """On a line without a sample clock: timers of the dispatcher raise it, and the player lowers it."""

    #: Seconds for which the pulse that goes on holds the line high; 0 between pulses.
    _going = 0.0

    def begin(self) -> None:
        if self._ended:
            return
        self._began = self.player.port.clock.now()
        self._going = self.player.raise_line(self.duration, "console")
        if self._going == 0:
            self._leave()
            return
        self._count_pulse()
        # From when it really began, so that a timer that comes late shortens neither pulses nor gaps.
        over = self._began + self._going
        number = self.begun
        self.player.port.call_at(over, lambda: self._over(number), True)
        if self.begun < self.count:
            self.player.port.call_at(over + self.gap, self.begin, False)

    def _over(self, number: int) -> None:
        if number != self.begun or self._going == 0:
            return
        self._given.seconds += self._going
        self._going = 0.0
        if self.begun == self.count:
            self._leave()

    def end(self, at_once: bool = True) -> None:
        if not self._ended and at_once and self._going:
            played = min(self._going, self.player.port.clock.now() - self._began)
            self._given.seconds += played
            self._going = 0.0
            self.player.release()
            self.player.cut({"duration": self.duration, "played": played, "left": self.count - self.begun})
        self._leave()


class TimedSeries(PulseSeries):
    """On a line with a sample clock: each pulse is so many samples, at so many from the one before."""

    #: Seconds beyond what the hardware holds for which pulses are placed: more than a dispatcher is ever late.
    AHEAD = 0.5

    def __init__(
        self,
        player: LinePlayer,
        count: int,
        duration: float,
        gap: float,
        given: Given,
        finished: Callable[[], None],
    ) -> None:
        super().__init__(player, count, duration, gap, given, finished)
        fs = player.port.fs
        self._period = max(1, round(duration * fs)) + math.ceil(gap * fs - 1e-6)
        self._placed = 0
        self._next_start: int | None = None
        # Pulses that have not ended: what takes the end back that was announced, or None before they begin.
        self._going: list[tuple[Pulse, Callable[[], None] | None]] = []

    def begin(self) -> None:
        port = self.player.port
        horizon = port.committed() + self.AHEAD * port.fs
        while not self._ended and self._placed < self.count:
            if self._next_start is not None and self._next_start > horizon:
                port.call_at(port.clock.now() + self.AHEAD / 2, self.begin, False)
                return
            at = None if self._next_start is None else self._next_start / port.fs
            pulse = self.player.place(at, self.duration)
            if pulse.end == pulse.start:
                self._drop()
                return
            self._placed += 1
            self._next_start = pulse.start + self._period
            self._going.append((pulse, None))
            port.call_at(pulse.start / port.fs, lambda pulse=pulse: self._begin_pulse(pulse), False)  # type: ignore[misc]

    def _begin_pulse(self, pulse: Pulse) -> None:
        index = self._index(pulse)
        if index is None:
            return
        self._count_pulse()
        self._going[index] = pulse, self.player.report(pulse, self.duration, "console")
        self.player.port.call_at(pulse.end / self.player.port.fs, lambda: self._over(pulse), True)

    def _index(self, pulse: Pulse) -> int | None:
        return next((index for index, (other, _) in enumerate(self._going) if other is pulse), None)

    def _over(self, pulse: Pulse) -> None:
        index = self._index(pulse)
        port = self.player.port
        if index is None or pulse.end / port.fs > port.clock.now():
            return
        del self._going[index]
        self._given.seconds += (pulse.end - pulse.start) / port.fs
        if not self._going and (self._ended or self._placed == self.count):
            self._leave()

    def end(self, at_once: bool = True) -> None:
        if self._ended:
            return
        self._ended = True
        port = self.player.port
        for pulse, take_back_end in list(self._going):
            if take_back_end is not None and not at_once:
                continue
            whole = pulse.end
            if not self.player.withdraw(pulse):
                self._going.remove((pulse, take_back_end))
            elif pulse.end < whole:
                info = {"duration": self.duration, "sample": pulse.start, "end_sample": pulse.end}
                self.player.cut({**info, "left": self.count - self.begun})
                if take_back_end is not None:
                    take_back_end()
                    port.announce(f"{self.player.name}_end", pulse.end / port.fs, pulse.end)
                    port.call_at(pulse.end / port.fs, lambda pulse=pulse: self._over(pulse), True)  # type: ignore[misc]
        self._finished()

    def _drop(self) -> None:
        """The line must not stay high any longer: nothing more follows."""
        self._placed = self.count
        if not self._going:
            self._leave()


def series_kind(player: LinePlayer) -> type[PulseSeries]:
    """The kind of series for the line of ``player``: timed by samples where it has a clock."""
    return OnDemandSeries if player.port.fs == 0 else TimedSeries
