"""A timed input task during one run: fetches blocks as they come and hands them to the channels' ports."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from psi.engines.nidaqmx.plan import TaskPlan
from psi.engines.nidaqmx.policies import Meaning, NIError
from psi.hardware.channel import Channel, CIChannel
from psi.hardware.engine import FEW_FREE, Ports
from psi.stream.info import Chunk, StreamInfo

if TYPE_CHECKING:
    from psi.engines.nidaqmx.driver.task import NITask


class _Port:
    """One channel's rows of the task's samples."""

    def __init__(self, channel: Channel, rows: slice, factor: int, push: Callable[[Chunk], None]) -> None:
        self.reference = channel.reference
        self.factor = factor
        self._info: StreamInfo = channel.stream_info()
        self._rows = rows
        self._push = push

    def hand_over(self, samples: NDArray[Any], s0: int, there: int) -> None:
        rows = samples[self._rows]
        if self.factor > 1:
            # Every factor-th sample of the task, counted from its sample 0.
            rows = rows[:, -s0 % self.factor :: self.factor]
        self._push(Chunk(rows, self.first(s0), self._info, there))

    def first(self, sample: int) -> int:
        """Index of the channel's first sample at or after the task's ``sample``."""
        return -(-sample // self.factor)


class InputTask:
    """Fetches the samples of ``plan`` from ``task``.

    Parameters
    ----------
    began
        Called once with ``plan``, before the first samples are handed over.
    failed
        Called once with what the driver refused. Both from the driver's threads.
    paced
        Whether its samples are the ones that tell how the device's clock runs.
    """

    #: Seconds that a block which was announced may take to be fetched.
    TIMEOUT = 5.0

    def __init__(
        self,
        plan: TaskPlan,
        task: NITask,
        ports: Ports,
        began: Callable[[TaskPlan], None],
        failed: Callable[[TaskPlan, NIError], None],
        paced: bool,
    ) -> None:
        self.plan = plan
        self.task = task
        #: Samples that have been handed over.
        self.position = 0
        self._ports = ports
        self._began = began
        self._failed = failed
        self._paced = paced
        self._stopped = False
        self._failing = threading.Lock()
        self._low = False
        #: Share of the device's buffer that was free at the last look.
        self.headroom = 1.0
        first = plan.channels[0]
        self._read_as = first.mode if isinstance(first, CIChannel) else plan.kind
        self._ports_of_channels: list[_Port] = []
        row = 0
        for channel in plan.channels:
            n = len(channel.line_labels())
            push = ports.inputs[channel.reference]
            self._ports_of_channels.append(_Port(channel, slice(row, row + n), plan.factor(channel), push))
            row += n
        self._n_lines = row
        order = list(ports.inputs)
        self._ports_of_channels.sort(key=lambda port: order.index(port.reference))

    def announce(self) -> None:
        """Let the driver call for every block, and for its end where it fails."""
        self.task.on_block(self.plan.block, self._fetch)
        self.task.on_failure(self._fail)

    def _fetch(self) -> None:
        # The driver only logs what is raised in a callback, and goes on calling: everything is caught here.
        if self._stopped:
            return
        try:
            samples = self.task.read(self._read_as, self._n_lines, self.plan.block, self.TIMEOUT)
        except NIError as error:
            self._fail(error)
            return
        except Exception as error:  # a run with a fault is better than a callback that fails unseen for ever
            self._stopped = True
            self._ports.fault(error)
            return
        seen, there = time.monotonic(), time.perf_counter_ns()
        try:
            self._hand_over(samples, seen, there)
        except Exception as error:  # whatever a chain raises must end the run, not this callback alone
            self._stopped = True
            self._ports.fault(error)

    def _hand_over(self, samples: NDArray[Any], seen: float, there: int) -> None:
        s0 = self.position
        if s0 == 0:
            self._began(self.plan)
        self.position += int(np.shape(samples)[1])
        if self._paced:
            self._ports.clock_pair(self.plan.fs, self.position, seen)
        for port in self._ports_of_channels:
            port.hand_over(samples, s0, there)

    def _fail(self, error: NIError) -> None:
        """Say what is lost where the buffer ran over, then that the task failed; once."""
        with self._failing:
            if self._stopped:
                return
            self._stopped = True
        if error.meaning is Meaning.OVERRUN:
            end = max(self._acquired(), self.position + 1)
            info = {"task": self.plan.name, "sample": self.position, "lost_samples": end - self.position}
            self._ports.report("overrun", info)
            for port in self._ports_of_channels:
                first = port.first(self.position)
                self._ports.lost(port.reference, first, max(1, port.first(end) - first))
        self._failed(self.plan, error)

    def _acquired(self) -> int:
        try:
            return self.task.acquired()
        except NIError:  # a task that ran over may not even say how far it came
            return 0

    def watch(self) -> None:
        """Say beforehand when the buffer fills up, once each time. Raises ``NIError``."""
        behind = self.task.acquired() - self.position
        free = self.headroom = max(0.0, 1 - behind / self.plan.buffer)
        if free < FEW_FREE and not self._low:
            info = {"task": self.plan.name, "headroom": round(free, 3), "behind": round(behind / self.plan.fs, 3)}
            self._ports.report("engine_headroom", info)
        self._low = free < FEW_FREE

    def stop(self) -> None:
        """Hand over nothing more."""
        self._stopped = True
