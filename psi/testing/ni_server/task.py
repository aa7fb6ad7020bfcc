"""A task of the simulated driver: what was set, whether it runs, what became of it."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from nidaqmx.constants import Coupling, RegenerationMode, SampleTimingType
from nidaqmx.error_codes import DAQmxErrors

from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.grid import SampleClock
from psi.testing.ni_server.inputs import AnalogInput, CounterInput, DigitalInput, Measurement
from psi.testing.ni_server.names import device_of, terminal
from psi.testing.ni_server.outputs import PulseTrain, SampleBuffer
from psi.testing.ni_server.timing import TimedChannels

if TYPE_CHECKING:
    from psi.testing.ni_server.server import SimulatedServer


class TaskState(StrEnum):
    IDLE = "idle"
    COMMITTED = "committed"
    #: Started, waiting for its trigger or its clock.
    ARMED = "armed"
    RUNNING = "running"


class Task(TimedChannels):
    """Every method is called with the server's lock held."""

    def __init__(self, server: SimulatedServer, name: str) -> None:
        super().__init__(name)
        self.server = server
        self.state = TaskState.IDLE
        #: Counts the starts, so that who waits sees that it is another one.
        self.starts = 0
        self.failure: DaqFault | None = None
        #: Set when the client cleared the task.
        self.cleared = False
        self.clock: SampleClock | None = None
        #: Next sample that a read gives where nothing else is said.
        self.position = 0
        self.measurement: Measurement | None = None
        self.buffer: SampleBuffer | None = None
        self.pulses: PulseTrain | None = None
        #: What it still waits for when it is armed: its trigger, then its clock.
        self.waits_for: list[str] = []
        #: A stop met calls that were on their way; they are told that there is no such task.
        self.raced = False
        #: Reads that have not returned, for tests that come between.
        self.n_waiting = 0
        #: What clients listen for -> the stream that tells them.
        self.listeners: dict[str, Any] = {}
        self._keeps_resources = False

    def own_part(self) -> str:
        """What others name to be started by it, or to use its clock: 'dev1/ai'."""
        kind = self.kind
        return (
            f"{self.device.name.lower()}/{kind}"
            if kind in ("ai", "ao", "di", "do")
            else terminal(self.channels[0].physical)
        )

    # Life --------------------------------------------------------------------------------------------------------

    def verify(self) -> None:
        """Raises ``DaqFault`` for what the device cannot do."""
        kind = self.kind
        self.device.require_present()
        if any(channel.device is not self.device for channel in self.channels):
            raise DaqFault(DAQmxErrors.MULTI_DEVS_IN_TASK, f"Task Name: {self.name}")
        for channel in self.channels:
            if kind in ("ai", "ao"):
                _ = channel.range
            if channel.settings.get("AI_COUPLING") == Coupling.AC.value and not self.device.product.simultaneous:
                told = f"Property: AI.Coupling\nPossible Values: DC\nChannel Name: {channel.name}"
                raise DaqFault(DAQmxErrors.INVALID_ATTRIBUTE_VALUE, told)
        if self.timing is not SampleTimingType.SAMPLE_CLOCK:
            return
        limits = self.rate_limits()
        asked = float(self.settings["SAMP_CLK_RATE"])
        told = f"Property: SampClk.Rate\nRequested Value: {asked:g}\nMinimum: {limits[0]:g}\nMaximum: {limits[1]:g}"
        if asked > limits[1]:
            raise DaqFault(DAQmxErrors.SAMP_RATE_TOO_HIGH, told)
        if asked < limits[0] or asked <= 0:
            raise DaqFault(DAQmxErrors.SAMP_RATE_TOO_LOW, told)
        if kind in ("di", "do") and any("/port0/" not in line for c in self.channels for line in c.terminals):
            raise DaqFault(
                DAQmxErrors.INVALID_TIMING_TYPE, f"Device: {self.device.name}\nHardware-timed lines: port0 only"
            )

    def reserve(self, keep: bool = False) -> None:
        """Take what the task needs of its device."""
        self.verify()
        # A pin can be read by more than one task, and while another drives it.
        shared = self.kind in ("ai", "di")
        parts = [] if shared else [line for channel in self.channels for line in channel.terminals]
        if self.kind == "ai" or (self.kind in ("ao", "di", "do") and not self.on_demand):
            parts.append(f"{self.kind} timing engine")
        self.device.reserve(parts, self.name)
        self._keeps_resources = self._keeps_resources or keep

    def commit(self, keep: bool = False) -> None:
        """Reserve, and set up what measures or generates."""
        if self.state is not TaskState.IDLE:
            return
        self.reserve(keep)
        net = self.server.net
        lines = [line for channel in self.channels for line in channel.terminals]
        match self.kind:
            case "ai":
                self.measurement = AnalogInput(self.channels, [net.heard_at(line) for line in lines])
            case "di":
                self.measurement = DigitalInput(self.channels, [net.heard_at(line) for line in lines])
            case "ci":
                channel = self.channels[0]
                a = channel.settings.get("A_TERM") or channel.physical
                b = channel.settings.get("B_TERM") or f"{channel.physical}_b"
                self.measurement = CounterInput(channel, net.heard_at(a), net.heard_at(b))
            case "co":
                self.pulses = PulseTrain(net.line(self.channels[0].physical), self.channels[0])
            case _:
                self._prepare_buffer()
        self.state = TaskState.COMMITTED

    def _prepare_buffer(self) -> None:
        if self.buffer is None and not self.on_demand:
            net = self.server.net
            regenerate = self.settings.get("REGEN_MODE") != RegenerationMode.DONT_ALLOW_REGENERATION.value
            size = int(self.settings.get("OUTPUT_BUF_SIZE", 0))
            lines = [net.line(line) for channel in self.channels for line in channel.terminals]
            self.buffer = SampleBuffer(lines, self.channels, size, regenerate)
            if "OUTPUT_ONBRD_BUF_SIZE" in self.settings:
                self.buffer.fifo = int(self.settings["OUTPUT_ONBRD_BUF_SIZE"])

    def start(self) -> None:
        if self.state in (TaskState.ARMED, TaskState.RUNNING):
            return
        self.commit()
        if self.buffer is not None and not self.buffer.end:
            raise DaqFault(DAQmxErrors.OUTPUT_BUFFER_EMPTY, f"Task Name: {self.name}")
        self.failure = None
        self.raced = False
        self.position = 0
        self.starts += 1
        self.waits_for = []
        if source := self.settings.get("DIG_EDGE_START_TRIG_SRC"):
            self.waits_for.append(self.server.net.trigger(source))
        if clock := self.shared_clock():
            self.waits_for.append(clock)
        self.state = TaskState.ARMED
        self.server.advance_armed(self, self.server.clock.now())

    def shared_clock(self) -> str:
        source = str(self.settings.get("SAMP_CLK_SRC", ""))
        return "" if not source or terminal(source) == "onboardclock" else self.server.net.trigger(source)

    def begin(self, time: int, shared: SampleClock | None) -> None:
        """The trigger came at ``time``: sample 0 is then, or at the next tick of a ``shared`` clock."""
        if shared is not None:
            tick = max(0, shared.count(time - 1))
            self.clock = SampleClock(shared.time_of(tick), shared.num, shared.den)
        else:
            self.clock = SampleClock.of(time, self.fs * (1 + Fraction(self._clock_error()) / 1_000_000))
        self.state = TaskState.RUNNING
        if self.is_output:
            for channel in self.channels:
                for name in channel.terminals:
                    self.server.net.line(name).forget_before(self.server.horizon())
        if self.measurement is not None:
            self.measurement.begin(self.clock.start)
        if self.buffer is not None:
            self.buffer.begin(self.clock, self.total)
        if self.pulses is not None:
            implicit = self.timing is SampleTimingType.IMPLICIT
            # Without timing a counter makes one pulse.
            self.pulses.begin(time, self.total if implicit else 1)

    def _clock_error(self) -> Fraction:
        """Parts per million of the crystal that the task runs from."""
        for name in ("REF_CLK_SRC", "SAMP_CLK_TIMEBASE_SRC", "MASTER_TIMEBASE_SRC"):
            source = str(self.settings.get(name, ""))
            if source and terminal(source) not in ("onboardclock", "none"):
                other = self.server.devices.get(device_of(source).lower())
                return Fraction(str(other.clock_error_ppm)) if other else Fraction(0)
        return Fraction(str(self.device.clock_error_ppm))

    def stop(self) -> None:
        now = self.server.clock.now()
        self.poll(now)
        if self.state in (TaskState.ARMED, TaskState.RUNNING):
            if self.buffer is not None:
                self.buffer.stop(now)
                if self.buffer.regenerate:
                    self.buffer.position = 0
                else:
                    self.buffer = None
            if self.pulses is not None:
                self.pulses.stop(now)
        self.failure = None
        self.clock = None
        self.waits_for = []
        self.state = TaskState.COMMITTED if self._keeps_resources else TaskState.IDLE
        if not self._keeps_resources:
            self.device.release(self.name)
        self._prepare_after_stop()

    def _prepare_after_stop(self) -> None:
        if self.state is TaskState.COMMITTED and self.kind in ("ao", "do"):
            self._prepare_buffer()

    def release(self) -> None:
        """Stop, and let go of the device."""
        self._keeps_resources = False
        if self.channels:
            self.stop()
            self.buffer = None

    # What became of it -------------------------------------------------------------------------------------------

    def acquired(self, now: int) -> int:
        """Samples per channel since the start."""
        if self.clock is None or self.state is not TaskState.RUNNING:
            return 0
        n = self.clock.count(now)
        if self.failure is not None:
            n = min(n, self.position + self.input_size)
        return n if self.total is None else min(n, self.total)

    def poll(self, now: int) -> None:
        """See whether the reader or the writer came too late."""
        if self.failure is None and (due := self.fails_at()) is not None and now >= due:
            if self.buffer is not None:
                self.fail(DAQmxErrors.GEN_STOPPED_TO_PREVENT_REGEN_OF_OLD_SAMPLES)
            else:
                self.fail(DAQmxErrors.SAMPLES_NO_LONGER_AVAILABLE)

    def fails_at(self) -> int | None:
        """When, unless somebody reads or writes, the buffer is full or dry."""
        if self.state is not TaskState.RUNNING or self.clock is None or self.on_demand:
            return None
        if self.buffer is not None:
            return self.buffer.dry_at()
        if self.measurement is None or not self.continuous:
            return None
        return self.clock.time_of(self.position + self.input_size)

    def fail(self, code: DAQmxErrors) -> None:
        """The task ends with an error; every later call about it says so until it is stopped."""
        self.failure = DaqFault(code, f"Task Name: {self.name}")
        if self.buffer is not None and self.buffer.clock is not None:
            self.buffer.stop(self.server.clock.now())
        self.server.changed.notify_all()

    def done_at(self) -> int | None:
        """When a finite task has done what it should; None where that cannot be said."""
        if self.state is not TaskState.RUNNING or self.clock is None:
            return None
        if self.pulses is not None:
            return self.pulses.pulses.end if self.pulses.pulses else None
        if self.total is None or self.on_demand:
            return None
        # An output's last sample lasts a period as well.
        return self.clock.time_of(self.total if self.is_output else self.total - 1)

    def is_done(self, now: int) -> bool:
        """Raises what it failed with."""
        self.poll(now)
        if self.failure is not None:
            raise self.failure
        if self.state in (TaskState.IDLE, TaskState.COMMITTED):
            return True
        due = self.done_at()
        return due is not None and now >= due
