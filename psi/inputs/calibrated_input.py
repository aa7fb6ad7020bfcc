"""From volts to what a sensor measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Str, Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.models.calibration import FlatCalibration
from psi.signal.level import dbi
from psi.signal.settings import Fault, number_faults
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class CalibratedInputStage(StageBase, Stage):
    """Scales volts to what was measured; see :class:`CalibratedInput`."""

    kind: ClassVar[str] = "CalibratedInput"
    sensitivity: Any = None
    calibration: Any = None
    gain: Any = None
    polarity: Any = None
    unit: str = "Pa"
    _scale: float = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        faults: list[Fault] = []
        if self.sensitivity is not None:
            faults += number_faults("sensitivity", self.sensitivity, f"V/{self.unit}", above=0)
        if self.calibration is not None:
            faults += self._calibration_faults(self.calibration)
            if self.sensitivity is not None:
                faults.append(Fault("calibration", "calibration and sensitivity are both set; leave one out"))
        if self.gain is not None:
            faults += number_faults("gain", self.gain, "dB")
        if not (self.polarity is None or self.polarity in (1, -1)):
            faults.append(Fault("polarity", f"polarity = {self.polarity!r} must be 1, -1 or None (the channel's)"))
        if not self.unit:
            faults.append(Fault("unit", "unit = '' says nothing; give the unit of what is measured, such as 'Pa'"))
        return faults

    def _calibration_faults(self, calibration: Any) -> list[Fault]:
        if not isinstance(calibration, FlatCalibration):
            message = f"calibration = {calibration!r} gives no {self.unit}; give a FlatCalibration, or sensitivity"
            return [Fault("calibration", message)]
        if self.unit != "Pa":
            message = f"unit = {self.unit!r}, but a FlatCalibration gives Pa; give sensitivity in V/{self.unit}"
            return [Fault("unit", message)]
        return []

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        if info.unit != "V":
            faults.append(Fault("sensitivity", f"scales from V, but the signal is in {info.unit or 'no unit'}"))
        if self.sensitivity is None and self.calibration is None:
            if info.calibration is None:
                message = f"needs sensitivity in V/{self.unit}, or a calibration, here or on the channel; set one"
                faults.append(Fault("sensitivity", message))
            else:
                faults += self._calibration_faults(info.calibration)
        if self.gain is None and not info.gain:
            faults.append(Fault("gain", "the channel's gain is 0, from which nothing can be told; set it"))
        self.refuse(faults, info)
        self._scale = self._polarity(info) / (self._sensitivity(info) * self._gain(info))
        kept = info.range and tuple(sorted(limit * self._scale for limit in info.range))
        return self.makes(info, dtype="float64", unit=self.unit, range=kept, gain=1.0, calibration=None)

    def _sensitivity(self, info: StreamInfo) -> float:
        if self.sensitivity is not None:
            return float(self.sensitivity)
        calibration: Any = info.calibration if self.calibration is None else self.calibration
        return float(calibration.sensitivity)

    def _gain(self, info: StreamInfo) -> float:
        return abs(info.gain) if self.gain is None else dbi(self.gain)

    def _polarity(self, info: StreamInfo) -> float:
        return float(np.sign(info.gain)) if self.polarity is None else float(self.polarity)

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk(np.multiply(chunk.data, self._scale, dtype=np.float64), chunk.s0, self.info)


class CalibratedInput(Input):
    """A sensor's volts in the unit of what it measures: ``polarity * V / (gain * sensitivity)``.

    For a microphone in pascals. Sensitivity, gain and polarity are the channel's where they are not set here.
    """

    #: Of the sensor, in V for each ``unit``, such as V/Pa; or ``calibration``.
    sensitivity = d_(Value())

    #: A FlatCalibration, whose volts are those of the sensor, before the preamplifier; None for the channel's.
    calibration = d_(Value())

    #: Of the preamplifier between sensor and channel, in dB; None for the channel's, which is a factor.
    gain = d_(Value())

    #: 1, or -1 where the signal arrives upside down; None for the channel's.
    polarity = d_(Value())

    #: Of what is measured.
    unit = d_(Str("Pa"))

    def stage(self) -> CalibratedInputStage:
        return CalibratedInputStage(
            self.name,
            sensitivity=self.sensitivity,
            calibration=self.calibration,
            gain=self.gain,
            polarity=self.polarity,
            unit=self.unit,
        )
