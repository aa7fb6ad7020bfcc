"""How fast a signal changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal import derivative
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class DerivativeStage(StageBase, Stage):
    """First difference by sampling interval; see :class:`Derivative`."""

    kind: ClassVar[str] = "Derivative"
    _derivative: derivative.Derivative = field(init=False, repr=False)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self._derivative = derivative.Derivative(info.fs)
        unit = f"{info.unit}/s" if info.unit else "1/s"
        return self.makes(info, dtype="float64", unit=unit, delay=info.delay + 0.5 / info.fs)

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk(self._derivative.process(chunk.data), chunk.s0, self.info)


class Derivative(Input):
    """The first difference by time, ``y[k] = (x[k] - x[k - 1]) * fs``, in the signal's unit per second.

    It begins with 0, as if the first sample had always been there. Its nominal delay is half a sample. It amplifies
    noise the more, the higher its frequency: put a low-pass filter before it.
    """

    def stage(self) -> DerivativeStage:
        return DerivativeStage(self.name)
