"""How many events there are in a window that slides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class WindowCounts:
    """Counts events in windows of ``window`` samples: count ``k`` is of the one that ends before ``(k + 1) * step``.

    Before the first sample there are no events.
    """

    def __init__(self, window: int, step: int, n_channels: int) -> None:
        self._window, self._step, self._n_channels = window, step, n_channels
        self._next = 0
        self._samples = np.empty(0, dtype=np.int64)
        self._channels = np.empty(0, dtype=np.int64)

    def begin(self, sample: int) -> None:
        """Say that the stream's first sample is ``sample``: the first window that holds it is the first counted."""
        self._next = sample // self._step

    def process(
        self, samples: NDArray[np.int64], channels: NDArray[np.int64], known: int
    ) -> tuple[NDArray[np.int64], int]:
        """Counts of the windows that end by ``known``, shape ``(n_channels, n_windows)``, and the index of the first.

        Parameters
        ----------
        samples, channels
            Of the events, both of shape ``(n_events,)``.
        known
            All events before this sample have been given.
        """
        if len(samples):
            self._samples = np.concatenate((self._samples, samples))
            self._channels = np.concatenate((self._channels, channels))
        first, n_windows = self._next, max(known // self._step - self._next, 0)
        counts = np.zeros((self._n_channels, n_windows), dtype=np.int64)
        if n_windows == 0:
            return counts, first
        ends = (np.arange(first, first + n_windows) + 1) * self._step
        for channel in np.unique(self._channels).tolist():
            mine = np.sort(self._samples[self._channels == channel])
            counts[channel] = np.searchsorted(mine, ends) - np.searchsorted(mine, ends - self._window)
        self._next = first + n_windows
        needed = self._samples >= (self._next + 1) * self._step - self._window
        self._samples, self._channels = self._samples[needed], self._channels[needed]
        return counts, first
