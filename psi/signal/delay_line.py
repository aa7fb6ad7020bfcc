"""Samples that come later."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class DelayLine:
    """Sample k of the result is sample k - n of the signal; a call costs what its samples cost, however long the delay.

    Parameters
    ----------
    n
        Samples of delay.
    initial
        What the first ``n`` samples are, in the unit of the signal; ``None``: the first sample of each channel.
    """

    def __init__(self, n: int, initial: float | None = None) -> None:
        self._n = n
        self._initial = initial
        #: The last ``n`` samples as a circle, shape (n_channels, n); made with the first sample.
        self._circle: NDArray[Any] | None = None
        # Where the oldest sample of the circle stands.
        self._at = 0

    def process(self, data: NDArray[Any]) -> NDArray[Any]:
        """The next samples of the result, of the shape ``(n_channels, n_samples)`` and the dtype of ``data``."""
        n, n_samples = self._n, data.shape[1]
        if n == 0 or n_samples == 0:
            return data
        if self._circle is None:
            first = data[:, :1] if self._initial is None else np.full((len(data), 1), self._initial, data.dtype)
            self._circle = np.repeat(first, n, axis=1)
        if n_samples >= n:
            late = np.concatenate((self._circle[:, self._at :], self._circle[:, : self._at], data[:, :-n]), axis=1)
            self._circle, self._at = data[:, n_samples - n :].copy(), 0
            return late
        late = np.empty_like(data)
        before_turn = min(n_samples, n - self._at)
        after_turn = n_samples - before_turn
        spans = ((slice(self._at, self._at + before_turn), slice(0, before_turn)),)
        for old, new in (*spans, (slice(0, after_turn), slice(before_turn, n_samples))):
            late[:, new] = self._circle[:, old]
            self._circle[:, old] = data[:, new]
        self._at = (self._at + n_samples) % n
        return late
