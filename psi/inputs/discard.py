"""A signal without its beginning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.settings import Fault
from psi.signal.span import span_faults, span_of
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class DiscardStage(StageBase, Stage):
    """Drops the first samples; see :class:`Discard`."""

    kind: ClassVar[str] = "Discard"
    keeps_range: ClassVar[bool] = True
    duration: Any = None
    n_samples: Any = None
    _left: int = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        return span_faults(self.duration, self.n_samples)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self.check(), info)
        self._left = span_of(self.duration, self.n_samples, info.fs)
        return self.makes(info)

    def process(self, chunk: Chunk) -> Chunk:
        dropped = min(self._left, chunk.n_samples)
        self._left -= dropped
        return Chunk(chunk.data[:, dropped:], chunk.s0 + dropped, self.info)


class Discard(Input):
    """Drops the first part of a stream, such as a filter's transient. The samples that remain keep their index."""

    #: Length of what is dropped in seconds, to the nearest sample; or give ``n_samples``.
    duration = d_(Value())

    #: Length of what is dropped in samples, 0 or more; or give ``duration``.
    n_samples = d_(Value())

    def stage(self) -> DiscardStage:
        return DiscardStage(self.name, duration=self.duration, n_samples=self.n_samples)
