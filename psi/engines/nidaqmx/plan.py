"""Which tasks make up an engine: their channels, clocks, triggers and buffers."""

from __future__ import annotations

from dataclasses import dataclass

from psi.engines.nidaqmx.terminals import Signal, device_of, giver
from psi.hardware.channel import (
    AIChannel,
    AOChannel,
    Channel,
    CIChannel,
    COChannel,
    DIChannel,
    DOChannel,
    channel_labels,
)

#: Kinds of channel in the order in which one of them is chosen as the master: what plays tells what measures.
KINDS: dict[str, type[Channel]] = {
    "ao": AOChannel,
    "ai": AIChannel,
    "do": DOChannel,
    "di": DIChannel,
    "ci": CIChannel,
    "co": COChannel,
}


@dataclass(frozen=True)
class Timing:
    """What an engine says of its timing; times in s."""

    block_duration: float
    look_ahead: float = 0.0
    buffer_duration: float = 4.0
    #: Terminal of a sample clock that every timed task takes; empty for the devices' own.
    sample_clock: str = ""
    #: Whether devices are locked to one reference clock, so that a trigger can start them all.
    shared_clock: bool = False
    #: Device and part whose start starts the others, for example ``'Dev1/ao'``; empty to choose one.
    master: str = ""
    #: Whether tasks on the master's device begin with it although they name no trigger.
    synchronized: bool = True
    #: Whether a slower channel is made by keeping every so many samples of the task's rate.
    decimate: bool = False


@dataclass(frozen=True)
class TaskPlan:
    """One task: channels of one kind on one device, with one clock."""

    kind: str
    device: str
    channels: tuple[Channel, ...]
    #: Samples per second.
    fs: float
    #: Samples per block.
    block: int
    #: Samples per channel that its buffer holds.
    buffer: int
    #: Terminals, with their devices; empty for the device's own clock, and for starting when told to.
    clock: str = ""
    trigger: str = ""

    @property
    def name(self) -> str:
        """As people say it: ``'Dev1 ai'``."""
        return f"{self.device} {self.signal.part}"

    @property
    def lines(self) -> tuple[str, ...]:
        """The physical lines of all its channels, in their order."""
        return tuple(line for channel in self.channels for line in channel_labels(channel.channel))

    @property
    def signal(self) -> Signal:
        part = self.kind
        if self.kind in ("ci", "co"):
            part = self.lines[0].rpartition("/")[2]
        return Signal(self.device.lower(), part.lower())

    @property
    def is_input(self) -> bool:
        return self.kind in ("ai", "di", "ci")

    def factor(self, channel: Channel) -> int:
        """Of how many of the task's samples ``channel`` keeps one."""
        return round(self.fs / channel.fs)


@dataclass(frozen=True)
class Plan:
    """All tasks of an engine."""

    #: In the order in which they are started: whoever waits for another comes before it.
    timed: tuple[TaskPlan, ...] = ()
    #: Lines that are set on demand.
    on_demand: tuple[Channel, ...] = ()
    #: The task whose start starts the others; ``None`` where nothing is timed.
    master: TaskPlan | None = None

    @property
    def devices(self) -> tuple[str, ...]:
        """Every device that is needed, in the order of declaration."""
        names = [task.device for task in self.timed]
        names += [device_of(line) for channel in self.on_demand for line in channel_labels(channel.channel)]
        return tuple(dict.fromkeys(names))


def kind_of(channel: Channel) -> str:
    """The kind of ``channel`` in NI's two letters; empty for one that no card has."""
    return next((kind for kind, cls in KINDS.items() if isinstance(channel, cls)), "")


def waits_outside(task: TaskPlan) -> bool:
    """Whether ``task`` begins with a trigger that no task of psi's gives."""
    return bool(task.trigger) and giver(task.trigger) is None


def drifting(plan: Plan, timing: Timing) -> list[TaskPlan]:
    """Tasks on other devices than the master's that share neither clock nor trigger with it: they drift."""
    master = plan.master
    if master is None or timing.shared_clock or timing.sample_clock:
        return []
    return [task for task in plan.timed if task.device != master.device and giver(task.clock) is None]
