"""What a device can do, as it says itself, and what of a plan it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psi.core.errors import Finding, Where
from psi.core.names import did_you_mean, nearest
from psi.core.source_lines import where_of
from psi.engines.nidaqmx.plan import Plan, TaskPlan, kind_of
from psi.engines.nidaqmx.terminals import device_of
from psi.hardware.channel import AIChannel, AOChannel, Channel, channel_labels

Range = tuple[float, float]

#: A device's names for how an input is connected, and psi's.
TERMINAL_MODES = {
    "RSE": "RSE",
    "NRSE": "NRSE",
    "DIFF": "differential",
    "PSEUDO_DIFF": "pseudodifferential",
}


@dataclass(frozen=True)
class Abilities:
    """One device's answers; ``None`` or empty where it did not say."""

    name: str
    product: str = ""
    serial: str = ""
    simulated: bool = False
    #: Physical lines by kind ('ai', 'ao', 'di', 'do', 'ci', 'co').
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Ranges in V by kind ('ai', 'ao').
    ranges: Mapping[str, tuple[Range, ...]] = field(default_factory=dict)
    #: Highest rate in samples/s by kind; of 'ai' with one channel.
    rates: Mapping[str, float | None] = field(default_factory=dict)
    #: Of all ai channels together in samples/s, or of each where it samples them at one time.
    multi_channel_rate: float | None = None
    simultaneous: bool = False
    #: Lowest ai rate in samples/s.
    lowest_rate: float | None = None
    #: 'AC', 'DC', 'GND'.
    couplings: tuple[str, ...] = ()
    #: Line -> psi's names of the terminal modes it has.
    terminal_modes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Line -> whether it can be sampled by a clock.
    clocked: Mapping[str, bool] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Fit for JSON."""
        return {
            "name": self.name,
            "product": self.product,
            "serial": self.serial,
            "simulated": self.simulated,
            "lines": {kind: list(lines) for kind, lines in self.lines.items()},
            "ranges": {kind: [list(span) for span in spans] for kind, spans in self.ranges.items()},
            "rates": dict(self.rates),
            "multi_channel_rate": self.multi_channel_rate,
        }

    def summary(self) -> str:
        """One line for people."""
        parts = [f"{len(lines)} {kind}" for kind, lines in self.lines.items() if lines]
        made = ", simulated" if self.simulated else ""
        return f"{self.name}: {self.product or 'unknown product'} (serial {self.serial}{made}): {', '.join(parts)}"


def missing_devices(channels: Sequence[Channel], known: Sequence[str]) -> list[Finding]:
    """Channels on devices that are not there, with the nearest names."""
    folded = {name.lower() for name in known}
    findings = []
    for channel in channels:
        device = device_of(channel_labels(channel.channel)[0])
        # One that names no device is refused for that.
        if device and device.lower() not in folded:
            hint = did_you_mean(device, known) if known else "; no device is there: look with 'psi doctor'"
            findings.append(Finding(f"no device {device!r}{hint}", where_of(channel, "channel")))
    return findings


def device_findings(plan: Plan, abilities: Abilities) -> list[Finding]:
    """What ``plan`` asks of the device that it cannot do."""
    findings: list[Finding] = []
    for task in plan.timed:
        if task.device.lower() == abilities.name.lower():
            findings += _task_findings(task, abilities)
    for channel in plan.on_demand:
        if device_of(channel_labels(channel.channel)[0]).lower() == abilities.name.lower():
            findings += _channel_findings(channel, abilities)
    return findings


def _task_findings(task: TaskPlan, abilities: Abilities) -> Iterator[Finding]:
    for channel in task.channels:
        yield from _channel_findings(channel, abilities)
    fastest = next(channel for channel in task.channels if channel.fs == task.fs)
    where = where_of(fastest, "fs")
    limit = abilities.rates.get(task.kind)
    if limit is not None and task.fs > limit:
        yield Finding(f"{task.name} at {task.fs:g} samples/s is too fast; {abilities.name} allows {limit:g}", where)
    elif task.kind == "ai":
        yield from _input_rate(task, abilities, where)


def _input_rate(task: TaskPlan, abilities: Abilities, where: Where) -> Iterator[Finding]:
    n, total = len(task.lines), abilities.multi_channel_rate
    if total is not None and n > 1:
        asked = task.fs if abilities.simultaneous else n * task.fs
        if asked > total:
            allowed = total if abilities.simultaneous else total / n
            together = "" if abilities.simultaneous else f", {asked:g} together"
            yield Finding(
                f"{n} channels of {abilities.name} at {task.fs:g} samples/s{together}: it allows {total:g}"
                f"{'' if abilities.simultaneous else ' for all together'}; set fs to {allowed:g} or less, "
                "or use fewer channels",
                where,
            )
    if abilities.lowest_rate and task.fs < abilities.lowest_rate:
        yield Finding(
            f"{task.name} at {task.fs:g} samples/s is too slow; {abilities.name} allows {abilities.lowest_rate:g} "
            "or more: sample faster and decimate in the chain",
            where,
        )


def _channel_findings(channel: Channel, abilities: Abilities) -> Iterator[Finding]:
    kind = kind_of(channel)
    known = abilities.lines.get(kind, ())
    folded = {line.lower() for line in known}
    missing = [line for line in channel_labels(channel.channel) if line.lower() not in folded]
    if missing:
        yield Finding(_no_such_line(missing, kind, known, abilities), where_of(channel, "channel"))
        return
    if isinstance(channel, (AIChannel, AOChannel)):
        yield from _range(channel, abilities.ranges.get(kind, ()))
    if isinstance(channel, AIChannel):
        yield from _connection(channel, abilities)
    if channel.fs > 0 and kind in ("di", "do"):
        unclocked = [line for line in channel_labels(channel.channel) if abilities.clocked.get(line) is False]
        if unclocked or abilities.rates.get(kind) == 0:
            yield Finding(
                f"{unclocked[0] if unclocked else channel.channel!r} cannot be sampled by a clock on a "
                f"{abilities.product}; {'use a line of port0' if kind == 'di' else 'set fs = 0'}",
                where_of(channel, "fs"),
            )


def _no_such_line(missing: Sequence[str], kind: str, known: Sequence[str], abilities: Abilities) -> str:
    of = f"{abilities.name} ({abilities.product})" if abilities.product else abilities.name
    if not known:
        return f"{missing[0]!r}: {of} has no {kind} lines"
    close = nearest(missing[0], known)
    hint = f"; did you mean {' or '.join(repr(line) for line in close)}?" if close else ""
    return f"{of} has no line {missing[0]!r}; its {kind} lines are {known[0]} to {known[-1]} ({len(known)}){hint}"


def _shown(span: Range) -> str:
    low, high = span
    return f"±{high:g}" if low == -high else f"{low:g} to {high:g}"


def _range(channel: AIChannel | AOChannel, ranges: Sequence[Range]) -> Iterator[Finding]:
    low, high = channel.expected_range
    if low >= high:
        yield Finding(
            f"{channel.reference!r}: expected_range ({low:g}, {high:g}) must go from low to high",
            where_of(channel, "expected_range"),
        )
    # A device takes the smallest of its ranges that holds what is asked for.
    elif ranges and not any(span[0] <= low and high <= span[1] for span in ranges):
        yield Finding(
            f"{type(channel).__name__} {channel.reference!r} asks for {_shown((low, high))} V; "
            f"{channel.channel} allows {', '.join(map(_shown, ranges))} V. Set expected_range to one of these",
            where_of(channel, "expected_range"),
        )


def _connection(channel: AIChannel, abilities: Abilities) -> Iterator[Finding]:
    wanted = channel.terminal_mode
    for line in channel_labels(channel.channel):
        modes = abilities.terminal_modes.get(line, ())
        if wanted != "default" and modes and wanted not in modes:
            yield Finding(
                f"{line} cannot be connected as {wanted}; it allows {', '.join(modes)}",
                where_of(channel, "terminal_mode"),
            )
            break
    coupling = channel.coupling
    if coupling != "default" and abilities.couplings and coupling not in abilities.couplings:
        yield Finding(
            f"{channel.channel} cannot be coupled {coupling}; it allows {', '.join(abilities.couplings)}",
            where_of(channel, "coupling"),
        )
