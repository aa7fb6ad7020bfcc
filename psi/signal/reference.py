"""Channels against a reference, and weighted sums of channels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.signal.settings import Fault


def rereference(data: NDArray[Any], reference: slice | list[int]) -> NDArray[np.float64]:
    """``data``, shape ``(n_channels, n_samples)``, less the mean of the channels ``reference``, sample by sample."""
    against = data[reference].mean(axis=0, dtype=np.float64)
    less: NDArray[np.float64] = np.subtract(data, against, dtype=np.float64)
    return less


def weigh(matrix: NDArray[np.float64], data: NDArray[Any]) -> NDArray[np.float64]:
    """Each output channel as a weighted sum of the channels of ``data``.

    Parameters
    ----------
    matrix
        Weights, shape ``(n_out, n_channels)``.
    data
        Shape ``(n_channels, n_samples)``.

    Returns
    -------
    weighted
        ``matrix @ data``, shape ``(n_out, n_samples)``, float64. A channel of weight 0 in an output does not count
        there, even where it is not finite.
    """
    weighted: NDArray[np.float64] = matrix.dot(data.astype(np.float64, copy=False))
    if np.isfinite(weighted.sum()):
        return weighted
    # 0 * NaN is NaN: a broken channel would spoil those that leave it out.
    for row, weights in zip(weighted, matrix, strict=True):
        used = np.flatnonzero(weights)
        row[:] = weights[used].dot(data[used])
    return weighted


def matrix_faults(setting: str, matrix: Any, n_channels: int | None = None) -> list[Fault]:
    """What is no matrix of weights for ``n_channels``."""
    try:
        weights = np.array(matrix, dtype=np.float64)
    except (TypeError, ValueError):
        message = f"{setting} holds what is no number, or rows of different lengths"
        return [Fault(setting, f"{message}; give rows of weights")]
    if weights.ndim != 2 or not weights.size:
        message = f"{setting} has shape {weights.shape}"
        return [Fault(setting, f"{message}; give rows of weights, one weight for each channel")]
    if not np.isfinite(weights).all():
        return [Fault(setting, f"{setting} holds a weight that is not finite; give finite numbers")]
    if n_channels is not None and weights.shape[1] != n_channels:
        has = f"{weights.shape[1]} weights in a row, but there are {n_channels} channels"
        return [Fault(setting, f"{setting} has {has}; give {n_channels} in each")]
    return []
