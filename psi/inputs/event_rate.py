"""How often something happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Str, Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.edges import DETECTS
from psi.signal.settings import Fault, choice_faults
from psi.signal.span import length_faults, samples_in
from psi.signal.window_counts import WindowCounts
from psi.stream.info import Chunk, Edge, StreamInfo
from psi.stream.stage import EdgeReader


@dataclass(eq=False)
class EventRateStage(StageBase, EdgeReader):
    """Counts edges in a window that slides; see :class:`EventRate`."""

    kind: ClassVar[str] = "EventRate"
    window: Any = None
    step: Any = None
    edge: str = "rising"
    _counts: WindowCounts = field(init=False, repr=False)
    _per_count: float = field(init=False, repr=False)

    def _faults(self, fs: float | None = None) -> list[Fault]:
        faults = length_faults("window", self.window, fs) + length_faults("step", self.step, fs)
        return faults + choice_faults("edge", self.edge, DETECTS)

    def check(self) -> list[Fault]:
        return self._faults()

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self._faults(info.fs), info)
        window, step = samples_in(self.window, info.fs), samples_in(self.step, info.fs)
        self._counts = WindowCounts(window, step, info.n_channels)
        self._per_count = info.fs / window
        self.settle_time = window / info.fs
        delay = info.delay + window / info.fs / 2
        return self.makes(info, fs=info.fs / step, dtype="float64", unit="1/s", delay=delay)

    def begin(self, sample: int) -> None:
        self._counts.begin(sample)

    def process(self, edges: Sequence[Edge], known: int) -> Chunk:
        wanted = [edge for edge in edges if self.edge == "both" or edge.rising == (self.edge == "rising")]
        samples = np.array([edge.sample for edge in wanted], dtype=np.int64)
        channels = np.array([edge.channel for edge in wanted], dtype=np.int64)
        counts, s0 = self._counts.process(samples, channels, known)
        return Chunk(counts * self._per_count, s0, self.info)


class EventRate(Input):
    """Edges per second in a window that slides, for the channels of the ``Edges`` that it is nested in.

    Sample k is the number of edges in the window that ends before the time ``(k + 1) * step``, divided by its length;
    before the stream's first sample there were none. Each comes as soon as the edges are certain.
    """

    #: Length of the window in s, rounded to whole samples of the stream in which edges are found.
    window = d_(Value())

    #: From window to window in s, rounded likewise; the rate is 1 / step samples/s.
    step = d_(Value())

    #: Which edges count: 'rising', 'falling' or 'both'.
    edge = d_(Str("rising"))

    def stage(self) -> EventRateStage:
        return EventRateStage(self.name, window=self.window, step=self.step, edge=self.edge)
