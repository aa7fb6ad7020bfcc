"""What samples say of themselves while they pass: limits reached, flat lines, samples that are missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.data.plan import RecordingPlan
from psi.data.saved_stream import Stream

#: Seconds for which an input does not move before it is called a flat line, and samples that it must have had.
FLAT_SECONDS, FLAT_SAMPLES = 2.0, 20

#: Stages that leave values as the channel measured them.
_AS_MEASURED = {"Input", "ContinuousInput", "Downsample"}


@dataclass(frozen=True)
class Flat:
    """A span in which a channel did not move."""

    channel: int
    #: First sample, and one past the last.
    start: int
    stop: int


@dataclass
class SignalCheck:
    """Takes a stream block by block, each of shape ``(n_samples, n_channels)``, and remembers little."""

    n_channels: int
    fs: float
    #: Lowest and highest stored value that the input can give; NaN where they are not known.
    limits: tuple[float, float] = (np.nan, np.nan)
    n: int = 0
    #: Of each channel: samples at a limit, and samples that are NaN.
    n_saturated: NDArray[np.int64] = field(init=False)
    n_missing: NDArray[np.int64] = field(init=False)
    low: NDArray[np.float64] = field(init=False)
    high: NDArray[np.float64] = field(init=False)
    flats: list[Flat] = field(default_factory=list)

    #: Spans that are kept; who has more has a fault in every channel.
    MOST = 100

    def __post_init__(self) -> None:
        self.n_saturated, self.n_missing = np.zeros(self.n_channels, np.int64), np.zeros(self.n_channels, np.int64)
        self.low, self.high = np.full(self.n_channels, np.inf), np.full(self.n_channels, -np.inf)
        # Of each channel: since which sample it has not moved, and where it stands.
        self._since = np.zeros(self.n_channels, np.int64)
        self._value = np.full(self.n_channels, np.nan)
        # About a tenth of the time that makes a flat line: spans are known to so much.
        self._piece = max(2, round(self.fs * FLAT_SECONDS / 10))

    def add(self, block: NDArray[Any]) -> None:
        """Take the samples that follow."""
        for start in range(0, len(block), self._piece):
            self._add(block[start : start + self._piece])

    def _add(self, block: NDArray[Any]) -> None:
        low, high = block.min(axis=0), block.max(axis=0)
        if block.dtype.kind == "f" and np.isnan(low).any():
            self.n_missing += np.isnan(block).sum(axis=0)
            low, high = np.fmin.reduce(block, axis=0), np.fmax.reduce(block, axis=0)
        self.low, self.high = np.fmin(self.low, low), np.fmax(self.high, high)
        if (low <= self.limits[0]).any() or (high >= self.limits[1]).any():
            self.n_saturated += ((block <= self.limits[0]) | (block >= self.limits[1])).sum(axis=0)
        moved = (low != high) | (low != self._value)
        if moved.any():
            self._end_flats(np.flatnonzero(moved))
            self._since[moved] = self.n
            self._value[moved] = np.where(low == high, low, np.nan)[moved]
        self.n += len(block)

    def _end_flats(self, channels: NDArray[np.intp]) -> None:
        for channel in channels.tolist():
            start, still = int(self._since[channel]), not np.isnan(self._value[channel])
            n = self.n - start
            if still and n >= max(FLAT_SAMPLES, FLAT_SECONDS * self.fs) and len(self.flats) < self.MOST:
                self.flats.append(Flat(channel, start, self.n))

    def finish(self) -> SignalCheck:
        """Say that there is no more; returns itself."""
        self._end_flats(np.arange(self.n_channels))
        return self


def checks_of(plan: RecordingPlan) -> dict[str, SignalCheck]:
    """A check for each of the streams that are to be recorded as they are, by name: for the store."""
    rig = plan.documents.get("rig", {})
    return {
        stream.name: SignalCheck(stream.n_channels, stream.fs, limits_of(stream.name, _chain(stream.chain), rig))
        for stream in plan.streams
        if stream.scale == 1
    }


def _chain(text: str) -> Any:
    return json.loads(text) if text else None


def limits_of(name: str, chain: Any, rig: Mapping[str, Any]) -> tuple[float, float]:
    """Range in volts of the channel that feeds stream ``name``; NaN where stages have changed its values."""
    if chain and all(stage.get("kind") in _AS_MEASURED for stage in chain):
        for engine in rig.get("engines") or ():
            for channel in engine.get("channels") or ():
                limits = (channel.get("settings") or {}).get("expected_range")
                if limits and channel.get("kind") == "AIChannel" and _has_input(channel.get("inputs"), name):
                    return float(limits[0]), float(limits[1])
    return (np.nan, np.nan)


def _has_input(inputs: Any, name: str) -> bool:
    return any(each.get("name") == name or _has_input(each.get("children"), name) for each in inputs or ())


def read_check(stream: Stream, rig: Mapping[str, Any]) -> SignalCheck:
    """The check of all samples of a recorded ``stream``, read in blocks of about 16 MB."""
    check = SignalCheck(stream.shape[1], stream.fs, limits_of(stream.name, stream.chain, rig))
    length = max(1, (16 << 20) // (8 * max(1, stream.shape[1])))
    for start in range(0, len(stream.data), length):
        check.add(stream.data[start : start + length])
    return check.finish()
