"""A recursive filter that goes on from chunk to chunk."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.signal.block_products import FEW, BlocksInTurn, BlocksTogether
from psi.signal.iir_roots import gain_at_zero, steady_state
from psi.signal.state_space import state_space

STARTS = ("steady", "zero")

#: Gain at 0 Hz that a section's poles alone give, as its inverse, below which rounding exceeds 1e-9 of a signal on an
#: offset of a hundred times its range; a low-pass has that below about fs / 2000.
_COARSE = 1e-5


class SosSections:
    """Second-order sections, the state that they begin with, and SciPy's loop over samples.

    Where poles lie so near to 1 that an offset would show in the rounding of states, samples are filtered less the
    first one, and what the filter makes of that is added to the result.

    Parameters
    ----------
    sos
        Sections, shape ``(n_sections, 6)``.
    start
        ``'steady'``: as if the first sample had always been there, so that an offset makes no
        transient. ``'zero'``: as if the signal had been 0 before.
    """

    def __init__(self, sos: NDArray[np.float64], start: str = "steady") -> None:
        self.sos = sos
        is_second = sos[:, 5] != 0
        self._is_coarse = bool(np.any(sos[is_second, 3:].sum(axis=1) < _COARSE))
        # One number for each state of each section, of what is filtered for each unit of the first sample.
        steady, before = steady_state(sos).ravel(), 1.0 if start == "steady" else 0.0
        self._begin = steady * (before - self._is_coarse)
        # The first sample of each channel, and what the filter makes of it; shape (n_channels, 1).
        self._offset: NDArray[np.float64] | None = None
        self._level: NDArray[np.float64] | None = None

    def begin(self, first: NDArray[Any]) -> NDArray[np.float64]:
        """The state before the first sample, shape ``(n_channels, 2 * n_sections)``, of ``first``, one per channel."""
        first = first.astype(np.float64)
        if self._is_coarse:
            self._offset = first[:, np.newaxis]
            self._level = self._offset * gain_at_zero(self.sos)
        return first[:, np.newaxis] * self._begin

    def lowered(self, data: NDArray[Any]) -> NDArray[Any]:
        """What is to be filtered of ``data``, shape ``(n_channels, n_samples)``; once it has begun."""
        return data if self._offset is None else data - self._offset

    def raised(self, filtered: NDArray[np.float64]) -> NDArray[np.float64]:
        """The result, from what :meth:`lowered` samples were filtered to, which is changed."""
        if self._level is not None:
            filtered += self._level
        return filtered

    def loop(self, data: NDArray[Any], state: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The filtered ``data``, shape ``(n_channels, n_samples)``, and the state after it."""
        from scipy.signal import sosfilt  # late: it takes most of a second, and most runs never need it

        zi = state.reshape(len(state), -1, 2).transpose(1, 0, 2)
        filtered, after = sosfilt(self.sos, data, axis=-1, zi=zi)
        return filtered, np.ascontiguousarray(after.transpose(1, 0, 2)).reshape(state.shape)


class SosFilter:
    """Second-order sections in float64, with the state between chunks; parameters as of :class:`SosSections`.

    Samples are filtered by matrix products, which take a third of the time of a loop over them.
    """

    def __init__(self, sos: NDArray[np.float64], start: str = "steady") -> None:
        self._sections = SosSections(sos, start)
        #: Shape (n_channels, order); made with the first sample.
        self._state: NDArray[np.float64] | None = None
        self._blocks: BlocksTogether | BlocksInTurn | None = None

    def process(self, data: NDArray[Any]) -> NDArray[np.float64]:
        """The filtered ``data``, both of shape ``(n_channels, n_samples)``; any ``n_samples``."""
        n_channels, n_samples = data.shape
        if n_samples == 0:
            return np.empty(data.shape)
        if self._state is None or self._blocks is None:
            self._state = self._sections.begin(data[:, 0])
            form = state_space(self._sections.sos)
            self._blocks = BlocksTogether(form) if n_channels <= FEW else BlocksInTurn(form, n_channels)
        data = self._sections.lowered(data)
        filtered, after = self._blocks.process(data, self._state)
        first = after[:, 0]
        if not math.isfinite(first.dot(first)):
            # What is not finite spoils, in a product, the samples before it, too; and it gets into every state.
            filtered, after = self._sections.loop(data, self._state)
        self._state = after
        return self._sections.raised(filtered)
