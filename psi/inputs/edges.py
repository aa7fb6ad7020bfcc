"""From levels to events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Str, Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.edges import DETECTS, EdgeDetector
from psi.signal.settings import Fault, choice_faults, is_number, number_faults, whole_faults
from psi.stream.info import Chunk, Edge, StreamInfo
from psi.stream.stage import EventStage


@dataclass(eq=False)
class EdgesStage(StageBase, EventStage):
    """Finds changes of level that last; see :class:`Edges`."""

    kind: ClassVar[str] = "Edges"
    debounce: Any = 1
    debounce_duration: Any = None
    initial_state: Any = None
    detect: str = "both"
    #: Seconds from an edge's sample to the sample that makes it certain; known once bound.
    hold_back: float = field(default=0.0, init=False, repr=False)
    _detector: EdgeDetector = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        faults = whole_faults("debounce", self.debounce, 0) + choice_faults("detect", self.detect, DETECTS)
        if self.debounce_duration is not None:
            faults += number_faults("debounce_duration", self.debounce_duration, "s")
            if is_number(self.debounce_duration) and self.debounce_duration < 0:
                message = f"debounce_duration = {self.debounce_duration:g} s must not be negative"
                faults.append(Fault("debounce_duration", message))
            if self.debounce != 1:
                message = f"debounce = {self.debounce!r} and debounce_duration are both set; leave one out"
                faults.append(Fault("debounce_duration", message))
        if not (self.initial_state is None or self.initial_state in (0, 1)):
            message = f"initial_state = {self.initial_state!r} must be 0, 1 or None (the level of the first sample)"
            faults.append(Fault("initial_state", message))
        return faults

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        if np.dtype(info.dtype).kind not in "biu":
            message = f"takes levels, not {info.dtype} samples in {info.unit or 'no unit'}; put a Threshold before it"
            faults.append(Fault("", message))
        self.refuse(faults, info)
        debounce = int(self.debounce)
        if self.debounce_duration is not None:
            # The 1e-9 takes back what rounding adds: 0.07 s at 100 samples/s are 7 samples, not 8.
            debounce = int(np.ceil(self.debounce_duration * info.fs * (1 - 1e-9)))
        initial = None if self.initial_state is None else bool(self.initial_state)
        self._detector = EdgeDetector(debounce, initial)
        debounce = self._detector.debounce
        self.hold_back = (debounce - 1) / info.fs
        return self.makes(info, unit="", dtype="bool", delay=info.delay + debounce / info.fs)

    @property
    def starts_high(self) -> bool:
        """Whether a channel was high before its first edge; False while no sample has been seen."""
        return any(self._detector.first_level)

    def process(self, chunk: Chunk) -> Sequence[Edge]:
        levels = chunk.data if chunk.data.dtype == np.bool_ else chunk.data != 0
        changes = self._detector.process(levels, chunk.s0)
        if not changes:
            return ()
        return [
            Edge(change.sample, change.rising, change.channel)
            for change in changes
            if self.detect == "both" or change.rising == (self.detect == "rising")
        ]


class Edges(Input):
    """Rising and falling edges of levels, as events.

    A change counts when the new level has lasted at least ``debounce`` samples; its time is the
    first sample of the new level. Shorter excursions are ignored, in both directions.
    """

    #: Samples that a new level has to last; a whole number, 0 and 1 let every change through.
    debounce = d_(Value(1))

    #: The same in seconds, rounded up to whole samples; instead of ``debounce``.
    debounce_duration = d_(Value())

    #: Level before the first sample, 0 or 1; None for that of the first sample.
    initial_state = d_(Value())

    #: Which edges become events: 'rising', 'falling' or 'both'.
    detect = d_(Str("both"))

    def stage(self) -> EdgesStage:
        return EdgesStage(
            self.name,
            debounce=self.debounce,
            debounce_duration=self.debounce_duration,
            initial_state=self.initial_state,
            detect=self.detect,
        )
