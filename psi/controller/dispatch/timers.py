"""Timers of one run: kept in the order of their time, then in that in which they were set."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from collections.abc import Callable

from psi.controller.dispatch.cascade import Cascade


class Timer:
    """Something to be done at a time, unless it is cancelled."""

    __slots__ = ("action", "cancelled", "cascade", "cause", "due", "survives_stop")

    def __init__(self, due: float, action: Callable[[], object], survives_stop: bool = False) -> None:
        self.due = due
        self.action = action
        #: True for what ends by itself: the end of a pulse that has begun, not the beginning of another.
        self.survives_stop = survives_stop
        #: What it belongs to where no time passes until it is due, and the number in it of what set it.
        self.cascade: Cascade | None = None
        self.cause = 0
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Timers:
    """The timers that are set; from any thread."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._sequence = itertools.count()
        self._lock = threading.Lock()

    def add(self, timer: Timer) -> None:
        with self._lock:
            heapq.heappush(self._heap, (timer.due, next(self._sequence), timer))

    def take(self, until: float, strictly: bool) -> Timer | None:
        """The first timer that is due by ``until`` s, or before it where ``strictly``; ``None`` where none is."""
        with self._lock:
            while self._heap:
                due, _, timer = self._heap[0]
                if timer.cancelled:
                    heapq.heappop(self._heap)
                elif due < until or (not strictly and due == until):
                    heapq.heappop(self._heap)
                    return timer
                else:
                    return None
        return None

    def first_due(self) -> float:
        """Time in s of the first one; infinite where none is set."""
        with self._lock:
            return self._heap[0][0] if self._heap else math.inf

    def cancel_beginnings(self) -> None:
        """Cancel every timer that does not survive Stop."""
        with self._lock:
            for _, _, timer in self._heap:
                if not timer.survives_stop:
                    timer.cancel()
