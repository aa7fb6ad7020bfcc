"""A filter without feedback that goes on from chunk to chunk."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.signal.downsample import first_kept

#: Samples that a row of a product makes of the samples before them.
_BLOCK = 32
#: Multiplications of one product: more would not fit a processor's cache, and fewer than start other threads.
_AT_ONCE = 250_000
#: Multiplications that take as long as a sample of a transform, there and back.
_TRANSFORMED = 180
#: Lengths of transforms whose responses are kept.
_RESPONSES = 8
#: Kept samples, times taps, that are laid out at once.
_LAID_OUT = 65_536


class FirHistory:
    """The last samples that a filter still needs, before the ones that come.

    Parameters
    ----------
    n
        How many: ``n_taps - 1``.
    start
        ``'steady'``: as if the first sample had always been there. ``'zero'``: as if the signal had been 0 before.
    """

    def __init__(self, n: int, start: str) -> None:
        self._n = n
        self._steady = start == "steady"
        #: Shape (n_channels, n); made with the first sample.
        self._last: NDArray[np.float64] | None = None

    def extend(self, data: NDArray[Any]) -> NDArray[np.float64]:
        """``data`` with the samples before it, shape ``(n_channels, n + n_samples)``, float64."""
        if self._last is None:
            first = data[:, :1].astype(np.float64)
            self._last = np.repeat(first, self._n, axis=1) if self._steady else np.zeros((len(data), self._n))
        extended = np.concatenate((self._last, data), axis=1, dtype=np.float64)
        # A copy, so that a long chunk is not kept alive by its end.
        self._last = extended[:, extended.shape[1] - self._n :].copy()
        return extended


class FirFilter:
    """Convolves with ``taps`` in float64: ``y[k] = sum(taps[i] * x[k - i])``, with the history between chunks.

    Samples are filtered by matrix products, those of long filters by Fourier transforms.

    Parameters
    ----------
    taps
        Impulse response, shape ``(n_taps,)``.
    start
        As of :class:`FirHistory`.
    """

    def __init__(self, taps: NDArray[np.float64], start: str = "steady") -> None:
        self._taps = taps
        n = len(taps)
        self._history = FirHistory(n - 1, start)
        # Output i of a block is the product of the samples before and in it with column i.
        self._product = np.zeros((_BLOCK + n - 1, _BLOCK))
        for i in range(_BLOCK):
            self._product[i : i + n, i] = taps[::-1]
        self._rows = max(1, _AT_ONCE // self._product.size)
        # By length of the transform; nearly every run has one or two.
        self._responses: dict[int, NDArray[np.complex128]] = {}

    def process(self, data: NDArray[Any]) -> NDArray[np.float64]:
        """The filtered ``data``, both of shape ``(n_channels, n_samples)``; any ``n_samples``."""
        n_samples = data.shape[1]
        if n_samples == 0:
            return np.empty(data.shape)
        extended = self._history.extend(data)
        if not math.isfinite(float(extended.sum())):
            # What is not finite spoils, in a product or a transform, the samples before it, too.
            return np.stack([np.convolve(row, self._taps, "valid") for row in extended])
        if len(self._taps) * n_samples > _TRANSFORMED * extended.shape[1]:
            return self._transformed(extended)
        return self._multiplied(extended, n_samples)

    def _multiplied(self, extended: NDArray[np.float64], n_samples: int) -> NDArray[np.float64]:
        n_channels, before = len(extended), len(self._taps) - 1
        n_blocks, n_over = divmod(n_samples, _BLOCK)
        filtered = np.empty((n_channels, n_samples))
        if n_blocks:
            across, along = extended.strides
            shape, strides = (n_channels, n_blocks, _BLOCK + before), (across, _BLOCK * along, along)
            blocks = np.lib.stride_tricks.as_strided(extended, shape, strides)
            made = filtered[:, : n_blocks * _BLOCK].reshape(n_channels, n_blocks, _BLOCK)
            across_at_once = min(n_channels, self._rows)
            along_at_once = max(1, self._rows // across_at_once)
            for channel in range(0, n_channels, across_at_once):
                for block in range(0, n_blocks, along_at_once):
                    piece = slice(channel, channel + across_at_once), slice(block, block + along_at_once)
                    rows = blocks[piece]
                    made[piece] = rows.reshape(-1, shape[2]).dot(self._product).reshape(*rows.shape[:2], _BLOCK)
        if n_over:
            last = extended[:, n_blocks * _BLOCK :]
            np.matmul(last, self._product[: n_over + before, :n_over], out=filtered[:, n_blocks * _BLOCK :])
        return filtered

    def _transformed(self, extended: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy import fft  # late: it takes a while

        n_points = fft.next_fast_len(extended.shape[1], real=True)
        if n_points not in self._responses:
            if len(self._responses) == _RESPONSES:
                self._responses.clear()
            self._responses[n_points] = fft.rfft(self._taps, n_points)
        made = fft.irfft(fft.rfft(extended, n_points) * self._responses[n_points], n_points)
        # What comes before is mixed with the end, since a transform's convolution is a circle.
        return np.asarray(made[:, len(self._taps) - 1 : extended.shape[1]])


class FirDownsampler:
    """Convolves with ``taps`` and computes only the samples whose absolute index is a multiple of ``q``.

    Gives what :class:`FirFilter` and then :func:`~psi.signal.downsample.downsample` would.

    Parameters
    ----------
    taps, start
        As of :class:`FirFilter`.
    q
        Keep every q-th sample.
    """

    def __init__(self, taps: NDArray[np.float64], q: int, start: str = "steady") -> None:
        self._reversed = taps[::-1].copy()
        self._q = q
        self._history = FirHistory(len(taps) - 1, start)

    def process(self, data: NDArray[Any], s0: int) -> tuple[NDArray[np.float64], int]:
        """As :func:`~psi.signal.downsample.downsample`, of the filtered ``data``, in float64."""
        q, n_taps, n_channels = self._q, len(self._reversed), len(data)
        first = first_kept(s0, q)
        if data.shape[1] == 0:
            return np.empty(data.shape), first
        extended = self._history.extend(data)
        n_kept = first_kept(s0 + data.shape[1], q) - first
        kept = np.empty((n_channels, n_kept))
        across, along = extended.strides
        at_once = max(1, _LAID_OUT // (n_taps * n_channels))
        for begin in range(0, n_kept, at_once):
            n = min(at_once, n_kept - begin)
            # The window that ends with a kept sample begins where that sample lies in the data alone.
            windows = np.lib.stride_tricks.as_strided(
                extended[:, (first + begin) * q - s0 :], (n_channels, n, n_taps), (across, q * along, along)
            )
            kept[:, begin : begin + n] = windows.dot(self._reversed)
        return kept, first
