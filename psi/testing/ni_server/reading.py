"""Reads: which samples, whether they are there, and how long to wait for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from nidaqmx.constants import ReadRelativeTo
from nidaqmx.error_codes import DAQmxErrors
from numpy.typing import NDArray

from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.grid import SampleClock, seconds_from_now
from psi.testing.ni_server.inputs import CounterInput
from psi.testing.ni_server.task import Task, TaskState

#: Time between two on-demand samples of one read, in ns.
_ON_DEMAND_PERIOD = 10_000


def read(task: Task, n: int, timeout: float) -> tuple[NDArray[Any], int]:
    """Samples of every row, shape ``(n_rows, n)``, and 0 or the code of why they are fewer.

    ``n`` is in samples per channel, -1 for all that are there (of a finite task: all). Raises ``DaqFault``.
    """
    server = task.server
    if not task.channels or task.is_output:
        raise DaqFault(DAQmxErrors.READ_NO_INPUT_CHANS_IN_TASK, f"Task Name: {task.name}", n_read=0)
    if task.raced:
        raise DaqFault(DAQmxErrors.INVALID_TASK, f"Task Name: {task.name}", n_read=0)
    if task.state in (TaskState.IDLE, TaskState.COMMITTED):
        if task.settings.get("AUTO_START", True) is False:
            raise DaqFault(DAQmxErrors.CANNOT_CALCULATE_NUM_SAMPS_TASK_NOT_STARTED, f"Task Name: {task.name}", n_read=0)
        automatic = task.on_demand and task.kind != "ci"
        task.start()
    else:
        automatic = False
    measurement = task.measurement
    assert measurement is not None
    if task.on_demand:
        now = server.clock.now()
        if isinstance(measurement, CounterInput):
            samples = np.array([[measurement.now(now)] * max(n, 1)], np.int64)
        else:
            samples = measurement.take(SampleClock(now, 1, _ON_DEMAND_PERIOD), 0, max(n, 1))
        if automatic:
            task.stop()
        return samples, 0
    first, n = _which(task, n)
    until = seconds_from_now(server.clock, timeout)
    task.n_waiting += 1
    server.changed.notify_all()
    try:
        status = _wait(task, first + n, until)
    finally:
        task.n_waiting -= 1
    n = max(0, min(n, task.acquired(server.clock.now()) - first))
    if task.clock is None or not n:
        return np.zeros((measurement.n_rows, 0), np.int16), status
    samples = measurement.take(task.clock, first, n)
    task.position = first + n
    return samples, status


def _which(task: Task, n: int) -> tuple[int, int]:
    """First sample and number of samples that are asked for."""
    now = task.server.clock.now()
    relative = task.settings.get("RELATIVE_TO", ReadRelativeTo.CURRENT_READ_POSITION.value)
    offset = int(task.settings.get("OFFSET", 0))
    if relative == ReadRelativeTo.FIRST_SAMPLE.value:
        first = offset
    elif relative == ReadRelativeTo.MOST_RECENT_SAMPLE.value:
        first = task.acquired(now) + offset
    else:
        first = task.position + offset
    if n < 0:
        n = (task.acquired(now) if task.total is None else task.total) - first
    return max(0, first), max(0, n)


def _wait(task: Task, needed: int, until: int | None) -> int:
    """Wait for sample ``needed`` - 1; 0, or the code of a time-out. Raises ``DaqFault`` where it cannot come."""
    server = task.server
    starts = task.starts
    while True:
        now = server.clock.now()
        if task.cleared:
            raise DaqFault(DAQmxErrors.INVALID_TASK, f"Task Name: {task.name}", n_read=0)
        task.device.require_present()
        server.require_connected()
        if task.state not in (TaskState.ARMED, TaskState.RUNNING) or task.starts != starts:
            code = DAQmxErrors.INVALID_TASK if task.raced else DAQmxErrors.RUNTIME_ABORTED_ROUTING
            raise DaqFault(code, f"Task Name: {task.name}", n_read=0)
        task.poll(now)
        if task.failure is not None:
            raise task.failure
        if task.total is not None and needed > task.total:
            raise DaqFault(DAQmxErrors.SAMPLES_WILL_NEVER_BE_AVAILABLE, f"Task Name: {task.name}", n_read=0)
        if task.acquired(now) >= needed:
            return 0
        if until is not None and now >= until:
            return DAQmxErrors.SAMPLES_NOT_YET_AVAILABLE.value
        due = task.clock.time_of(needed - 1) if task.clock is not None else None
        server.clock.wait(server.changed, min((t for t in (due, until) if t is not None), default=None))


def by_layout(samples: NDArray[Any], layout: int) -> NDArray[Any]:
    """In the order that the client asked for: by channel (0), or all channels of one sample together (1)."""
    return np.ascontiguousarray(samples if layout == 0 else samples.T)


def words(task: Task, levels: NDArray[Any]) -> NDArray[np.uint32]:
    """Digital samples as one word per channel, each line at its place in its port; shape ``(n_channels, n)``."""
    found = np.zeros((len(task.channels), levels.shape[1]), np.uint32)
    row = 0
    for number, channel in enumerate(task.channels):
        for bit in channel.bits():
            found[number] |= levels[row].astype(np.uint32) << np.uint32(bit)
            row += 1
    return found


def lines_of(task: Task, levels: NDArray[Any]) -> NDArray[np.uint8]:
    """Digital samples as one byte per line, shape ``(n_channels, n, most lines of a channel)``."""
    widest = max(len(channel.terminals) for channel in task.channels)
    found = np.zeros((len(task.channels), levels.shape[1], widest), np.uint8)
    row = 0
    for number, channel in enumerate(task.channels):
        for place in range(len(channel.terminals)):
            found[number, :, place] = levels[row]
            row += 1
    return found
