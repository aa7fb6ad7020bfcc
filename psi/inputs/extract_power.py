"""One frequency of a signal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Str, Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.one_frequency import LOBES, WINDOWS, OneFrequency
from psi.signal.settings import Fault, choice_faults, number_faults
from psi.signal.span import length_faults, samples_in
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class ExtractPowerStage(StageBase, Stage):
    """RMS at one frequency, block by block; see :class:`ExtractPower`."""

    kind: ClassVar[str] = "ExtractPower"
    frequency: Any = None
    duration: Any = None
    window: str = "hann"
    _projection: OneFrequency = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        faults = number_faults("frequency", self.frequency, "Hz", above=0)
        return faults + length_faults("duration", self.duration) + choice_faults("window", self.window, WINDOWS)

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        self.refuse(faults or self._rate_faults(info.fs), info)
        n = samples_in(self.duration, info.fs)
        self._projection = OneFrequency(float(self.frequency), info.fs, n, self.window)
        return self.makes(info, fs=info.fs / n, dtype="float64", delay=info.delay + n / info.fs / 2)

    def _rate_faults(self, fs: float) -> list[Fault]:
        if self.frequency >= fs / 2:
            message = f"frequency = {self.frequency:g} Hz must lie below {fs / 2:g} Hz, half of fs = {fs:g} samples/s"
            return [Fault("frequency", message)]
        # How far the nearest of 0 Hz and half the rate is, whose surroundings would leak into the window's main lobe.
        room = min(float(self.frequency), fs / 2 - float(self.frequency))
        shortest = LOBES[self.window] / room
        if samples_in(self.duration, fs) < round(shortest * fs):
            message = f"duration = {self.duration:g} s is too short for {self.frequency:g} Hz"
            return [Fault("duration", f"{message} and window = {self.window!r}; give {shortest:.4g} s or more")]
        return []

    def process(self, chunk: Chunk) -> Chunk:
        data, s0 = self._projection.process(chunk.data, chunk.s0)
        return Chunk(data, s0, self.info)


class ExtractPower(Input):
    """RMS, in the signal's unit, of the sine at one frequency in blocks that follow each other.

    ``sqrt(2) |sum w[m] x[m] exp(-2 pi i f m / fs)| / sum w[m]`` with w the window: of a sine of amplitude A at the
    frequency, ``A / sqrt(2)``. Sample k is that of the samples ``k * n .. (k + 1) * n - 1``, n the samples in a block.
    """

    #: In Hz.
    frequency = d_(Value())

    #: Of a block in s, rounded to whole samples; frequencies nearer than about 2 / duration are not told apart.
    duration = d_(Value())

    #: 'hann', 'hamming', 'blackman', 'flattop', or 'boxcar' where a block holds whole periods of all that sounds.
    window = d_(Str("hann"))

    def stage(self) -> ExtractPowerStage:
        return ExtractPowerStage(self.name, frequency=self.frequency, duration=self.duration, window=self.window)
