"""The tasks for an engine's channels: who shares one, whose start starts whom, and in which order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from psi.core.errors import ConfigurationError, Finding
from psi.core.source_lines import where_of
from psi.engines.nidaqmx.plan import KINDS, Plan, TaskPlan, Timing, kind_of
from psi.engines.nidaqmx.terminals import device_of, giver, terminal
from psi.hardware.channel import Channel, channel_labels

#: Samples that a buffer holds at least, in blocks.
_FEWEST_BLOCKS = 4


@dataclass
class _Draft:
    findings: list[Finding] = field(default_factory=list)

    def refuse(self, message: str, channel: Channel, attribute: str | None = None) -> None:
        self.findings.append(Finding(message, where_of(channel, attribute)))


def make_plan(channels: Sequence[Channel], timing: Timing) -> Plan:
    """The tasks for ``channels``. Raises ``ConfigurationError`` with every fault at once."""
    plan, findings = draft_plan(channels, timing)
    if findings:
        raise ConfigurationError(findings)
    return plan


def draft_plan(channels: Sequence[Channel], timing: Timing) -> tuple[Plan, list[Finding]]:
    """The tasks for those of ``channels`` that can have any, and every fault of the others."""
    draft = _Draft()
    usable = [channel for channel in channels if _can_be_used(channel, draft)]
    _refuse_twice(usable, draft)
    timed = [channel for channel in usable if channel.fs > 0]
    tasks = [_task(kind, device, group, timing, draft) for (kind, device, _), group in _groups(timed).items()]
    master = _master(tasks, timing, draft)
    tasks = [_with_trigger(task, master, timing, draft) for task in tasks]
    tasks = [_with_counter_clock(task, tasks, timing, draft) for task in tasks]
    ordered = _in_order(tasks, draft)
    on_demand = tuple(channel for channel in usable if channel.fs == 0)
    chosen = next((task for task in ordered if master is not None and task.signal == master.signal), None)
    return Plan(tuple(ordered), on_demand, chosen), draft.findings


def _can_be_used(channel: Channel, draft: _Draft) -> bool:
    kind, name = kind_of(channel), channel.reference
    if not kind:
        draft.refuse(
            f"{type(channel).__name__} {name!r} is no line of a card; supported: AIChannel, AOChannel, DIChannel, "
            "DOChannel, CIChannel, COChannel",
            channel,
        )
    elif not channel.channel:
        draft.refuse(f"{type(channel).__name__} {name!r} names no line; give it one such as 'Dev1/{kind}0'", channel)
    elif any(not device_of(line) for line in channel_labels(channel.channel)):
        draft.refuse(f"channel {channel.channel!r} names no device; write 'Dev1/{channel.channel}'", channel, "channel")
    elif len({device_of(line) for line in channel_labels(channel.channel)}) > 1:
        draft.refuse(f"channel {channel.channel!r} is on two devices; declare one for each", channel, "channel")
    elif channel.fs < 0 or not math.isfinite(channel.fs):
        draft.refuse(f"channel {name!r} has fs = {channel.fs:g}; give samples/s, or 0 for on demand", channel, "fs")
    elif channel.fs == 0 and channel.direction == "input":
        draft.refuse(
            f"{type(channel).__name__} {name!r} has fs = 0; an input needs samples: give it a rate", channel, "fs"
        )
    elif channel.fs > 0 and kind == "co":
        draft.refuse(f"COChannel {name!r} is worked on demand, and timed by its counter; set fs = 0", channel, "fs")
    else:
        return True
    return False


def _refuse_twice(channels: Sequence[Channel], draft: _Draft) -> None:
    seen: dict[str, Channel] = {}
    for channel in channels:
        for line in channel_labels(channel.channel):
            other = seen.setdefault(line.lower(), channel)
            if other is not channel:
                draft.refuse(
                    f"line {line!r} of channel {channel.reference!r} is taken by channel {other.reference!r}; "
                    "a line belongs to one channel, which may have several inputs or outputs",
                    channel,
                    "channel",
                )


def _groups(channels: Sequence[Channel]) -> dict[tuple[str, str, str], list[Channel]]:
    """Channels by what shares a task: kind and device; a counter is a task of its own."""
    groups: dict[tuple[str, str, str], list[Channel]] = {}
    for channel in channels:
        kind = kind_of(channel)
        own = channel.channel if kind == "ci" else ""
        groups.setdefault((kind, device_of(channel_labels(channel.channel)[0]), own), []).append(channel)
    return groups


def _task(kind: str, device: str, channels: Sequence[Channel], timing: Timing, draft: _Draft) -> TaskPlan:
    fs = max(channel.fs for channel in channels)
    fastest = next(channel for channel in channels if channel.fs == fs)
    for channel in channels:
        if channel.fs == fs:
            continue
        both = f"{channel.reference!r} asks for {channel.fs:g}, {fastest.reference!r} for {fs:g} samples/s"
        if not (timing.decimate and kind in ("ai", "di")):
            mend = ", or decimate = True at the engine" if kind in ("ai", "di") else ""
            draft.refuse(
                f"{both}, but {device} has one {kind} timing engine; give them one rate{mend}, or use a second device",
                channel,
                "fs",
            )
        elif abs(fs / channel.fs - round(fs / channel.fs)) > 1e-9:
            draft.refuse(f"{both}; to decimate, the faster must be a whole multiple of the slower", channel, "fs")
    triggers = list(dict.fromkeys(channel.start_trigger for channel in channels if channel.start_trigger))
    for trigger in triggers[1:]:
        other = next(channel for channel in channels if channel.start_trigger == trigger)
        draft.refuse(
            f"channel {other.reference!r} starts with {trigger!r}, others on {device} with {triggers[0]!r}; "
            f"the {kind} channels of a device start together",
            other,
            "start_trigger",
        )
    block = max(1, round(timing.block_duration * fs))
    # The device counts whole blocks round its buffer: its size must be a multiple of them.
    blocks = max(_FEWEST_BLOCKS, math.ceil(timing.buffer_duration * fs / block))
    if kind in ("ao", "do"):
        blocks = max(blocks, math.ceil(timing.look_ahead * fs / block) + _FEWEST_BLOCKS)
    return TaskPlan(
        kind,
        device,
        tuple(channels),
        fs,
        block,
        blocks * block,
        terminal(timing.sample_clock, device),
        terminal(triggers[0], device) if triggers else "",
    )


def _master(tasks: Sequence[TaskPlan], timing: Timing, draft: _Draft) -> TaskPlan | None:
    """The task that starts the others: the one named, else whom others wait for, else by kind."""
    if not tasks:
        return None
    if timing.master:
        wanted = timing.master.strip("/").lower()
        for task in tasks:
            if f"{task.signal.device}/{task.signal.part}" == wanted:
                return task
        known = ", ".join(f"{task.device}/{task.signal.part}" for task in tasks)
        draft.refuse(
            f"master = {timing.master!r} is no timed part of this engine; known: {known}", tasks[0].channels[0]
        )
        return None
    awaited = [giver(task.trigger) for task in tasks if task.trigger]
    for task in tasks:
        if not task.trigger and task.signal in awaited:
            return task
    free = [task for task in tasks if task.kind != "ci" and not task.trigger] or list(tasks)
    return min(free, key=lambda task: list(KINDS).index(task.kind))


def _with_trigger(task: TaskPlan, master: TaskPlan | None, timing: Timing, draft: _Draft) -> TaskPlan:
    """``task`` begun by the master where it names no trigger of its own and can hear the master's."""
    # A counter counts on the ticks of somebody's sample clock and needs no trigger.
    if master is None or task.signal == master.signal or task.trigger or task.kind == "ci":
        return task
    hears = timing.synchronized and task.device == master.device
    if hears or (timing.shared_clock and task.device != master.device):
        return replace(task, trigger=f"/{master.device}/{master.signal.part}/StartTrigger")
    return task


def _with_counter_clock(task: TaskPlan, tasks: Sequence[TaskPlan], timing: Timing, draft: _Draft) -> TaskPlan:
    """A counter takes its samples with the sample clock of another part of its device that has its rate."""
    if task.kind != "ci" or task.clock:
        return task
    beside = [other for other in tasks if other.device == task.device and other.kind != "ci"]
    for other in beside:
        if other.fs == task.fs:
            return replace(task, clock=f"/{other.device}/{other.signal.part}/SampleClock")
    rates = ", ".join(f"{other.kind} {other.fs:g}" for other in beside) or "none"
    draft.refuse(
        f"counter {task.channels[0].reference!r} asks for {task.fs:g} samples/s, and a counter has no sample clock of "
        f"its own; give it the rate of another part of {task.device} (there: {rates}), or a sample_clock to the engine",
        task.channels[0],
        "fs",
    )
    return task


def _in_order(tasks: Sequence[TaskPlan], draft: _Draft) -> list[TaskPlan]:
    """``tasks`` so that whoever waits for another's clock or trigger has been started before it."""
    by_signal = {task.signal: task for task in tasks}
    awaits = {
        task.signal: {
            signal
            for signal in (giver(task.trigger), giver(task.clock))
            if signal is not None and signal in by_signal and signal != task.signal
        }
        for task in tasks
    }
    ordered: list[TaskPlan] = []
    left = list(tasks)
    while left:
        ready = [task for task in left if not any(task.signal in awaits[other.signal] for other in left)]
        if not ready:
            names = " and ".join(task.name for task in left)
            draft.refuse(f"{names} wait for each other's start; let one of them start by itself", left[0].channels[0])
            return list(tasks)
        ordered += ready
        left = [task for task in left if task not in ready]
    return ordered
