"""The run's clock: seconds since the first sample of the master engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """Tells the time of the run in seconds; time zero is the first sample of the master engine."""

    def now(self) -> float: ...


class ManualClock:
    """A clock that somebody else sets: the lockstep loop, or a test."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def set(self, time: float) -> None:
        """Move to ``time`` seconds. Time never goes back; an earlier ``time`` is a ``ValueError``."""
        if time < self._now:
            raise ValueError(f"the clock stands at {self._now} s and cannot go back to {time} s")
        self._now = time


class WallClock:
    """The machine's monotonic clock, counted from :meth:`start`, until a device's sample clock leads it.

    Time never goes back: where what leads it is behind, it stands still until that has caught up.
    """

    def __init__(self) -> None:
        self._t0: float | None = None
        self._lock = threading.Lock()
        self._last = 0.0
        self._held = False
        self._lead: Callable[[float], float] | None = None

    def start(self) -> None:
        self._t0 = time.monotonic()

    @property
    def t0(self) -> float:
        """Monotonic time in seconds at which the run's clock was started."""
        if self._t0 is None:
            raise RuntimeError("the run's clock has not been started")
        return self._t0

    def hold(self) -> None:
        """Stand still until something leads: the master engine waits for its trigger, and time has not begun."""
        with self._lock:
            self._held = True

    def follow(self, seconds: Callable[[float], float]) -> None:
        """From now on tell the time that ``seconds`` makes of the machine's monotonic time, in s."""
        with self._lock:
            self._lead, self._held = seconds, False

    def now(self) -> float:
        if self._t0 is None:
            return 0.0
        with self._lock:
            if not self._held:
                monotonic = time.monotonic()
                now = monotonic - self._t0 if self._lead is None else self._lead(monotonic)
                self._last = max(self._last, now)
            return self._last
