"""What moves a run: the lockstep loop, which is a pure function of the documents, or the wall clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Protocol

from psi.controller.dispatch.dispatcher import Dispatcher
from psi.core.clock import ManualClock
from psi.hardware.engine import EngineDriver

#: Blocks until other processes have room for the next block.
WaitForRoom = Callable[[], None]


class Pacing(Protocol):
    """Moves drivers, dispatcher and timers until told that the run is finished."""

    def run(self, finished: Callable[[], bool]) -> None:
        """Move on until ``finished``; called again, go on from there."""
        ...


class Lockstep:
    """Engines, dispatcher and timers advance together, in the order time, kind, declaration, sequence.

    At one time blocks come before timers: what was measured until a moment is known at that moment.
    """

    def __init__(
        self,
        clock: ManualClock,
        dispatcher: Dispatcher,
        drivers: Sequence[EngineDriver],
        block_duration: Fraction,
        speed: float | None,
        wait_for_room: WaitForRoom,
    ) -> None:
        self._clock = clock
        self._dispatcher = dispatcher
        self._drivers = drivers
        self._duration = block_duration
        self._speed = speed
        self._wait_for_room = wait_for_room
        self._block = 0
        self._begin = time.monotonic()

    def run(self, finished: Callable[[], bool]) -> None:
        self._dispatcher.drain()
        while not finished():
            self._block += 1
            now = float(self._block * self._duration)
            self._wait_for_room()
            self._dispatcher.advance(now, self._clock.set)
            if finished():
                return
            self._clock.set(now)
            for driver in self._drivers:
                driver.advance(self._block)
            self._dispatcher.drain()
            if self._speed is not None:
                ahead = self._begin + now / self._speed - time.monotonic()
                if ahead > 0:
                    time.sleep(ahead)


class FreeRunning:
    """The wall clock moves everything: drivers have their own threads, the dispatcher has this one."""

    #: Seconds after which the loop looks whether the run is finished, when nothing happens, and when something has.
    LOOK, EARLY_LOOK = 0.05, 0.035

    def __init__(self, dispatcher: Dispatcher, watch: Callable[[], None]) -> None:
        self._dispatcher = dispatcher
        self._watch = watch

    def run(self, finished: Callable[[], bool]) -> None:
        while not finished():
            self._dispatcher.wait(self.LOOK, self.EARLY_LOOK)
            self._watch()


class StopRequest:
    """A wish to stop, from any thread; the first one counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reason = ""

    def __call__(self, reason: str) -> None:
        with self._lock:
            if not self.reason:
                self.reason = reason

    def __bool__(self) -> bool:
        return bool(self.reason)
