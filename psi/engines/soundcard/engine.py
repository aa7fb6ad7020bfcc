"""The sound card as declared."""

from __future__ import annotations

import re

from atom.api import Float, Str, Value
from enaml.core.api import d_

from psi.core.errors import Finding
from psi.core.source_lines import where_of
from psi.engines.soundcard.stream import StreamSettings, stream_faults
from psi.hardware.channel import AIChannel, AOChannel, Channel, channel_labels
from psi.hardware.engine import Engine, EngineDriver

#: What a sound card can do, for messages.
SUPPORTED = "supported: AIChannel 'in1', 'in2', ... and AOChannel 'out1', 'out2', ..., all with one fs"


def line_numbers(channel: Channel) -> list[int]:
    """The sound card's lines of ``channel``, from 0: ``'in1:2'`` is ``[0, 1]``. ``ValueError`` where it names none."""
    stem = "in" if channel.direction == "input" else "out"
    numbers = []
    for label in channel_labels(channel.channel):
        match = re.fullmatch(rf"{stem}([1-9]\d*)", label)
        if match is None:
            raise ValueError(f"{channel.channel!r} is no line of a sound card; {SUPPORTED}")
        numbers.append(int(match[1]) - 1)
    return numbers


class SoundcardEngine(Engine):
    """A sound card: what it plays and what it hears are counted by one clock.

    Samples are levels of full scale, -1 to 1, in the unit 'FS': a sound card does not say how many volts that is. Its
    lines are ``'in1'``, ``'in2'`` and ``'out1'``, ``'out2'``.
    """

    #: Part of a device's name, or its number, as ``psi doctor`` lists them; empty for the system's own choice.
    input_device = d_(Str())
    output_device = d_(Str())

    #: Seconds of sound that the device holds: a number, 'low' or 'high'.
    latency = d_(Value("low"))

    #: Seconds of output that are ready before the device asks for them.
    look_ahead = d_(Float(0.1))

    def stream_settings(self, block_duration: float) -> StreamSettings:
        """The stream that the channels need, called for each ``block_duration`` s. ``ValueError`` as `line_numbers`."""
        lines: dict[str, list[int]] = {"input": [], "output": []}
        for channel in self.channels():
            lines[channel.direction] += line_numbers(channel)
        fs = self.channels()[0].fs
        return StreamSettings(
            fs=fs,
            blocksize=max(1, round(block_duration * fs)),
            input_device=self.input_device,
            output_device=self.output_device,
            n_inputs=max(lines["input"], default=-1) + 1,
            n_outputs=max(lines["output"], default=-1) + 1,
            latency=self.latency,
        )

    def devices(self) -> tuple[str, ...]:
        named = {"input": self.input_device, "output": self.output_device}
        used = dict.fromkeys(channel.direction for channel in self.channels())
        return tuple(f"sound {direction} {named[direction] or '(the default one)'}" for direction in used)

    def check(self) -> list[Finding]:
        channels = self.channels()
        if not channels:
            return [Finding(f"engine {self.name!r} has no channels; {SUPPORTED}", where_of(self))]
        findings = [finding for channel in channels for finding in self._channel_findings(channel, channels[0].fs)]
        if self.latency not in ("low", "high") and not (isinstance(self.latency, (int, float)) and self.latency > 0):
            what = f"latency = {self.latency!r} is not allowed; give 'low', 'high' or seconds above 0"
            findings.append(Finding(f"engine {self.name!r}: {what}", where_of(self, "latency")))
        if self.look_ahead <= 0:
            what = f"look_ahead = {self.look_ahead:g} s leaves no time to make sound; give 0.05 s or more"
            findings.append(Finding(f"engine {self.name!r}: {what}", where_of(self, "look_ahead")))
        if findings:
            return findings
        faults = stream_faults(self.stream_settings(0.01))
        return [Finding(f"engine {self.name!r}: {fault}", where_of(self)) for fault in faults]

    def _channel_findings(self, channel: Channel, fs: float) -> list[Finding]:
        kind = f"{type(channel).__name__} {channel.reference!r}"
        if not isinstance(channel, (AIChannel, AOChannel)):
            return [Finding(f"{kind} cannot be on a sound card; {SUPPORTED}", where_of(channel))]
        findings: list[Finding] = []
        try:
            line_numbers(channel)
        except ValueError as error:
            findings.append(Finding(str(error), where_of(channel, "channel")))
        if channel.fs <= 0 or channel.fs != fs:
            what = f"{kind} has fs = {channel.fs:g}; a sound card has one rate for all its channels, such as 44100"
            findings.append(Finding(what, where_of(channel, "fs")))
        low, high = channel.expected_range
        if low < -1 or high > 1:
            what = f"{kind} has expected_range ({low:g}, {high:g}); a sound card's full scale is (-1, 1)"
            findings.append(Finding(what, where_of(channel, "expected_range")))
        if isinstance(channel, AOChannel) and channel.safe_value != 0:
            what = f"{kind} has safe_value {channel.safe_value:g}; a sound card at rest is silent: leave it 0"
            findings.append(Finding(what, where_of(channel, "safe_value")))
        if isinstance(channel, AOChannel) and len(channel.line_labels()) > 1:
            what = f"{kind} is {len(channel.line_labels())} lines; declare an AOChannel for each"
            findings.append(Finding(what, where_of(channel, "channel")))
        return findings

    def make_safe(self) -> None:
        """Nothing to do: what a sound card plays ends with the process that plays it."""

    def driver_type(self) -> type[EngineDriver]:
        from psi.engines.soundcard.driver import SoundcardDriver

        return SoundcardDriver
