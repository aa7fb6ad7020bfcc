"""Comparison with a level."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Str, Value, set_default
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.settings import Fault, choice_faults, number_faults
from psi.signal.threshold import MODES, compare
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class ThresholdStage(StageBase, Stage):
    """True where the signal lies beyond the threshold; see :class:`Threshold`."""

    kind: ClassVar[str] = "Threshold"
    threshold: Any = None
    mode: str = ">"
    _level: float = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        return number_faults("threshold", self.threshold) + choice_faults("mode", self.mode, MODES)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self.check(), info)
        self._level = float(self.threshold)
        return self.makes(info, dtype="bool", unit="")

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk(compare(chunk.data, self._level, self.mode), chunk.s0, self.info)


class Threshold(Input):
    """True where the signal lies beyond a threshold. NaN lies nowhere."""

    #: In the unit of the signal.
    threshold = d_(Value())

    #: Which side is True: '>', '>=', '<' or '<='.
    mode = d_(Str(">"))

    dtype = set_default("bool")

    def stage(self) -> ThresholdStage:
        return ThresholdStage(self.name, threshold=self.threshold, mode=self.mode)
