"""The HDF5 file while it is written: every node made first, then blocks and rows appended in bursts."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

from psi.core.errors import RecordingError
from psi.data.chunk_places import ChunkNotes
from psi.data.columns import TableWriter, encode
from psi.data.index_room import INDEXED_TABLE_BYTES, index_bytes, index_room
from psi.data.kill_points import passing
from psi.data.layout import (
    EPOCH_COLUMNS,
    EPOCHS,
    FORMAT,
    FORMAT_VERSION,
    GROUPS,
    LATENCY,
    TABLE_CHUNK,
    TABLES,
    TRIALS,
    VALID,
    Column,
    block_length,
)
from psi.data.plan import RecordingPlan, StreamPlan
from psi.data.rows import RowBatch, to_cell

#: Bytes that the attributes take that are known at the end only.
FINISH_BYTES = 1024
#: Blocks of each stream whose index lies near the file's beginning: of an hour and a quarter.
INDEXED_BLOCKS = 4500
#: Bytes by which the file is longer than what is in it while it is written, beyond a burst that is large.
LENGTH_AHEAD = 32 << 20


class RecordingFile:
    """A new recording file at ``path``. Raises ``RecordingError`` where there is one already.

    ``first`` says of a later part where in the whole recording each of the plan's arrays begins.
    """

    def __init__(
        self, path: Path, plan: RecordingPlan, attributes: Mapping[str, Any], first: Sequence[int] = ()
    ) -> None:
        self.path = path
        try:
            # Not by PyTables, which overwrites.
            open(path, "x").close()
        except FileExistsError:
            raise RecordingError(
                f"{path} exists already; a recording is never overwritten: choose a new folder"
            ) from None
        with ExitStack() as undo:
            undo.callback(path.unlink)
            self._fd: int | None = None
            self._n_bytes = 0
            self._length = 0
            # Without HDF5's cache of chunks, 16 MiB for each array: a tail that has been written would stay in it.
            self._file = tables.open_file(str(path), "w", chunk_cache_size=0)
            undo.callback(self.close)
            with warnings.catch_warnings():
                # Items may be called 'class' or 'left-hand': nobody reads nodes as Python attributes.
                warnings.simplefilter("ignore", tables.NaturalNameWarning)
                room = len(plan.arrays) * index_bytes(INDEXED_BLOCKS, 2) + INDEXED_TABLE_BYTES
                with index_room(self._file, room):
                    self._make_nodes(plan)
            for node, s0 in zip(self._arrays, first, strict=bool(first)):
                node.attrs["first"] = s0
            for name, value in attributes.items():
                self._file.root._v_attrs[name] = value
            self._reserve_attributes()
            # For fsync; PyTables' own handle belongs to HDF5's C library.
            self._fd = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
            self.sync()
            undo.pop_all()

    def _reserve_attributes(self) -> None:
        """Leave room among the root's attributes for those of :meth:`finish`.

        HDF5 would put them at the file's end, where a power cut may lose them and keep what points to them: such a
        file does not open.
        """
        root = self._file.root._v_attrs
        root["reserved"] = "." * FINISH_BYTES
        del root["reserved"]

    def _make_nodes(self, plan: RecordingPlan) -> None:
        file = self._file
        file.root._v_attrs["format"] = FORMAT
        file.root._v_attrs["format_version"] = FORMAT_VERSION
        for path in GROUPS:
            parent, _, name = path.rpartition("/")
            file.create_group(parent or "/", name)
        for name, document in plan.documents.items():
            text = encode(json.dumps(document, ensure_ascii=False, indent=2))
            file.create_array("/documents", name, np.frombuffer(text, np.uint8))
        self._arrays = [self._make_array(stream, "/streams", stream.name) for stream in plan.streams]
        self._make_epochs(plan)
        self.tables = {path: TableWriter(file, path, columns) for path, columns in TABLES.items()}
        columns = [Column(column.name, column.dtype, column.unit) for column in plan.trial_columns]
        file.create_group(TRIALS, VALID)
        self.trials = TableWriter(file, TRIALS, columns)
        self._valid = TableWriter(file, f"{TRIALS}/{VALID}", [Column(column.name, "bool") for column in columns])
        # Groups list their members by name; the order of declaration is kept here.
        file.root.trials._v_attrs["columns"] = json.dumps([list(column) for column in columns], ensure_ascii=False)
        for group, arrays in ((file.root.streams, plan.streams), (file.root.epochs, plan.epochs)):
            group._v_attrs["order"] = json.dumps([array.name for array in arrays], ensure_ascii=False)
        file.create_group(*LATENCY.rsplit("/", 1))
        self._edges = file.create_earray(LATENCY, "edges", tables.Float64Atom(), (0,), chunkshape=(TABLE_CHUNK,))
        self._counts = file.create_earray(LATENCY, "counts", tables.Int64Atom(), (0,), chunkshape=(TABLE_CHUNK,))

    def _make_epochs(self, plan: RecordingPlan) -> None:
        #: By path.
        self.epoch_tables: dict[str, TableWriter] = {}
        for epochs in plan.epochs:
            group = self._file.create_group(EPOCHS, epochs.name)
            self._arrays.append(self._make_array(epochs, group._v_pathname, "data"))
            self.epoch_tables[group._v_pathname] = TableWriter(self._file, group._v_pathname, EPOCH_COLUMNS)

    def _make_array(self, stream: StreamPlan, group: str, name: str) -> tables.EArray:
        dtype = np.dtype(stream.dtype)
        chunk = block_length(stream.fs, stream.n_channels, dtype.itemsize)
        node = self._file.create_earray(
            group,
            name,
            tables.Atom.from_dtype(dtype),
            (0, stream.n_channels),
            chunkshape=(chunk, stream.n_channels),
        )
        labels = json.dumps(list(stream.labels), ensure_ascii=False)
        attributes: dict[str, Any] = {"fs": stream.fs, "unit": stream.unit, "scale": stream.scale, "labels": labels}
        attributes |= {"t0": stream.t0, "delay": stream.delay, "chain": stream.chain, "dtype": stream.dtype}
        for attribute, value in attributes.items():
            node.attrs[attribute] = value
        return node

    def note_chunks(self, path: Path) -> ChunkNotes:
        """What notes at ``path`` where this file's chunks lie. Raises ``OSError``."""
        return ChunkNotes(path, self._file)

    def hold_space(self, n_bytes: int) -> None:
        """Take ``n_bytes`` of the disk for what is written next, so that nobody else has them. Raises ``OSError``.

        PyTables does not report a flush that failed for want of room.
        """
        if self._fd is not None and sys.platform != "win32":
            os.posix_fallocate(self._fd, 0, self._file.get_filesize() + n_bytes)

    def append(self, blocks: Sequence[NDArray[Any]], rows: RowBatch) -> None:
        """Append one block of shape ``(n_channels, n)`` for each of the plan's arrays, and ``rows``."""
        n_bytes = sum(block.nbytes for block in blocks)
        if self._file.get_filesize() + n_bytes + LENGTH_AHEAD // 2 > self._length:
            self._lengthen(n_bytes + LENGTH_AHEAD)
        for node, block in zip(self._arrays, blocks, strict=True):
            if block.shape[1]:
                node.append(np.ascontiguousarray(block.T))
                self._n_bytes += block.nbytes
                passing("append")
        for path, cells in rows.tables.items():
            self.tables[path].append(cells)
        for name, cells in rows.epochs.items():
            self.epoch_tables[f"{EPOCHS}/{name}"].append(cells)
        self.trials.append(rows.trials)
        self._valid.append(rows.valid)

    def sync(self) -> None:
        """Hand everything to the disk and wait until it is there. Raises ``RecordingError`` where it is not."""
        passing("flush")
        self._file.flush()
        passing("fsync")
        if self._fd is not None:
            shorter = os.fstat(self._fd).st_size < self._n_bytes
            self._lengthen(LENGTH_AHEAD)
            if shorter:
                raise RecordingError(
                    f"{self.path} is shorter than what was written into it: the disk did not take everything; check it"
                )

    def _lengthen(self, ahead: int) -> None:
        """Put the file's end ``ahead`` bytes behind what is in it, and all that on the disk.

        HDF5 refuses a file that is shorter than its first block says. Which of the two a power cut leaves, the new
        block or the new length, nobody knows; so the length is there before. It is a hole, which takes no space.
        """
        if self._fd is not None:
            self._length = self._file.get_filesize() + ahead
            os.ftruncate(self._fd, self._length)
            os.fsync(self._fd)

    def finish(
        self,
        latency: tuple[list[float], list[int]] | None,
        attributes: Mapping[str, Any],
        report: Callable[[tables.File], list[dict[str, Any]]] | None = None,
    ) -> None:
        """Write what is known only at the end, then what ``report`` has to say of all that, and close."""
        if latency is not None:
            self._edges.append(np.array(latency[0], float))
            self._counts.append(np.array(latency[1], np.int64))
        self.sync()
        # On their own: a power cut in the middle of this touches nothing else.
        for name, value in attributes.items():
            self._file.root._v_attrs[name] = value
        self.sync()
        if report is not None:
            self.tables["/report"].append([(to_cell(row, "text"),) for row in report(self._file)])
            self.sync()
        self.close()

    def close(self) -> None:
        """Close the file as it stands; again is fine."""
        size = None
        if self._file.isopen:
            self._file.flush()
            size = self._file.get_filesize()
            self._file.close()
        if self._fd is not None:
            if size is not None:
                os.ftruncate(self._fd, size)
            os.fsync(self._fd)
            os.close(self._fd)
            self._fd = None
