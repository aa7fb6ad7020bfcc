"""Closes lines that stay high for longer than their channel's ``max_on_time``, also when all else stands still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from psi.controller.dispatch.dispatcher import Dispatcher
from psi.core.clock import Clock, ManualClock

#: Writes a row of the audit: what, name, info.
Audit = Callable[[str, str, Mapping[str, Any]], None]


class GuardedLine:
    """An on-demand line that is high for ``limit`` s at most, whoever raised it.

    Every way to raise or lower it goes through here.
    """

    def __init__(
        self,
        reference: str,
        limit: float,
        write_line: Callable[[float], None],
        write_pulse: Callable[[float], bool],
        watch: OnTimeWatch,
    ) -> None:
        self.reference = reference
        self.limit = limit
        #: Told, on the dispatcher's thread, that the line was closed.
        self.closed: list[Callable[[], None]] = []
        self._write_line = write_line
        self._write_pulse = write_pulse
        self._watch = watch
        self._lock = threading.Lock()
        self._raised = 0
        self._high = False

    def write_line(self, level: float) -> None:
        """Set the line to ``level`` now."""
        with self._lock:
            self._write_line(level)
            self._note(level > 0.5)

    def write_pulse(self, duration: float) -> bool:
        """Begin a pulse that the device times; False where it cannot."""
        with self._lock:
            begun = self._write_pulse(duration)
            if begun:
                self._note(True)
            return begun

    def _note(self, high: bool) -> None:
        if high and not self._high:
            self._raised += 1
            self._watch.expect(self, self._raised)
        self._high = high

    def close(self, raised: int) -> bool:
        """Lower the line where it is still high since it was raised for the ``raised``-th time; whether it was."""
        with self._lock:
            if not self._high or self._raised != raised:
                return False
            self._write_line(0.0)
            self._high = False
            return True


class OnTimeWatch:
    """Looks after the guarded lines of a run: by the run's timers in lockstep, else from a thread of its own.

    The thread needs nobody: a line is closed although an action hangs and no event is handled any more.
    """

    #: Seconds beyond the limit, so that pulses which end as they should are left to do so.
    MARGIN = 0.02

    def __init__(
        self, clock: Clock, dispatcher: Dispatcher, audit: Audit, fault: Callable[[BaseException], None]
    ) -> None:
        self._clock = clock
        self._dispatcher = dispatcher
        self._audit = audit
        self._fault = fault
        self._changed = threading.Condition()
        # Line -> when it is due (monotonic, s), and which time of being raised is meant.
        self._due: dict[GuardedLine, tuple[float, int]] = {}
        self._thread: threading.Thread | None = None
        self._ended = False

    def guard(
        self,
        reference: str,
        limit: float,
        write_line: Callable[[float], None],
        write_pulse: Callable[[float], bool],
    ) -> GuardedLine:
        """The line ``reference``, which may be high for ``limit`` s at a time."""
        return GuardedLine(reference, limit, write_line, write_pulse, self)

    def expect(self, line: GuardedLine, raised: int) -> None:
        """``line`` was raised now, for the ``raised``-th time."""
        wait = line.limit + self.MARGIN
        if isinstance(self._clock, ManualClock):
            self._dispatcher.call_at(self._clock.now() + wait, lambda: self._close(line, raised), survives_stop=True)
            return
        with self._changed:
            self._due[line] = time.monotonic() + wait, raised
            if self._thread is None and not self._ended:
                self._thread = threading.Thread(target=self._look_after, name="on-time watch", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _look_after(self) -> None:
        while True:
            with self._changed:
                if self._ended:
                    return
                now = time.monotonic()
                over = [(line, raised) for line, (due, raised) in self._due.items() if due <= now]
                for line, _ in over:
                    del self._due[line]
                if not over:
                    nearest = min((due for due, _ in self._due.values()), default=None)
                    self._changed.wait(None if nearest is None else nearest - now)
            for line, raised in over:
                self._close(line, raised)

    def _close(self, line: GuardedLine, raised: int) -> None:
        try:
            closed = line.close(raised)
        except Exception as error:  # a line that cannot be closed is the worst that can happen to it
            self._fault(error)
            return
        if closed:
            self._audit("on_time", line.reference, {"max_on_time": line.limit})
            for tell in line.closed:
                self._dispatcher.call_at(self._clock.now(), tell, survives_stop=True)

    def close(self) -> None:
        """End the watch; the engines make their lines safe next. Again is fine."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
            thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()
