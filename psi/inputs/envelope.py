"""The envelope of a signal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Str, Value
from enaml.core.api import d_
from numpy.typing import NDArray

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.envelope import RECTIFIERS, EnvelopeFollower
from psi.signal.iir import IIRDesign, IIRSettings
from psi.signal.settings import Fault, choice_faults
from psi.signal.sos_filter import STARTS
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class EnvelopeStage(StageBase, Stage):
    """Rectifies and smooths; see :class:`Envelope`."""

    kind: ClassVar[str] = "Envelope"
    keeps_band: ClassVar[bool] = False
    f_lowpass: Any = None
    N: Any = 2
    rectify: str = "full"
    start: str = "steady"
    #: The low-pass at the stream's rate; known once bound.
    design: IIRDesign = field(init=False, repr=False)
    _follower: EnvelopeFollower = field(init=False, repr=False)

    def _settings(self) -> IIRSettings:
        return IIRSettings(self.N, "lowpass", "butter", f_lowpass=self.f_lowpass)

    def _faults(self, fs: float | None = None) -> list[Fault]:
        faults = self._settings().faults(fs) + choice_faults("rectify", self.rectify, RECTIFIERS)
        return faults + choice_faults("start", self.start, STARTS)

    def check(self) -> list[Fault]:
        return self._faults()

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self._faults(info.fs), info)
        self.design = self._settings().design(info.fs)
        self._follower = EnvelopeFollower(self.design.sos, self.rectify, self.start)
        self.settle_time = self.design.settle / info.fs
        return self.makes(info, dtype="float64", delay=info.delay + self.design.delay / info.fs)

    def gain(self, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.design.gain(frequencies / self.info.fs)

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk(self._follower.process(chunk.data), chunk.s0, self.info)


class Envelope(Input):
    """The signal rectified and smoothed with a causal Butterworth low-pass, at the signal's rate.

    The low-pass has a gain of exactly 1 at 0 Hz, so the envelope of a constant is its size. That of a sine of
    amplitude A, well above the cut-off, is 2 A / pi ('full'), A / pi ('half') or A / sqrt(2) ('square'). Take out an
    offset first. The nominal delay is the low-pass's group delay at 0 Hz.
    """

    #: Cut-off of the low-pass in Hz.
    f_lowpass = d_(Value())

    #: Order of the low-pass, a whole number.
    N = d_(Value(2))

    #: 'full': |x|; 'half': max(x, 0); 'square': x**2, and the root of what is smoothed.
    rectify = d_(Str("full"))

    #: 'steady': as if the first rectified sample had always been there; 'zero': as if there had been silence.
    start = d_(Str("steady"))

    def stage(self) -> EnvelopeStage:
        return EnvelopeStage(self.name, f_lowpass=self.f_lowpass, N=self.N, rectify=self.rectify, start=self.start)
