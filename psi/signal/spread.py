"""Centre and spread of a stretch of signal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Standard deviation of normal noise for each unit of its median absolute deviation, 1 / Phi^-1(3/4)
#: (F. R. Hampel, Journal of the American Statistical Association 69, 383-393, 1974).
NORMAL_SD_PER_MAD = 1.482602218505602


def centre_and_sd(data: NDArray[Any], robust: bool = True) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centre and standard deviation of each channel of ``data``, shape ``(n_channels, n_samples)``, in its unit.

    Robust: the median, and 1.4826 times the median absolute deviation from it, which spikes hardly change. Else mean
    and standard deviation (divided by n). Each of shape ``(n_channels,)``; NaN where a sample is.
    """
    data = data.astype(np.float64, copy=False)
    if not robust:
        return data.mean(axis=1), data.std(axis=1)
    with np.errstate(invalid="ignore"):
        centre = np.median(data, axis=1)
        return centre, NORMAL_SD_PER_MAD * np.median(np.abs(data - centre[:, np.newaxis]), axis=1)


class Beginning:
    """Keeps the first ``n`` samples of a stream."""

    def __init__(self, n: int, n_channels: int) -> None:
        #: Shape ``(n_channels, n)``; the first ``n_taken`` samples are known.
        self.data = np.empty((n_channels, n))
        self.n_taken = 0

    @property
    def is_complete(self) -> bool:
        return self.n_taken == self.data.shape[1]

    def take(self, data: NDArray[Any]) -> int:
        """Take what is still wanted from ``data``, shape ``(n_channels, n_samples)``; gives how many samples."""
        n = min(int(self.data.shape[1]) - self.n_taken, int(data.shape[1]))
        self.data[:, self.n_taken : self.n_taken + n] = data[:, :n]
        self.n_taken += n
        return n
