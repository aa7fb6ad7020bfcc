"""Samples by whole blocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.blocks import Blocker
from psi.signal.settings import Fault
from psi.signal.span import span_faults, span_of, whole_span_faults
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class BlockedStage(StageBase, Stage):
    """Hands samples on when their block is complete; see :class:`Blocked`."""

    kind: ClassVar[str] = "Blocked"
    keeps_range: ClassVar[bool] = True
    duration: Any = None
    block_size: Any = None
    #: Seconds from a block's first sample to the one that completes it; known once bound.
    hold_back: float = field(default=0.0, init=False, repr=False)
    _blocker: Blocker = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        return span_faults(self.duration, self.block_size, "block_size", lowest=1)

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        self.refuse(faults or whole_span_faults(self.duration, info.fs, "block_size"), info)
        size = span_of(self.duration, self.block_size, info.fs)
        self._blocker = Blocker(size)
        self.hold_back = (size - 1) / info.fs
        return self.makes(info, delay=info.delay + size / info.fs)

    def process(self, chunk: Chunk) -> Chunk:
        data, s0 = self._blocker.process(chunk.data, chunk.s0)
        return Chunk(data, s0, self.info)


class Blocked(Input):
    """Hands on only complete blocks, several at once where they come at once.

    Block k is the samples ``k * block_size .. (k + 1) * block_size``, wherever the stream begins: what comes before its
    first whole block is dropped, and so is what is left when the run ends. The nominal delay is that of a block.
    """

    #: Length of a block in seconds, a whole number of samples; or give ``block_size``.
    duration = d_(Value())

    #: Length of a block in samples, 1 or more; or give ``duration``.
    block_size = d_(Value())

    def stage(self) -> BlockedStage:
        return BlockedStage(self.name, duration=self.duration, block_size=self.block_size)
