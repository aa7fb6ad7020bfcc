"""Every q-th sample of what a filter has made safe to thin out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Str, Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.downsample import Decimator, antialias_settings
from psi.signal.settings import Fault, choice_faults, whole_faults
from psi.signal.sos_filter import STARTS
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class DecimateStage(StageBase, Stage):
    """Filters against folding, then keeps every q-th sample; see :class:`Decimate`."""

    kind: ClassVar[str] = "Decimate"
    # But for the overshoot of its low-pass, which no sensible threshold lies in.
    keeps_range: ClassVar[bool] = True
    q: Any = None
    start: str = "steady"
    _decimator: Decimator = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        return whole_faults("q", self.q, 1) + choice_faults("start", self.start, STARTS)

    def rate_faults(self, fs: float, setting: str) -> list[Fault]:
        """What the filter cannot do at ``fs`` samples/s, as faults of ``setting``."""
        q = int(self.q)
        faults = antialias_settings(q, fs).faults(fs) if q > 1 else []
        return [Fault(setting, f"q = {q}: {fault.message}") for fault in faults]

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self.check(), info)
        self.refuse(self.rate_faults(info.fs, "q"), info)
        q = int(self.q)
        self._decimator = Decimator(q, info.fs, self.start)
        design = self._decimator.design
        self.settle_time = design.settle / info.fs if design else 0.0
        delay = design.delay / info.fs if design else 0.0
        return self.makes(info, fs=info.fs / q, dtype="float64", delay=info.delay + delay)

    def process(self, chunk: Chunk) -> Chunk:
        data, s0 = self._decimator.process(chunk.data, chunk.s0)
        return Chunk(data, s0, self.info)


class Decimate(Input):
    """A low-pass filter against folding, then every q-th sample.

    The filter is that of :func:`scipy.signal.decimate` (Chebyshev type I of order 8, 0.05 dB of
    ripple, at 0.8 of the new Nyquist frequency), causal, as second-order sections, scaled so that an offset stays what
    it is: the ripple lies between 0 and 0.05 dB. What folds into the band up to 0.8 of the new Nyquist frequency is
    41 dB down or more.
    """

    #: Keep every q-th sample; a whole number, 1 or more.
    q = d_(Value())

    #: 'steady': as if the first sample had always been there; 'zero': as if the signal had been 0.
    start = d_(Str("steady"))

    def stage(self) -> DecimateStage:
        return DecimateStage(self.name, q=self.q, start=self.start)
