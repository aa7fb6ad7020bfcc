"""From volts to pascals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.level import dbi
from psi.signal.settings import Fault, number_faults
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class CalibratedInputStage(StageBase, Stage):
    """Scales volts to pascals; see :class:`CalibratedInput`."""

    kind: ClassVar[str] = "CalibratedInput"
    sensitivity: Any = None
    gain: Any = 0.0
    _scale: float = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        return number_faults("sensitivity", self.sensitivity, "V/Pa", above=0) + number_faults("gain", self.gain, "dB")

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        if info.unit != "V":
            faults.append(Fault("sensitivity", f"scales from V, but the signal is in {info.unit or 'no unit'}"))
        self.refuse(faults, info)
        self._scale = 1 / (float(self.sensitivity) * dbi(self.gain))
        return self.makes(info, dtype="float64", unit="Pa")

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk(np.multiply(chunk.data, self._scale, dtype=np.float64), chunk.s0, self.info)


class CalibratedInput(Input):
    """A microphone's volts as pascals: V / (sensitivity * 10^(gain / 20))."""

    #: Of the microphone, in V/Pa.
    sensitivity = d_(Value())

    #: Of the preamplifier between microphone and channel, in dB.
    gain = d_(Value(0.0))

    def stage(self) -> CalibratedInputStage:
        return CalibratedInputStage(self.name, sensitivity=self.sensitivity, gain=self.gain)
