"""Channels: the lines of a device, as declared in a hardware config.

A channel's children are the inputs or outputs on it. It knows them only as declarations
to be handed on; what they do is none of its business.
"""

from __future__ import annotations

import re

from atom.api import Enum, Float, Str, Tuple, Value
from enaml.core.api import Declarative, d_

from psi.core.errors import ConfigurationError
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

    def level_reference(self) -> Calibration:
        """The channel's calibration, or full scale where it has none."""
        return self.calibration if self.calibration is not None else FullScale(volts=self.expected_range[1])


class AIChannel(_Analog):
    """Analog input."""

    terminal_mode = d_(Enum("default", "RSE", "NRSE", "differential", "pseudodifferential"))
    #: Gain of the preamplifier before the input; samples are divided by it.
    gain = d_(Float(1.0))


class AOChannel(_Analog):
    """Analog output."""

    direction = "output"
    #: Voltage in V that the line is left at when a run ends for any reason.
    safe_value = d_(Float())


class DIChannel(Channel):
    """Digital input; samples are 0 or 1."""

    digital = True


class DOChannel(Channel):
    """Digital output; with ``fs = 0`` a line that is set on demand."""

    direction = "output"
    digital = True
    #: Level (0 or 1) that the line is left at when a run ends for any reason.
    safe_value = d_(Float())


class CIChannel(Channel):
    """Counter input: edges or an encoder's position."""


class COChannel(Channel):
    """Counter output: pulse trains and one-shots."""

    direction = "output"
    digital = True
    safe_value = d_(Float())


class SerialChannel(Channel):
    """Something at the end of a serial line that is set high or low, on demand."""

    direction = "output"
    digital = True
    safe_value = d_(Float())
