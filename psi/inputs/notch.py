"""Without the hum."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Str, Value
from enaml.core.api import d_
from numpy.typing import NDArray

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.iir import IIRDesign
from psi.signal.notch import NotchSettings
from psi.signal.settings import Fault, choice_faults
from psi.signal.sos_filter import STARTS, SosFilter
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class NotchStage(StageBase, Stage):
    """Takes out a frequency and its multiples; see :class:`Notch`."""

    kind: ClassVar[str] = "Notch"
    frequency: Any = None
    Q: Any = None
    bandwidth: Any = None
    harmonics: Any = 1
    start: str = "steady"
    #: The filter at the stream's rate; known once bound.
    design: IIRDesign = field(init=False, repr=False)
    _filter: SosFilter = field(init=False, repr=False)

    def _settings(self) -> NotchSettings:
        return NotchSettings(self.frequency, self.Q, self.bandwidth, self.harmonics)

    def check(self) -> list[Fault]:
        return self._settings().faults() + choice_faults("start", self.start, STARTS)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self._settings().faults(info.fs) + choice_faults("start", self.start, STARTS), info)
        self.design = self._settings().design(info.fs)
        self._filter = SosFilter(self.design.sos, self.start)
        self.settle_time = self.design.settle / info.fs
        return self.makes(info, dtype="float64", delay=info.delay + self.design.delay / info.fs)

    def gain(self, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.design.gain(frequencies / self.info.fs)

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk(self._filter.process(chunk.data), chunk.s0, self.info)


class Notch(Input):
    """Takes out one frequency, such as that of the mains, and its multiples where they are asked for.

    One section of :func:`scipy.signal.iirnotch` for each frequency. The nominal delay is the group delay at 0 Hz, which
    is small. A narrow notch takes long to settle: about 2.2 Q / frequency to fall by 60 dB.
    """

    #: In Hz.
    frequency = d_(Value())

    #: Frequency by width; the notches of multiples have the same, and are wider. By default 30.
    Q = d_(Value())

    #: Instead of Q: width in Hz between the frequencies that are 3 dB down; the same for all multiples.
    bandwidth = d_(Value())

    #: How many frequencies: 1 is the frequency alone, 3 is also twice and three times it.
    harmonics = d_(Value(1))

    #: 'steady': as if the first sample had always been there; 'zero': as if the signal had been 0.
    start = d_(Str("steady"))

    def stage(self) -> NotchStage:
        return NotchStage(
            self.name,
            frequency=self.frequency,
            Q=self.Q,
            bandwidth=self.bandwidth,
            harmonics=self.harmonics,
            start=self.start,
        )
