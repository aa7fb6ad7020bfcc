"""What a stream is, and a piece of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from psi.models.calibration import Calibration


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """A stream's identity card; frozen, handed on and replaced (never changed) from stage to stage."""

    name: str
    #: Samples per second.
    fs: float
    n_channels: int = 1
    #: NumPy name of the dtype of the samples as computed.
    dtype: str = "float64"
    unit: str = "V"
    #: One label per channel; empty when they have none.
    labels: tuple[str, ...] = ()
    #: Nominal delay in seconds that the chain has added so far.
    delay: float = 0.0
    #: Lowest and highest value that samples can have, in ``unit``; ``None`` where nothing says so.
    range: tuple[float, float] | None = None
    #: Volts at the channel for each volt before its preamplifier; negative where the polarity is inverted.
    gain: float = 1.0
    #: How volts before the preamplifier relate to levels; ``None`` where nothing says so.
    calibration: Calibration | None = None


@dataclass(slots=True)
class Chunk:
    """Consecutive samples of a stream.

    ``data`` has shape ``(n_channels, n_samples)`` and may be empty; ``s0`` is the absolute
    index of its first sample at the stream's own rate. A receiver never changes ``data``.
    """

    data: NDArray[Any]
    s0: int
    info: StreamInfo
    #: When an engine had the block (``time.perf_counter_ns``), from which latencies count; 0 where that is not known.
    there: int = 0

    @property
    def n_samples(self) -> int:
        return int(self.data.shape[-1])

    @property
    def end(self) -> int:
        """Index one past the last sample."""
        return self.s0 + int(self.data.shape[-1])

    @property
    def t0(self) -> float:
        """Time of the first sample in seconds since sample 0."""
        return self.s0 / self.info.fs


@dataclass(frozen=True, slots=True)
class Edge:
    """A change of level on one channel; ``sample`` is the first sample of the new level."""

    sample: int
    rising: bool
    channel: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """Samples of a stream around something that happened."""

    #: Shape ``(n_channels, n_samples)``; a receiver never changes it.
    data: NDArray[Any]
    #: Absolute index of the first sample at the stream's rate.
    s0: int
    #: Index of the sample at which it happened; may lie outside the epoch.
    sample: int
    info: StreamInfo
    #: What is known of it, fit for JSON: the event's name, its own information, the trial.
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_samples(self) -> int:
        return int(self.data.shape[-1])


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, as told to a chain: an event, or an epoch of an output."""

    name: str
    #: Seconds since sample 0.
    time: float
    #: Fit for JSON.
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LostEpoch:
    """An epoch that could not be had."""

    #: Name and time (s since sample 0) of what it was to be cut around.
    event: str
    time: float
    #: Why, for people.
    reason: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples ``s0 .. s0 + n`` that a reader could not have."""

    s0: int
    n: int


def as_chunk(data: NDArray[Any], s0: int, info: StreamInfo) -> Chunk:
    """A chunk from ``data`` of shape ``(n_samples,)`` or ``(n_channels, n_samples)``."""
    return Chunk(np.atleast_2d(data), s0, info)
