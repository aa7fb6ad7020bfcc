"""A recursive filter of which only every q-th sample is wanted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.signal.sos_filter import SosSections
from psi.signal.state_space import inputs_to_state, power, powers, state_over_blocks, state_space

#: Blocks whose states one product gives; more would make its matrix larger than a processor's cache.
_AT_ONCE = 64


class FilterDownsampler:
    """Filters with second-order sections and computes only the samples whose absolute index is a multiple of ``q``.

    Gives what :class:`~psi.signal.sos_filter.SosFilter` and then :func:`~psi.signal.downsample.downsample` would.
    A block of ``q`` samples begins with the one that is kept. One product gives what each block adds to the state;
    a second one follows the state through all blocks of a chunk and gives the kept samples.

    Parameters
    ----------
    sos, start
        As of :class:`~psi.signal.sos_filter.SosSections`.
    q
        Keep every q-th sample.
    """

    def __init__(self, sos: NDArray[np.float64], q: int, start: str = "steady") -> None:
        self._sections = SosSections(sos, start)
        self._q = q
        form = state_space(sos)
        # A float64 of NumPy, not of Python: with float32 samples it has to give float64.
        self._form, self._D, self._C = form, np.float64(form.D), form.C.astype(np.float64)
        # What a block adds to the state, and its first sample to what is kept.
        self._added = np.zeros((q, form.order + 1))
        self._added[:, :-1] = inputs_to_state(form, q)
        self._added[0, -1] = self._D
        self._over_blocks = powers(power(form.A, q), _AT_ONCE)
        # By number of blocks; made when needed, since nearly every run has one or two lengths of chunks.
        self._scans: dict[int, NDArray[np.float64]] = {}
        #: Shape (n_channels, order), before the first of the samples that wait; made with the first sample.
        self._state: NDArray[np.float64] | None = None
        #: The beginning of a block whose end has not come, shape (n_channels, 1 to q - 1).
        self._waiting: NDArray[Any] | None = None

    def process(self, data: NDArray[Any], s0: int) -> tuple[NDArray[np.float64], int]:
        """As :func:`~psi.signal.downsample.downsample`, of the filtered ``data``, in float64."""
        q, first = self._q, -(-s0 // self._q)
        if data.shape[1] == 0:
            return np.empty(data.shape), first
        if self._state is None:
            self._state = self._sections.begin(data[:, 0])
        data = self._sections.lowered(data)
        given = self._waiting is not None
        if self._waiting is not None:
            data = np.concatenate((self._waiting, data), axis=1)
        elif s0 % q:
            # Only where a stream begins within a block: what comes before the first kept sample.
            head = data[:, : q - s0 % q]
            _, self._state = self._sections.loop(head, self._state)
            data = data[:, head.shape[1] :]
        kept = self._keep(data, self._state)
        # The first sample of a block is given as soon as it comes, with a block that is not complete.
        return self._sections.raised(kept[:, 1:] if given else kept), first

    def _keep(self, data: NDArray[Any], state: NDArray[np.float64]) -> NDArray[np.float64]:
        """Every q-th sample from the first on; follows the state through the blocks that are complete."""
        q, n_channels = self._q, len(data)
        n_blocks, n_over = divmod(data.shape[1], q)
        pieces, after = [], state
        for begin in range(0, n_blocks, _AT_ONCE):
            n = min(_AT_ONCE, n_blocks - begin)
            blocks = data[:, begin * q : (begin + n) * q].reshape(n_channels * n, q)
            added = blocks.dot(self._added).reshape(n_channels, -1)
            made = np.concatenate((after, added), axis=1).dot(self._scan(n))
            pieces.append(made[:, :n])
            after = made[:, n:]
        if n_over:
            last = after.dot(self._C) + self._D * data[:, n_blocks * q]
            pieces.append(last[:, np.newaxis])
        kept = (
            pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1) if pieces else np.empty((n_channels, 0))
        )
        first = after[:, 0]
        if n_blocks and not math.isfinite(first.dot(first)):
            # What is not finite spoils, in a product, the samples before it, too; and it gets into every state.
            kept = self._sections.loop(data, state)[0][:, ::q]
            _, after = self._sections.loop(data[:, : n_blocks * q], state)
        self._state = after
        self._waiting = data[:, n_blocks * q :].copy() if n_over else None
        return kept

    def _scan(self, n: int) -> NDArray[np.float64]:
        """From the state before ``n`` blocks, and what each of them adds, to ``n`` kept samples and the state after.

        Shape ``(order + n * (order + 1), n + order)``: what a block adds is its part of the state after it, and its
        first sample's direct part of the one that is kept.
        """
        if n not in self._scans:
            order = self._form.order
            states = state_over_blocks(self._over_blocks, n)
            kept = states[:, :-order].reshape(-1, n, order) @ self._form.C
            scan = np.zeros((order + n * (order + 1), n + order))
            rows = np.delete(np.arange(len(scan)), order + order + np.arange(n) * (order + 1))
            scan[rows] = np.concatenate((kept, states[:, -order:]), axis=1)
            for block in range(n):
                scan[2 * order + block * (order + 1), block] = 1
            self._scans[n] = scan
        return self._scans[n]
