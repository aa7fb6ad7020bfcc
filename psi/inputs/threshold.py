"""Comparison with a level."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Str, Value, set_default
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.settings import Fault, at_least_faults, choice_faults, number_faults
from psi.signal.threshold import MODES, Comparator, side
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class ThresholdStage(StageBase, Stage):
    """True where the signal lies beyond the threshold; see :class:`Threshold`."""

    kind: ClassVar[str] = "Threshold"
    threshold: Any = None
    mode: str = ">"
    hysteresis: Any = 0.0
    _comparator: Comparator = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        faults = number_faults("threshold", self.threshold) + choice_faults("mode", self.mode, MODES)
        return faults + at_least_faults("hysteresis", self.hysteresis, 0)

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        self.refuse(faults or self._range_faults(info), info)
        self._comparator = Comparator(float(self.threshold), self.mode, float(self.hysteresis))
        return self.makes(info, dtype="bool", unit="")

    def _range_faults(self, info: StreamInfo) -> list[Fault]:
        if info.range is None:
            return []
        (low, high), unit = info.range, f" {info.unit}" if info.unit else ""
        allowed = f"the range of {info.name!r}, {low:g} to {high:g}{unit}; set it within"
        if not low <= self.threshold <= high:
            return [Fault("threshold", f"threshold = {self.threshold:g}{unit} lies outside {allowed}")]
        release = self.threshold - side(self.mode) * self.hysteresis
        if self.hysteresis and not low <= release <= high:
            message = f"hysteresis = {self.hysteresis:g}{unit} ends at {release:g}{unit}, outside"
            return [Fault("hysteresis", f"{message} {allowed}")]
        return []

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk(self._comparator.process(chunk.data), chunk.s0, self.info)


class Threshold(Input):
    """True where the signal lies beyond a threshold. NaN lies nowhere.

    With hysteresis, a channel stays True until the signal has come back by that much: with '>' and '>=' until it is at
    or below ``threshold - hysteresis``, with '<' and '<=' until it is at or above ``threshold + hysteresis``.
    """

    #: In the unit of the signal; within the channel's range where that is known.
    threshold = d_(Value())

    #: Which side is True: '>', '>=', '<' or '<='.
    mode = d_(Str(">"))

    #: How far the signal has to come back, in its unit; 0 or more.
    hysteresis = d_(Value(0.0))

    dtype = set_default("bool")

    def stage(self) -> ThresholdStage:
        return ThresholdStage(self.name, threshold=self.threshold, mode=self.mode, hysteresis=self.hysteresis)
