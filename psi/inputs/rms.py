"""Root mean square, block by block."""

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
from psi.signal.span import length_faults, samples_in
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class RMSStage(StageBase, Stage):
    """Root mean square of each block; see :class:`RMS`."""

    kind: ClassVar[str] = "RMS"
    duration: Any = None
    _squares: BlockSums = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        return length_faults("duration", self.duration)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(length_faults("duration", self.duration, info.fs), info)
        n = samples_in(self.duration, info.fs)
        self._squares = BlockSums(n)
        return self.makes(
            info,
            fs=info.fs / n,
            dtype="float64",
            delay=info.delay + n / info.fs / 2,
            range=(0.0, max(map(abs, info.range))) if info.range else None,
        )

    def process(self, chunk: Chunk) -> Chunk:
        data = chunk.data.astype(np.float64, copy=False)
        sums, s0 = self._squares.process(data * data, chunk.s0)
        return Chunk(np.sqrt(sums / self._squares.n), s0, self.info)


class RMS(Input):
    """Root mean square of blocks that follow each other: ``sqrt(mean(x**2))``, the offset included.

    Sample k is that of the signal's samples ``k * n .. (k + 1) * n - 1``, n the samples in a block.
    """

    #: Of a block in s, rounded to whole samples.
    duration = d_(Value())

    def stage(self) -> RMSStage:
        return RMSStage(self.name, duration=self.duration)
