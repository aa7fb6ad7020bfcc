"""The last seconds of a stream as lowest and highest value per screen column, so that no spike is hidden."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from psi.stream.info import Gap


class SampleReader(Protocol):
    """What an envelope asks of a ring."""

    @property
    def available(self) -> tuple[int, int]:
        """First sample that can be read, and one past the last."""
        ...

    def read(self, s0: int, n: int) -> tuple[NDArray[Any], Gap | None]: ...


class Envelope:
    """Minimum and maximum of each of ``n_columns`` columns over the last ``window`` s.

    Columns lie on a grid of absolute sample indices: what has been drawn does not change when more
    arrives, and every sample counts in exactly one column.

    Parameters
    ----------
    fs
        Samples/s.
    n_channels
        Of the stream.
    window
        Seconds that are shown.
    n_columns
        Of the screen; at rates so low that a column would hold less than a sample there are fewer.
    """

    def __init__(self, fs: float, n_channels: int, window: float, n_columns: int) -> None:
        self.fs = fs
        self.window = window
        #: Samples per column.
        self.per_column = max(1, math.ceil(fs * window / n_columns))
        #: Columns that are shown.
        self.n_columns = max(1, math.ceil(fs * window / self.per_column))
        self._low = np.full((n_channels, self.n_columns), np.nan)
        self._high = np.full((n_channels, self.n_columns), np.nan)
        # Absolute number of the column that the next sample belongs to, and that sample's index.
        self._column = 0
        self._position = 0
        #: Samples that were lost before they could be drawn.
        self.lost = 0

    @property
    def end(self) -> int:
        """Index one past the last sample that is drawn."""
        return self._position

    def update(self, reader: SampleReader) -> bool:
        """Take what is new in ``reader``; whether there was anything. Never more than one window is read."""
        oldest, end = reader.available
        if end <= self._position:
            return False
        first = max(self._position, oldest, end - self.n_columns * self.per_column)
        if first > self._position:
            self._skip_to(first)
        data, gap = reader.read(first, end - first)
        if gap is not None:
            self.lost += gap.n
            self._skip_to(gap.s0 + gap.n)
        self.add(data)
        return True

    def _skip_to(self, sample: int) -> None:
        """Leave columns without a sample empty up to ``sample``."""
        column = sample // self.per_column
        for skipped in range(self._column + 1, min(column, self._column + self.n_columns) + 1):
            self._clear(skipped)
        self._column, self._position = column, sample

    def _clear(self, column: int) -> None:
        self._low[:, column % self.n_columns] = np.nan
        self._high[:, column % self.n_columns] = np.nan

    def add(self, data: NDArray[Any]) -> None:
        """Take the samples that follow, shape ``(n_channels, n_samples)``."""
        n = data.shape[1]
        if n == 0:
            return
        if n > self.n_columns * self.per_column:
            skipped = n - self.n_columns * self.per_column
            self._skip_to(self._position + skipped)
            self.add(data[:, skipped:])
            return
        # Where in ``data`` each column begins; the first may go on from before.
        to_next = self.per_column - self._position % self.per_column
        starts = np.concatenate(([0], np.arange(to_next, n, self.per_column)))
        low = np.minimum.reduceat(data, starts, axis=1)
        high = np.maximum.reduceat(data, starts, axis=1)
        first = self._position // self.per_column
        columns = (first + np.arange(len(starts))) % self.n_columns
        if self._position % self.per_column:
            low[:, 0] = np.fmin(low[:, 0], self._low[:, columns[0]])
            high[:, 0] = np.fmax(high[:, 0], self._high[:, columns[0]])
        self._low[:, columns] = low
        self._high[:, columns] = high
        self._position += n
        self._column = (self._position - 1) // self.per_column

    def at(self, samples: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest value of the columns in which ``samples`` lie, each ``(n_channels, len(samples))``.

        NaN where a column is not known any more, or not yet.
        """
        numbers = samples // self.per_column
        last = (self._position - 1) // self.per_column
        unknown = (numbers < max(0, last - self.n_columns + 1)) | (numbers > last)
        places = numbers % self.n_columns
        low, high = self._low[:, places], self._high[:, places]
        low[:, unknown] = high[:, unknown] = np.nan
        return low, high

    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times in s, shape ``(2 * n_columns,)``, and values, shape ``(n_channels, 2 * n_columns)``, oldest first.

        Each column has its lowest and its highest value at one time; columns without samples are NaN.
        """
        if self._position == 0:
            return np.empty(0), np.empty((self._low.shape[0], 0))
        last = (self._position - 1) // self.per_column
        numbers = np.arange(max(0, last - self.n_columns + 1), last + 1)
        order = numbers % self.n_columns
        times = np.repeat(numbers * (self.per_column / self.fs), 2)
        values = np.empty((self._low.shape[0], 2 * len(order)))
        values[:, 0::2] = self._low[:, order]
        values[:, 1::2] = self._high[:, order]
        return times, values
