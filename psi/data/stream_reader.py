"""One stream's ring as the store reads it: in whole blocks, from where the recording has come to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.data.layout import block_length
from psi.data.plan import STORE_SLOT, StreamPlan
from psi.stream.info import Gap
from psi.stream.ring import RingReader

#: Most bytes of one stream that one burst takes.
_BURST_BYTES = 32 << 20


class StreamReader:
    """Reads the ring of ``plan``; ``first`` is the index of the first sample that is not in the recording yet."""

    def __init__(self, plan: StreamPlan, first: int | None = None) -> None:
        self.plan = plan
        self.ring = RingReader(plan.segment, STORE_SLOT)
        #: Index one past the last sample that was taken.
        # A store that was killed may have had more on the disk than it had told the ring.
        self.position = self.ring.position if first is None else first
        itemsize = self.ring.dtype.itemsize
        self.block = block_length(plan.fs, plan.n_channels, itemsize)
        self._most = max(1, _BURST_BYTES // (self.block * plan.n_channels * itemsize)) * self.block

    def has_block(self) -> bool:
        return self.ring.end - self.position >= self.block

    @property
    def waiting_bytes(self) -> int:
        """Bytes of the samples that wait for the store."""
        return (self.ring.end - self.position) * self.ring.n_channels * self.ring.dtype.itemsize

    def fill(self) -> float:
        """Fraction of the ring that waits for the store."""
        return (self.ring.end - self.position) / self.ring.capacity

    def take(self, final: bool) -> tuple[NDArray[Any], Gap | None]:
        """The next whole blocks, or with ``final`` all that is there; lost samples are NaN or 0."""
        n = min(self.ring.end - self.position, self._most)
        if not final:
            n -= n % self.block
        data, gap = self.ring.read(self.position, n)
        if gap is not None:
            # A sample's index in the file stays its index in the stream.
            lost = np.full((data.shape[0], gap.n), np.nan if data.dtype.kind == "f" else 0, data.dtype)
            data = np.concatenate([lost, data], axis=1)
        self.position += data.shape[1]
        return data, gap


def sum_of(data: NDArray[Any]) -> int:
    """Sum of all elements, their bytes read as unsigned whole numbers, modulo 2**64."""
    return int(data.view(f"u{data.dtype.itemsize}").sum(dtype=np.uint64))
