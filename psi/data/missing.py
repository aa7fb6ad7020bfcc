"""What is missing in a damaged file: where it shows, and what stands for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Bytes of zeros in a row that no signal gives, where something is known to be missing.
_ZEROS = 512


def filled(cells: Any, n: int, name: str) -> Any:
    """``n`` cells: the first of ``cells``, then such as stand for no value."""
    if isinstance(cells, list):
        return cells[:n] + [b"{}" if name in ("info", "metadata") else b""] * (n - len(cells))
    missing = {"f": np.nan, "i": -1}.get(cells.dtype.kind, 0)
    return np.concatenate([cells[:n], np.full(max(0, n - len(cells)), missing, cells.dtype)])


def zero_spans(block: NDArray[Any]) -> list[tuple[int, int]]:
    """First sample, and one past the last, of every span of zeros that is longer than a signal has."""
    zero = np.concatenate([[False], ~block.any(axis=tuple(range(1, block.ndim))), [False]])
    edges = np.flatnonzero(zero[1:] != zero[:-1]).reshape(-1, 2)
    least = min(len(block), max(2, _ZEROS // (block.nbytes // len(block))))
    return [(begin, end) for begin, end in edges.tolist() if end - begin >= least]


def lost_spans(block: NDArray[Any]) -> list[tuple[int, int]]:
    """The same for a chunk that is known not to be what was written, with what a missing page takes along.

    A page may begin or end in a neighbour of the chunk, so zeros at either end count however few; and in the middle of
    a sample, so the ones beside zeros count too.
    """
    zero = np.concatenate([[False], ~block.any(axis=tuple(range(1, block.ndim))), [False]])
    edges = np.flatnonzero(zero[1:] != zero[:-1]).reshape(-1, 2).tolist()
    spans = zero_spans(block) + [span for span in edges if span[0] == 0 or span[1] == len(block)]
    return sorted({(max(0, begin - 1), min(len(block), end + 1)) for begin, end in spans})
