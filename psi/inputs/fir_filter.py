"""Filters without feedback."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Str, Value
from enaml.core.api import d_
from numpy.typing import NDArray

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.fir import FIRDesign, FIRSettings
from psi.signal.fir_filter import FirFilter
from psi.signal.settings import Fault, choice_faults
from psi.signal.sos_filter import STARTS
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class FIRFilterStage(StageBase, Stage):
    """Convolves with an impulse response; see :class:`FIRFilter`."""

    kind: ClassVar[str] = "FIRFilter"
    taps: Any = None
    n_taps: Any = None
    btype: str = ""
    f_lowpass: Any = None
    f_highpass: Any = None
    window: Any = "hamming"
    start: str = "steady"
    #: The filter at the stream's rate; known once bound.
    design: FIRDesign = field(init=False, repr=False)
    _filter: FirFilter = field(init=False, repr=False)

    def _settings(self) -> FIRSettings:
        return FIRSettings(self.taps, self.n_taps, self.btype, self.f_lowpass, self.f_highpass, self.window)

    def check(self) -> list[Fault]:
        return self._settings().faults() + choice_faults("start", self.start, STARTS)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self._settings().faults(info.fs) + choice_faults("start", self.start, STARTS), info)
        self.design = self._settings().design(info.fs)
        self._filter = FirFilter(self.design.taps, self.start)
        self.settle_time = self.design.settle / info.fs
        # As of other low-passes: but for a small overshoot.
        low_pass = self.taps is None and self._settings().band == "lowpass"
        kept = info.range if low_pass else None
        return self.makes(info, dtype="float64", delay=info.delay + self.design.delay / info.fs, range=kept)

    def gain(self, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.signal import freqz  # late: it takes most of a second

        return np.abs(freqz(self.design.taps, 1, frequencies, fs=self.info.fs)[1])

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk(self._filter.process(chunk.data), chunk.s0, self.info)


class FIRFilter(Input):
    """A filter by its impulse response: ``y[k] = sum(taps[i] * x[k - i])``, in float64.

    Give the taps, or their number and the edges of the band, for a design with a window
    (:func:`scipy.signal.firwin`), whose gain at the edges is one half.

    Its nominal delay is (n_taps - 1) / 2 samples where the taps are the same (or the negative) from both ends, as those
    of designs are, so that every frequency is delayed alike; else the group delay in the pass band.
    """

    #: The impulse response, a list of numbers; with it, nothing but ``start`` is given.
    taps = d_(Value())

    #: Length of a designed impulse response in samples; odd where half the sampling rate passes.
    n_taps = d_(Value())

    #: 'lowpass', 'highpass', 'bandpass' or 'bandstop'; by default what the edges say, and with two 'bandpass'.
    btype = d_(Str())

    #: Frequencies below it pass, in Hz; the upper edge of a band.
    f_lowpass = d_(Value())

    #: Frequencies above it pass, in Hz; the lower edge of a band.
    f_highpass = d_(Value())

    #: The window of a design, as :func:`scipy.signal.get_window` takes it: a name, or one with its parameters.
    window = d_(Value("hamming"))

    #: 'steady': as if the first sample had always been there; 'zero': as if the signal had been 0.
    start = d_(Str("steady"))

    def stage(self) -> FIRFilterStage:
        return FIRFilterStage(
            self.name,
            taps=self.taps,
            n_taps=self.n_taps,
            btype=self.btype,
            f_lowpass=self.f_lowpass,
            f_highpass=self.f_highpass,
            window=self.window,
            start=self.start,
        )
