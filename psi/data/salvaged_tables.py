"""Tables of a damaged recording: the rows that can be read of each, copied."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import tables

from psi.data.columns import TABLE_CHUNK, TEXT_CHUNK_BYTES, encode
from psi.data.damaged_parts import DamagedParts, Source
from psi.data.layout import LATENCY, TRIALS, VALID
from psi.data.missing import filled
from psi.data.recorded_part import DAMAGED
from psi.data.sums import row_count


class SalvagedTables:
    """Reads tables of ``parts`` column by column and, with a ``target``, writes what it read there."""

    def __init__(self, parts: DamagedParts, target: tables.File | None) -> None:
        self._parts, self._to = parts, target
        #: Rows by path.
        self.kept: dict[str, int] = {}

    def table(self, path: str, columns: list[str]) -> None:
        """The ``columns`` of the table at ``path``."""
        found: dict[str, list[Any]] = {name: [] for name in columns}
        total = 0
        # Each in turn: what ends this process is told by the last line.
        columns = [name for name in columns if self._parts.is_there(f"{path}/{name}")]
        for source in self._parts.sources:
            said = source.said
            rows = {name: self._column(source, f"{path}/{name}") for name in columns}
            # Of a file whose end is missing nothing is known of the others either.
            whole = [len(cells) for cells, is_whole in rows.values() if is_whole and not source.size]
            there = min(whole or [len(cells) for cells, _ in rows.values()], default=0)
            wanted = there
            if said is not None:
                wanted = said.trials if path == TRIALS else said.tables.get(path, there)
            elif source.size:
                wanted = max((self._n_cells(source, f"{path}/{name}") for name in columns), default=0)
            n = min(there, wanted)
            if n < wanted:
                self._parts.lost.append({"what": path, "unit": "rows", "s0": total + n, "n": wanted - n})
            for name, (cells, _) in rows.items():
                if len(cells) < n:
                    self._parts.lost.append(
                        {"what": f"{path}/{name}", "unit": "cells", "s0": total, "n": n - len(cells)}
                    )
                    if f"{VALID}/{name}" in rows:
                        rows[f"{VALID}/{name}"][0][len(cells) :] = 0
                found[name].append(filled(cells, n, name))
            total += n
        self.kept[path] = total
        if self._to is not None:
            for name, parts in found.items():
                self._write_column(f"{path}/{name}", parts)

    def _n_cells(self, source: Source, path: str) -> int:
        """Cells that a column has by its own word."""
        assert source.file is not None
        is_array = isinstance(self._parts.like.get_node(path), tables.EArray)
        try:
            return row_count(source.file.get_node(path if is_array else f"{path}/offsets")) - (not is_array)
        except DAMAGED:
            return 0

    def _column(self, source: Source, path: str) -> tuple[Any, bool]:
        """The cells of a column up to the first that cannot be read, and whether these are all.

        An array, or a list of encoded texts.
        """
        node = self._parts.like.get_node(path)
        if isinstance(node, tables.EArray):
            return self._parts.prefix(source, path, node.dtype)
        offsets, _ = self._parts.prefix(source, f"{path}/offsets", np.dtype(np.uint64))
        text, _ = self._parts.prefix(source, f"{path}/bytes", np.dtype(np.uint8))
        data, cells = text.tobytes(), []
        for begin, end in pairwise(offsets.tolist()):
            if not begin <= end <= len(data) or b"\0" in data[begin:end]:
                break
            cells.append(data[begin:end])
        # A column has at least the offset at which its first text begins.
        return cells, len(cells) == len(offsets) - 1

    def _write_column(self, path: str, parts: list[Any]) -> None:
        assert self._to is not None
        like = self._parts.like.get_node(path)
        parent, _, name = path.rpartition("/")
        if isinstance(like, tables.EArray):
            made = self._to.create_earray(parent, name, like.atom, (0,), chunkshape=like.chunkshape)
            copy_attributes(like, made)
            for cells in parts:
                made.append(cells)
            return
        group = self._to.create_group(parent, name)
        texts = self._to.create_earray(group, "bytes", tables.UInt8Atom(), (0,), chunkshape=(TEXT_CHUNK_BYTES,))
        ends = self._to.create_earray(group, "offsets", tables.UInt64Atom(), (0,), chunkshape=(TABLE_CHUNK,))
        cells = [cell for part in parts for cell in part]
        texts.append(np.frombuffer(b"".join(cells), np.uint8))
        ends.append(np.concatenate([[0], np.cumsum([len(cell) for cell in cells])]).astype(np.uint64))

    def latency(self) -> None:
        """The histogram, which is whole or nothing."""
        last = self._parts.sources[-1]
        said = last.said.latency if last.said is not None else None
        for name, kind in (("edges", "float64"), ("counts", "int64")):
            path = f"{LATENCY}/{name}"
            dtype = np.dtype(kind)
            cells, whole = self._parts.prefix(last, path, dtype)
            if not whole:
                self._parts.lost.append({"what": path, "unit": "histogram"})
                cells = cells[:0]
            if not len(cells) and said is not None:
                cells = np.array(said[name], dtype)
            if self._to is not None:
                atom = tables.Atom.from_dtype(dtype)
                self._to.create_earray(LATENCY, name, atom, (0,), chunkshape=(TABLE_CHUNK,)).append(cells)


def append_row(file: tables.File, path: str, row: dict[str, Any]) -> None:
    """Append ``row`` to the table at ``path``; it has a cell for each of its columns."""
    for name, cell in row.items():
        node = file.get_node(path, name)
        if isinstance(node, tables.EArray):
            node.append(np.array([cell], node.dtype))
        else:
            node.bytes.append(np.frombuffer(encode(cell), np.uint8))
            node.offsets.append(np.array([len(node.bytes)], np.uint64))


def copy_attributes(source: Any, target: Any, without: str = "") -> None:
    """Give the node ``target`` the attributes of ``source`` but for the one called ``without``."""
    for name in source._v_attrs._v_attrnamesuser:
        if name != without:
            target._v_attrs[name] = source._v_attrs[name]
