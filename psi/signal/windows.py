"""Spans of samples cut from a stream, wherever they lie between its chunks, and whenever they are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Samples that a window whose end is not known begins with; it doubles from there.
_FIRST_SAMPLES = 1024


@dataclass(eq=False)
class Window:
    """Samples ``begin .. end`` of a stream, filled as they come."""

    begin: int
    #: Index one past the last sample; ``None`` until it is known.
    end: int | None
    #: Index one past the last sample that there may be.
    limit: int
    #: Channels that are wanted.
    rows: slice
    #: What the caller keeps with it.
    tag: Any
    #: Counts windows in the order in which they were asked for.
    number: int
    #: Whether it was ended by its limit.
    truncated: bool = False
    n_samples: int = 0
    _data: NDArray[Any] = field(init=False, repr=False)

    def close(self, end: int) -> None:
        """Fix the end, or move an end that was fixed before to an earlier sample; not beyond the limit."""
        self.truncated = end > self.limit
        end = max(self.begin, min(end, self.limit))
        self.end = end if self.end is None else min(end, self.end)
        self.n_samples = min(self.n_samples, self.end - self.begin)

    @property
    def samples(self) -> NDArray[Any]:
        """What is there, shape ``(n_channels, n_samples)``."""
        return self._data[:, : self.n_samples]

    def reserve(self, n_channels: int, dtype: np.dtype[Any]) -> None:
        """Make room: for all where the end is known, for a few samples where it is not."""
        n = self.end - self.begin if self.end is not None else min(_FIRST_SAMPLES, self.limit - self.begin)
        self._data = np.empty((n_channels, n), dtype)

    def take(self, data: NDArray[Any], s0: int) -> None:
        """Copy what is wanted of ``data``, which begins at sample ``s0`` and joins what was taken before."""
        wanted = self.limit if self.end is None else self.end
        first, last = self.begin + self.n_samples, min(s0 + data.shape[1], wanted)
        if first >= last:
            return
        n = last - self.begin
        if n > self._data.shape[1]:
            grown = np.empty((self._data.shape[0], min(max(n, 2 * n), self.limit - self.begin)), self._data.dtype)
            grown[:, : self.n_samples] = self.samples
            self._data = grown
        self._data[:, self.n_samples : n] = data[self.rows, first - s0 : last - s0]
        self.n_samples = n


class WindowCutter:
    """Cuts windows from a stream. They may overlap, straddle chunks, and begin in what has passed.

    Parameters
    ----------
    look_back
        Samples that are kept of what has passed, so that a window may begin there. Its memory is made once.
    patience
        Samples for which a window without an end is kept beyond its limit, since its end may be told late.
    """

    def __init__(self, n_channels: int, dtype: str, look_back: int, patience: int = 0) -> None:
        self._past = np.empty((n_channels, look_back), dtype)
        self._patience = patience
        self._windows: list[Window] = []
        self._n_opened = 0
        #: Index of the sample that comes next, and of the first one that there ever was; ``None`` before.
        self.position: int | None = None
        self.first: int | None = None

    @property
    def windows(self) -> tuple[Window, ...]:
        """Those that wait for samples or for their end."""
        return tuple(self._windows)

    @property
    def oldest(self) -> int:
        """Index of the oldest sample that a window may begin with."""
        if self.position is None or self.first is None:
            raise ValueError("no sample has come yet")
        return max(self.first, self.position - self._past.shape[1])

    def expect(self, s0: int) -> None:
        """Say that sample ``s0`` comes next; what was opened before it joins it."""
        if self.position is None:
            self.first = self.position = s0
        elif s0 != self.position:
            raise ValueError(f"sample {s0} came, sample {self.position} was to come")

    def open(self, begin: int, end: int | None, limit: int, tag: Any = None, rows: slice = slice(None)) -> Window:
        """A window from ``begin``, which lies not before :attr:`oldest`, to ``end`` or at most to ``limit``."""
        if begin < self.oldest:
            raise ValueError(f"sample {begin} has passed; the oldest that is kept is {self.oldest}")
        window = Window(begin, end, limit, rows, tag, self._n_opened)
        self._n_opened += 1
        window.reserve(len(range(*rows.indices(self._past.shape[0]))), self._past.dtype)
        self._recall(window)
        self._windows.append(window)
        return window

    def push(self, data: NDArray[Any]) -> list[Window]:
        """Take the next samples, shape ``(n_channels, n_samples)``; the windows that are complete, by their end."""
        assert self.position is not None
        s0, n = self.position, data.shape[1]
        for window in self._windows:
            window.take(data, s0)
        self._remember(data, s0)
        self.position = s0 + n
        return self._complete(self.position, self._patience) if self._windows else []

    def finish(self) -> list[Window]:
        """No more samples will come: the windows that are complete without waiting for an end any longer."""
        return self._complete(self.position or 0, 0)

    def _complete(self, position: int, patience: int) -> list[Window]:
        done: list[Window] = []
        waiting: list[Window] = []
        for window in self._windows:
            if window.end is None and position >= window.limit + patience:
                window.end, window.truncated = window.limit, True
            whole = window.end is not None and window.n_samples >= window.end - window.begin
            (done if whole else waiting).append(window)
        self._windows = waiting
        return sorted(done, key=lambda window: (window.end, window.number))

    def _remember(self, data: NDArray[Any], s0: int) -> None:
        capacity = self._past.shape[1]
        if capacity == 0:
            return
        n = min(data.shape[1], capacity)
        at = (s0 + data.shape[1] - n) % capacity
        kept = data[:, data.shape[1] - n :]
        before_wrap = min(n, capacity - at)
        self._past[:, at : at + before_wrap] = kept[:, :before_wrap]
        self._past[:, : n - before_wrap] = kept[:, before_wrap:]

    def _recall(self, window: Window) -> None:
        assert self.position is not None
        capacity = self._past.shape[1]
        at = window.begin
        while at < self.position:
            # Up to where the memory wraps around, then on from its beginning.
            n = min(self.position - at, capacity - at % capacity)
            window.take(self._past[:, at % capacity : at % capacity + n], at)
            at += n
