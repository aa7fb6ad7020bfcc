"""Epochs around events, or around what an output presents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Bool, Value, set_default
from enaml.core.api import d_

from psi.inputs.epoch_cutting import (
    CuttingStage,
    duration_faults,
    memory_faults,
    names_faults,
    names_of,
    positive_sum,
    whole,
)
from psi.inputs.input import Input
from psi.signal.settings import Fault, is_number
from psi.signal.windows import Window
from psi.stream.info import Mark, StreamInfo


@dataclass(eq=False)
class ExtractEpochsStage(CuttingStage):
    """Cuts epochs of one length, or until an output ends; see :class:`ExtractEpochs`."""

    kind: ClassVar[str] = "ExtractEpochs"
    event: Any = None
    output: Any = None
    duration: Any = None
    pre_stimulus: Any = 0.0
    post_stimulus: Any = 0.0
    offset: Any = 0.0
    max_duration: Any = 10.0
    compensate_delay: bool = False
    # From the event on: samples before it, from it to the end (without the output's own), and to the limit.
    _n_pre: int = field(default=0, init=False, repr=False)
    _n_post: int = field(default=0, init=False, repr=False)
    _n_most: int = field(default=0, init=False, repr=False)
    _shift: int = field(default=0, init=False, repr=False)
    # By the event that closes them: windows of outputs that still sound, with the end that was planned (s).
    _sounding: dict[str, list[tuple[float | None, Window]]] = field(default_factory=dict, init=False, repr=False)

    @property
    def listens_to(self) -> tuple[str, ...]:  # type: ignore[override]
        starts = tuple(f"{name}_start" for name in names_of(self.output))
        ends = tuple(f"{name}_end" for name in names_of(self.output)) if self.duration is None else ()
        return tuple(dict.fromkeys((*names_of(self.event), *starts, *ends)))

    @property
    def longest(self) -> int:
        return self._n_pre + self._n_most

    def check(self) -> list[Fault]:
        faults: list[Fault] = []
        if (self.event is None) == (self.output is None):
            both = "both set; leave one out" if self.event is not None else "both missing; set one"
            faults.append(Fault("event" if self.event is not None else "", f"event and output are {both}"))
        for setting in ("event", "output"):
            if getattr(self, setting) is not None:
                faults += names_faults(setting, getattr(self, setting))
        for setting in ("pre_stimulus", "post_stimulus", "max_late"):
            faults += duration_faults(setting, getattr(self, setting))
        faults += duration_faults("offset", self.offset, lowest=None)
        faults += duration_faults("max_duration", self.max_duration, above=0.0)
        if self.duration is not None:
            faults += duration_faults("duration", self.duration)
            if not faults and not positive_sum(self.pre_stimulus, self.duration, self.post_stimulus):
                faults.append(Fault("duration", "duration, pre_stimulus and post_stimulus are all 0 s; set one"))
        elif self.event is not None and self.output is None:
            faults.append(Fault("event", "an epoch around an event needs a duration in s; set it (0 is allowed)"))
        return faults

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        for setting in ("pre_stimulus", "duration", "post_stimulus", "max_duration", "max_late"):
            value = getattr(self, setting)
            if is_number(value):
                faults += memory_faults(setting, value, info)
        self.refuse(faults, info)
        fs = info.fs
        self._n_pre, self._n_post = whole(self.pre_stimulus, fs), whole(self.post_stimulus, fs)
        longest = self.max_duration if self.duration is None else self.duration
        self._n_most = whole(longest + self.post_stimulus, fs)
        if self._n_pre + self._n_most == 0:
            length = longest + self.pre_stimulus + self.post_stimulus
            message = f"an epoch of {length:g} s has no sample at {fs:g} samples/s"
            self.refuse([Fault("duration", f"{message}; make it longer")], info)
        self._shift = whole(info.delay, fs) if self.compensate_delay else 0
        # An epoch at an offset to before the event begins that much earlier.
        self.prepare(info, self._n_pre + whole(max(0.0, -self.offset), fs))
        return self.makes(info)

    def open_for(self, mark: Mark) -> None:
        if not self.begins(mark):
            self._close(mark)
            return
        sample = self.sample_of(mark.time + self.offset) + self._shift
        begin, limit = sample - self._n_pre, sample + self._n_most
        if self.duration is not None:
            self.cut(mark, sample, begin, limit, limit)
            return
        window = self.cut(mark, sample, begin, None, limit)
        if window is not None:
            planned = mark.metadata.get("end")
            ends = f"{mark.name.removesuffix('_start')}_end"
            waiting = [item for item in self._sounding.get(ends, ()) if item[1].end is None]
            self._sounding[ends] = [*waiting, (planned, window)]

    def begins(self, mark: Mark) -> bool:
        return self.duration is not None or not any(mark.name == f"{name}_end" for name in names_of(self.output))

    def _close(self, mark: Mark) -> None:
        """Close what ``mark`` ends: what was planned to end then; else what was cut short, the first that began."""
        waiting = [item for item in self._sounding.pop(mark.name, []) if item[1].end is None]
        begun = [item for item in waiting if item[1].tag.mark.time <= mark.time]
        tolerance = 0.5 / self.info.fs
        planned = [item for item in begun if item[0] is not None and abs(item[0] - mark.time) <= tolerance]
        unplanned = [item for item in begun if item[0] is None]
        end = self.sample_of(mark.time + self.offset) + self._shift + self._n_post
        for _, window in planned or unplanned or begun[:1]:
            window.close(end)
        self._sounding[mark.name] = [item for item in waiting if item[1].end is None]


class ExtractEpochs(Input):
    """The samples around each of some events, or around what outputs present.

    With the sample ``k`` nearest to the event's time plus ``offset``, an epoch is the samples from
    ``k - pre_stimulus * fs`` up to, and without, ``k + (duration + post_stimulus) * fs``, each term rounded to whole
    samples: all epochs of one duration have the same number of samples. An event that is told late, after its samples
    have passed, gives the same epoch; one that is told later than ``max_late`` gives none and is reported as lost.
    """

    #: Name of the event, or a list of names.
    event = d_(Value())

    #: Name of the output, or a list of names, instead of ``event``: epochs begin where it begins to play.
    output = d_(Value())

    #: Seconds from the event to the end; None with an output for as long as it plays.
    duration = d_(Value())

    #: Seconds before the event.
    pre_stimulus = d_(Value(0.0))

    #: Seconds after ``duration``, or after the output's end.
    post_stimulus = d_(Value(0.0))

    #: Seconds from the event to what counts as its time, for instance for the way from speaker to ear.
    offset = d_(Value(0.0))

    #: Seconds of samples kept, beyond ``pre_stimulus``, for events that are told late.
    max_late = d_(Value(1.0))

    #: Seconds at which an epoch that lasts as long as its output is ended, with ``truncated`` in its metadata.
    max_duration = d_(Value(10.0))

    #: Whether epochs lie later by the nominal delay of the stages above, with which a filtered signal shows the event.
    compensate_delay = d_(Bool(False))

    dtype = set_default("float32")

    def stage(self) -> ExtractEpochsStage:
        return ExtractEpochsStage(
            self.name,
            event=self.event,
            output=self.output,
            duration=self.duration,
            pre_stimulus=self.pre_stimulus,
            post_stimulus=self.post_stimulus,
            offset=self.offset,
            max_late=self.max_late,
            max_duration=self.max_duration,
            compensate_delay=self.compensate_delay,
        )
