"""Sound level."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Str, Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.models.calibration import REFERENCE_PRESSURE
from psi.signal.settings import Fault, choice_faults, number_faults
from psi.signal.sound_level import TIME_WEIGHTINGS, TO_SETTLE, SoundLevelMeter
from psi.signal.weighting import LOWEST_FS, WEIGHTINGS
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class SPLStage(StageBase, Stage):
    """Sound level in dB re 20 µPa; see :class:`SPL`."""

    kind: ClassVar[str] = "SPL"
    time_constant: Any = "fast"
    weighting: str = "Z"
    fs_out: Any = 100.0
    _meter: SoundLevelMeter = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        faults = choice_faults("weighting", self.weighting, WEIGHTINGS)
        faults += number_faults("fs_out", self.fs_out, "samples/s", above=0)
        if isinstance(self.time_constant, str):
            return faults + choice_faults("time_constant", self.time_constant, tuple(TIME_WEIGHTINGS))
        return faults + number_faults("time_constant", self.time_constant, "s", above=0)

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        if info.unit != "Pa":
            message = f"reads Pa, but the signal is in {info.unit or 'no unit'}; put a CalibratedInput before it"
            faults.append(Fault("", message))
        if self.weighting in ("A", "C") and info.fs < LOWEST_FS:
            message = f"weighting = {self.weighting!r} needs fs of {LOWEST_FS:g} samples/s or more, not {info.fs:g}"
            faults.append(Fault("weighting", message))
        if not number_faults("fs_out", self.fs_out, above=0) and self.fs_out > info.fs:
            message = f"fs_out = {self.fs_out:g} samples/s must not be greater than fs = {info.fs:g} samples/s"
            faults.append(Fault("fs_out", message))
        self.refuse(faults, info)
        tau = float(TIME_WEIGHTINGS.get(self.time_constant, self.time_constant))
        q = round(info.fs / self.fs_out)
        self._meter = SoundLevelMeter(info.fs, q, tau, self.weighting, REFERENCE_PRESSURE)
        self.settle_time = tau * TO_SETTLE
        unit = "dB SPL" if self.weighting == "Z" else f"dB({self.weighting})"
        return self.makes(info, fs=info.fs / q, dtype="float64", unit=unit, delay=info.delay + tau)

    def process(self, chunk: Chunk) -> Chunk:
        data, s0 = self._meter.process(chunk.data, chunk.s0)
        return Chunk(data, s0, self.info)


class SPL(Input):
    """Sound level in dB re 20 µPa RMS, as a sound level meter reads it; of pascals.

    ``10 log10(E / (20 µPa)**2)`` with E the exponential average, over ``time_constant``, of the squared signal after
    frequency weighting (IEC 61672-1:2013). It begins with silence, whose level is minus infinity. The nominal delay is
    the time constant.
    """

    #: 'fast' (0.125 s), 'slow' (1 s), or a number of seconds.
    time_constant = d_(Value("fast"))

    #: 'A', 'C' or 'Z' (none).
    weighting = d_(Str("Z"))

    #: Samples/s wanted; the nearest that is the signal's rate divided by a whole number is given.
    fs_out = d_(Value(100.0))

    def stage(self) -> SPLStage:
        return SPLStage(self.name, time_constant=self.time_constant, weighting=self.weighting, fs_out=self.fs_out)
