"""Whole blocks of samples on the grid of absolute indices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Blocker:
    """Keeps samples until their block is complete: block k is the samples ``k * size .. (k + 1) * size``.

    Samples before the first block that the stream has from its beginning are dropped.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        #: The beginning of a block whose end has not come, shape (n_channels, size); made with the first sample.
        self._waiting: NDArray[Any] | None = None
        self._n_waiting = 0

    def process(self, data: NDArray[Any], s0: int) -> tuple[NDArray[Any], int]:
        """The blocks that are complete with ``data``.

        Parameters
        ----------
        data
            Shape ``(n_channels, n_samples)``.
        s0
            Absolute index of its first sample.

        Returns
        -------
        blocks, s0
            Shape ``(n_channels, n_blocks * size)``, and the absolute index of its first sample.
        """
        size = self._size
        if self._waiting is None:
            if data.shape[1] == 0:
                return data, s0
            before = min(-s0 % size, data.shape[1])
            data, s0 = data[:, before:], s0 + before
            if s0 % size:
                # The stream begins within a block, and not even the next one has begun.
                return data, s0
            self._waiting = np.empty((len(data), size), data.dtype)
        begin, n_waiting = s0 - self._n_waiting, self._n_waiting
        n_blocks, n_over = divmod(n_waiting + data.shape[1], size)
        if n_blocks == 0:
            self._waiting[:, n_waiting:n_over] = data
            self._n_waiting = n_over
            return np.empty((len(data), 0), data.dtype), begin
        end = data.shape[1] - n_over
        made = np.concatenate((self._waiting[:, :n_waiting], data[:, :end]), axis=1) if n_waiting else data[:, :end]
        self._waiting[:, :n_over] = data[:, end:]
        self._n_waiting = n_over
        return made, begin
