"""Samples by absolute index, of which the oldest can be dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.testing.ni_server.grid import indices


class History:
    """Samples of shape (n_channels, n) from ``start`` to ``end``; the room grows when it must."""

    def __init__(self, n_channels: int, dtype: Any = np.float64, room: int = 4096) -> None:
        self.start = 0
        self.end = 0
        self._at = 0
        self._samples: NDArray[Any] = np.zeros((n_channels, room), dtype)

    def append(self, samples: NDArray[Any]) -> None:
        n = samples.shape[1]
        used = self.end - self.start
        room = self._samples.shape[1]
        if self._at + used + n > room:
            # Twice the need, so that moving costs the same per sample however long it goes on.
            held = self._samples[:, self._at : self._at + used]
            moved = self._samples if 2 * (used + n) <= room else np.empty((len(held), 2 * (used + n)), held.dtype)
            moved[:, :used] = held.copy()
            self._samples, self._at = moved, 0
        self._samples[:, self._at + used : self._at + used + n] = samples
        self.end += n

    def replace(self, s0: int, samples: NDArray[Any]) -> None:
        """Put others in the place of samples from ``s0`` on, all of which are there."""
        at = self._at + s0 - self.start
        self._samples[:, at : at + samples.shape[1]] = samples

    def drop_before(self, s0: int) -> None:
        n = min(max(s0 - self.start, 0), max(self.end - self.start - 1, 0))
        self.start += n
        self._at += n

    def take(self, channel: int, first: int, step: int, denominator: int, n: int, last: int) -> NDArray[Any]:
        """Samples ``(first + i * step) // denominator``; beyond ``last`` the last one, before the first that is kept
        the first: an output holds its level.
        """
        samples = self._samples[channel]
        offset = self._at - self.start
        last = min(last, self.end - 1)
        if denominator == 1 and first >= self.start and first + (n - 1) * step <= last:
            at = first + offset
            return samples[at : at + (n - 1) * step + 1 : step] if step else np.full(n, samples[at])
        index = np.clip(indices(first, step, denominator, n), self.start, last)
        return samples[index + offset]

    def between(self, channel: int, s0: int, s1: int) -> NDArray[Any]:
        """Samples ``s0`` to ``s1`` (without it), as far as they are kept."""
        s0, s1 = max(s0, self.start), min(s1, self.end)
        offset = self._at - self.start
        return self._samples[channel, s0 + offset : max(s0, s1) + offset]
