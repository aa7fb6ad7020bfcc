"""Reads what can be read of a damaged or unfinished recording, and copies it."""

from __future__ import annotations

import datetime
import json
import os
import sys
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import tables
from numpy.typing import NDArray

from psi.core.errors import RecordingError
from psi.data.columns import TABLE_CHUNK, TEXT_CHUNK_BYTES, encode
from psi.data.committed import Committed
from psi.data.layout import EPOCHS, FORMAT, LATENCY, TABLES, TRIALS, VALID
from psi.data.missing import filled, zero_spans
from psi.data.recorded_part import DAMAGED
from psi.data.recording import UNFINISHED
from psi.data.rows import to_cell
from psi.data.stream_reader import sum_of


class Source(NamedTuple):
    """One part; ``file`` is ``None`` where it cannot be opened, ``said`` where everything in it counts."""

    number: int
    file: tables.File | None
    said: Committed | None
    #: Whether its end is missing, and zeros stand there.
    cut: bool = False


class Salvage:
    """Reads node by node and, with a ``target``, writes what it read there."""

    def __init__(self, sources: list[Source], target: tables.File | None, skip: Collection[str]) -> None:
        files = [source.file for source in sources if source.file is not None]
        if not files:
            raise RecordingError("no file of it can be opened; the documents beside it are readable JSON")
        self._sources, self._like, self._to, self._skip = sources, files[0], target, skip
        #: Samples by path; and ranges of samples, or numbers of rows, that are lost.
        self.kept: dict[str, int] = {}
        self.lost: list[dict[str, Any]] = []

    def run(self) -> None:
        """Everything. Raises ``RecordingError`` where it is no recording."""
        attributes = self._root()
        for group in ("/documents", "/streams", "/epochs", "/timing", "/actors"):
            self._make_group(group)
        for name in self._names("/documents"):
            self._document(name)
        for name in self._names("/streams"):
            self._samples(f"/streams/{name}", "streams", name)
        for name in self._names(EPOCHS):
            self._make_group(f"{EPOCHS}/{name}")
            self._samples(f"{EPOCHS}/{name}/data", "epochs", name)
            columns = [column for column in self._names(f"{EPOCHS}/{name}") if column != "data"]
            self._table(f"{EPOCHS}/{name}", columns)
        for path in TABLES:
            self._make_group(path)
            self._table(path, self._names(path))
        self._make_group(TRIALS)
        self._make_group(f"{TRIALS}/{VALID}")
        columns = [name for name in self._names(TRIALS) if name != VALID]
        self._table(TRIALS, [*columns, *(f"{VALID}/{name}" for name in columns)])
        self._latency()
        if self._to is not None:
            for name, value in attributes.items():
                self._to.root._v_attrs[name] = value

    def _root(self) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for source in self._sources:
            if source.file is not None:
                found = source.file.root._v_attrs
                said |= {name: found[name] for name in found._v_attrnamesuser if name not in (*said, "part")}
        if str(said.get("format")) != FORMAT:
            raise RecordingError("it is an HDF5 file but not a psi recording")
        last = self._sources[-1].said
        if "finish_reason" not in said:
            finish = (last.finish if last is not None else None) or {}
            said["finish_reason"] = finish.get("reason", UNFINISHED)
            said["end_time"] = finish.get("time", float("nan"))
            said["end"] = finish.get("utc", "")
            said["n_gaps"] = last.n_gaps if last is not None else 0
        if len(self._sources) > 1:
            said["parts"] = len(self._sources)
        said["recovered"] = datetime.datetime.now(datetime.UTC).isoformat()
        return said

    def _names(self, path: str) -> list[str]:
        return list(self._like.get_node(path)._v_children) if path in self._like else []

    def _make_group(self, path: str) -> None:
        if self._to is not None and path not in self._to:
            parent, _, name = path.rpartition("/")
            group = self._to.create_group(parent or "/", name)
            if path in self._like:
                _copy_attributes(self._like.get_node(path), group)

    def _document(self, name: str) -> None:
        data = self._read(self._sources[0]._replace(file=self._like), f"/documents/{name}", 0, 1 << 40)
        if data is None:
            self.lost.append({"what": f"/documents/{name}", "unit": "document"})
        elif self._to is not None:
            self._to.create_array("/documents", name, data)

    def _read(self, source: Source, path: str, start: int, stop: int) -> NDArray[Any] | None:
        """Rows of an array, or ``None`` where they cannot be read."""
        block = f"{source.number}:{path}:{start}"
        if source.file is None or block in self._skip:
            return None
        say({"at": block})
        try:
            return np.asarray(source.file.get_node(path)[start:stop])
        except DAMAGED:
            return None

    # -- samples -----------------------------------------------------------------------------

    def _samples(self, path: str, what: str, name: str) -> None:
        like = self._like.get_node(path)
        made = None
        if self._to is not None:
            parent, _, leaf = path.rpartition("/")
            made = self._to.create_earray(parent, leaf, like.atom, (0, *like.shape[1:]), chunkshape=like.chunkshape)
            _copy_attributes(like, made, without="first")
        first, step, kept = 0, int(like.chunkshape[0]), 0
        for source in self._sources:
            n = self._n_samples(source, path, what, name)
            suspect = source.cut or self._differs(source, path, what, name, n)
            for start in range(0, n, step):
                stop = min(start + step, n)
                block = self._read(source, path, start, stop)
                if block is None or len(block) < stop - start:
                    block, gone = np.zeros((stop - start, *like.shape[1:]), like.dtype), [(0, stop - start)]
                else:
                    gone = zero_spans(block) if suspect else []
                for begin, end in gone:
                    block[begin:end] = np.nan if like.dtype.kind == "f" else 0
                    self._lose(path, first + start + begin, first + start + end)
                kept += stop - start - sum(end - begin for begin, end in gone)
                if made is not None:
                    made.append(block)
            first += n
        self.kept[path] = kept

    def _n_samples(self, source: Source, path: str, what: str, name: str) -> int:
        if source.said is not None:
            return int(getattr(source.said, what)[name] - getattr(source.said.first, what).get(name, 0))
        return 0 if source.file is None else len(source.file.get_node(path))

    def _differs(self, source: Source, path: str, what: str, name: str, n: int) -> bool:
        """Whether samples can be read that are not what was written: a burst that was cut off can leave zeros."""
        if source.said is None or source.said.sums is None:
            return False
        total = 0
        for start in range(0, n, self._like.get_node(path).chunkshape[0]):
            block = self._read(source, path, start, min(start + self._like.get_node(path).chunkshape[0], n))
            total += 0 if block is None else sum_of(block)
        return total % 2**64 != getattr(source.said.sums, what)[name]

    def _lose(self, path: str, start: int, stop: int) -> None:
        last = self.lost[-1] if self.lost else {}
        if last.get("what") == path and last.get("unit") == "samples" and last["s0"] + last["n"] == start:
            last["n"] += stop - start
        else:
            self.lost.append({"what": path, "unit": "samples", "s0": int(start), "n": int(stop - start)})

    # -- rows --------------------------------------------------------------------------------

    def _table(self, path: str, columns: list[str]) -> None:
        found: dict[str, list[Any]] = {name: [] for name in columns}
        total = 0
        for source in self._sources:
            said = source.said
            rows = {name: self._column(source, f"{path}/{name}") for name in columns}
            # Of a file whose end is missing nothing is known of the others either.
            whole = [len(cells) for cells, is_whole in rows.values() if is_whole and not source.cut]
            there = min(whole or [len(cells) for cells, _ in rows.values()], default=0)
            wanted = there
            if said is not None:
                wanted = said.trials if path == TRIALS else said.tables.get(path, there)
            elif source.cut:
                wanted = max((len(cells) for cells, _ in rows.values()), default=0)
            n = min(there, wanted)
            if n < wanted:
                self.lost.append({"what": path, "unit": "rows", "s0": total + n, "n": wanted - n})
            for name, (cells, _) in rows.items():
                if len(cells) < n:
                    self.lost.append({"what": f"{path}/{name}", "unit": "cells", "s0": total, "n": n - len(cells)})
                    if f"{VALID}/{name}" in rows:
                        rows[f"{VALID}/{name}"][0][len(cells) :] = 0
                found[name].append(filled(cells, n, name))
            total += n
        self.kept[path] = total
        if self._to is not None:
            for name, parts in found.items():
                self._write_column(f"{path}/{name}", parts)

    def _column(self, source: Source, path: str) -> tuple[Any, bool]:
        """The cells of a column up to the first that cannot be read, and whether these are all.

        An array, or a list of encoded texts.
        """
        node = self._like.get_node(path)
        if isinstance(node, tables.EArray):
            return self._prefix(source, path, node.dtype)
        offsets, _ = self._prefix(source, f"{path}/offsets", np.dtype(np.uint64))
        text, _ = self._prefix(source, f"{path}/bytes", np.dtype(np.uint8))
        data, cells = text.tobytes(), []
        for begin, end in pairwise(offsets.tolist()):
            if not begin <= end <= len(data) or b"\0" in data[begin:end]:
                break
            cells.append(data[begin:end])
        # A column has at least the offset at which its first text begins.
        return cells, len(cells) == len(offsets) - 1

    def _prefix(self, source: Source, path: str, dtype: np.dtype[Any]) -> tuple[NDArray[Any], bool]:
        """What can be read of an array from its beginning, and whether it is all."""
        blocks = list(self._blocks(source, path))
        read = np.concatenate(blocks) if blocks else np.empty(0, dtype)
        try:
            return read, source.file is None or len(read) == len(source.file.get_node(path))
        except DAMAGED:
            return read, False

    def _blocks(self, source: Source, path: str) -> Iterator[NDArray[Any]]:
        if source.file is None:
            return
        try:
            node = source.file.get_node(path)
            n, step = len(node), int(node.chunkshape[0])
        except DAMAGED:
            return
        for start in range(0, n, step):
            block = self._read(source, path, start, min(start + step, n))
            if block is None:
                return
            yield block

    def _write_column(self, path: str, parts: list[Any]) -> None:
        assert self._to is not None
        like = self._like.get_node(path)
        parent, _, name = path.rpartition("/")
        if isinstance(like, tables.EArray):
            made = self._to.create_earray(parent, name, like.atom, (0,), chunkshape=like.chunkshape)
            _copy_attributes(like, made)
            for cells in parts:
                made.append(cells)
            return
        group = self._to.create_group(parent, name)
        texts = self._to.create_earray(group, "bytes", tables.UInt8Atom(), (0,), chunkshape=(TEXT_CHUNK_BYTES,))
        ends = self._to.create_earray(group, "offsets", tables.UInt64Atom(), (0,), chunkshape=(TABLE_CHUNK,))
        cells = [cell for part in parts for cell in part]
        texts.append(np.frombuffer(b"".join(cells), np.uint8))
        ends.append(np.concatenate([[0], np.cumsum([len(cell) for cell in cells])]).astype(np.uint64))

    def _latency(self) -> None:
        self._make_group(LATENCY)
        last = self._sources[-1]
        said = last.said.latency if last.said is not None else None
        for name, kind in (("edges", "float64"), ("counts", "int64")):
            path = f"{LATENCY}/{name}"
            dtype = np.dtype(kind)
            cells, whole = self._prefix(last, path, dtype)
            if not whole:
                self.lost.append({"what": path, "unit": "histogram"})
                cells = cells[:0]
            if not len(cells) and said is not None:
                cells = np.array(said[name], dtype)
            if self._to is not None:
                atom = tables.Atom.from_dtype(dtype)
                self._to.create_earray(LATENCY, name, atom, (0,), chunkshape=(TABLE_CHUNK,)).append(cells)

    def note_losses(self) -> None:
        """Write a row ``gap`` into the copy's audit for every lost range of samples."""
        assert self._to is not None
        for gap in self.lost:
            if gap["unit"] == "samples":
                name = gap["what"].removesuffix("/data").rpartition("/")[2]
                info = to_cell({"s0": gap["s0"], "n": gap["n"], "unit": "samples"}, "text")
                row = {"time": np.nan, "what": "gap", "name": name, "who": "psi", "info": info}
                append_row(self._to, "/audit", row)


def append_row(file: tables.File, path: str, row: dict[str, Any]) -> None:
    for name, cell in row.items():
        node = file.get_node(path, name)
        if isinstance(node, tables.EArray):
            node.append(np.array([cell], node.dtype))
        else:
            node.bytes.append(np.frombuffer(encode(cell), np.uint8))
            node.offsets.append(np.array([len(node.bytes)], np.uint64))


def _copy_attributes(source: Any, target: Any, without: str = "") -> None:
    for name in source._v_attrs._v_attrnamesuser:
        if name != without:
            target._v_attrs[name] = source._v_attrs[name]


def say(line: dict[str, Any]) -> None:
    # At once: the next moment may be the last.
    os.write(sys.stdout.fileno(), json.dumps(line).encode() + b"\n")
