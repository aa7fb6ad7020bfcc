"""Channels: the lines of a device, as declared in a hardware config.

A channel's children are the inputs or outputs on it. It knows them only as declarations
to be handed on; what they do is none of its business.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from atom.api import Enum, Float, Int, Str, Tuple, Value
from enaml.core.api import Declarative, d_

from psi.core.errors import ConfigurationError, Finding
from psi.core.source_lines import where_of
from psi.models.calibration import Calibration, FullScale
from psi.stream.info import StreamInfo


def channel_labels(channel: str) -> tuple[str, ...]:
    """The lines that a device's channel text names, in NI's reading: ``'Dev2/ai0:3'`` is four lines.

    Examples
    --------
    >>> channel_labels('Dev1/ai1')
    ('Dev1/ai1',)
    >>> channel_labels('Dev2/ai0:2')
    ('Dev2/ai0', 'Dev2/ai1', 'Dev2/ai2')
    """
    labels: list[str] = []
    for part in channel.split(","):
        part = part.strip()
        match = re.fullmatch(r"(.*?)(\d+):(\d+)", part)
        if match is None:
            labels.append(part)
            continue
        stem, first, last = match[1], int(match[2]), int(match[3])
        step = 1 if last >= first else -1
        labels += [f"{stem}{index}" for index in range(first, last + step, step)]
    return tuple(labels)


class Channel(Declarative):
    """One line of a device, or several that are sampled together."""

    #: The device's own name for it, for example ``'Dev1/ai0'`` or ``'Dev2/ai0:15'``.
    channel = d_(Str())

    #: What manifests may call it, for example ``'speaker1'``; the device's name where empty.
    name = d_(Str())

    #: Samples per second; 0 means software-timed, on demand.
    fs = d_(Float())

    #: One label per line; the device's names where empty.
    labels = d_(Tuple(Str()))

    #: Which trigger starts it, for example ``'ao/StartTrigger'``; empty for the engine's own start.
    start_trigger = d_(Str())

    #: 'input' or 'output'; fixed by the kind of channel.
    direction = "input"

    #: True where samples are 0 or 1.
    digital = False

    #: Unit of the samples; a digital line's have none.
    unit = d_(Str())

    @property
    def reference(self) -> str:
        """The name by which outputs and people refer to it."""
        return self.name or self.channel

    def findings(self) -> list[Finding]:
        """What is wrong with the declaration, whatever the device."""
        return []

    def line_labels(self) -> tuple[str, ...]:
        """One label per line. Raises ``ConfigurationError`` where labels and lines disagree in number."""
        lines = channel_labels(self.channel)
        if not self.labels:
            return lines
        if len(self.labels) != len(lines):
            raise ConfigurationError(
                f"channel {self.reference!r}: {self.channel!r} is {len(lines)} lines "
                f"({lines[0]} to {lines[-1]}) but has {len(self.labels)} labels; give one label per line"
            )
        return tuple(self.labels)

    def stream_info(self) -> StreamInfo:
        """The stream that this channel's samples are before any stage."""
        labels = self.line_labels()
        dtype = "bool" if self.digital else "float64"
        return StreamInfo(self.reference, self.fs, len(labels), dtype, self.unit, labels, 0.0)


class _Analog(Channel):
    unit = d_(Str("V"))

    #: Lowest and highest voltage in V.
    expected_range = d_(Tuple(default=(-10.0, 10.0)))

    #: How volts relate to levels; ``None`` means dB re full scale.
    calibration = d_(Value())

    #: Seconds by which the converter's own filter delays, as delta-sigma converters do (NI: 63 samples of a PXI-4461
    #: are ``63 / fs``). An input's is part of its stream's ``delay``; an output's sounds so much later than its sample.
    filter_delay = d_(Float(0.0))

    def level_reference(self) -> Calibration:
        """The channel's calibration, or full scale where it has none."""
        return self.calibration if self.calibration is not None else FullScale(volts=self.expected_range[1])


class AIChannel(_Analog):
    """Analog input; samples are the volts at the input, which a ``CalibratedInput`` relates to what was measured."""

    terminal_mode = d_(Enum("default", "RSE", "NRSE", "differential", "pseudodifferential"))
    #: 'AC' blocks what does not change, 'GND' measures the input's own zero.
    coupling = d_(Enum("default", "AC", "DC", "GND"))
    #: Gain of the preamplifier before the input, as a factor; a CalibratedInput divides by it.
    gain = d_(Float(1.0))
    #: -1 where sensor and preamplifier turn the signal upside down, else 1; a CalibratedInput multiplies by it.
    polarity = d_(Enum(1, -1))

    def stream_info(self) -> StreamInfo:
        low, high = self.expected_range
        return replace(
            super().stream_info(),
            delay=float(self.filter_delay),
            range=(float(low), float(high)),
            gain=float(self.gain * self.polarity),
            calibration=self.calibration,
        )


class AOChannel(_Analog):
    """Analog output."""

    direction = "output"
    #: Voltage in V that the line is left at when a run ends for any reason.
    safe_value = d_(Float())


class DIChannel(Channel):
    """Digital input; samples are 0 or 1."""

    digital = True


class DigitalOutput(Channel):
    """A line that is set high or low."""

    direction = "output"
    digital = True
    #: Level (0 or 1) that the line is left at when a run ends for any reason.
    safe_value = d_(Float())
    #: Seconds for which the line may be high at a time, whoever raised it; ``None`` for no limit. Pulses that are
    #: longer are refused, and a line that is still high then is closed, by the device where it can.
    max_on_time = d_(Value())
    #: Millilitres that a valve or pump on the line gives with each pulse, whatever its length, as measured; 0 where
    #: the volume depends on the length.
    volume_per_pulse = d_(Float())
    #: Millilitres that it gives in each second that the line is high, as measured; 0 where it is not known.
    volume_per_second = d_(Float())

    def findings(self) -> list[Finding]:
        return [*self._volume_findings(), *self._on_time_findings()]

    def _volume_findings(self) -> list[Finding]:
        return [
            Finding(
                f"{name} = {value:g} of channel {self.reference!r} is no volume; give mL, 0 or more",
                where_of(self, name),
            )
            for name in ("volume_per_pulse", "volume_per_second")
            if not 0 <= (value := getattr(self, name)) < math.inf
        ]

    def _on_time_findings(self) -> list[Finding]:
        longest, where = self.max_on_time, where_of(self, "max_on_time")
        if longest is None:
            return []
        if isinstance(longest, bool) or not isinstance(longest, (int, float)) or not 0 < longest < math.inf:
            message = f"max_on_time = {longest!r} of channel {self.reference!r} is no time; give seconds above 0"
            return [Finding(message, where)]
        if self.safe_value:
            return [
                Finding(
                    f"channel {self.reference!r} is safe when it is high (safe_value = {self.safe_value:g}), so that "
                    "max_on_time makes no sense; leave one of them out",
                    where,
                )
            ]
        return []

    def on_time_limit(self) -> float:
        """Seconds for which the line may be high at a time; infinite where nothing limits it."""
        return math.inf if self.max_on_time is None else float(self.max_on_time)


class DOChannel(DigitalOutput):
    """Digital output; with ``fs = 0`` a line that is set on demand."""


class CIChannel(Channel):
    """Counter input: edges, or an encoder's position."""

    #: Samples are the edges counted so far, or an encoder's angle in degrees.
    mode = d_(Enum("edges", "encoder"))
    #: Which edges are counted.
    edge = d_(Enum("rising", "falling"))
    #: Count at the start.
    initial_count = d_(Int())
    #: Of an encoder's line A.
    pulses_per_revolution = d_(Int(360))
    #: How many edges of an encoder's lines count: one, two or four for each pulse.
    decoding = d_(Enum("X1", "X2", "X4"))

    def stream_info(self) -> StreamInfo:
        return replace(super().stream_info(), unit=self.unit or ("deg" if self.mode == "encoder" else ""))


class COChannel(DigitalOutput):
    """Counter output: the device times pulses by itself, one at a time, or a train while the line is high."""

    #: Level of the line between pulses.
    idle_state = d_(Enum("low", "high"))
    #: Pulses per second of a train; 0 for one pulse at a time, as long as it is asked for.
    frequency = d_(Float())
    #: Fraction of the period of a train for which the line is high.
    duty_cycle = d_(Float(0.5))

    def findings(self) -> list[Finding]:
        if 0 < self.duty_cycle < 1 and self.frequency >= 0:
            return super().findings()
        message = (
            f"counter {self.reference!r} has frequency = {self.frequency:g} and duty_cycle = {self.duty_cycle:g}; "
            "a frequency is 0 or more (Hz), a duty cycle lies between 0 and 1"
        )
        return [Finding(message, where_of(self)), *super().findings()]


class SerialChannel(DigitalOutput):
    """Something at the end of a serial line that is set high or low, on demand."""
