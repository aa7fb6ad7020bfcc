"""What is done to epochs one by one: detrended, referred to a baseline, rejected, averaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from atom.api import Bool, Str, Value
from enaml.core.api import d_
from numpy.typing import NDArray

from psi.inputs.epoch_cutting import duration_faults, whole
from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.detrend import KINDS, detrend
from psi.signal.epoch_average import EpochAverage
from psi.signal.settings import Fault, choice_faults, number_faults, whole_faults
from psi.stream.info import Epoch, LostEpoch, StreamInfo
from psi.stream.stage import EpochFilter

#: What RejectEpochs compares with its threshold.
MODES = ("absolute value", "amplitude")


@dataclass(eq=False)
class DetrendStage(StageBase, EpochFilter):
    """Takes mean or line out of each epoch; see :class:`Detrend`."""

    kind: ClassVar[str] = "Detrend"
    type: str = "linear"

    def check(self) -> list[Fault]:
        return choice_faults("type", self.type, KINDS)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self.check(), info)
        return self.makes(info, dtype="float64", range=None)

    def process(self, epoch: Epoch) -> Epoch:
        return replace(epoch, data=detrend(epoch.data, self.type), info=self.info)


class Detrend(Input):
    """Subtracts from each channel of each epoch its mean, or the straight line that fits it best (least squares)."""

    #: 'constant' or 'linear'.
    type = d_(Str("linear"))

    def stage(self) -> DetrendStage:
        return DetrendStage(self.name, type=self.type)


@dataclass(eq=False)
class BaselineStage(StageBase, EpochFilter):
    """Subtracts the mean of a span; see :class:`Baseline`."""

    kind: ClassVar[str] = "Baseline"
    begin: Any = None
    end: Any = 0.0
    _n_left_out: int = field(default=0, init=False, repr=False)

    def check(self) -> list[Fault]:
        faults = duration_faults("begin", self.begin, lowest=None) + duration_faults("end", self.end, lowest=None)
        if not faults and not self.begin < self.end:
            faults.append(Fault("begin", f"begin = {self.begin:g} s must lie before end = {self.end:g} s"))
        return faults

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        if not faults and whole(self.begin, info.fs) == whole(self.end, info.fs):
            span = f"{self.begin:g} to {self.end:g} s"
            message = f"there is no sample from {span} at {info.fs:g} samples/s; make the span longer"
            faults.append(Fault("begin", message))
        self.refuse(faults, info)
        return self.makes(info, dtype="float64", range=None)

    def process(self, epoch: Epoch) -> Epoch | None:
        zero = epoch.sample - epoch.s0
        begin, end = zero + whole(self.begin, epoch.info.fs), zero + whole(self.end, epoch.info.fs)
        if begin < 0 or end > epoch.n_samples:
            first, last = -zero / epoch.info.fs, (epoch.n_samples - zero) / epoch.info.fs
            span = f"{self.begin:g} to {self.end:g} s"
            reason = f"{self.title}: the baseline, {span}, lies outside the epoch, {first:g} to {last:g} s"
            self._n_left_out += 1
            self.lose(lost_from(epoch, reason))
            return None
        data = epoch.data - epoch.data[:, begin:end].mean(axis=1, dtype=np.float64, keepdims=True)
        return replace(epoch, data=data, info=self.info)

    def counts(self) -> Mapping[str, Any]:
        return {"n_left_out": self._n_left_out}


class Baseline(Input):
    """Subtracts from each channel of each epoch its mean over a span around the event.

    The span is the samples from ``begin * fs`` up to, and without, ``end * fs``, counted from the event's sample and
    rounded. An epoch that does not hold all of them is left out, and reported.
    """

    #: Seconds from the event to the first sample of the span; negative before it.
    begin = d_(Value())

    #: Seconds from the event to the end of the span.
    end = d_(Value(0.0))

    def stage(self) -> BaselineStage:
        return BaselineStage(self.name, begin=self.begin, end=self.end)


@dataclass(eq=False)
class RejectEpochsStage(StageBase, EpochFilter):
    """Drops epochs with artefacts; see :class:`RejectEpochs`."""

    kind: ClassVar[str] = "RejectEpochs"
    threshold: Any = None
    mode: str = "absolute value"
    #: Epochs that came, and that were dropped.
    n_epochs: int = field(default=0, init=False, repr=False)
    n_rejected: int = field(default=0, init=False, repr=False)
    #: For how many of these each channel was a reason; shape ``(n_channels,)``.
    rejected_by: NDArray[np.int64] = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        return number_faults("threshold", self.threshold, above=0.0) + choice_faults("mode", self.mode, MODES)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self.check(), info)
        self.rejected_by = np.zeros(info.n_channels, np.int64)
        return self.makes(info)

    @property
    def fraction(self) -> float:
        """Rejected epochs per epoch that came; 0 before the first."""
        return self.n_rejected / self.n_epochs if self.n_epochs else 0.0

    def process(self, epoch: Epoch) -> Epoch | None:
        data = epoch.data
        size = np.ptp(data, axis=1) if self.mode == "amplitude" else np.max(np.abs(data), axis=1)
        # Not "greater": an epoch with NaN is none to keep.
        over = ~(size <= self.threshold)
        self.n_epochs += 1
        self.rejected_by += over
        if over.any():
            self.n_rejected += 1
            return None
        return replace(epoch, info=self.info)

    def counts(self) -> Mapping[str, Any]:
        labels = self.info.labels or map(str, range(self.info.n_channels))
        by = dict(zip(labels, self.rejected_by.tolist(), strict=True))
        return {"n_epochs": self.n_epochs, "n_rejected": self.n_rejected, "fraction": self.fraction, "by": by}


class RejectEpochs(Input):
    """Drops every epoch in which any channel goes beyond a threshold, or has a sample that is NaN.

    How many were dropped, the fraction, and how often each channel was the reason stand in the audit at the end of a
    run.
    """

    #: In the unit of the signal, above 0. What reaches it and does not exceed it is kept.
    threshold = d_(Value())

    #: What must not exceed it: the largest 'absolute value', or the 'amplitude' from the lowest to the highest sample.
    mode = d_(Str("absolute value"))

    def stage(self) -> RejectEpochsStage:
        return RejectEpochsStage(self.name, threshold=self.threshold, mode=self.mode)


@dataclass(eq=False)
class AverageEpochsStage(StageBase, EpochFilter):
    """The mean of several epochs; see :class:`AverageEpochs`."""

    kind: ClassVar[str] = "AverageEpochs"
    n: Any = None
    running: bool = False
    _average: EpochAverage = field(init=False, repr=False)
    _n_left_out: int = field(default=0, init=False, repr=False)

    def check(self) -> list[Fault]:
        return whole_faults("n", self.n, 1)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self.check(), info)
        self._average = EpochAverage(int(self.n), self.running)
        return self.makes(info, dtype="float64")

    def process(self, epoch: Epoch) -> Epoch | None:
        zero = epoch.sample - epoch.s0
        if not self._average.fits(epoch.data, zero):
            shape, first = self._average.shape, self._average.zero
            reason = (
                f"{self.title}: it has {epoch.n_samples} samples, {zero} of them before the event; the first that was "
                f"averaged has {shape[1]}, {first}: give epochs one duration"
            )
            self._n_left_out += 1
            self.lose(lost_from(epoch, reason))
            return None
        mean, n = self._average.add(epoch.data, zero)
        if mean is None:
            return None
        # Where it lies, and what is known of it, are those of the last epoch in it.
        return replace(epoch, data=mean, info=self.info, metadata={**epoch.metadata, "n_averaged": n})

    def counts(self) -> Mapping[str, Any]:
        return {"n_left_out": self._n_left_out, "n_not_averaged": 0 if self.running else self._average.n_waiting}


class AverageEpochs(Input):
    """The mean of ``n`` successive epochs, sample by sample.

    Gives one epoch for each ``n``, or with ``running`` one for each, the mean of the last ``n`` (of fewer in the
    beginning). It has place and metadata of the last epoch in it, with ``n_averaged``. An epoch whose samples do not
    lie around the event as those of the first do is left out, and reported.
    """

    #: Epochs in a mean; a whole number.
    n = d_(Value())

    #: Whether there is a mean for each epoch.
    running = d_(Bool(False))

    def stage(self) -> AverageEpochsStage:
        return AverageEpochsStage(self.name, n=self.n, running=self.running)


def lost_from(epoch: Epoch, reason: str) -> LostEpoch:
    """What is said of an epoch that is left out."""
    event, time = str(epoch.metadata.get("event", "")), epoch.metadata.get("time")
    at = epoch.sample / epoch.info.fs if time is None else float(time)
    return LostEpoch(event, at, reason, epoch.metadata)
