"""How much of a signal there is at one frequency, block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.signal.block_sums import BlockSums

#: Window -> half the width of its main lobe, in cycles per block: what lies farther away leaks little into it
#: (F. J. Harris, Proceedings of the IEEE 66, 51-83, 1978).
LOBES = {"boxcar": 1, "hann": 2, "hamming": 2, "blackman": 3, "flattop": 5}
WINDOWS = tuple(LOBES)


class OneFrequency:
    """RMS of the sine at ``frequency`` in each block of ``n`` samples of the absolute grid.

    The projection of the block on a cosine and a sine, as one complex number, weighted by a window w:
    ``sqrt(2) |sum w[m] x[m] exp(-2 pi i f m / fs)| / sum w[m]``. Of a sine of amplitude A at the frequency that
    is ``A / sqrt(2)``.

    Parameters
    ----------
    frequency, fs
        In Hz and samples/s.
    n
        Samples in a block.
    window
        One of ``WINDOWS``, as of :func:`scipy.signal.get_window`.
    """

    def __init__(self, frequency: float, fs: float, n: int, window: str = "hann") -> None:
        from scipy.signal import get_window  # late: it takes most of a second

        weights = get_window(window, n)
        turns = np.exp(-2j * np.pi * (frequency / fs) * np.arange(n))
        self._weights = np.sqrt(2) / weights.sum() * weights * turns
        self._sums = BlockSums(n)

    def process(self, data: NDArray[Any], s0: int) -> tuple[NDArray[np.float64], int]:
        """As :meth:`BlockSums.process`: the RMS of each block in the unit of ``data``."""
        offset = s0 % self._sums.n
        weights = self._weights[offset : offset + data.shape[1]]
        if len(weights) < data.shape[1]:
            weights = self._weights.take(np.arange(offset, offset + data.shape[1]), mode="wrap")
        sums, first = self._sums.process(data * weights, s0)
        return np.abs(sums), first
