"""Writes: levels set at once, or samples put into the buffer when there is space."""

from __future__ import annotations

from typing import Any

import numpy as np
from nidaqmx.constants import ChannelType, WriteRelativeTo
from nidaqmx.error_codes import DAQmxErrors
from numpy.typing import NDArray

from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.grid import seconds_from_now
from psi.testing.ni_server.lines import Steady
from psi.testing.ni_server.outputs import SampleBuffer
from psi.testing.ni_server.task import Task, TaskState


def write(task: Task, samples: NDArray[Any], auto_start: bool, timeout: float) -> int:
    """Put ``samples``, shape ``(n_rows, n)``, volts or levels, out or into the buffer; samples per channel written.

    Raises ``DaqFault``.
    """
    if not task.channels or task.kind not in ("ao", "do"):
        raise DaqFault(DAQmxErrors.WRITE_NO_OUTPUT_CHANS_IN_TASK, f"Task Name: {task.name}", n_written=0)
    if task.type is ChannelType.ANALOG_OUTPUT:
        samples = _converted(task, samples)
    if task.on_demand:
        return _set_now(task, samples, auto_start)
    if task.failure is not None:
        raise task.failure
    if task.state is TaskState.IDLE:
        if not task.settings.get("OUTPUT_BUF_SIZE"):
            # The first write makes the buffer, as NI's driver does it.
            task.settings["OUTPUT_BUF_SIZE"] = samples.shape[1]
        task.commit()
    buffer = task.buffer
    assert buffer is not None
    if not buffer.size:
        buffer.size = task.settings["OUTPUT_BUF_SIZE"] = samples.shape[1]
    if (n_short := task.device.short_write) is not None:
        task.device.short_write = None
        samples = samples[:, : max(0, samples.shape[1] - n_short)]
    n = _put(task, buffer, samples, timeout)
    if auto_start:
        task.start()
    return n


def _converted(task: Task, volts: NDArray[Any]) -> NDArray[np.float64]:
    """As the converter's steps give it. Raises ``DaqFault`` -200561 for volts beyond a channel's limits."""
    for row, channel in enumerate(task.channels):
        low, high = channel.settings["MIN"], channel.settings["MAX"]
        least, most = volts[row].min(initial=low), volts[row].max(initial=high)
        if not (least >= low - 1e-9 and most <= high + 1e-9):
            wrong = least if least < low else most
            raise DaqFault(
                DAQmxErrors.INVALID_AO_DATA_WRITE,
                f"Requested Value: {wrong:g}\nMinimum: {low:g}\nMaximum: {high:g}\nChannel Name: {channel.name}",
                n_written=0,
            )
    steps = np.array([[channel.step] for channel in task.channels])
    most_code = 2 ** (task.device.product.bits - 1)
    return np.clip(np.rint(volts / steps), -most_code, most_code - 1) * steps


def _set_now(task: Task, samples: NDArray[Any], auto_start: bool) -> int:
    running = task.state is TaskState.RUNNING
    if not running:
        if not auto_start:
            raise DaqFault(
                DAQmxErrors.CANNOT_WRITE_WHEN_AUTO_START_FALSE_AND_TASK_NOT_RUNNING,
                f"Task Name: {task.name}",
                n_written=0,
            )
        task.start()
    server = task.server
    now = server.clock.now()
    lines = [server.net.line(line) for channel in task.channels for line in channel.terminals]
    for line, level in zip(lines, samples[:, -1], strict=True):
        before = line.level(now - 1) > line.middle
        line.forget_before(server.horizon())
        line.drive(now, Steady(float(level)))
        if level > line.middle and not before:
            server.edge(line, now)
    server.changed.notify_all()
    if not running:
        task.stop()
    return samples.shape[1]


def _put(task: Task, buffer: SampleBuffer, samples: NDArray[Any], timeout: float) -> int:
    server = task.server
    until = seconds_from_now(server.clock, timeout)
    relative = task.settings.get("RELATIVE_TO_WRITE", WriteRelativeTo.CURRENT_WRITE_POSITION.value)
    offset = int(task.settings.get("OFFSET_WRITE", 0))
    position = offset if relative == WriteRelativeTo.FIRST_SAMPLE.value else buffer.position + offset
    if buffer.regenerate:
        position %= buffer.size
    if position < 0:
        raise DaqFault(DAQmxErrors.NEGATIVE_WRITE_SAMPLE_NUMBER, f"Task Name: {task.name}", n_written=0)
    if not buffer.regenerate and position < buffer.transferred(server.clock.now()):
        told = f"Requested sample: {position}\nFirst that can be written: {buffer.transferred(server.clock.now())}"
        raise DaqFault(DAQmxErrors.SAMPLES_WILL_NEVER_BE_GENERATED, f"{told}\nTask Name: {task.name}", n_written=0)
    written = 0
    starts = task.starts
    while True:
        now = server.clock.now()
        if task.cleared:
            raise DaqFault(DAQmxErrors.INVALID_TASK, f"Task Name: {task.name}", n_written=written)
        if task.starts != starts or task.buffer is not buffer:
            raise DaqFault(DAQmxErrors.RUNTIME_ABORTED_ROUTING, f"Task Name: {task.name}", n_written=written)
        task.device.require_present()
        server.require_connected()
        task.poll(now)
        if task.failure is not None:
            raise task.failure
        buffer.position = position + written
        room = min(buffer.space(now), samples.shape[1] - written)
        if room:
            buffer.forget_before(server.horizon())
            buffer.write(samples[:, written : written + room], position + written)
            written += room
            server.changed.notify_all()
        if written == samples.shape[1]:
            return written
        if until is not None and now >= until:
            raise DaqFault(DAQmxErrors.SAMPLES_CAN_NOT_YET_BE_WRITTEN, f"Task Name: {task.name}", n_written=written)
        # Space comes as samples go to the card, one each period of the clock.
        missing = samples.shape[1] - written
        due = None if buffer.clock is None else buffer.clock.time_of(buffer.clock.count(now) + missing - 1)
        server.clock.wait(server.changed, min((t for t in (due, until) if t is not None), default=None))


def levels_of_words(task: Task, values: NDArray[Any]) -> NDArray[np.uint8]:
    """Words of ports, shape ``(n_channels, n)``, as levels of lines, shape ``(n_lines, n)``."""
    rows = [
        (values[number] >> bit) & 1 for number, channel in enumerate(task.channels) for bit in channel.bits().tolist()
    ]
    return np.array(rows, np.uint8)


def levels_of_lines(task: Task, values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bytes of lines, shape ``(n_channels, n, most lines of a channel)``, as levels, shape ``(n_lines, n)``."""
    rows = [
        values[number, :, place]
        for number, channel in enumerate(task.channels)
        for place in range(len(channel.terminals))
    ]
    return np.array(rows, np.uint8)
