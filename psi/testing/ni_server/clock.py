"""The time that a simulated device keeps, in integer nanoseconds."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class DeviceClock(Protocol):
    def now(self) -> int:
        """Nanoseconds; where zero is does not matter."""

    def attach(self, changed: threading.Condition) -> None:
        """Have ``changed`` woken when time does not pass by itself."""

    def wait(self, changed: threading.Condition, until: int | None) -> None:
        """Wait, holding ``changed``, for a change or for the time ``until``; it may return early."""


class WallClock:
    """Time as it passes: the monotonic clock, the same in every process of this machine."""

    def now(self) -> int:
        return time.monotonic_ns()

    def attach(self, changed: threading.Condition) -> None:
        """Nobody needs to be woken: waits have a limit."""

    def wait(self, changed: threading.Condition, until: int | None) -> None:
        changed.wait(None if until is None else max(0.0, (until - self.now()) * 1e-9))


class ManualClock:
    """Time that stands still until a test moves it."""

    def __init__(self, now: int = 0) -> None:
        self._now = now
        self._attached: list[threading.Condition] = []

    def now(self) -> int:
        return self._now

    def attach(self, changed: threading.Condition) -> None:
        self._attached.append(changed)

    def wait(self, changed: threading.Condition, until: int | None) -> None:
        if until is None or until > self._now:
            changed.wait()

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass at once; whoever waits looks again."""
        self._now += round(seconds * 1e9)
        for changed in self._attached:
            with changed:
                changed.notify_all()
