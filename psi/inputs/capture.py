"""Epochs from one event to another."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Value
from enaml.core.api import d_

from psi.inputs.epoch_cutting import Cut, CuttingStage, duration_faults, memory_faults, names_faults, names_of, whole
from psi.inputs.input import Input
from psi.signal.settings import Fault, is_number
from psi.signal.windows import Window
from psi.stream.info import Mark, StreamInfo


@dataclass(eq=False)
class CaptureStage(CuttingStage):
    """Cuts from each start to the next stop; see :class:`Capture`."""

    kind: ClassVar[str] = "Capture"
    start: Any = None
    stop: Any = None
    max_duration: Any = None
    _limit: int = field(default=0, init=False, repr=False)
    # The stops of the last max_late seconds, since a start may be told after its stop.
    _stops: deque[Mark] = field(default_factory=deque, init=False, repr=False)

    @property
    def listens_to(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(dict.fromkeys((*names_of(self.start), *names_of(self.stop))))

    @property
    def longest(self) -> int:
        return self._limit

    def check(self) -> list[Fault]:
        faults = names_faults("start", self.start) + names_faults("stop", self.stop)
        both = sorted(set(names_of(self.start)) & set(names_of(self.stop)))
        if both:
            faults.append(Fault("stop", f"event {both[0]!r} is both start and stop; leave it out of one"))
        faults += duration_faults("max_duration", self.max_duration, above=0.0)
        return faults + duration_faults("max_late", self.max_late)

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        for setting in ("max_duration", "max_late"):
            value = getattr(self, setting)
            if is_number(value):
                faults += memory_faults(setting, value, info)
        self.refuse(faults, info)
        self._limit = whole(self.max_duration, info.fs)
        if self._limit == 0:
            message = f"max_duration = {self.max_duration:g} s has no sample at {info.fs:g} samples/s; make it longer"
            self.refuse([Fault("max_duration", message)], info)
        self.prepare(info, 0)
        return self.makes(info)

    def open_for(self, mark: Mark) -> None:
        if not self.begins(mark):
            self._stops.append(mark)
            while max(stop.time for stop in self._stops) - self._stops[0].time > self.max_late:
                self._stops.popleft()
            for waiting in self._cutter.windows:
                self._end(waiting, mark)
            return
        sample = self.sample_of(mark.time)
        window = self.cut(mark, sample, sample, None, sample + self._limit)
        if window is not None:
            for stop in self._stops:
                self._end(window, stop)

    def begins(self, mark: Mark) -> bool:
        return mark.name in names_of(self.start)

    def _end(self, window: Window, stop: Mark) -> None:
        """End ``window`` with ``stop``, where it is the first one after its start."""
        tag: Cut = window.tag
        if tag.mark.time <= stop.time < tag.ended.get("stop_time", math.inf):
            window.close(self.sample_of(stop.time))
            tag.ended = {"stop": stop.name, "stop_time": stop.time}


class Capture(Input):
    """The samples from each ``start`` up to the next ``stop``.

    An epoch holds the sample nearest to the start's time, and all before the sample nearest to the stop's; it has
    ``stop`` and ``stop_time`` (s) in its metadata. A second start before the stop begins an epoch of its own, which
    ends with the same stop. One that reaches ``max_duration`` ends there, with ``truncated`` in its metadata. Start and
    stop may come up to ``max_late`` late, in either order.
    """

    #: Name of the event that begins an epoch, or a list of names.
    start = d_(Value())

    #: Name of the event that ends it, or a list of names.
    stop = d_(Value())

    #: Seconds after which an epoch ends without its stop.
    max_duration = d_(Value())

    #: Seconds of samples kept for events that are told late.
    max_late = d_(Value(1.0))

    def stage(self) -> CaptureStage:
        return CaptureStage(
            self.name, start=self.start, stop=self.stop, max_duration=self.max_duration, max_late=self.max_late
        )
