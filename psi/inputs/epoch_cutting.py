"""What stages that cut epochs around marks have in common."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from psi.inputs.stage import StageBase
from psi.signal.settings import Fault, is_number, number_faults
from psi.signal.windows import Window, WindowCutter
from psi.stream.info import Chunk, Epoch, LostEpoch, Mark, StreamInfo
from psi.stream.stage import EpochStage

#: Most bytes that a look-back, or one epoch, may take.
MAX_BYTES = 1 << 30

INCOMPLETE = "the samples ended before the epoch was complete"


@dataclass(eq=False)
class Cut:
    """What a window was opened for."""

    mark: Mark
    #: Sample of the stream at which it happened.
    sample: int
    #: What ended it, for the epoch's metadata.
    ended: dict[str, Any] = field(default_factory=dict)


def duration_faults(setting: str, value: Any, *, above: float | None = None, lowest: float | None = 0.0) -> list[Fault]:
    """The fault of ``value`` where it is no time in s, or too short."""
    faults = number_faults(setting, value, "s", above=above)
    if not faults and above is None and lowest is not None and value < lowest:
        faults.append(Fault(setting, f"{setting} = {value:g} s must be {lowest:g} s or more"))
    return faults


def names_of(value: Any) -> tuple[str, ...]:
    """One name or several, as a manifest gives them; what is no text is left out."""
    values = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(name for name in values if isinstance(name, str) and name)


def names_faults(setting: str, value: Any) -> list[Fault]:
    """The fault of ``value`` where it is neither a name nor a list of some."""
    values = value if isinstance(value, (list, tuple)) else (value,)
    if values and all(isinstance(name, str) and name for name in values):
        return []
    return [Fault(setting, f"{setting} = {value!r} must be the name of an event, or a list of some")]


def memory_faults(setting: str, seconds: float, info: StreamInfo) -> list[Fault]:
    """The fault of a setting that asks for more samples than memory should be given to."""
    n_bytes = seconds * info.fs * info.n_channels * np.dtype(info.dtype).itemsize
    if n_bytes <= MAX_BYTES:
        return []
    most = MAX_BYTES / n_bytes * seconds
    return [
        Fault(
            setting,
            f"{setting} = {seconds:g} s needs {n_bytes / 2**20:.0f} MiB on {info.n_channels} channels at "
            f"{info.fs:g} samples/s; at most {most:.3g} s are possible: shorten it or downsample before it",
        )
    ]


@dataclass(eq=False)
class CuttingStage(StageBase, EpochStage):
    """Takes marks from any thread and cuts windows; what a mark opens or closes is for those who derive from it."""

    #: Seconds after its sample within which a mark has to come.
    max_late: Any = field(default=1.0, kw_only=True)
    _told: deque[Mark] = field(default_factory=deque, init=False, repr=False)
    _cutter: WindowCutter = field(init=False, repr=False)
    _n_epochs: int = field(default=0, init=False, repr=False)
    _n_lost: int = field(default=0, init=False, repr=False)

    @property
    def longest(self) -> int:
        """Samples of the longest epoch that there may be; known once bound."""
        raise NotImplementedError

    def open_for(self, mark: Mark) -> None:
        """Do what follows from ``mark``: open a window, or close some."""
        raise NotImplementedError

    def mark(self, mark: Mark) -> None:
        self._told.append(mark)

    def process(self, chunk: Chunk) -> Sequence[Epoch]:
        self._cutter.expect(chunk.s0)
        while self._told:
            self.open_for(self._told.popleft())
        done = self._cutter.push(chunk.data)
        return self._epochs(done) if done else ()

    def sample_of(self, time: float) -> int:
        """The sample that lies nearest to ``time`` in s; the later one half-way."""
        return math.floor(time * self.info.fs + 0.5)

    def prepare(self, info: StreamInfo, n_before: int) -> None:
        """Make the memory for epochs that begin up to ``n_before`` samples before the mark's time."""
        n_late = whole(self.max_late, info.fs)
        # Two samples more, since begin and lateness are rounded.
        self._cutter = WindowCutter(info.n_channels, info.dtype, n_before + n_late + 2, n_late)

    def cut(self, mark: Mark, sample: int, begin: int, end: int | None, limit: int) -> Window | None:
        """Open a window around ``mark``, or lose the epoch where its samples are not there."""
        cutter = self._cutter
        if begin < cutter.oldest:
            assert cutter.first is not None
            if begin < cutter.first:
                late = (cutter.first - begin) / self.info.fs
                self._lose(mark, f"it begins {late:g} s before the first sample")
            else:
                late = (cutter.oldest - begin) / self.info.fs
                self._lose(mark, f"told {late:g} s too late for max_late = {self.max_late:g} s; set max_late higher")
            return None
        return cutter.open(begin, end, limit, Cut(mark, sample))

    def _epochs(self, windows: Sequence[Window]) -> list[Epoch]:
        return [epoch for window in windows if (epoch := self._epoch(window)) is not None]

    def _epoch(self, window: Window) -> Epoch | None:
        tag: Cut = window.tag
        if window.n_samples == 0:
            self._lose(tag.mark, "it has no samples: it ends where it begins")
            return None
        self._n_epochs += 1
        metadata: dict[str, Any] = {"event": tag.mark.name, "time": tag.mark.time, **tag.mark.metadata}
        metadata |= {"truncated": True} if window.truncated else tag.ended
        return Epoch(window.samples, window.begin, tag.sample, self.info, metadata)

    def _lose(self, mark: Mark, reason: str) -> None:
        self._n_lost += 1
        self.lose(LostEpoch(mark.name, mark.time, reason, mark.metadata))

    def finish(self) -> Sequence[Epoch]:
        made: list[Epoch] = []
        if self._cutter.position is not None:
            while self._told:
                self.open_for(self._told.popleft())
            made = self._epochs(self._cutter.finish())
        while self._told:
            if self.begins(mark := self._told.popleft()):
                self._lose(mark, INCOMPLETE)
        for window in self._cutter.windows:
            self._lose(window.tag.mark, INCOMPLETE)
        return made

    def begins(self, mark: Mark) -> bool:
        """Whether ``mark`` begins an epoch."""
        return True

    def counts(self) -> Mapping[str, Any]:
        return {"n_epochs": self._n_epochs, "n_lost": self._n_lost}


def whole(seconds: float, fs: float) -> int:
    """Samples in ``seconds``, the nearest whole number."""
    return math.floor(seconds * fs + 0.5)


def positive_sum(*values: Any) -> bool:
    """Whether numbers add up to more than nothing; what is none of them is not asked."""
    return not all(is_number(value) for value in values) or sum(values) > 0
