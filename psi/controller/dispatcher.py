"""The dispatcher: one queue of events and one heap of timers, handled first in first out, run to completion."""

from __future__ import annotations

import functools
import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from psi.controller.action import ActionIndex, BoundAction
from psi.controller.event import Event, EventNames
from psi.controller.latency import LatencyHistogram
from psi.core.clock import Clock
from psi.core.errors import RunFault
from psi.core.names import did_you_mean
from psi.core.protocols import RowSink

#: Called with every event after its row was written and its flag set, before its actions.
Listener = Callable[[Event], None]


class Timer:
    """Something to be done at a time, unless it is cancelled."""

    __slots__ = ("action", "cancelled", "due", "survives_stop")

    def __init__(self, due: float, action: Callable[[], object], survives_stop: bool = False) -> None:
        self.due = due
        self.action = action
        #: True for what ends by itself: the end of a pulse that has begun, not the beginning of another.
        self.survives_stop = survives_stop
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Dispatcher:
    """Writes each event's row, then tells listeners, then calls its actions.

    What an action posts is handled after it, not inside it. :meth:`post` never blocks and may be
    called from any thread; everything else happens on the thread that calls :meth:`drain`,
    :meth:`advance` or :meth:`wait`.
    """

    #: Events that may cause each other in a row before it is taken for a circle.
    LONGEST_CHAIN = 1000

    def __init__(self, clock: Clock, record: RowSink, index: ActionIndex, names: EventNames) -> None:
        self.clock = clock
        self.record = record
        self.index = index
        self.names = names
        self.flags: dict[str, bool] = dict.fromkeys(names.flags, False)
        self.listeners: list[Listener] = []
        self.latency = LatencyHistogram()
        # Event, when it was posted, and how many events led to it without time passing.
        self._queue: deque[tuple[Event, int, int]] = deque()
        self._depth = -1
        self._thread = 0
        self._timers: list[tuple[float, int, Timer]] = []
        self._sequence = itertools.count()
        self._wake = threading.Condition()

    def post(self, event: Event) -> None:
        """Queue ``event``. Raises ``RunFault`` where nobody has declared it."""
        if event.name not in self.names.origin:
            raise RunFault(f"event {event.name!r} is not declared{did_you_mean(event.name, self.names.events)}")
        # What is posted while another event is handled is a consequence of it.
        depth = self._depth + 1 if threading.get_ident() == self._thread else 0
        with self._wake:
            self._queue.append((event, time.perf_counter_ns(), depth))
            self._wake.notify()

    def call_at(self, due: float, action: Callable[[], object], survives_stop: bool = False) -> Timer:
        """Call ``action`` when the clock reaches ``due`` s, or at once where it has passed."""
        timer = Timer(due, action, survives_stop)
        with self._wake:
            heapq.heappush(self._timers, (due, next(self._sequence), timer))
            self._wake.notify()
        return timer

    def announce(self, name: str, due: float, sample: int, source: str, clock: str = "master") -> Timer:
        """Post the event ``name`` when the clock reaches ``due`` s; ``clock`` is the one that its time comes from."""
        event = Event(name, due, sample, source, clock=clock)
        return self.call_at(due, lambda: self.post(event), survives_stop=True)

    def drain(self) -> None:
        """Handle every queued event, and what they post, until none is left."""
        self._thread = threading.get_ident()
        while self._queue:
            event, posted, self._depth = self._queue.popleft()
            if self._depth > self.LONGEST_CHAIN:
                self._queue.clear()
                raise RunFault(
                    f"event {event.name!r} comes from itself: {self.LONGEST_CHAIN} events caused each other without "
                    "any time passing; look for an action or state that posts what led to it"
                )
            self._handle(event, posted)
        self._depth = -1

    def advance(self, until: float, move_clock: Callable[[float], None]) -> None:
        """Run timers due before ``until`` in order, the clock standing at each one's time."""
        self.drain()
        while True:
            timer = self._next_timer(until, strictly=True)
            if timer is None:
                return
            move_clock(max(timer.due, self.clock.now()))
            timer.action()
            self.drain()

    def wait(self, longest: float) -> None:
        """Handle events and due timers as they come, for at most ``longest`` s of the wall clock."""
        end = time.monotonic() + longest
        while True:
            self.drain()
            timer = self._next_timer(self.clock.now(), strictly=False)
            if timer is not None:
                timer.action()
                continue
            with self._wake:
                if self._queue:
                    continue
                left = end - time.monotonic()
                if self._timers:
                    left = min(left, self._timers[0][0] - self.clock.now())
                if end - time.monotonic() <= 0:
                    return
                if left > 0:
                    self._wake.wait(left)

    def cancel_pending(self) -> None:
        """Forget every timer that begins something: Stop calls it. What has begun may still end."""
        with self._wake:
            for _, _, timer in self._timers:
                if not timer.survives_stop:
                    timer.cancel()

    def _next_timer(self, until: float, strictly: bool) -> Timer | None:
        with self._wake:
            while self._timers:
                due, _, timer = self._timers[0]
                if timer.cancelled:
                    heapq.heappop(self._timers)
                elif due < until or (not strictly and due == until):
                    heapq.heappop(self._timers)
                    return timer
                else:
                    return None
        return None

    def _handle(self, event: Event, posted: int) -> None:
        self.record(event.row())
        change = self.names.flag_changes.get(event.name)
        if change is not None:
            self.flags[change[0]] = change[1]
        for listener in self.listeners:
            listener(event)
        for bound in self.index.triggered(event.name, self.flags):
            self.latency.add(time.perf_counter_ns() - posted)
            if bound.action.delay > 0:
                self.call_at(event.time + bound.action.delay, functools.partial(self._run, bound, event))
            else:
                self._run(bound, event)

    def _run(self, bound: BoundAction, event: Event) -> None:
        row: dict[str, Any] = {"kind": "audit", "time": self.clock.now(), "what": "action", "name": bound.command.id}
        outcome = "failed"
        took = float("nan")
        try:
            outcome, took = bound.call(event)
        finally:
            info = {"event": event.name, "manifest": bound.manifest, "outcome": outcome, "took_s": took}
            self.record({**row, "info": info})
