"""Event streams: each keeps a thread of the server and wakes it when its sample is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from nidaqmx.constants import EveryNSamplesEventType
from nidaqmx.error_codes import DAQmxErrors

from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.stubs import messages
from psi.testing.ni_server.task import Task, TaskState

if TYPE_CHECKING:
    from psi.testing.ni_server.server import SimulatedServer


class EventStream:
    """What one client listens for; ended by the client, by the task's end, or with the connection."""

    def __init__(self, server: SimulatedServer, task: Task, key: str, context: Any) -> None:
        """Raises ``DaqFault`` -200881 where somebody listens for ``key`` already."""
        if key in task.listeners:
            raise DaqFault(DAQmxErrors.EVERY_N_SAMPS_EVENT_ALREADY_REGISTERED, f"Task Name: {task.name}")
        task.listeners[key] = self
        self._server = server
        self._key = key
        self._task = task
        self._context = context
        context.add_callback(self.end)

    def end(self) -> None:
        with self._server.changed:
            if self._task.listeners.get(self._key) is self:
                del self._task.listeners[self._key]
            self._server.changed.notify_all()

    @property
    def open(self) -> bool:
        self._server.require_connected()
        listening = self._task.listeners.get(self._key) is self
        return listening and not self._task.cleared

    def wait(self, until: int | None) -> None:
        """Until something changes, or until a time that is still to come."""
        server = self._server
        server.clock.wait(server.changed, until if until is not None and until > server.clock.now() else None)


def every_n_samples(stream: EventStream, server: SimulatedServer, task: Task, type_: int, n: int) -> Iterator[Any]:
    """One response for every ``n`` samples of each run of the task; those of a run that has ended are not made up."""
    count = _acquired if type_ == EveryNSamplesEventType.ACQUIRED_INTO_BUFFER.value else _transferred
    starts, told = task.starts, 0
    while True:
        with server.changed:
            while True:
                if not stream.open:
                    return
                now = server.clock.now()
                task.poll(now)
                if task.starts != starts:
                    starts, told = task.starts, 0
                if count(task, now) >= told + n:
                    told += n
                    break
                stream.wait(_due(task, count, told + n))
        yield messages.RegisterEveryNSamplesEventResponse(every_n_samples_event_type_raw=type_, n_samples=n)


def done(stream: EventStream, server: SimulatedServer, task: Task) -> Iterator[Any]:
    """One response for each run that ends by itself: 0, or the code of its error."""
    told = 0
    while True:
        with server.changed:
            while True:
                if not stream.open:
                    return
                now = server.clock.now()
                if task.starts > told and task.state is TaskState.RUNNING and (status := _ended(task, now)) is not None:
                    told = task.starts
                    break
                due = [time for time in (task.done_at(), task.fails_at()) if time is not None and time > now]
                stream.wait(min(due, default=None))
        yield messages.RegisterDoneEventResponse(status=status)


def _ended(task: Task, now: int) -> int | None:
    try:
        return 0 if task.is_done(now) else None
    except DaqFault as fault:
        return fault.code


def _acquired(task: Task, now: int) -> int:
    return task.acquired(now)


def _transferred(task: Task, now: int) -> int:
    return task.buffer.transferred(now) if task.buffer is not None and task.failure is None else 0


def _due(task: Task, count: Callable[[Task, int], int], needed: int) -> int | None:
    if task.clock is None or task.state is not TaskState.RUNNING or task.failure is not None:
        return None
    if count is _transferred and task.buffer is not None:
        # The card takes a sample for each that it gives, as long as there are some; writes wake us anyway.
        if not task.buffer.regenerate and task.buffer.end < needed:
            return None
        needed -= task.buffer.fifo
    return task.clock.time_of(max(0, needed - 1))
