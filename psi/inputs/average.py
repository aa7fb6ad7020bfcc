"""Means of blocks of samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.block_sums import BlockSums
from psi.signal.settings import Fault
from psi.signal.span import length_faults, span_faults, span_of
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class AverageStage(StageBase, Stage):
    """Mean of each block; see :class:`Average`."""

    kind: ClassVar[str] = "Average"
    keeps_range: ClassVar[bool] = True
    duration: Any = None
    n: Any = None
    _sums: BlockSums = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        return span_faults(self.duration, self.n, "n", lowest=1)

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        if not faults and self.n is None:
            faults = length_faults("duration", self.duration, info.fs)
        self.refuse(faults, info)
        n = span_of(self.duration, self.n, info.fs)
        self._sums = BlockSums(n)
        return self.makes(info, fs=info.fs / n, dtype="float64", delay=info.delay + n / info.fs / 2)

    def process(self, chunk: Chunk) -> Chunk:
        sums, s0 = self._sums.process(chunk.data.astype(np.float64, copy=False), chunk.s0)
        return Chunk(sums / self._sums.n, s0, self.info)


class Average(Input):
    """Mean of blocks that follow each other; of levels, the share of time that they are high.

    Sample k is that of the signal's samples ``k * n .. (k + 1) * n - 1``, n the samples in a block.
    """

    #: Of a block in s, rounded to whole samples; or ``n``.
    duration = d_(Value())

    #: Samples in a block, a whole number; instead of ``duration``.
    n = d_(Value())

    def stage(self) -> AverageStage:
        return AverageStage(self.name, duration=self.duration, n=self.n)
