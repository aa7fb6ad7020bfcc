"""The dispatcher: one queue of events and one heap of timers, handled first in first out, run to completion."""

from __future__ import annotations

import functools
import logging
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from psi.controller.dispatch.action import ActionIndex
from psi.controller.dispatch.arguments import Evaluate
from psi.controller.dispatch.cascade import Cascade
from psi.controller.dispatch.delays import Delays
from psi.controller.dispatch.event import Event, EventNames
from psi.controller.dispatch.event_plan import EventPlan, Step, StepParts, plans
from psi.controller.dispatch.latency import LatencyHistogram
from psi.controller.dispatch.timers import Timer, Timers
from psi.core.clock import Clock
from psi.core.errors import RunFault, fault_text
from psi.core.expressions import Expression
from psi.core.names import did_you_mean
from psi.core.protocols import RowSink
from psi.core.rows import TextRow

log = logging.getLogger(__name__)

#: Called with every event after its row was written and its flag set, before its actions.
Listener = Callable[[Event], None]


class Failure(NamedTuple):
    """A command that is not critical failed."""

    #: s of the run's clock.
    time: float
    #: One line: event, action, command, manifest, and what was raised.
    text: str


def _nothing_known(expression: Expression, kept: Mapping[str, Any]) -> Any:
    return expression.evaluate(kept)


class Dispatcher:
    """Writes each event's row, then tells listeners, then calls its actions.

    What an action posts is handled after it, not inside it. :meth:`post` never blocks and may be
    called from any thread; everything else happens on the thread that calls :meth:`drain`,
    :meth:`advance` or :meth:`wait`.

    Parameters
    ----------
    evaluate
        Value of an expression over the context, for actions that ask for one.
    """

    #: Seconds; a timer that is due sooner counts as no time passing.
    SHORTEST_TIMER = 5e-4
    #: Failures that are kept for those who show them.
    KEPT_FAILURES = 20
    #: Nanoseconds for which a reading of the clock serves the times of action rows.
    _FRESH_NS = 20_000
    #: Events handled between two looks whether :meth:`wait` has had its time.
    _BATCH = 500

    def __init__(
        self,
        clock: Clock,
        record: RowSink,
        index: ActionIndex,
        names: EventNames,
        evaluate: Evaluate = _nothing_known,
    ) -> None:
        self.clock = clock
        self.record = record
        self.names = names
        self.flags: dict[str, bool] = dict.fromkeys(names.flags, False)
        self.listeners: list[Listener] = []
        self.latency = LatencyHistogram()
        #: What failed without ending the run, newest last.
        self.failures: deque[Failure] = deque(maxlen=self.KEPT_FAILURES)
        #: The action whose command is being called; ``None`` between calls.
        self.work: Step | None = None
        #: The event whose actions were called last.
        self.event: Event | None = None
        self._plans: dict[str, EventPlan] = plans(names, index.by_event, evaluate)
        # Event; when it was posted, or its samples were there; what it is a consequence of, and its cause in that.
        self._queue: deque[tuple[Event, int, Cascade | None, int]] = deque()
        self._thread = 0
        # What is handled now, what it belongs to as soon as it has a consequence, and its number in that.
        self._handled: str | None = None
        self._cascade: Cascade | None = None
        self._number = 0
        self._timers = Timers()
        #: Actions that wait for their delay.
        self.delays = Delays(self.call_at)
        # Rung while the dispatcher sleeps. Putting into it never waits.
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._asleep = False

    # -- from any thread ---------------------------------------------------------------------

    def post(self, event: Event, since: int = 0) -> None:
        """Queue ``event``. Raises ``RunFault`` where nobody has declared it.

        ``since`` is when the samples that tell of it were there (``time.perf_counter_ns``); 0 is now.
        """
        if event.name not in self._plans:
            raise RunFault(f"event {event.name!r} is not declared{did_you_mean(event.name, self.names.events)}")
        cascade = self._followed() if threading.get_ident() == self._thread else None
        # Appending is atomic; who sleeps looks at the queue again after having said so.
        self._queue.append((event, since or time.perf_counter_ns(), cascade, self._number))
        if self._asleep:
            self._bell.put(None)

    def call_at(self, due: float, action: Callable[[], object], survives_stop: bool = False) -> Timer:
        """Call ``action`` when the clock reaches ``due`` s, or at once where it has passed."""
        timer = Timer(due, action, survives_stop)
        if threading.get_ident() == self._thread and due - self.clock.now() < self.SHORTEST_TIMER:
            timer.cascade, timer.cause = self._followed(), self._number
        self._timers.add(timer)
        if self._asleep:
            self._bell.put(None)
        return timer

    def announce(self, name: str, due: float, sample: int, source: str, clock: str = "master") -> Timer:
        """Post the event ``name`` when the clock reaches ``due`` s; ``clock`` is the one that its time comes from."""
        event = Event(name, due, sample, source, clock=clock)
        return self.call_at(due, lambda: self.post(event), survives_stop=True)

    def has_work(self) -> bool:
        """Whether an event waits."""
        return bool(self._queue)

    def delay(self) -> float:
        """Seconds for which the event at the head of the queue has waited; 0 where none does."""
        try:
            return (time.perf_counter_ns() - self._queue[0][1]) * 1e-9
        except IndexError:
            return 0.0

    @property
    def cause(self) -> Event | None:
        """The event because of which a command is being called; ``None`` between calls."""
        return None if self.work is None else self.event

    def cancel_pending(self) -> None:
        """Forget every timer that begins something: Stop calls it. What has begun may still end."""
        self.delays.forget()
        self._timers.cancel_beginnings()

    def _followed(self) -> Cascade | None:
        """What the consequence of what is handled now belongs to."""
        if self._handled is not None and self._cascade is None:
            self._cascade = Cascade(self._handled)
        return self._cascade

    # -- on the dispatcher's thread ----------------------------------------------------------

    def drain(self) -> None:
        """Handle every queued event, and what they post, until none is left."""
        while self._queue:
            self._handle_some()

    def _handle_some(self) -> None:
        """Handle queued events, a batch of them at most."""
        self._thread = threading.get_ident()
        waiting, plans, record, flags, listeners = self._queue, self._plans, self.record, self.flags, self.listeners
        try:
            for _ in range(min(len(waiting), self._BATCH)):
                event, posted, cascade, cause = waiting.popleft()
                name = event.name
                self._handled, self._cascade = name, cascade
                self._number = 0 if cascade is None else cascade.grow(name, cause)
                plan = plans[name]
                record(plan.row(event))
                if plan.flag:
                    flags[plan.flag] = plan.value
                for listener in listeners:
                    listener(event)
                if plan.calls:
                    self._act(plan.calls, event, posted)
        except BaseException:
            # What a circle has left behind would only go on with it; what others posted meanwhile is kept.
            if self._cascade is not None and self._cascade.endless:
                self._forget(self._cascade)
            raise
        finally:
            self._handled = self._cascade = None

    def _forget(self, cascade: Cascade) -> None:
        """Take what belongs to ``cascade`` from the queue, to whose end others may add meanwhile."""
        queued = [self._queue.popleft() for _ in range(len(self._queue))]
        self._queue.extendleft(entry for entry in reversed(queued) if entry[2] is not cascade)

    def advance(self, until: float, move_clock: Callable[[float], None]) -> None:
        """Run timers due before ``until`` in order, the clock standing at each one's time."""
        self.drain()
        while True:
            timer = self._timers.take(until, strictly=True)
            if timer is None:
                return
            move_clock(max(timer.due, self.clock.now()))
            self._ring(timer)
            self.drain()

    def wait(self, longest: float, shortest: float = math.inf) -> None:
        """Handle events and due timers as they come, for about ``longest`` s of the wall clock.

        After ``shortest`` s it returns as soon as everything that had come is done: what is done then is in nobody's
        way, since the next block of samples has only just begun.
        """
        begin = time.monotonic()
        end = begin + longest
        while True:
            handled = bool(self._queue)
            if handled:
                self._handle_some()
            # However many events come, timers have their turn.
            timer = self._timers.take(self.clock.now(), strictly=False)
            if timer is not None:
                self._ring(timer)
            elif not self._queue:
                if handled and time.monotonic() >= begin + shortest:
                    return
                self._sleep(end)
            if time.monotonic() >= end:
                return

    def _sleep(self, end: float) -> None:
        """Sleep until ``end`` (monotonic, s), the next timer, or until somebody has something to do."""
        self._asleep = True
        try:
            left = min(end - time.monotonic(), self._timers.first_due() - self.clock.now())
            if left > 0 and not self._queue:
                self._bell.get(timeout=left)
        except queue.Empty:
            return
        finally:
            self._asleep = False
            while not self._bell.empty():
                self._bell.get()

    def _ring(self, timer: Timer) -> None:
        """Do what ``timer`` is for."""
        self._thread = threading.get_ident()
        self._handled, self._cascade = "", timer.cascade
        try:
            self._number = 0 if timer.cascade is None else timer.cascade.grow("", timer.cause)
            timer.action()
        finally:
            self._handled = self._cascade = None

    def _act(self, calls: tuple[StepParts, ...], event: Event, posted: int) -> None:
        """Call the actions of ``event``. One that fails does not keep the others from being called."""
        fault: RunFault | None = None
        flags, kept, record, tick = self.flags, self.latency.kept, self.record, time.perf_counter_ns
        self.event = event
        fresh, read, now, text = self._FRESH_NS, 0, 0.0, ""
        for step, holds, delay, call, row_tail in calls:
            if holds is not None and not holds(flags):
                continue
            begin = tick()
            kept.append(begin - posted)
            if delay > 0:
                pauses = step.bound.action.pauses and self.delays.is_trials(event)
                self.delays.add(event.time + delay, functools.partial(self._act_late, step, event), pauses)
                continue
            if begin - read > fresh:
                now, read = self.clock.now(), begin
                text = f'{{"kind":"audit","time":{now!r}'
            self.work = step
            try:
                call(event)
            except Exception as error:  # the handler is somebody's own code: whatever it raises is theirs to read
                failed = self._failed(step, event, now, tick() - begin, error)
                fault = fault or failed
            else:
                record(TextRow(f'{text}{row_tail}{tick() - begin}e-9,"latency_s":{begin - posted}e-9}}}}'))
        self.work = None
        if len(kept) > LatencyHistogram.MOST_KEPT:
            self.latency.count()
        if fault is not None:
            raise fault

    def _act_late(self, step: Step, event: Event) -> None:
        """Call the delayed action ``step`` of ``event``, whose flags were asked when it happened."""
        now, begin = self.clock.now(), time.perf_counter_ns()
        try:
            with self.at_work(step, event):
                step.call(event)
        except Exception as error:  # as above
            fault = self._failed(step, event, now, time.perf_counter_ns() - begin, error)
            if fault is not None:
                raise fault from error
        else:
            took = time.perf_counter_ns() - begin
            self.record(TextRow(f'{{"kind":"audit","time":{now!r}{step.row_tail}{took}e-9}}}}'))

    @contextmanager
    def at_work(self, step: Step, event: Event) -> Iterator[Event]:
        """While ``step`` is called from somewhere else on this thread: who looks for what hangs finds it."""
        self.event, self.work = event, step
        try:
            yield event
        finally:
            self.work = None

    def _failed(self, step: Step, event: Event, now: float, took_ns: int, error: Exception) -> RunFault | None:
        """Write down that a command failed; the fault where that ends the run."""
        outcome = fault_text(error)
        self.record(step.row(now, event.name, outcome, took_ns))
        line = step.bound.failed_on(event.name, outcome)
        if step.bound.critical:
            fault = RunFault(line)
            fault.__cause__ = error
            return fault
        log.warning("%s", line)
        self.failures.append(Failure(now, line))
        return None
