"""A stream's last seconds in shared memory: one writer, any number of readers, no locks."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.core.errors import ConfigurationError, RunFault
from psi.core.names import did_you_mean
from psi.stream.header import HEADER_BYTES, RELEASED, Header
from psi.stream.info import Gap
from psi.stream.shared_memory import Segment

#: Sample types that a ring can hold; the order is part of the segment's format.
DTYPES = ("float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool")

_MAGIC = 0x31_474E_4952_4953_50  # 'PSIRING1'
_N_CHANNELS, _DTYPE = range(2)


class _Ring:
    """What both ends share: the mapped samples, channel-major, shape ``(n_channels, capacity)``."""

    def __init__(self, segment: Segment, header: Header) -> None:
        self._segment = segment
        self._header = header
        self.name = segment.name
        self.n_channels = header.own(_N_CHANNELS)
        self.dtype = np.dtype(DTYPES[header.own(_DTYPE)])
        self.capacity = header.capacity
        flat = np.frombuffer(segment.buf, self.dtype, self.n_channels * self.capacity, HEADER_BYTES)
        self._samples: NDArray[Any] | None = flat.reshape(self.n_channels, self.capacity)

    @property
    def end(self) -> int:
        """Index one past the last sample written."""
        return self._header.end

    def close(self) -> None:
        """Give up the mapping; again is fine."""
        self._samples = None
        self._header.close()
        self._segment.close()

    def _mapped(self) -> NDArray[Any]:
        if self._samples is None:
            raise ValueError(f"ring {self.name!r} is closed")
        return self._samples


class RingWriter(_Ring):
    """Creates the ring ``name`` and writes into it.

    Parameters
    ----------
    capacity
        Samples per channel that the ring holds.
    keepers
        Number of readers that may never lose, each with a slot of its own from sample 0 on.

    Raises
    ------
    ConfigurationError
        The dtype is not one of ``DTYPES``, the name is taken, or the memory is not there.
    """

    def __init__(self, name: str, n_channels: int, dtype: str, capacity: int, keepers: int = 0) -> None:
        if dtype not in DTYPES:
            raise ConfigurationError(f"ring {name!r} cannot hold {dtype!r} samples{did_you_mean(dtype, DTYPES)}")
        if n_channels < 1 or capacity < 1:
            raise ConfigurationError(
                f"ring {name!r} has {n_channels} channels of {capacity} samples; both must be at least 1"
            )
        segment = Segment.create(name, HEADER_BYTES + n_channels * capacity * np.dtype(dtype).itemsize)
        header = Header(segment)
        header.set_own(_N_CHANNELS, n_channels)
        header.set_own(_DTYPE, DTYPES.index(dtype))
        header.prepare(_MAGIC, capacity, keepers)
        super().__init__(segment, header)

    def write(self, data: NDArray[Any]) -> int:
        """Append ``data`` of shape ``(n_channels, n_samples)``, cast to the ring's dtype.

        Never waits; overwrites the oldest samples. Of a chunk larger than the ring only the
        last ``capacity`` samples stay. Returns the index one past the last sample.
        """
        samples = self._mapped()
        if data.ndim != 2 or data.shape[0] != self.n_channels:
            raise ValueError(f"ring {self.name!r} takes ({self.n_channels}, n) samples, not {data.shape}")
        header, capacity = self._header, self.capacity
        n: int = data.shape[1]
        end = header.end + n
        if end - capacity > header.begin:
            header.begin = end - capacity
        if n > capacity:
            data = data[:, n - capacity :]
            n = capacity
        start = (end - n) % capacity
        first = capacity - start
        if n <= first:
            samples[:, start : start + n] = data
        else:
            samples[:, start:] = data[:, :first]
            samples[:, : n - first] = data[:, first:]
        header.end = end
        return end

    def free(self) -> int:
        """Samples that can be written before the slowest keeper loses one; negative once it has."""
        return self._header.free()

    def headroom(self) -> float:
        """:meth:`free` as a fraction of the capacity."""
        return self._header.free() / self.capacity

    def close(self, unlink: bool = True) -> None:
        """Give up the ring and, with ``unlink``, its name; readers that have it open keep it."""
        super().close()
        if unlink:
            self._segment.unlink()

    def __enter__(self) -> RingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class RingReader(_Ring):
    """Reads the ring ``name``. With a ``slot`` it is that keeper and begins where the slot stands.

    Raises ``RunFault`` where there is no such ring.
    """

    def __init__(self, name: str, slot: int | None = None) -> None:
        segment = Segment.attach(name)
        header = Header(segment)
        try:
            header.expect(_MAGIC, "ring")
            self._slot = slot
            #: Sample at which the keeper's work goes on; 0 for readers without a slot.
            self.position = 0 if slot is None else header.kept(slot)
            super().__init__(segment, header)
        except (RunFault, ValueError):
            header.close()
            segment.close()
            raise

    @property
    def available(self) -> tuple[int, int]:
        """Indexes of the oldest sample that can be read and of one past the last."""
        # In this order: whatever is overwritten in between makes the range shorter, never wrong.
        end = self._header.end
        return min(self._header.begin, end), end

    def read(self, s0: int, n: int) -> tuple[NDArray[Any], Gap | None]:
        """A copy of samples ``s0 .. s0 + n``, as far as they are written, and what of them was lost.

        Returns
        -------
        data
            ``(n_channels, m)``, ending at ``min(s0 + n, end)``; its first sample is ``s0``,
            or ``gap.s0 + gap.n`` after a gap.
        gap
            The samples from ``s0`` on that were overwritten before they could be copied, or ``None``.
        """
        samples = self._mapped()
        if s0 < 0 or n < 0:
            raise ValueError(f"ring {self.name!r}: cannot read {n} samples from sample {s0}")
        header, capacity = self._header, self.capacity
        end = max(min(s0 + n, header.end), s0)
        begin = min(max(s0, header.begin), end)
        data = np.empty((self.n_channels, end - begin), self.dtype)
        start = begin % capacity
        first = min(capacity - start, end - begin)
        data[:, :first] = samples[:, start : start + first]
        data[:, first:] = samples[:, : end - begin - first]
        # The writer announces before it overwrites: what lies below `begin` now may have changed under us.
        kept = min(max(begin, header.begin), end)
        gap = Gap(s0, kept - s0) if kept > s0 else None
        return (data[:, kept - begin :] if kept > begin else data), gap

    def acknowledge(self, sample: int) -> None:
        """Publish that this keeper needs nothing before ``sample`` any more."""
        if self._slot is None:
            raise ValueError(f"this reader of ring {self.name!r} has no slot and keeps nothing")
        self._header.keep_from(self._slot, sample)
        self.position = sample

    def release(self) -> None:
        """Let go of the slot for good: the writer waits for this keeper no more."""
        if self._slot is not None:
            self._header.keep_from(self._slot, RELEASED)

    def __enter__(self) -> RingReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
