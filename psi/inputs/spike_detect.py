"""Spikes as epochs: threshold crossings with the waveform around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Bool, Str, Value
from enaml.core.api import d_

from psi.inputs.epoch_cutting import INCOMPLETE, duration_faults, memory_faults, whole
from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.settings import Fault, choice_faults, is_number, number_faults
from psi.signal.spikes import ALIGNS, POLARITIES, Spike, SpikeDetector, SpikeSettings
from psi.stream.info import Chunk, Epoch, LostEpoch, StreamInfo
from psi.stream.stage import EpochStage


@dataclass(eq=False)
class SpikeDetectStage(StageBase, EpochStage):
    """Finds spikes and cuts their waveforms; see :class:`SpikeDetect`."""

    kind: ClassVar[str] = "SpikeDetect"
    threshold: Any = None
    n_sd: Any = None
    baseline: Any = 10.0
    polarity: str = "negative"
    dead_time: Any = 0.001
    pre: Any = 0.0005
    post: Any = 0.001
    align: str = "peak"
    events: bool = False
    #: Seconds from a crossing to the sample that completes its spike; known once bound.
    hold_back: float = field(default=0.0, init=False, repr=False)
    _detector: SpikeDetector = field(init=False, repr=False)
    _labels: tuple[str, ...] = field(default=(), init=False, repr=False)
    _counts: list[int] = field(default_factory=list, init=False, repr=False)

    @property
    def longest(self) -> int:
        """Samples of each waveform; known once bound."""
        return self._detector.settings.n_pre + self._detector.settings.n_post

    def check(self) -> list[Fault]:
        faults = choice_faults("polarity", self.polarity, POLARITIES) + choice_faults("align", self.align, ALIGNS)
        if (self.threshold is None) == (self.n_sd is None):
            both = "both missing; set one" if self.threshold is None else "both set; leave one out"
            faults.append(Fault("threshold", f"threshold and n_sd are {both}"))
        if self.events and not self.name:
            faults.append(Fault("events", "events = True needs a name for the events; give the stage one"))
        for setting in ("threshold", "n_sd"):
            if getattr(self, setting) is not None:
                faults += number_faults(setting, getattr(self, setting), above=0.0)
        faults += duration_faults("baseline", self.baseline, above=0.0)
        for setting in ("dead_time", "pre", "post"):
            faults += duration_faults(setting, getattr(self, setting))
        return faults

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults, fs = self.check(), info.fs
        if np.dtype(info.dtype).kind == "b":
            faults.append(Fault("", "takes samples, not levels; put it before the Threshold"))
        for setting in ("dead_time", "pre", "post"):
            if is_number(getattr(self, setting)):
                faults += memory_faults(setting, getattr(self, setting), info)
        if not faults:
            settings = SpikeSettings(
                self.polarity,
                whole(self.dead_time, fs),
                whole(self.pre, fs),
                whole(self.post, fs),
                self.align,
                None if self.threshold is None else float(self.threshold),
                0.0 if self.n_sd is None else float(self.n_sd),
                whole(self.baseline, fs),
            )
            if settings.n_pre + settings.n_post == 0:
                message = f"pre = {self.pre:g} s and post = {self.post:g} s hold no sample at {fs:g} samples/s"
                faults.append(Fault("post", f"{message}; make one longer"))
            if self.n_sd is not None and settings.n_baseline == 0:
                message = f"baseline = {self.baseline:g} s holds no sample at {fs:g} samples/s; make it longer"
                faults.append(Fault("baseline", message))
        self.refuse(faults, info)
        self._detector = SpikeDetector(info.n_channels, settings)
        self._labels = info.labels or tuple(map(str, range(info.n_channels)))
        self._counts = [0] * info.n_channels
        self.hold_back = self._detector.hold_back / fs
        if self.n_sd is not None:
            self.settle_time = settings.n_baseline / fs
        return self.makes(info, n_channels=1, labels=(), dtype="float64")

    @property
    def thresholds(self) -> tuple[float, ...] | None:
        """Of each channel in the signal's unit; ``None`` until the baseline is complete."""
        found = self._detector.thresholds
        return None if found is None else tuple(found.tolist())

    def process(self, chunk: Chunk) -> Sequence[Epoch]:
        n_cut = self._detector.n_cut
        spikes = self._detector.process(chunk.data, chunk.s0)
        for _ in range(self._detector.n_cut - n_cut):
            self.lose(LostEpoch("spike", chunk.t0, "its waveform begins before the first sample"))
        return [self._epoch(spike) for spike in spikes]

    def _epoch(self, spike: Spike) -> Epoch:
        self._counts[spike.channel] += 1
        metadata = {
            "event": "spike",
            "time": spike.sample / self.info.fs,
            "channel": spike.channel,
            "label": self._labels[spike.channel],
            "amplitude": spike.amplitude,
            "polarity": "positive" if spike.positive else "negative",
        }
        return Epoch(spike.waveform, spike.s0, spike.sample, self.info, metadata)

    def finish(self) -> Sequence[Epoch]:
        for sample in self._detector.waiting:
            self.lose(LostEpoch("spike", sample / self.info.fs, INCOMPLETE))
        return ()

    def counts(self) -> Mapping[str, Any]:
        return {
            "n_epochs": sum(self._counts),
            "by": dict(zip(self._labels, self._counts, strict=True)),
            "thresholds": self.thresholds,
        }


class SpikeDetect(Input):
    """Waveforms of spikes, found on each channel by itself; put a band-pass filter (300 to 3000 Hz, say) before it.

    A spike begins where a sample lies beyond the threshold and the one before it does not. Its peak is its most
    extreme sample in ``dead_time``. Each is an epoch of one channel, with ``channel``, ``label``, ``amplitude`` (the
    value at the peak) and ``polarity`` in its metadata.

    With ``n_sd`` the threshold of a channel is that many times its noise, median(|x|) / 0.6745 over the first
    ``baseline`` seconds [Quian Quiroga, Nadasdy & Ben-Shaul 2004, Neural Comput 16:1661], of at most 10,000 samples
    that lie evenly in them. Until then no spike is found; afterwards it stays as it is.
    """

    #: In the signal's unit, above 0, for either polarity.
    threshold = d_(Value())

    #: Standard deviations of the noise, instead of ``threshold``; 4 to 5 are usual.
    n_sd = d_(Value())

    #: Seconds from the first sample on in which the noise is measured.
    baseline = d_(Value(10.0))

    #: Which spikes: 'negative', 'positive' or 'both'.
    polarity = d_(Str("negative"))

    #: Seconds after a crossing in which no other of the channel counts, and in which the peak is looked for.
    dead_time = d_(Value(0.001))

    #: Seconds of waveform before the sample that it is aligned to.
    pre = d_(Value(0.0005))

    #: Seconds of waveform from that sample on.
    post = d_(Value(0.001))

    #: What waveforms are aligned to: the 'crossing' or the 'peak'.
    align = d_(Str("peak"))

    #: Whether each spike is an event ``<name>_spike`` too, for trial logic; costly with thousands of spikes a second.
    events = d_(Bool(False))

    def stage(self) -> SpikeDetectStage:
        return SpikeDetectStage(
            self.name,
            threshold=self.threshold,
            n_sd=self.n_sd,
            baseline=self.baseline,
            polarity=self.polarity,
            dead_time=self.dead_time,
            pre=self.pre,
            post=self.post,
            align=self.align,
            events=self.events,
        )
