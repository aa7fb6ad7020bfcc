"""Lines that are set on demand, and counters that give pulses; both measure how long setting them takes."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from psi.hardware.channel import Channel, COChannel, channel_labels

if TYPE_CHECKING:
    from psi.engines.nidaqmx.driver.connection import Connection
    from psi.engines.nidaqmx.driver.task import NITask


class CallTimes:
    """How long the driver took to set a line: within that time the line changed, nobody knows when."""

    def __init__(self) -> None:
        self._seconds: list[float] = []

    def add(self, seconds: float) -> None:
        self._seconds.append(seconds)

    def summary(self) -> dict[str, float]:
        """Count, median, 99th percentile and maximum in s; empty where nothing was set."""
        if not self._seconds:
            return {}
        times = np.array(self._seconds)
        return {
            "n": len(times),
            "p50": float(np.percentile(times, 50)),
            "p99": float(np.percentile(times, 99)),
            "max": float(times.max()),
        }


class OnDemandLine:
    """An analog or digital output that is set by the program."""

    def __init__(self, connection: Connection, channel: Channel, kind: str) -> None:
        self.channel = channel
        self.times = CallTimes()
        self._kind = kind
        self._n = len(channel_labels(channel.channel))
        self.task: NITask = connection.task()
        self.task.add_channel(kind, channel)
        self.task.commit()

    def set(self, level: float) -> None:
        """Put the line to ``level`` now: 0 or 1, or volts. Raises ``NIError``."""
        begin = time.perf_counter()
        self.task.set_levels(self._kind, np.full(self._n, float(level)))
        self.times.add(time.perf_counter() - begin)

    def pulse(self, duration: float) -> bool:
        """Whether the device times a pulse by itself: it does not."""
        return False

    def make_safe(self) -> None:
        declared: Any = self.channel
        self.task.set_levels(self._kind, np.full(self._n, float(declared.safe_value)))

    def close(self) -> None:
        self.task.close()


class CounterLine:
    """A counter's output: one pulse of a length that the counter keeps, or a train while the line is asked to be high.

    Whatever becomes of the program, a pulse is never longer than it was asked for, nor than the channel's
    ``max_on_time``.
    """

    #: Seconds of rest after a pulse; a counter wants some.
    REST = 1e-3
    #: Seconds high where a line is raised without saying for how long and the channel sets no limit.
    LONGEST = 10.0
    #: Seconds before its end from which on a pulse is left to end by itself.
    CLOSE = 0.005

    def __init__(self, connection: Connection, channel: COChannel) -> None:
        self.channel = channel
        self.times = CallTimes()
        self._connection = connection
        limit = channel.on_time_limit()
        self._longest = self.LONGEST if limit == math.inf else limit
        self._lock = threading.Lock()
        self._task: NITask | None = None
        self._made_for: tuple[float, float, int] | None = None
        self._started = False
        # When what was started last is over, on the machine's clock, and how long starting it took.
        self._ends = -math.inf
        self._took = 0.0
        # The counter is reserved, and what it cannot do is refused, before the run begins.
        self._prepare(*self._shape(self._longest))

    def _shape(self, duration: float) -> tuple[float, float, int]:
        """Seconds of a pulse and of the rest after it, and number of pulses, for ``duration`` s of being asked high."""
        frequency, duty = self.channel.frequency, self.channel.duty_cycle
        if frequency > 0:
            return duty / frequency, (1 - duty) / frequency, max(1, round(duration * frequency))
        return duration, self.REST, 1

    def _prepare(self, active: float, rest: float, n: int) -> NITask:
        if self._task is not None and self._made_for == (active, rest, n):
            return self._task
        if self._task is not None:
            self._started = False
            self._task.close()
        task = self._task = self._connection.task()
        self._made_for = (active, rest, n)
        task.add_pulse(self.channel.channel, active, rest, self.channel.idle_state == "high")
        if n > 1:
            task.set_pulses(n)
        task.commit()
        return task

    def set(self, level: float) -> None:
        """Begin, at the longest that is allowed; or end. Raises ``NIError``."""
        if level > 0.5:
            self.pulse(self._longest)
            return
        with self._lock:
            # The program's clock began before the counter's: one that is about to end by itself is not cut.
            if self._started and time.perf_counter() < self._ends - self._took - self.CLOSE:
                self._stop()

    def pulse(self, duration: float) -> bool:
        """Begin a pulse, or a train, of ``duration`` s; one that goes on begins anew."""
        begin = time.perf_counter()
        duration = min(duration, self._longest)
        with self._lock:
            task = self._prepare(*self._shape(duration))
            # Also one that has come to its end by itself must be stopped before it can be started again.
            self._stop()
            task.start()
            self._started = True
            end = time.perf_counter()
            self._took = end - begin
            self._ends = end + duration
            self.times.add(self._took)
        return True

    def _stop(self) -> None:
        if self._started and self._task is not None:
            self._started = False
            self._task.stop()

    def make_safe(self) -> None:
        """End what goes on; the counter's line is then idle."""
        with self._lock:
            self._stop()

    def close(self) -> None:
        with self._lock:
            self._started = False
            if self._task is not None:
                self._task.close()
