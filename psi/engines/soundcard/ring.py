"""A ring of samples between the sound card's thread and the driver's: one writes, one reads, nobody waits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class FrameRing:
    """Frames in a ring. Each side moves only its own count, so no lock is needed.

    Parameters
    ----------
    capacity
        Frames.
    n_channels
        Samples in each frame.
    """

    def __init__(self, capacity: int, n_channels: int) -> None:
        self.capacity = capacity
        self._frames = np.zeros((capacity, n_channels), np.float32)
        #: Frames written and read since the beginning.
        self.written = 0
        self.read = 0

    @property
    def waiting(self) -> int:
        """Frames that can be read."""
        return self.written - self.read

    def put(self, frames: NDArray[np.float32]) -> int:
        """Write ``frames``, shape ``(n, n_channels)``, as far as there is room; returns how many were written."""
        n = min(len(frames), self.capacity - self.waiting)
        first = self.written % self.capacity
        head = min(n, self.capacity - first)
        self._frames[first : first + head] = frames[:head]
        self._frames[: n - head] = frames[head:n]
        self.written += n
        return n

    def take(self, into: NDArray[np.float32]) -> int:
        """Read as many frames as are there into ``into``, shape ``(n, n_channels)``; returns how many."""
        n = min(len(into), self.waiting)
        first = self.read % self.capacity
        head = min(n, self.capacity - first)
        into[:head] = self._frames[first : first + head]
        into[head:n] = self._frames[: n - head]
        self.read += n
        return n

    def skip(self, n: int) -> None:
        """Read ``n`` frames, which must be there, and forget them."""
        self.read += n
