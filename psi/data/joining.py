"""Puts the parts of a recording together: ``python -m psi.data.joining FOLDER``, a process of its own.

A file that a killed store has left may be damaged in ways that crash HDF5: whoever asks for a joined recording must
survive that. It says one line of JSON, ``{"joined": n}`` or ``{"left": reason}``, and ends when its input does.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

from psi.core.errors import RecordingError
from psi.data.care_lock import care_of
from psi.data.columns import encode
from psi.data.committed import Committed, parts_of
from psi.data.disk import RESERVE_NAME
from psi.data.durable_files import put_in_place, sync_folder
from psi.data.index_room import index_bytes, index_room
from psi.data.kill_points import passing
from psi.data.layout import (
    EPOCHS,
    FILE_NAME,
    JOINING_NAME,
    LATENCY,
    TRIALS,
    part_chunks_name,
    part_committed_name,
    part_file_name,
)
from psi.data.quality import quality_at_stop
from psi.data.rows import to_cell
from psi.data.stream_reader import sum_of
from psi.data.sums import SpanSums, sums_report

#: Bytes that are copied at a time.
_COPY_BYTES = 32 << 20
#: Bytes that must stay free on the disk.
_SPARE = 32 << 20


def join_parts(folder: Path, progress: Callable[[float], None] = lambda fraction: None) -> int:
    """Join the parts in ``folder`` into one file, which takes the place of the first; how many there were.

    Every sample that counts is read back from its part and compared with the sum that was committed with it; the joined
    file is on the disk before it takes its place, and only then are the parts removed. ``progress`` hears which
    fraction is done.

    Raises
    ------
    RecordingError
        There are no parts, one is damaged, or the disk has no room for both; they are left as they are.
    """
    parts = parts_of(folder)
    if not parts:
        raise RecordingError(f"{folder} has no parts that could be joined")
    size = sum(_bytes_of(path) for path, _ in parts)
    free = shutil.disk_usage(folder).free
    if free < size + _SPARE:
        raise RecordingError(
            f"the disk of {folder} has {free / 2**20:.0f} MiB free, and joining needs {(size + _SPARE) / 2**20:.0f} MiB"
        )
    joining = folder / JOINING_NAME
    joining.unlink(missing_ok=True)
    try:
        _join(joining, parts, progress, size)
        passing("join sync")
        with open(joining, "r+b") as file:
            os.fsync(file.fileno())
        passing("join replace")
        put_in_place(joining, folder / FILE_NAME)
    finally:
        joining.unlink(missing_ok=True)
    sync_folder(folder)
    passing("join clean")
    remove_left_overs(folder)
    return len(parts)


def _bytes_of(path: Path) -> int:
    # The file of a store that was killed is longer than what is in it.
    found = path.stat()
    return min(found.st_size, 512 * found.st_blocks) if hasattr(found, "st_blocks") else found.st_size


def remove_left_overs(folder: Path) -> None:
    """Remove what lies beside a complete recording: its parts, their counts, the reserve."""
    numbers = range(2, 1 + max((_number(path) for path in folder.glob("*.part*.*")), default=1))
    names = [part_committed_name(1), part_chunks_name(1), JOINING_NAME, RESERVE_NAME]
    for number in reversed(numbers):
        names += [part_committed_name(number), part_chunks_name(number), part_file_name(number)]
    for name in names:
        (folder / name).unlink(missing_ok=True)
    sync_folder(folder)


def _number(path: Path) -> int:
    digits = path.name.split(".part")[-1].split(".")[0]
    return int(digits) if digits.isdigit() else 1


def is_complete(folder: Path, run_id: str) -> bool:
    """Whether ``recording.h5`` in ``folder`` is the whole recording of the run, so that its parts only lie about."""
    path = folder / FILE_NAME
    if not path.exists():
        return False
    try:
        with tables.open_file(str(path), "r") as file:
            attributes = file.root._v_attrs
            names = attributes._v_attrnamesuser
            if "finish_reason" not in names or attributes["run_id"] != run_id:
                return False
            return "parts" in names or not (folder / part_committed_name(1)).exists()
    except (tables.HDF5ExtError, OSError, KeyError):
        return False


# -- copying -----------------------------------------------------------------------------------


class _Parts:
    """The open files of the parts, with what counts of each."""

    def __init__(self, files: Sequence[tables.File], counts: Sequence[Committed]) -> None:
        self.files = files
        self.counts = counts

    def blocks(self, path: str, kind: str, name: str) -> Iterator[NDArray[Any]]:
        """The rows of an array of samples that count, block by block; compared with their sum as they come."""
        for file, said in zip(self.files, self.counts, strict=True):
            node = file.get_node(path)
            n = getattr(said, kind)[name] - getattr(said.first, kind)[name]
            total = 0
            for block in _blocks(node, n):
                total = (total + sum_of(block)) % 2**64
                yield block
            if said.sums is not None and total != getattr(said.sums, kind)[name]:
                raise RecordingError(f"part {said.part}: {path} does not hold what was written into it")

    def columns(self, path: str, n_rows: Callable[[Committed], int]) -> Iterator[tuple[tables.File, int]]:
        for file, said in zip(self.files, self.counts, strict=True):
            yield file, n_rows(said)


def _blocks(node: tables.EArray, n: int) -> Iterator[NDArray[Any]]:
    if len(node) < n:
        raise RecordingError(f"{node._v_file.filename}: {node._v_pathname} has {len(node)} rows, {n} were committed")
    row_bytes = max(1, node.dtype.itemsize * int(np.prod(node.shape[1:], dtype=np.int64)))
    # Whole chunks, so that each is read and written once.
    step = max(1, _COPY_BYTES // row_bytes // node.chunkshape[0]) * node.chunkshape[0]
    for start in range(0, n, step):
        yield node[start : min(start + step, n)]


def _join(path: Path, parts: Sequence[tuple[Path, Committed]], progress: Callable[[float], None], size: int) -> None:
    files: list[tables.File] = []
    try:
        for part, _ in parts:
            files.append(_open(part))
        with warnings.catch_warnings(), tables.open_file(str(path), "w") as joined:
            warnings.simplefilter("ignore", tables.NaturalNameWarning)
            joiner = _Joiner(joined, _Parts(files, [said for _, said in parts]), progress, size)
            joiner.join()
            joined.flush()
            for row in (sums_report(joined, joiner.sums), quality_at_stop(path.parent, joined, {})):
                _report(joined, row)
            joined.flush()
    except (tables.HDF5ExtError, tables.NoSuchNodeError, OSError, KeyError) as error:
        raise RecordingError(f"a part cannot be read: {str(error).strip().splitlines()[-1]}") from None
    finally:
        for file in files:
            file.close()


def _report(joined: tables.File, row: dict[str, Any]) -> None:
    """Add a row to ``/report``: what is to be said of the recording as a whole."""
    text = encode(to_cell(row, "text"))
    column = joined.root.report.info
    column.bytes.append(np.frombuffer(text, np.uint8))
    column.offsets.append(np.array([len(column.bytes)], np.uint64))


def _open(path: Path) -> tables.File:
    return tables.open_file(str(path), "r")


class _Joiner:
    """Copies node by node: what is written once from the first part, everything that grows from each."""

    def __init__(self, joined: tables.File, parts: _Parts, progress: Callable[[float], None], size: int) -> None:
        self._to = joined
        self._parts = parts
        self._first = parts.files[0]
        self._progress = progress
        self._size = max(1, size)
        self._done = 0
        # What is to be done when all nodes are made: first for tables, then for samples.
        self._rows: list[Callable[[], None]] = []
        self._samples: list[Callable[[], None]] = []
        #: By path: what was written into arrays of the joined file.
        self.sums: dict[str, SpanSums] = {}

    def join(self) -> None:
        root, last = self._first.root, self._parts.counts[-1]
        for name in root._v_attrs._v_attrnamesuser:
            if name != "part":
                self._to.root._v_attrs[name] = root._v_attrs[name]
        self._end(last)
        # The file may be cut off one day: what says where its arrays are comes first, and what is small.
        with index_room(self._to, self._index_bytes()):
            self._group(root)
        self._latency(last)
        for fills in (self._rows, self._samples):
            for fill in fills:
                fill()
            # HDF5 keeps a chunk back until its array is closed.
            self._to.flush()

    def _index_bytes(self) -> int:
        """What the index of all chunks of the joined file will take."""
        room = 0
        for node in self._first.walk_nodes("/", "EArray"):
            n_rows = sum(len(file.get_node(node._v_pathname)) for file in self._parts.files)
            room += index_bytes(-(-n_rows // int(node.chunkshape[0])), len(node.shape))
        return room

    def _end(self, last: Committed) -> None:
        ended = self._parts.files[-1].root._v_attrs
        for name in ended._v_attrnamesuser:
            if name not in self._to.root._v_attrs._v_attrnamesuser and name != "part":
                self._to.root._v_attrs[name] = ended[name]
        self._to.root._v_attrs["n_gaps"] = last.n_gaps
        self._to.root._v_attrs["parts"] = len(self._parts.files)

    def _group(self, group: tables.Group) -> None:
        for name, node in group._v_children.items():
            parent, path = group._v_pathname, node._v_pathname
            if isinstance(node, tables.Group):
                made = self._to.create_group(parent, name)
                _copy_attributes(node, made)
                if _is_text(node):
                    self._text(path)
                else:
                    self._group(node)
            elif isinstance(node, tables.EArray):
                self._array(node, parent, name)
            else:
                made = self._to.create_array(parent, name, node[...])
                _copy_attributes(node, made)

    def _like(self, node: tables.EArray, parent: str, name: str) -> tables.EArray:
        made = self._to.create_earray(parent, name, node.atom, (0, *node.shape[1:]), chunkshape=node.chunkshape)
        _copy_attributes(node, made, without="first")
        return made

    def _array(self, node: tables.EArray, parent: str, name: str) -> None:
        made = self._like(node, parent, name)
        path = node._v_pathname
        if parent == LATENCY:
            return
        if parent == "/streams":
            self._samples.append(partial(self._fill, made, self._parts.blocks(path, "streams", name)))
        elif parent.startswith(f"{EPOCHS}/") and name == "data":
            blocks = self._parts.blocks(path, "epochs", parent.removeprefix(f"{EPOCHS}/"))
            self._samples.append(partial(self._fill, made, blocks))
        else:
            self._rows.append(partial(self._fill, made, self._cells(path, _rows_of(parent))))

    def _fill(self, made: tables.EArray, blocks: Iterator[NDArray[Any]]) -> None:
        sums = self.sums[made._v_pathname] = SpanSums(int(made.chunkshape[0]))
        for block in blocks:
            made.append(block)
            sums.add(block)
            self._done += block.nbytes
            self._progress(min(1.0, self._done / self._size))
            passing("join copy")

    def _cells(self, path: str, n_rows: Callable[[Committed], int]) -> Iterator[NDArray[Any]]:
        for file, n in self._parts.columns(path, n_rows):
            yield from _blocks(file.get_node(path), n)

    def _text(self, path: str) -> None:
        n_rows = _rows_of(path.rpartition("/")[0])
        source = self._first.get_node(path)
        texts, offsets = self._like(source.bytes, path, "bytes"), self._like(source.offsets, path, "offsets")
        self._rows.append(partial(self._fill_text, path, n_rows, texts, offsets))

    def _fill_text(
        self, path: str, n_rows: Callable[[Committed], int], texts: tables.EArray, offsets: tables.EArray
    ) -> None:
        end = 0
        offsets.append(np.zeros(1, np.uint64))
        for file, n in self._parts.columns(path, n_rows):
            node = file.get_node(path)
            ends = node.offsets[1 : n + 1]
            if len(ends) != n or (n and len(node.bytes) < int(ends[-1])):
                raise RecordingError(f"{file.filename}: {path} is shorter than was committed")
            if n:
                texts.append(node.bytes[: int(ends[-1])])
                offsets.append(ends + np.uint64(end))
                end += int(ends[-1])

    def _latency(self, last: Committed) -> None:
        if last.latency is not None:
            self._to.get_node(LATENCY, "edges").append(np.array(last.latency["edges"], float))
            self._to.get_node(LATENCY, "counts").append(np.array(last.latency["counts"], np.int64))


def _is_text(group: tables.Group) -> bool:
    """Whether the group is a column of texts."""
    children = group._v_children
    if set(children) != {"bytes", "offsets"}:
        return False
    return [str(getattr(children[name], "dtype", "")) for name in ("bytes", "offsets")] == ["uint8", "uint64"]


def _copy_attributes(source: Any, target: Any, without: str = "") -> None:
    for name in source._v_attrs._v_attrnamesuser:
        if name != without:
            target._v_attrs[name] = source._v_attrs[name]


def _rows_of(table: str) -> Callable[[Committed], int]:
    """How many rows of the table at ``table`` count in a part."""
    if table == TRIALS or table.startswith(f"{TRIALS}/"):
        return lambda said: said.trials
    return lambda said: said.tables[table]


def _end_with_parent() -> None:
    while os.read(0, 4096):
        continue
    os._exit(1)


def main() -> int:
    """Entry of the process; returns its exit status."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        folder = Path(sys.argv[1])
        with care_of(folder, "joining"):
            said: dict[str, Any] = {"joined": join_parts(folder)}
    except (RecordingError, OSError) as error:
        said = {"left": " ".join(str(error).split())}
    print(json.dumps(said), flush=True)
    return 0 if "joined" in said else 3


if __name__ == "__main__":
    sys.exit(main())
