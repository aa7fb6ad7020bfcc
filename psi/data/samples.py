"""Samples of a recorded stream, read from the file only where they are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Samples:
    """Looks like an array of shape ``(n_samples, n_channels)`` in the stream's unit.

    Slices, integers and integer or boolean arrays are read from the file; ``np.asarray`` reads all.
    """

    ndim = 2

    def __init__(self, node: Any, n_samples: int, dtype: str, scale: float) -> None:
        # Answers slices with a step above 0.
        self._node = node
        self._scale = scale
        self._stored = np.dtype(dtype)
        self.shape = (n_samples, int(node.shape[1]))
        #: Of what is read: as stored, or float64 where a scale applies.
        self.dtype = self._stored if scale == 1 else np.dtype("float64")

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def size(self) -> int:
        return self.shape[0] * self.shape[1]

    def __getitem__(self, key: Any) -> NDArray[Any]:
        rows, rest = self._split(key)
        if isinstance(rows, slice):
            data = self._read(*rows.indices(len(self)))
        elif isinstance(rows, (int, np.integer)) and not isinstance(rows, bool):
            row = int(rows) + (len(self) if rows < 0 else 0)
            if not 0 <= row < len(self):
                raise IndexError(f"sample {rows} is not among the {len(self)} that were recorded")
            data = self._read(row, row + 1, 1)[0]
        else:
            # A throw-away index array answers as NumPy would: negative numbers, masks, errors and all.
            index = np.arange(len(self))[rows]
            if index.size == 0:
                data = self._read(0, 0, 1).reshape(*index.shape, self.shape[1])
            else:
                low, high = int(index.min()), int(index.max())
                data = self._read(low, high + 1, 1)[index - low]
        return data[(slice(None),) * (data.ndim - 1) + rest] if rest else data

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("recorded samples are in a file; they cannot be had without a copy")
        return self[:].astype(dtype or self.dtype, copy=False)

    def __repr__(self) -> str:
        return f"<Samples of shape {self.shape}, {self.dtype}>"

    def _split(self, key: Any) -> tuple[Any, tuple[Any, ...]]:
        """What ``key`` says of rows, and what of channels."""
        if not isinstance(key, tuple):
            key = (key,)
        where = [index for index, part in enumerate(key) if part is Ellipsis]
        if where:
            fill = (slice(None),) * (self.ndim + 1 - len(key))
            key = key[: where[0]] + fill + key[where[0] + 1 :]
        if len(key) > self.ndim or any(part is None for part in key):
            raise IndexError(f"recorded samples take one index for samples and one for channels, not {key}")
        return (key[0], key[1:]) if key else (slice(None), ())

    def _read(self, start: int, stop: int, step: int) -> NDArray[Any]:
        n = len(range(start, stop, step))
        if n == 0:
            data = np.empty((0, self.shape[1]), self._stored)
        elif step > 0:
            data = self._node[start:stop:step]
        else:
            data = self._node[start + (n - 1) * step : start + 1 : -step][::-1]
        return np.asarray(data) if self._scale == 1 else data * self._scale
