"""A target rate, with a filter against folding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Str, Value
from enaml.core.api import d_

from psi.inputs.decimate import DecimateStage
from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.downsample import rate_faults
from psi.signal.settings import Fault, choice_faults
from psi.signal.sos_filter import STARTS
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class DecimateToStage(StageBase, Stage):
    """Decimates by whatever gives the rate; see :class:`DecimateTo`."""

    kind: ClassVar[str] = "DecimateTo"
    fs: Any = None
    start: str = "steady"
    _decimate: DecimateStage = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        return rate_faults("fs", self.fs) + choice_faults("start", self.start, STARTS)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(rate_faults("fs", self.fs, info.fs) + choice_faults("start", self.start, STARTS), info)
        self._decimate = DecimateStage(self.name, q=round(info.fs / float(self.fs)), start=self.start)
        self.refuse(self._decimate.rate_faults(info.fs, "fs"), info)
        self.info = self._decimate.bind(info)
        self.settle_time = self._decimate.settle_time
        return self.info

    def process(self, chunk: Chunk) -> Chunk:
        return self._decimate.process(chunk)


class DecimateTo(Input):
    """:class:`~psi.inputs.decimate.Decimate` to a rate, whatever the rate of the signal that it divides."""

    #: Samples per second of the result; the signal's rate must be a whole multiple of it.
    fs = d_(Value())

    #: 'steady': as if the first sample had always been there; 'zero': as if the signal had been 0.
    start = d_(Str("steady"))

    def stage(self) -> DecimateToStage:
        return DecimateToStage(self.name, fs=self.fs, start=self.start)
