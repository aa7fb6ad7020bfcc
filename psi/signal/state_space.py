"""Recursive filters in state-space form, in which many samples become one small matrix product."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Coefficients are multiplied out in this precision and rounded once. Where the platform has none that is better
#: than float64 (Windows), errors are some ten times as large.
EXTENDED = np.longdouble


class StateSpace(NamedTuple):
    """``z' = A z + B u`` and ``y = C z + D u`` with ``u`` the input, ``y`` the output and ``z`` the state.

    The states are those of :func:`scipy.signal.sosfilt` (transposed direct form II), section by section, so that
    both forms can go on from each other's state. Companion forms of the whole filter would be ill-conditioned at low
    cut-offs.
    """

    #: Shape ``(order, order)``.
    A: NDArray[Any]
    #: Shape ``(order,)``.
    B: NDArray[Any]
    #: Shape ``(order,)``.
    C: NDArray[Any]
    D: Any

    @property
    def order(self) -> int:
        return len(self.B)


def state_space(sos: NDArray[np.float64]) -> StateSpace:
    """The form of ``sos`` (shape ``(n_sections, 6)``) in extended precision; two states for each section."""
    order = 2 * len(sos)
    A, B = np.zeros((order, order), EXTENDED), np.zeros(order, EXTENDED)
    # What a section reads, as weights of the states and, last, of the filter's input.
    read = np.zeros(order + 1, EXTENDED)
    read[order] = 1
    for index, (b0, b1, b2, _, a1, a2) in enumerate(np.asarray(sos, EXTENDED)):
        first, second = 2 * index, 2 * index + 1
        gives = b0 * read
        gives[first] += 1
        for state, weights in ((first, b1 * read - a1 * gives), (second, b2 * read - a2 * gives)):
            A[state], B[state] = weights[:order], weights[order]
        A[first, second] += 1
        read = gives
    return StateSpace(A, B, read[:order], read[order])


def powers(A: NDArray[Any], n: int) -> NDArray[Any]:
    """``A ** 0 .. A ** n``, shape ``(n + 1, order, order)``."""
    found = np.empty((n + 1, *A.shape), A.dtype)
    found[0] = np.eye(len(A), dtype=A.dtype)
    for exponent in range(n):
        found[exponent + 1] = A @ found[exponent]
    return found


def power(A: NDArray[Any], n: int) -> NDArray[Any]:
    """``A ** n``, in the precision of ``A``, by squaring."""
    result = np.eye(len(A), dtype=A.dtype)
    while n:
        if n & 1:
            result = result @ A
        A, n = A @ A, n >> 1
    return result


def inputs_to_state(form: StateSpace, n: int) -> NDArray[Any]:
    """Weights, shape ``(n, order)``, with which ``n`` samples, from zero state, make the state after the last."""
    weights = np.empty((n, form.order), form.A.dtype)
    weight = form.B
    for sample in range(n - 1, -1, -1):
        weights[sample] = weight
        weight = form.A @ weight
    return weights


def state_to_outputs(form: StateSpace, n: int) -> NDArray[Any]:
    """Weights, shape ``(order, n)``, with which a state, without further input, makes the next ``n`` outputs."""
    weights = np.empty((form.order, n), form.A.dtype)
    weight = form.C
    for sample in range(n):
        weights[:, sample] = weight
        weight = weight @ form.A
    return weights


def inputs_to_outputs(form: StateSpace, n: int) -> NDArray[Any]:
    """Weights, shape ``(n, n)``, input by output, of ``n`` samples from zero state: the impulse response, shifted."""
    response = np.empty(n, form.A.dtype)
    response[0] = form.D
    response[1:] = form.B @ state_to_outputs(form, n - 1)
    weights = np.zeros((n, n), form.A.dtype)
    for sample in range(n):
        weights[sample, sample:] = response[: n - sample]
    return weights


def state_over_blocks(over_block: NDArray[Any], n: int) -> NDArray[Any]:
    """Weights with which a state, and what each of ``n`` blocks adds to it, make the states before them and after.

    Parameters
    ----------
    over_block
        Powers of what becomes of a state in one block, shape ``(n + 1 or more, order, order)``; see :func:`powers`.
    n
        Number of blocks.

    Returns
    -------
    weights
        Shape ``(order + n * order, n * order + order)``: the state, then what is added; the state before
        each block, then the one after the last.
    """
    order = over_block.shape[1]
    weights = np.zeros(((n + 1) * order, (n + 1) * order), over_block.dtype)
    for block in range(n + 1):
        columns = slice(block * order, (block + 1) * order)
        weights[:order, columns] = over_block[block].T
        for earlier in range(block):
            rows = slice((earlier + 1) * order, (earlier + 2) * order)
            weights[rows, columns] = over_block[block - 1 - earlier].T
    return weights
