"""A server in this process that answers like NI's gRPC device server, with cards that are not there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from nidaqmx.error_codes import DAQmxErrors

from psi.core.errors import ConfigurationError, Finding
from psi.testing.ni_server.calls import Service
from psi.testing.ni_server.clock import DeviceClock, WallClock
from psi.testing.ni_server.device import Device
from psi.testing.ni_server.errors import DaqFault, ServerStopped
from psi.testing.ni_server.faults import FaultPlan
from psi.testing.ni_server.grid import SampleClock
from psi.testing.ni_server.inputs import CounterInput
from psi.testing.ni_server.lines import Line, Signal, Steady
from psi.testing.ni_server.names import terminal
from psi.testing.ni_server.net import Net
from psi.testing.ni_server.sources import parse_source
from psi.testing.ni_server.stubs import add_NiDAQmxServicer_to_server, grpc
from psi.testing.ni_server.task import Task, TaskState
from psi.testing.ni_server.wiring import Wire

#: Each event that a client listens for keeps a thread, and so does each read that waits.
_THREADS = 64

#: Longest that an output remembers what no input has asked for, in ns.
_MEMORY = 1_000_000_000


@contextmanager
def collected(findings: list[Finding]) -> Iterator[None]:
    """Go on after what is wrong, so that everything is said at once."""
    try:
        yield
    except ConfigurationError as error:
        findings.extend(error.findings)


class SimulatedServer:
    """Cards, wires and tasks behind one port of this machine.

    ``with SimulatedServer(['Dev1=USB-6343'], wires=['Dev1/ao0=Dev1/ai0']) as server:`` serves at ``server.address``
    until the block ends; threads and port are given back. What breaks is said in :mod:`.faults`.
    """

    def __init__(
        self,
        devices: Iterable[str | Device] = ("Dev1=USB-6343",),
        *,
        wires: Iterable[str | Wire] = (),
        sources: Mapping[str, str | Signal] | None = None,
        clock: DeviceClock | None = None,
        port: int = 0,
    ) -> None:
        """Raises ``ConfigurationError`` for devices, wires or sources that make no sense."""
        self.clock = clock or WallClock()
        #: Held by every call; told whenever something may have come that somebody waits for.
        self.changed = threading.Condition()
        self.clock.attach(self.changed)
        #: By their names in lower case.
        self.devices: dict[str, Device] = {}
        findings: list[Finding] = []
        for number, each in enumerate(devices):
            with collected(findings):
                device = each if isinstance(each, Device) else Device.parse(each, 0x1A2B3C00 + number)
                if device.name.lower() in self.devices:
                    raise ConfigurationError(f"two devices are named {device.name!r}; name each its own", "--device")
                self.devices[device.name.lower()] = device
        parsed: list[Wire] = []
        for wire in wires:
            with collected(findings):
                parsed.append(wire if isinstance(wire, Wire) else Wire.parse(wire))
        heard: dict[str, Signal] = {}
        for name, source in (sources or {}).items():
            with collected(findings):
                heard[name] = parse_source(source) if isinstance(source, str) else source
        if findings:
            raise ConfigurationError(findings)
        self.net: Net = Net(self.devices, parsed, heard)
        #: By name.
        self.tasks: dict[str, Task] = {}
        #: When the first task was started, on the wall clock, in ns.
        self.first_start: int | None = None
        self.faults = FaultPlan(self)
        self.service = Service(self)
        self._asked_port = port
        self._grpc: grpc.Server | None = None
        self.port = 0

    @property
    def address(self) -> str:
        """'127.0.0.1:PORT'."""
        return f"127.0.0.1:{self.port}"

    # Serving -----------------------------------------------------------------------------------------------------

    def listen(self) -> None:
        """Serve, at the same port as before where there was one. Raises ``ConfigurationError`` where it is taken."""
        threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="simulated NI")
        # Without sharing the port, so that a second server of the same port is refused.
        server = grpc.server(
            threads,
            options=[
                ("grpc.max_receive_message_length", -1),
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", 0),
            ],
        )
        add_NiDAQmxServicer_to_server(self.service, server)
        wanted = self.port or self._asked_port
        try:
            self.port = server.add_insecure_port(f"127.0.0.1:{wanted}")
        except RuntimeError as error:
            threads.shutdown()
            raise ConfigurationError(f"port {wanted} is taken; give another one, or 0 for any", "--port") from error
        self._threads = threads
        self._grpc = server
        server.start()

    def drop(self) -> None:
        """Cut every connection and stop to listen; the cards go on as they are. :meth:`listen` ends it."""
        server = self._grpc
        if server is None:
            return
        # First the connection, then who waits: what they would still say reaches nobody.
        ended = server.stop(grace=0)
        with self.changed:
            self._grpc = None
            self.changed.notify_all()
        ended.wait()
        self._threads.shutdown()

    def close(self) -> None:
        """End everything that this server began."""
        self.drop()
        with self.changed:
            for task in list(self.tasks.values()):
                self.clear(task)

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        return self._grpc is not None

    def require_connected(self) -> None:
        """Calls that wait end with the connection."""
        if not self.connected:
            raise ServerStopped

    # Tasks; all with the lock held ---------------------------------------------------------------------------------

    def task(self, name: str) -> Task:
        """Raises ``DaqFault`` -200088 for one that was cleared or never made."""
        found = self.tasks.get(name)
        if found is None:
            raise DaqFault(DAQmxErrors.INVALID_TASK, f"Task Name: {name}")
        return found

    def clear(self, task: Task) -> None:
        task.release()
        task.cleared = True
        self.tasks.pop(task.name, None)
        self.changed.notify_all()

    def reset(self, device: Device) -> None:
        """End every task of a device; its outputs go to 0."""
        for task in list(self.tasks.values()):
            if task.channels and task.device is device:
                task.release()
        device.owners.clear()
        now = self.clock.now()
        for line in device.lines.values():
            line.drive(now, Steady(0.0))
        self.changed.notify_all()

    def advance_armed(self, task: Task, time: int) -> None:
        """Start ``task`` at ``time`` if it waits for nothing more; then those that wait for it."""
        clock = task.shared_clock()
        shared = self._running_clock(clock) if clock else None
        if task.waits_for == [clock] and shared is not None:
            task.waits_for = []
        if task.waits_for:
            return
        task.begin(time, shared)
        if self.first_start is None:
            self.first_start = time
        if task.pulses is not None and task.pulses.pulses is not None:
            self.edge(self.net.line(task.channels[0].physical), task.pulses.pulses.start)
        self.fire({task.own_part()}, time)
        self.changed.notify_all()

    def edge(self, line: Line, time: int) -> None:
        """An output rose: start what waits for it at the end of a wire."""
        self.fire(self.net.reached_from(line), time)

    def fire(self, keys: set[str], time: int) -> None:
        """Start the tasks whose trigger or clock is among ``keys``."""
        for task in list(self.tasks.values()):
            if task.state is TaskState.ARMED and task.waits_for and task.waits_for[0] in keys:
                task.waits_for.pop(0)
                self.advance_armed(task, time)
        self.changed.notify_all()

    def _running_clock(self, part: str) -> SampleClock | None:
        """The sample clock that a part of a device runs from; None while it does not."""
        for task in self.tasks.values():
            if task.channels and task.state is TaskState.RUNNING and task.own_part() == part:
                if task.pulses is not None and task.pulses.pulses is not None:
                    return SampleClock(task.pulses.pulses.start, 1, task.pulses.period)
                if task.clock is not None and not task.on_demand:
                    return task.clock
        return None

    def horizon(self) -> int:
        """Time before which no input can ask any more, in ns."""
        first = self.clock.now()
        for task in self.tasks.values():
            if isinstance(task.measurement, CounterInput) and task.clock is not None:
                first = min(first, task.measurement.counted_until)
            elif task.measurement is not None and task.clock is not None and not task.on_demand:
                first = min(first, task.clock.time_of(task.position))
        return first - _MEMORY

    def pulse(self, name: str) -> None:
        """A rising edge from outside at a terminal, such as '/Dev1/PFI0'; for tests."""
        with self.changed:
            self.fire({self.net.trigger(name), terminal(name)}, self.clock.now())
