"""The NI-DAQmx engine during one run: the thread that looks after its tasks, and what follows on errors."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable

from psi.core.errors import RunFault
from psi.engines.nidaqmx.engine import NIDAQEngine
from psi.engines.nidaqmx.inputs import InputTask
from psi.engines.nidaqmx.lines import CounterLine, OnDemandLine
from psi.engines.nidaqmx.outputs import OutputTask
from psi.engines.nidaqmx.plan import Plan, TaskPlan, waits_outside
from psi.engines.nidaqmx.policies import DeviceFault, Meaning, NIError
from psi.engines.nidaqmx.task_set import TaskSet
from psi.hardware.engine import EngineDriver, OutputsNotSafe, Ports


class NIDAQDriver(EngineDriver):
    """Runs the tasks of a :class:`NIDAQEngine`. Inputs come on the driver's threads, outputs are fed from one here."""

    engine: NIDAQEngine

    #: Seconds between two looks at how full the buffers are.
    LOOK = 1.0

    def __init__(self, engine: NIDAQEngine, ports: Ports) -> None:
        super().__init__(engine, ports)
        self.plan: Plan = engine.plan(float(ports.block_duration))
        self._tasks: TaskSet | None = None
        self._disconnect: Callable[[], None] = lambda: None
        self._stopping = threading.Event()
        self._keeper: threading.Thread | None = None
        self._begun = False
        # Tasks that wait for triggers of their own, while the others run.
        self._late: set[str] = set()
        self._begin_lock = threading.Lock()
        # What failed, as the driver's threads noticed it; the keeper deals with it. Those threads may not: to let go of
        # a task is to wait for its threads.
        self._failures: queue.SimpleQueue[tuple[TaskPlan, NIError]] = queue.SimpleQueue()
        self._failed: set[str] = set()
        self._wake = threading.Event()
        self._end_lock = threading.RLock()
        self._ended = False
        #: Which outputs could not be made safe, in one line.
        self._not_safe = ""

    def prepare(self) -> None:
        connection = self.engine.connect()
        self._disconnect = connection.close
        tasks = TaskSet(self.engine, self.plan, self.ports, connection, self._say_begun, self._task_failed)
        self._tasks = tasks
        tasks.reserve()

    # -- the run -----------------------------------------------------------------------------

    def start(self) -> None:
        assert self._tasks is not None, "prepare() comes first"
        trigger = self._awaited()
        if trigger:
            # Said first, since it may come as soon as the tasks are armed.
            self.ports.report("engine_waiting", {"trigger": trigger, "timeout": self.engine.trigger_timeout})
        for plan in self.plan.timed:
            if plan is not self.plan.master and plan.trigger != trigger and waits_outside(plan):
                self._late.add(plan.name)
                info = {"part": plan.name, "trigger": plan.trigger, "timeout": self.engine.trigger_timeout}
                self.ports.report("engine_waiting", info)
        self._tasks.start()
        if not self.plan.timed:
            return
        if not trigger and self.plan.master is not None:
            self._say_begun(self.plan.master)
        self._keeper = threading.Thread(
            target=self._keep, args=(self._tasks,), name=f"engine {self.engine.name}", daemon=True
        )
        self._keeper.start()

    def _awaited(self) -> str:
        """The trigger from outside that the master waits for; empty where it starts by itself."""
        master = self.plan.master
        return master.trigger if master is not None else ""

    def _say_begun(self, plan: TaskPlan) -> None:
        with self._begin_lock:
            late = plan.name in self._late
            if self._begun and not late:
                return
            self._late.discard(plan.name)
            self._begun = self._begun or not late
        if late:
            self.ports.report("engine_started", {"part": plan.name})
        else:
            self.ports.report("engine_started", {"tasks": [timed.name for timed in self.plan.timed]})

    def _keep(self, tasks: TaskSet) -> None:
        """Feed outputs, wait for the trigger, look at the buffers, deal with failures; until the end."""
        block = float(self.ports.block_duration)
        rest = max(0.001, min(block, self.engine.look_ahead or block) / 2)
        deadline = time.monotonic() + self.engine.trigger_timeout
        next_look = time.monotonic() + self.LOOK
        try:
            while True:
                self._wake.wait(rest)
                self._wake.clear()
                if self._stopping.is_set():
                    return
                for output in tasks.outputs:
                    if output.plan.name not in self._failed:
                        self._feed(output)
                now = time.monotonic()
                if now > deadline:
                    deadline = math.inf
                    self._require_begun(tasks)
                if now >= next_look:
                    next_look = now + self.LOOK
                    for reader in tasks.inputs:
                        self._watch(reader)
                while not self._failures.empty():
                    self._deal_with(*self._failures.get())
                    if tasks.released:
                        return
        except Exception as error:  # whatever a player raises must end the run, not this thread alone
            if not self._stopping.is_set():
                self.ports.fault(error)

    def _feed(self, output: OutputTask) -> None:
        try:
            output.feed()
        except NIError as error:
            self._task_failed(output.plan, error)
            return
        if output.played:
            self._say_begun(output.plan)
        if not self.ports.inputs:
            self.ports.clock_pair(output.plan.fs, output.played, time.monotonic())

    def _watch(self, reader: InputTask) -> None:
        try:
            reader.watch()
        except NIError as error:
            self._task_failed(reader.plan, error)

    def _require_begun(self, tasks: TaskSet) -> None:
        """Raise ``RunFault`` where a task has neither measured nor played anything since the start."""
        silent = [reader.plan for reader in tasks.inputs if not reader.position]
        silent += [output.plan for output in tasks.outputs if not output.played]
        if not silent:
            return
        late = next((plan for plan in silent if waits_outside(plan)), silent[0])
        clock = f"{late.clock!r}" if late.clock else "of its own"
        what = f"start trigger {late.trigger!r}" if late.trigger else f"sample clock {clock}"
        raise RunFault(
            f"engine {self.engine.name!r} waited {self.engine.trigger_timeout:g} s for the {what} of {late.name}, "
            "which did not come; look at its cable and at whoever gives it, or set a longer trigger_timeout"
        )

    def _task_failed(self, plan: TaskPlan, error: NIError) -> None:
        """Take note that a task failed, on whichever thread it was noticed."""
        self._failures.put((plan, error))
        self._wake.set()

    def _deal_with(self, plan: TaskPlan, error: NIError) -> None:
        # One failure may be noticed in several ways, and what meets the stop is none.
        if self._stopping.is_set() or plan.name in self._failed:
            return
        self._failed.add(plan.name)
        text = self.engine.explain("running", error, plan.device, plan.name)
        info = {"task": plan.name, "code": error.code, "meaning": error.meaning.value, "message": error.text}
        self.ports.report("engine_error", info)
        if error.meaning is Meaning.UNDERRUN:
            # The output holds its last value, which may be anything: make it safe now, not when the run has ended.
            self.ports.report("underrun", {"task": plan.name, "sample": self.committed(plan.channels[0].reference)})
            self._make_safe()
        self.ports.fault(DeviceFault(text, error.meaning))

    def headroom(self) -> float | None:
        return min((reader.headroom for reader in self._tasks.inputs), default=None) if self._tasks else None

    # -- what outputs ask --------------------------------------------------------------------

    def committed(self, channel: str) -> int:
        assert self._tasks is not None, "prepare() comes first"
        return self._tasks.output_of[channel].committed

    def write_line(self, channel: str, level: float) -> None:
        self._on_line(channel, lambda line: line.set(level))

    def write_pulse(self, channel: str, duration: float) -> bool:
        """A pulse of ``duration`` s that a counter times; False where the line is no counter's."""
        given: list[bool] = []
        self._on_line(channel, lambda line: given.append(line.pulse(duration)))
        return bool(given and given[0])

    def _on_line(self, channel: str, work: Callable[[OnDemandLine | CounterLine], None]) -> None:
        try:
            # Never while outputs are made safe: a line would be left as it was set last.
            with self._end_lock:
                if self._tasks is None or self._tasks.released:
                    return  # every line has its safe value, and keeps it
                work(self._tasks.lines[channel])
        except NIError as error:
            if not self._stopping.is_set():
                text = self.engine.explain(f"setting {channel!r}", error)
                raise DeviceFault(text, error.meaning) from error

    # -- the end -----------------------------------------------------------------------------

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        keeper = self._keeper
        if keeper is not None and keeper is not threading.current_thread():
            keeper.join()
        if self._tasks is not None:
            self._tasks.stop()

    def ensure_stopped(self) -> None:
        # Before the lock, since the keeper may want it to make outputs safe.
        self.stop()
        with self._end_lock:
            if self._ended:
                return
            self._ended = True
            self._make_safe()
            if self._not_safe:
                self.ports.fault(OutputsNotSafe(self._not_safe))
            if self._tasks is not None and self._tasks.call_times():
                self.ports.report("engine_lines", {"seconds": self._tasks.call_times()})
            self._disconnect()

    def _make_safe(self) -> None:
        """Let go of every task and put every output to its safe value, as far as the devices can be reached."""
        with self._end_lock:
            if self._tasks is None or self._tasks.released:
                return
            failed = self._tasks.make_safe()
            if failed:
                info = {name: error.text for name, error in failed.items()}
                self.ports.report("engine_error", {"what": "outputs may not be at their safe values", "lines": info})
                self._not_safe = (
                    f"outputs of engine {self.engine.name!r} may not be at their safe values: {', '.join(failed)} "
                    f"({next(iter(info.values()))}); look at the rig"
                )
