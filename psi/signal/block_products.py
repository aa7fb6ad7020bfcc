"""Recursive filtering of whole blocks of samples by matrix products, in two ways: for few channels and for many."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.signal.state_space import (
    StateSpace,
    inputs_to_outputs,
    inputs_to_state,
    powers,
    state_over_blocks,
    state_to_outputs,
)

Filtered = tuple[NDArray[np.float64], NDArray[np.float64]]

#: Channels up to which all blocks together are quicker than one after the other.
FEW = 32
#: Samples in a block, and blocks in a product, with few channels: the products fit a processor's cache.
_BLOCK, _AT_ONCE = 50, 40
#: What a product of many channels costs: its calls in µs, and how many multiplications take one µs. Only the
#: order of magnitude matters.
_CALLS, _MULTIPLICATIONS = 2.2, 20_000.0


class _Place:
    """Where ``n`` blocks of all channels are worked on; used again, since making it takes as long as using it."""

    def __init__(self, n_channels: int, n: int, over_blocks: NDArray[Any]) -> None:
        order = over_blocks.shape[1]
        #: Each block's samples and the state before it.
        self.both = np.empty((n_channels * n, _BLOCK + order))
        self.samples = self.both[:, :_BLOCK]
        self.before = self.both.reshape(n_channels, n, -1)[:, :, _BLOCK:]
        #: What each block adds to the state.
        self.added = np.empty((n_channels * n, order))
        self.added_by_channel = self.added.reshape(n_channels, n * order)
        #: The state before all of them, then what each adds; the states before each, then the one after all.
        self.given = np.empty((n_channels, order + n * order))
        self.state, self.block_added = self.given[:, :order], self.given[:, order:]
        self.scan = state_over_blocks(over_blocks, n).astype(np.float64)
        self.states = np.empty((n_channels, n * order + order))
        self.states_before = self.states[:, :-order].reshape(n_channels, n, order)


class BlocksTogether:
    """For few channels: three products for all blocks of a chunk.

    What each block adds to the state; from that, the states before all blocks; from those and the
    samples, what is filtered.
    """

    def __init__(self, form: StateSpace) -> None:
        self._order = form.order
        self._to_state = inputs_to_state(form, _BLOCK).astype(np.float64)
        self._filtered = np.vstack((inputs_to_outputs(form, _BLOCK), state_to_outputs(form, _BLOCK))).astype(np.float64)
        steps = powers(form.A, _BLOCK)
        self._steps = steps.astype(np.float64)
        self._over_blocks = powers(steps[_BLOCK], _AT_ONCE)
        # By number of blocks, and of samples in the last, incomplete one.
        self._places: dict[int, _Place] = {}
        self._tails: dict[int, NDArray[np.float64]] = {}

    def process(self, data: NDArray[Any], state: NDArray[np.float64]) -> Filtered:
        """The filtered ``data``, shape ``(n_channels, n_samples)``, and the state after it, ``(n_channels, order)``."""
        n_samples = data.shape[1]
        n_blocks, n_over = divmod(n_samples, _BLOCK)
        pieces = []
        for begin in range(0, n_blocks, _AT_ONCE):
            n = min(_AT_ONCE, n_blocks - begin)
            filtered, state = self._blocks(data[:, begin * _BLOCK : (begin + n) * _BLOCK], n, state)
            pieces.append(filtered)
        if n_over:
            filtered, state = self._tail(data[:, n_blocks * _BLOCK :], n_over, state)
            pieces.append(filtered)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1), state

    def _blocks(self, data: NDArray[Any], n: int, state: NDArray[np.float64]) -> Filtered:
        n_channels, n_samples = data.shape
        order = self._order
        place = self._places.get(n)
        if place is None or len(place.state) != n_channels:
            place = self._places[n] = _Place(n_channels, n, self._over_blocks)
        blocks = data.reshape(n_channels * n, _BLOCK)
        place.samples[:] = blocks
        np.dot(blocks, self._to_state, out=place.added)
        place.state[:] = state
        place.block_added[:] = place.added_by_channel
        np.dot(place.given, place.scan, out=place.states)
        place.before[:] = place.states_before
        filtered = place.both.dot(self._filtered).reshape(n_channels, n_samples)
        return filtered, place.states[:, -order:].copy()

    def _tail(self, data: NDArray[Any], n: int, state: NDArray[np.float64]) -> Filtered:
        if n not in self._tails:
            self._tails[n] = np.vstack((self._filtered[:n, :n], self._filtered[_BLOCK:, :n]))
        after = data.dot(self._to_state[_BLOCK - n :]) + state.dot(self._steps[n].T)
        return np.concatenate((data, state), axis=1).dot(self._tails[n]), after


class BlocksInTurn:
    """For many channels: one product for each block, from its samples and the state to what is filtered and the next.

    Works on samples by channels, where all channels of a block are large, contiguous rows.
    """

    def __init__(self, form: StateSpace, n_channels: int) -> None:
        order = form.order
        # The length at which calls and multiplications together cost the least.
        length = round(math.sqrt(_CALLS * _MULTIPLICATIONS / n_channels + order**2))
        self._n_channels, self._order, self._length = n_channels, order, length
        self._from_samples = inputs_to_outputs(form, length).astype(np.float64)
        self._from_state = state_to_outputs(form, length).astype(np.float64)
        self._to_state = inputs_to_state(form, length).astype(np.float64)
        self._steps = powers(form.A, length).astype(np.float64)
        self._products: dict[int, NDArray[np.float64]] = {}

    def process(self, data: NDArray[Any], state: NDArray[np.float64]) -> Filtered:
        """As :meth:`BlocksTogether.process`."""
        samples = data.T
        n_samples, length = len(samples), min(self._length, len(samples))
        filtered = np.empty(samples.shape)
        block = np.empty((length + self._order, self._n_channels))
        block[length:] = state.T
        product = self._product(length)
        for begin in range(0, n_samples, length):
            if n_samples - begin < length:
                length = n_samples - begin
                block = np.concatenate((block[:length], block[-self._order :]))
                product = self._product(length)
            block[:length] = samples[begin : begin + length]
            made = product.dot(block)
            filtered[begin : begin + length] = made[:length]
            block[length:] = made[length:]
        return filtered.T, np.ascontiguousarray(block[length:].T)

    def _product(self, n: int) -> NDArray[np.float64]:
        """The matrix of a block of ``n`` samples, shape ``(n + order, n + order)``."""
        if n not in self._products:
            self._products[n] = np.block(
                [
                    [self._from_samples[:n, :n].T, self._from_state[:, :n].T],
                    [self._to_state[self._length - n :].T, self._steps[n]],
                ]
            )
        return self._products[n]
