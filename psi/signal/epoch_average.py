"""The mean of several epochs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class EpochAverage:
    """Means of ``n`` epochs each, or with ``running`` of the last ``n`` after every one.

    The first epoch says which shape all must have; memory is made with it, once.
    """

    def __init__(self, n: int, running: bool = False) -> None:
        self._n = n
        self._running = running
        self._kept: NDArray[np.float64] | None = None
        #: Epochs that are in no mean yet; with ``running`` all so far.
        self.n_waiting = 0
        #: Samples before the event, in all epochs.
        self.zero = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """``(n_channels, n_samples)`` of all epochs; empty before the first."""
        return () if self._kept is None else self._kept.shape[1:]

    def fits(self, data: NDArray[Any], zero: int) -> bool:
        """Whether ``data``, with ``zero`` samples before its event, can be averaged with the first."""
        return self._kept is None or (data.shape == self.shape and zero == self.zero)

    def add(self, data: NDArray[Any], zero: int) -> tuple[NDArray[np.float64] | None, int]:
        """Take an epoch of shape ``(n_channels, n_samples)``; the mean that is complete with it, and of how many."""
        if self._kept is None:
            # A running mean needs each epoch again when it leaves; else the sum is enough.
            self._kept = np.zeros((self._n if self._running else 1, *data.shape))
            self.zero = zero
        self.n_waiting += 1
        if self._running:
            self._kept[(self.n_waiting - 1) % self._n] = data
            n = min(self.n_waiting, self._n)
            return self._kept[:n].mean(axis=0), n
        self._kept[0] += data
        if self.n_waiting < self._n:
            return None, self.n_waiting
        mean = self._kept[0] / self._n
        self._kept[0] = 0.0
        self.n_waiting = 0
        return mean, self._n
