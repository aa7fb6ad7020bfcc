"""Sums over blocks of samples that lie on a grid of absolute indices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class BlockSums:
    """Sums over blocks of ``n`` samples: sum ``k`` is that of the samples ``k * n .. (k + 1) * n - 1``.

    A block that the stream begins within is left out, since its sum would lack samples. What waits for the end of
    a block is one number for each channel, however long the block.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        # Of the block whose end has not come, shape (n_channels,); None until one has begun.
        self._begun: NDArray[Any] | None = None

    def process(self, values: NDArray[Any], s0: int) -> tuple[NDArray[Any], int]:
        """The sums of the blocks that end within ``values``, and the index of the first.

        Parameters
        ----------
        values
            Shape ``(n_channels, n_samples)``, float64 or complex128.
        s0
            Absolute index of the first sample.

        Returns
        -------
        sums, s0
            Shape ``(n_channels, n_blocks)``, and the absolute index of its first block.
        """
        if self._begun is None:
            first = -(-s0 // self.n)
            values, s0 = values[:, first * self.n - s0 :], first * self.n
            if values.shape[1] == 0:
                return values, first
            self._begun = np.zeros(len(values), values.dtype)
        first, offset = divmod(s0, self.n)
        n_blocks = (offset + values.shape[1]) // self.n
        if n_blocks == 0:
            self._begun = self._begun + values.sum(axis=1)
            return values[:, :0], first
        head, tail = self.n - offset, n_blocks * self.n - offset
        sums = np.empty((len(values), n_blocks), values.dtype)
        sums[:, 0] = self._begun + values[:, :head].sum(axis=1)
        sums[:, 1:] = values[:, head:tail].reshape(len(values), n_blocks - 1, self.n).sum(axis=2)
        self._begun = values[:, tail:].sum(axis=1)
        return sums, first
