"""The HDF5 file while it is written: every node made first, then blocks and rows appended in bursts."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

from psi.core.errors import RecordingError
from psi.data.columns import TableWriter, encode
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
from psi.data.rows import RowBatch

#: Bytes of disk that must stay free; PyTables does not report a flush that failed on a full one.
DISK_RESERVE = 32 << 20


class RecordingFile:
    """A new recording file at ``path``. Raises ``RecordingError`` where there is one already."""

    def __init__(self, path: Path, plan: RecordingPlan, attributes: Mapping[str, Any]) -> None:
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
            self._file = tables.open_file(str(path), "w")
            undo.callback(self.close)
            with warnings.catch_warnings():
                # Items may be called 'class' or 'left-hand': nobody reads nodes as Python attributes.
                warnings.simplefilter("ignore", tables.NaturalNameWarning)
                self._make_nodes(plan)
            for name, value in attributes.items():
                self._file.root._v_attrs[name] = value
            # For fsync; PyTables' own handle belongs to HDF5's C library.
            self._fd = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
            self.sync()
            undo.pop_all()

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

    def require_space(self, n_bytes: int) -> None:
        """Raise ``RecordingError`` where the disk does not have room for ``n_bytes`` more."""
        free = shutil.disk_usage(self.path.parent).free
        if free < n_bytes + DISK_RESERVE:
            raise RecordingError(
                f"the disk of {self.path.parent} has {free / 2**20:.0f} MiB free, too little to go on; "
                "free some space or record to another disk"
            )

    def append(self, blocks: Sequence[NDArray[Any]], rows: RowBatch) -> None:
        """Append one block of shape ``(n_channels, n)`` for each of the plan's arrays, and ``rows``."""
        for node, block in zip(self._arrays, blocks, strict=True):
            if block.shape[1]:
                node.append(np.ascontiguousarray(block.T))
                self._n_bytes += block.nbytes
        for path, cells in rows.tables.items():
            self.tables[path].append(cells)
        for name, cells in rows.epochs.items():
            self.epoch_tables[f"{EPOCHS}/{name}"].append(cells)
        self.trials.append(rows.trials)
        self._valid.append(rows.valid)

    def sync(self) -> None:
        """Hand everything to the disk and wait until it is there. Raises ``RecordingError`` where it is not."""
        self._file.flush()
        if self._fd is not None:
            os.fsync(self._fd)
            if os.fstat(self._fd).st_size < self._n_bytes:
                raise RecordingError(
                    f"{self.path} is shorter than what was written into it: the disk did not take everything; check it"
                )

    def finish(self, latency: tuple[list[float], list[int]] | None, attributes: Mapping[str, Any]) -> None:
        """Write what is known only at the end, and close."""
        if latency is not None:
            self._edges.append(np.array(latency[0], float))
            self._counts.append(np.array(latency[1], np.int64))
        for name, value in attributes.items():
            self._file.root._v_attrs[name] = value
        self.sync()
        self.close()

    def close(self) -> None:
        """Close the file as it stands; again is fine."""
        if self._file.isopen:
            self._file.close()
        if self._fd is not None:
            os.fsync(self._fd)
            os.close(self._fd)
            self._fd = None
