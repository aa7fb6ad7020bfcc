"""All tasks of an engine on their devices: reserved, started, stopped, let go, and outputs left safe."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from psi.core.errors import ConfigurationError
from psi.engines.nidaqmx.engine import NIDAQEngine
from psi.engines.nidaqmx.inputs import InputTask
from psi.engines.nidaqmx.lines import CounterLine, OnDemandLine
from psi.engines.nidaqmx.outputs import OutputTask
from psi.engines.nidaqmx.plan import Plan, TaskPlan, kind_of
from psi.engines.nidaqmx.policies import DeviceFault, Meaning, NIError
from psi.engines.nidaqmx.rates import other_rate
from psi.engines.nidaqmx.safety import put_safe, reset
from psi.engines.nidaqmx.terminals import device_of
from psi.hardware.channel import COChannel, channel_labels
from psi.hardware.engine import Ports

if TYPE_CHECKING:
    from psi.engines.nidaqmx.driver.connection import Connection
    from psi.engines.nidaqmx.driver.task import NITask


class TaskSet:
    """The tasks of ``plan``, over ``connection``.

    Parameters
    ----------
    began
        Called with each input task when its first samples have come, before they are handed over.
    failed
        Called with what a task refused while it ran. Both from the driver's threads.
    """

    def __init__(
        self,
        engine: NIDAQEngine,
        plan: Plan,
        ports: Ports,
        connection: Connection,
        began: Callable[[TaskPlan], None],
        failed: Callable[[TaskPlan, NIError], None],
    ) -> None:
        self._engine = engine
        self._plan = plan
        self._ports = ports
        self._connection = connection
        self._began = began
        self._failed = failed
        # In the order in which they are started.
        self._tasks: list[tuple[TaskPlan, NITask]] = []
        self.inputs: list[InputTask] = []
        self.outputs: list[OutputTask] = []
        #: The task that plays a channel, by the channel's reference.
        self.output_of: dict[str, OutputTask] = {}
        #: Lines that are set on demand, by the channel's reference.
        self.lines: dict[str, OnDemandLine | CounterLine] = {}
        #: Whether everything was let go of.
        self.released = False

    # -- before ------------------------------------------------------------------------------

    def reserve(self) -> None:
        """Make the tasks, with outputs primed. Where somebody holds a device, let go and try once more.

        Raises ``ConfigurationError`` naming the resource that was refused.
        """
        try:
            self._reserve_patiently()
        except _Refused as refusal:
            raise ConfigurationError(self._explained("getting ready", refusal)) from refusal.error

    def _reserve_patiently(self) -> None:
        try:
            self._build()
        except _Refused as refusal:
            if refusal.error.meaning is not Meaning.RESERVED:
                raise
            self._close()
            self._tasks, self.inputs, self.outputs, self.output_of, self.lines = [], [], [], {}, {}
            if self._engine.reset_if_reserved:
                with _refusing(refusal.device, "reset"):
                    reset(self._connection, [refusal.device])
                self._ports.report("engine_error", {"what": "reset", "device": refusal.device})
            self._build()

    def _build(self) -> None:
        paced = self._paced()
        for plan in self._plan.timed:
            with _refusing(plan.device, plan.name):
                task = self._connection.task()
                self._tasks.append((plan, task))
                self._configure(plan, task)
                if plan.is_input:
                    reader = InputTask(plan, task, self._ports, self._began, self._failed, plan is paced)
                    self.inputs.append(reader)
                    reader.announce()
                else:
                    task.on_failure(functools.partial(self._failed, plan))
                    output = OutputTask(plan, task, self._ports, self._engine.look_ahead)
                    self.outputs.append(output)
                    self.output_of.update((channel.reference, output) for channel in plan.channels)
                task.commit()
        for channel in self._plan.on_demand:
            with _refusing(device_of(channel_labels(channel.channel)[0]), f"channel {channel.reference!r}"):
                line = self.lines[channel.reference] = (
                    CounterLine(self._connection, channel)
                    if isinstance(channel, COChannel)
                    else OnDemandLine(self._connection, channel, kind_of(channel))
                )
                line.make_safe()
        for output in self.outputs:
            with _refusing(output.plan.device, output.plan.name):
                output.prime()

    def _paced(self) -> TaskPlan | None:
        """The task whose blocks tell how the devices' clock runs."""
        inputs = [plan for plan in self._plan.timed if plan.is_input]
        master = self._plan.master
        near = [plan for plan in inputs if master is not None and plan.device == master.device] or inputs
        return max(near, key=lambda plan: plan.fs, default=None)

    def _configure(self, plan: TaskPlan, task: NITask) -> None:
        for channel in plan.channels:
            task.add_channel(plan.kind, channel)
        given = task.set_clock(plan.fs, plan.clock, plan.buffer)
        if given != plan.fs:
            raise ConfigurationError(f"engine {self._engine.name!r}: {other_rate(plan, given)}")
        if self._engine.reference_clock:
            task.set_reference_clock(self._engine.reference_clock, self._engine.reference_clock_rate)
        if plan.trigger:
            task.set_trigger(plan.trigger)
        if plan.is_input:
            task.set_input_buffer(plan.buffer)
        else:
            task.set_output_buffer(plan.buffer)

    # -- the run -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start every task, whoever waits for another before it. Raises ``DeviceFault``."""
        try:
            for plan, task in self._tasks:
                with _refusing(plan.device, plan.name):
                    task.start()
        except _Refused as refusal:
            raise DeviceFault(self._explained("starting", refusal), refusal.error.meaning) from refusal.error

    def _explained(self, doing: str, refusal: _Refused) -> str:
        return self._engine.explain(doing, refusal.error, refusal.device, refusal.what)

    # -- the end -----------------------------------------------------------------------------

    def stop(self) -> None:
        """No more samples are handed over, and none are played. Again is fine."""
        for reader in self.inputs:
            reader.stop()
        if not self.released:
            # Whoever starts the others is the last to be started, and the first to be stopped.
            for _, task in reversed(self._tasks):
                _ending(task.stop)

    def make_safe(self) -> dict[str, NIError]:
        """Let go of every task and put every output to its safe value; returns what failed, by the channel."""
        self.released = True
        failed = {name: error for name, line in self.lines.items() if (error := _ending(line.make_safe)) is not None}
        self._close()
        timed = [channel for plan in self._plan.timed for channel in plan.channels]
        return failed | put_safe(self._connection, timed)

    def _close(self) -> None:
        for reader in self.inputs:
            reader.stop()
        for _, task in reversed(self._tasks):
            _ending(task.close)
        for line in self.lines.values():
            _ending(line.close)

    def call_times(self) -> dict[str, dict[str, float]]:
        """How long setting the on-demand lines took, in s; of those that were set."""
        return {name: summary for name, line in self.lines.items() if (summary := line.times.summary())}


def _ending(step: Callable[[], None]) -> NIError | None:
    """Do one step of the end; a task that is gone already is what was wanted. Returns what else was refused."""
    try:
        step()
    except NIError as error:
        return None if error.meaning is Meaning.STOPPED else error
    return None


class _Refused(Exception):
    """The driver refused something about one resource."""

    def __init__(self, error: NIError, device: str, what: str) -> None:
        super().__init__(str(error))
        self.error = error
        self.device = device
        self.what = what


@contextlib.contextmanager
def _refusing(device: str, what: str) -> Iterator[None]:
    """Names the resource of what the driver refuses."""
    try:
        yield
    except NIError as error:
        raise _Refused(error, device, what) from error
