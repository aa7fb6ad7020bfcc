"""Compresses a complete recording: zlib with shuffled bytes, which every HDF5 reader opens without a plugin."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

from psi.core.errors import RecordingError
from psi.data.care_lock import care_of
from psi.data.durable_files import put_in_place, sync_folder
from psi.data.index_room import index_bytes, index_room
from psi.data.recording import open_recording
from psi.data.sums import SpanSums, said_sums
from psi.data.wholeness import Verdict

#: zlib's level: higher ones take much longer and gain little.
LEVEL = 4
#: Root attribute that says so.
PACKED = "packed"

#: Bytes that are copied at a time, and that must stay free on the disk.
_COPY_BYTES, _SPARE = 16 << 20, 64 << 20


def pack(path: Path, progress: Callable[[int, int], None]) -> tuple[int, int]:
    """Compress the recording at ``path``, compare every array, and put it in place of the old; bytes before and after.

    ``progress`` hears bytes done and bytes in all. Raises ``RecordingError`` where it is not complete, packed already,
    does not hold what was written into it, or there is no room; it is left as it was then.
    """
    with care_of(_packable(path).parent, "packing"):
        # Once more: another program may have packed it meanwhile.
        return _pack(_packable(path), progress)


def _pack(file: Path, progress: Callable[[int, int], None]) -> tuple[int, int]:
    before = file.stat().st_size
    free = shutil.disk_usage(file.parent).free
    if free < before + _SPARE:
        raise RecordingError(
            f"the disk of {file.parent} has {free / 2**20:.0f} MiB free; packing needs up to "
            f"{(before + _SPARE) / 2**20:.0f} MiB until it is done"
        )
    packing = file.with_name("recording.packing.h5")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", tables.NaturalNameWarning)
            with tables.open_file(str(file), "r") as source:
                total = 2 * sum(_n_bytes(node) for node in source.walk_nodes("/", "Array"))
                done = _Done(progress, total)
                with tables.open_file(str(packing), "w") as target:
                    _copy(source, target, said_sums(source), done)
                with tables.open_file(str(packing), "r") as target:
                    _compare(source, target, done)
        with open(packing, "r+b") as written:
            os.fsync(written.fileno())
        after = packing.stat().st_size
        put_in_place(packing, file)
    except tables.HDF5ExtError as error:
        raise RecordingError(f"{file} cannot be packed: {str(error).strip().splitlines()[-1]}") from None
    finally:
        packing.unlink(missing_ok=True)
    sync_folder(file.parent)
    return before, after


def _packable(path: Path) -> Path:
    """The recording's file. Raises ``RecordingError`` where it is not to be packed."""
    with open_recording(path) as recording:
        if recording.live:
            raise RecordingError(f"{path} is being written; pack it after the end of its run")
        if len(recording.files) > 1 or "finish_reason" not in recording.attributes:
            raise RecordingError(f"{path} is not complete; complete it first: psi recover {path}")
        if PACKED in recording.attributes:
            raise RecordingError(f"{path} is packed already")
        return recording.path


class _Done:
    def __init__(self, progress: Callable[[int, int], None], total: int) -> None:
        self._progress, self._total, self._n = progress, total, 0

    def add(self, n_bytes: int) -> None:
        self._n += n_bytes
        self._progress(self._n, self._total)


def _n_bytes(node: Any) -> int:
    return int(node.dtype.itemsize * np.prod(node.shape, dtype=np.int64))


def _blocks(node: Any) -> list[tuple[int, int]]:
    row = max(1, node.dtype.itemsize * int(np.prod(node.shape[1:], dtype=np.int64)))
    chunk = (node.chunkshape or (1,))[0]
    step = max(1, _COPY_BYTES // row // chunk) * chunk
    return [(start, min(start + step, len(node))) for start in range(0, len(node), step)]


def _copy(source: tables.File, target: tables.File, said: Mapping[str, SpanSums], done: _Done) -> None:
    """Raise ``RecordingError`` where ``source`` does not hold what is ``said`` to have been written into it."""
    arrays = list(source.walk_nodes("/", "Array"))
    growing = sorted((node for node in arrays if isinstance(node, tables.EArray)), key=_n_bytes)
    room = sum(index_bytes(-(-len(node) // int(node.chunkshape[0])), len(node.shape)) for node in growing)
    changed = []
    # The file may be cut off one day: what says where its arrays are comes first, and what is small.
    with index_room(target, room):
        for group in source.walk_groups("/"):
            parent, _, name = group._v_pathname.rpartition("/")
            _copy_attributes(group, target.create_group(parent or "/", name) if parent or name else target.root)
        target.root._v_attrs[PACKED] = f"zlib {LEVEL}, shuffle"
        for node in arrays:
            if isinstance(node, tables.EArray):
                _make_like(node, target)
            else:
                cells = node[...]
                parent, _, name = node._v_pathname.rpartition("/")
                _copy_attributes(node, target.create_array(parent, name, cells))
                changed += _changed(node, [cells], said)
                done.add(_n_bytes(node))
    for node in growing:
        made = target.get_node(node._v_pathname)
        changed += _changed(node, _append(node, made, done), said)
    if changed:
        raise RecordingError(
            f"{source.filename} is damaged: {'; '.join(changed)}; it is left as it was, and 'psi recover' marks what "
            "can be told"
        )


def _make_like(node: tables.EArray, target: tables.File) -> None:
    """An empty array like ``node``, compressed."""
    filters = tables.Filters(complevel=LEVEL, complib="zlib", shuffle=True)
    parent, _, name = node._v_pathname.rpartition("/")
    made = target.create_earray(
        parent, name, node.atom, (0, *node.shape[1:]), chunkshape=node.chunkshape, filters=filters
    )
    _copy_attributes(node, made)


def _append(node: tables.EArray, made: tables.EArray, done: _Done) -> Iterator[NDArray[Any]]:
    """Copy ``node`` into ``made``; the blocks, as they are copied."""
    for start, stop in _blocks(node):
        block = node[start:stop]
        made.append(block)
        done.add(block.nbytes)
        yield block
    # HDF5 keeps a chunk back until its array is closed.
    made.flush()


def _changed(node: Any, blocks: Iterable[NDArray[Any]], said: Mapping[str, SpanSums]) -> list[str]:
    """What is wrong with the ``blocks`` of an array; they are all taken."""
    expected = said.get(node._v_pathname)
    found = SpanSums(1 if expected is None else expected.step)
    for block in blocks:
        if expected is not None:
            found.add(block)
    spans = [] if expected is None else expected.changed(found)
    return [Verdict(node._v_pathname, "changed", found.n, tuple(spans)).text()] if spans else []


def _compare(source: tables.File, target: tables.File, done: _Done) -> None:
    """Raise ``RecordingError`` where a byte of any array differs."""
    for node in source.walk_nodes("/", "Array"):
        other = target.get_node(node._v_pathname)
        if other.shape != node.shape or other.dtype != node.dtype:
            raise RecordingError(f"{node._v_pathname} came out otherwise when it was packed; it is left as it was")
        for start, stop in _blocks(node):
            # As bytes: NaN differs from itself.
            if node[start:stop].tobytes() != other[start:stop].tobytes():
                raise RecordingError(f"{node._v_pathname} came out otherwise when it was packed; it is left as it was")
            done.add((stop - start) * (_n_bytes(node) // len(node)))


def _copy_attributes(source: Any, target: Any) -> None:
    for name in source._v_attrs._v_attrnamesuser:
        target._v_attrs[name] = source._v_attrs[name]
