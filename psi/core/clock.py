"""The run's clock: seconds since the first sample of the master engine."""

from __future__ import annotations

import time
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
    """The machine's monotonic clock, counted from :meth:`start`."""

    def __init__(self) -> None:
        self._t0: float | None = None

    def start(self) -> None:
        self._t0 = time.monotonic()

    @property
    def t0(self) -> float:
        """Monotonic time in seconds at which the run's clock read zero."""
        if self._t0 is None:
            raise RuntimeError("the run's clock has not been started")
        return self._t0

    def now(self) -> float:
        return 0.0 if self._t0 is None else time.monotonic() - self._t0
