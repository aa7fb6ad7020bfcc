"""Columns of a recording's tables in HDF5: made, appended to and read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tables

from psi.data.layout import TABLE_CHUNK, TEXT_CHUNK_BYTES, Column


class NumberColumn:
    """A column of numbers or truth values: one array."""

    def __init__(self, file: tables.File, group: str, name: str, dtype: str, unit: str = "") -> None:
        atom = tables.Atom.from_dtype(np.dtype(dtype))
        self._array = file.create_earray(group, name, atom, (0,), chunkshape=(TABLE_CHUNK,))
        if unit:
            self._array.attrs["unit"] = unit

    def append(self, cells: Sequence[Any]) -> None:
        self._array.append(np.array(cells, self._array.atom.dtype))


class TextColumn:
    """A column of texts of any length: UTF-8 bytes, and the offset at which each row begins."""

    def __init__(self, file: tables.File, group: str, name: str) -> None:
        node = file.create_group(group, name)
        uint8, uint64 = tables.UInt8Atom(), tables.UInt64Atom()
        self._bytes = file.create_earray(node, "bytes", uint8, (0,), chunkshape=(TEXT_CHUNK_BYTES,))
        self._offsets = file.create_earray(node, "offsets", uint64, (0,), chunkshape=(TABLE_CHUNK,))
        self._offsets.append(np.zeros(1, np.uint64))
        self._end = 0

    def append(self, cells: Sequence[str]) -> None:
        encoded = [encode(cell) for cell in cells]
        ends = self._end + np.cumsum([len(text) for text in encoded], dtype=np.uint64)
        self._bytes.append(np.frombuffer(b"".join(encoded), np.uint8))
        self._offsets.append(ends)
        self._end = int(ends[-1])


class TableWriter:
    """The columns of one table, which grow together."""

    def __init__(self, file: tables.File, group: str, columns: Sequence[Column]) -> None:
        self._columns = [
            TextColumn(file, group, column.name)
            if column.dtype == "text"
            else NumberColumn(file, group, column.name, column.dtype, column.unit)
            for column in columns
        ]
        self.n_rows = 0

    def append(self, rows: Sequence[Sequence[Any]]) -> None:
        """Append ``rows``, each with one cell per column."""
        if rows:
            for column, cells in zip(self._columns, zip(*rows, strict=True), strict=True):
                column.append(cells)
            self.n_rows += len(rows)


def encode(text: str) -> bytes:
    """``text`` as UTF-8; half of a surrogate pair, which has no UTF-8, as its escape."""
    return text.encode("utf-8", "backslashreplace")
