"""Every q-th sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.downsample import downsample
from psi.signal.settings import Fault, whole_faults
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class DownsampleStage(StageBase, Stage):
    """Keeps the samples whose index is a multiple of ``q``; see :class:`Downsample`."""

    kind: ClassVar[str] = "Downsample"
    keeps_range: ClassVar[bool] = True
    q: Any = None
    _q: int = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        return whole_faults("q", self.q, 1)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self.check(), info)
        self._q = int(self.q)
        return self.makes(info, fs=info.fs / self._q)

    def process(self, chunk: Chunk) -> Chunk:
        data, s0 = downsample(chunk.data, chunk.s0, self._q)
        return Chunk(data, s0, self.info)


class Downsample(Input):
    """Keeps every q-th sample, without a filter: sample k is the signal's sample k * q.

    Put a low-pass filter before it, or use :class:`~psi.inputs.decimate.Decimate`.
    """

    #: Keep every q-th sample; a whole number, 1 or more.
    q = d_(Value())

    def stage(self) -> DownsampleStage:
        return DownsampleStage(self.name, q=self.q)
