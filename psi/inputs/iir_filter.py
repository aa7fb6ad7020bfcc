"""Recursive filters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Bool, Str, Value
from enaml.core.api import d_
from numpy.typing import NDArray

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.iir import IIRDesign, IIRSettings
from psi.signal.settings import Fault, choice_faults
from psi.signal.sos_filter import STARTS, SosFilter
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class IIRFilterStage(StageBase, Stage):
    """Filters in float64 with second-order sections; see :class:`IIRFilter`."""

    kind: ClassVar[str] = "IIRFilter"
    N: Any = 4
    btype: str = "bandpass"
    ftype: str = "butter"
    f_lowpass: Any = None
    f_highpass: Any = None
    rp: Any = None
    rs: Any = None
    start: str = "steady"
    passthrough: bool = False
    #: The filter at the stream's rate; known once bound.
    design: IIRDesign = field(init=False, repr=False)
    _filter: SosFilter = field(init=False, repr=False)

    def _settings(self) -> IIRSettings:
        return IIRSettings(self.N, self.btype, self.ftype, self.f_lowpass, self.f_highpass, self.rp, self.rs)

    def check(self) -> list[Fault]:
        return self._settings().faults() + choice_faults("start", self.start, STARTS)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self._settings().faults(info.fs) + choice_faults("start", self.start, STARTS), info)
        self.design = self._settings().design(info.fs)
        self._filter = SosFilter(self.design.sos, self.start)
        if self.passthrough:
            return self.makes(info, dtype="float64", range=info.range)
        self.settle_time = self.design.settle / info.fs
        # A low-pass overshoots a little, but no sensible threshold lies in that.
        kept = info.range if self.btype == "lowpass" else None
        return self.makes(info, dtype="float64", delay=info.delay + self.design.delay / info.fs, range=kept)

    def gain(self, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.ones(len(frequencies)) if self.passthrough else self.design.gain(frequencies / self.info.fs)

    def process(self, chunk: Chunk) -> Chunk:
        if self.passthrough:
            return Chunk(chunk.data.astype(np.float64, copy=False), chunk.s0, self.info)
        return Chunk(self._filter.process(chunk.data), chunk.s0, self.info)


class IIRFilter(Input):
    """A low-pass, high-pass, band-pass or band-stop filter.

    Its nominal delay is the group delay at 0 Hz (low-pass, band-stop), at the geometric centre of
    the band (band-pass) or at half the sampling rate (high-pass).
    """

    #: Order, a whole number; a band filter has twice as many poles.
    N = d_(Value(4))

    #: 'lowpass', 'highpass', 'bandpass' or 'bandstop'.
    btype = d_(Str("bandpass"))

    #: 'butter', 'cheby1', 'cheby2', 'ellip' or 'bessel'.
    ftype = d_(Str("butter"))

    #: Frequencies below it pass, in Hz; the upper edge of a band.
    f_lowpass = d_(Value())

    #: Frequencies above it pass, in Hz; the lower edge of a band.
    f_highpass = d_(Value())

    #: Largest ripple in the pass band in dB; for cheby1 and ellip, and for no other.
    rp = d_(Value())

    #: Smallest attenuation in the stop band in dB; for cheby2 and ellip, and for no other.
    rs = d_(Value())

    #: 'steady': as if the first sample had always been there; 'zero': as if the signal had been 0.
    start = d_(Str("steady"))

    #: Hands the signal on unfiltered and undelayed; the settings are checked all the same.
    passthrough = d_(Bool(False))

    def stage(self) -> IIRFilterStage:
        return IIRFilterStage(
            self.name,
            N=self.N,
            btype=self.btype,
            ftype=self.ftype,
            f_lowpass=self.f_lowpass,
            f_highpass=self.f_highpass,
            rp=self.rp,
            rs=self.rs,
            start=self.start,
            passthrough=self.passthrough,
        )
