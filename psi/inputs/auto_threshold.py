"""Comparison with a level that is found in the signal itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Bool, Str, Value, set_default
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.settings import Fault, at_least_faults, choice_faults, number_faults
from psi.signal.span import length_faults, samples_in
from psi.signal.spread import Beginning, centre_and_sd
from psi.signal.threshold import MODES, Comparator, side
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(frozen=True, slots=True)
class FoundThreshold:
    """What a baseline gave; one number for each channel, in the unit of the signal."""

    #: Absolute index of the first sample that was compared.
    sample: int
    centre: tuple[float, ...]
    sd: tuple[float, ...]
    threshold: tuple[float, ...]
    #: Where a channel becomes False again; the threshold itself without hysteresis.
    release: tuple[float, ...]


@dataclass(eq=False)
class AutoThresholdStage(StageBase, Stage):
    """True where the signal lies beyond a threshold that its beginning gave; see :class:`AutoThreshold`."""

    kind: ClassVar[str] = "AutoThreshold"
    n_sd: Any = None
    baseline: Any = None
    robust: bool = True
    mode: str = ">"
    hysteresis: Any = 0.0
    #: The threshold; ``None`` until the baseline is complete.
    found: FoundThreshold | None = field(default=None, init=False, repr=False)
    _beginning: Beginning | None = field(default=None, init=False, repr=False)
    _comparator: Comparator = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        faults = number_faults("n_sd", self.n_sd, above=0) + length_faults("baseline", self.baseline)
        faults += choice_faults("mode", self.mode, MODES)
        return faults + at_least_faults("hysteresis", self.hysteresis, 0)

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        if not any(fault.setting == "baseline" for fault in faults):
            faults += self._baseline_faults(info)
        if np.dtype(info.dtype).kind not in "iuf":
            faults.append(Fault("", f"takes a signal, not {info.dtype} samples; put it before what compares"))
        self.refuse(faults, info)
        self._beginning = Beginning(samples_in(self.baseline, info.fs), info.n_channels)
        self.settle_time = float(self.baseline)
        return self.makes(info, dtype="bool", unit="")

    def _baseline_faults(self, info: StreamInfo) -> list[Fault]:
        if samples_in(self.baseline, info.fs) >= 2:
            return []
        message = f"baseline = {self.baseline:g} s has fewer than 2 samples at fs = {info.fs:g} samples/s; give"
        return [Fault("baseline", f"{message} {2 / info.fs:g} s or more")]

    def process(self, chunk: Chunk) -> Chunk:
        if self._beginning is None:
            return Chunk(self._comparator.process(chunk.data), chunk.s0, self.info)
        levels = np.zeros(chunk.data.shape, dtype=bool)
        taken = self._beginning.take(chunk.data)
        if self._beginning.is_complete:
            self._find(self._beginning, chunk.s0 + taken)
            levels[:, taken:] = self._comparator.process(chunk.data[:, taken:])
        return Chunk(levels, chunk.s0, self.info)

    def _find(self, beginning: Beginning, sample: int) -> None:
        centre, sd = centre_and_sd(beginning.data, self.robust)
        threshold = centre + side(self.mode) * float(self.n_sd) * sd
        self._comparator = Comparator(threshold, self.mode, float(self.hysteresis) * sd)
        release = self._comparator.release[:, 0]
        numbers = (tuple(values.tolist()) for values in (centre, sd, threshold, release))
        self.found = FoundThreshold(sample, *numbers)
        # The samples themselves are not wanted any more.
        self._beginning = None
        if self.on_found is not None:
            self.on_found(asdict(self.found))


class AutoThreshold(Input):
    """True where the signal lies beyond ``n_sd`` standard deviations from its centre, channel by channel.

    Centre and deviation are those of the first ``baseline`` seconds of the stream, in which the answer is False.
    The threshold is ``centre + n_sd * sd`` with '>' and '>=', ``centre - n_sd * sd`` with '<' and '<='. A channel with
    NaN in its baseline stays False. What was found stands in the stage's ``found`` and, at once, in the audit of a run.
    """

    #: Standard deviations from the centre to the threshold; more than 0.
    n_sd = d_(Value())

    #: From the beginning of the stream, in s.
    baseline = d_(Value())

    #: Median and 1.4826 times the median absolute deviation, which spikes hardly change; else mean and deviation.
    robust = d_(Bool(True))

    #: Which side is True: '>' and '>=' above, '<' and '<=' below.
    mode = d_(Str(">"))

    #: How far the signal has to come back before it is False again, in standard deviations; 0 or more.
    hysteresis = d_(Value(0.0))

    dtype = set_default("bool")

    def stage(self) -> AutoThresholdStage:
        return AutoThresholdStage(
            self.name,
            n_sd=self.n_sd,
            baseline=self.baseline,
            robust=self.robust,
            mode=self.mode,
            hysteresis=self.hysteresis,
        )
