"""What is to be recorded of a stream or of epochs, and the ring that it passes through."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np

from psi.core.errors import Finding
from psi.data.layout import block_length
from psi.data.plan import SampleType, StreamPlan
from psi.stream.info import StreamInfo
from psi.stream.ring import DTYPES


class RecordedStream(NamedTuple):
    """A stream to be recorded, and how."""

    info: StreamInfo
    #: Stored sample type; an integer type only where the stream gives integers already.
    dtype: str = "float32"
    #: JSON text: the stages that made the stream.
    chain: str = ""
    #: A stored value times this is the value in the info's unit.
    scale: float = 1.0
    #: Time of sample 0 in seconds on the master clock.
    t0: float = 0.0


def plan_of(stream: RecordedStream, segment: str) -> StreamPlan:
    """What the store is told of ``stream``, whose ring is the shared memory ``segment``."""
    info = stream.info
    return StreamPlan(
        name=info.name,
        segment=segment,
        fs=info.fs,
        n_channels=info.n_channels,
        dtype=cast(SampleType, stream.dtype),
        unit=info.unit,
        scale=stream.scale,
        labels=info.labels,
        chain=stream.chain,
        delay=info.delay,
        t0=stream.t0,
    )


def ring_capacity(plan: StreamPlan, seconds: float, block_duration: float) -> int:
    """Samples per channel that a ring holds: ``seconds`` of them, or more."""
    # The store takes whole blocks of its own, so that there must be several of them, and of the engine's.
    store_block = block_length(plan.fs, plan.n_channels, np.dtype(plan.dtype).itemsize)
    return max(round(plan.fs * seconds), 4 * store_block, 8 * round(plan.fs * block_duration), 64)


def dtype_findings(stream: RecordedStream) -> list[Finding]:
    """What is wrong with the sample type that ``stream`` is to be saved with."""
    name, dtype = stream.info.name, stream.dtype
    if dtype not in DTYPES:
        return [Finding(f"stream {name!r} cannot be saved as {dtype!r}; allowed: {', '.join(DTYPES)}")]
    if not np.can_cast(stream.info.dtype, dtype, "same_kind"):
        return [
            Finding(
                f"stream {name!r} gives {stream.info.dtype} samples, which do not fit into {dtype!r}; "
                "save it as 'float32' or 'float64'"
            )
        ]
    return []
