"""A signal that comes later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.delay_line import DelayLine
from psi.signal.settings import Fault, is_number
from psi.signal.span import span_faults, span_of
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class DelayStage(StageBase, Stage):
    """Hands every sample on later; see :class:`Delay`."""

    kind: ClassVar[str] = "Delay"
    duration: Any = None
    n_samples: Any = None
    initial: Any = "first"
    _line: DelayLine = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        faults = span_faults(self.duration, self.n_samples)
        if not (self.initial in ("first", True, False) or is_number(self.initial)):
            faults.append(Fault("initial", f"initial = {self.initial!r} must be 'first' or a number"))
        return faults

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self.check(), info)
        n = span_of(self.duration, self.n_samples, info.fs)
        self._line = DelayLine(n, None if self.initial == "first" else float(self.initial))
        kept = info.range
        if kept is not None and self.initial != "first":
            kept = min(kept[0], float(self.initial)), max(kept[1], float(self.initial))
        return self.makes(info, delay=info.delay + n / info.fs, range=kept)

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk(self._line.process(chunk.data), chunk.s0, self.info)


class Delay(Input):
    """Pushes samples later: sample k is the signal's sample k - n. All of the delay is nominal delay."""

    #: How much later, in seconds, to the nearest sample; or give ``n_samples``.
    duration = d_(Value())

    #: How many samples later, 0 or more; or give ``duration``.
    n_samples = d_(Value())

    #: What comes before the signal: 'first', the first sample of each channel, or a number in the signal's unit.
    initial = d_(Value("first"))

    def stage(self) -> DelayStage:
        return DelayStage(self.name, duration=self.duration, n_samples=self.n_samples, initial=self.initial)
