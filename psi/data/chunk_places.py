"""Where the chunks of a file lie, noted beside it while it is written.

HDF5 finds a chunk by an index whose nodes it changes in place. A power cut may tear one of them, and with it goes the
way to chunks that are whole on the disk. A chunk without filters never moves, and what has been written into it is only
added to; so whoever knows its place needs no index.

The notes are a line of JSON, ``{"arrays": [path, ...]}``, and then one record for each chunk: number of the array in
that line, number of the chunk, offset in the file, as little-endian whole numbers of 4, 4 and 8 bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import tables
from numpy.typing import NDArray

from psi.core.errors import RecordingError

_RECORD = np.dtype([("array", "<u4"), ("chunk", "<u4"), ("place", "<u8")])


class ChunkNotes:
    """Notes down the chunks of all arrays of ``file`` that grow, in a new file at ``path``. Raises ``OSError``."""

    def __init__(self, path: Path, file: tables.File) -> None:
        self._arrays: list[tables.EArray] = list(file.walk_nodes("/", "EArray"))
        self._noted = [0] * len(self._arrays)
        #: Records that are on the disk.
        self.n = 0
        self._file = open(path, "xb", buffering=0)  # noqa: SIM115 - open as long as this is
        names = [array._v_pathname for array in self._arrays]
        self._write(json.dumps({"arrays": names}, ensure_ascii=False).encode() + b"\n")

    def write(self) -> None:
        """Note the chunks that are new since the last call, for good. The file has been flushed. Raises ``OSError``."""
        new = [record for number, array in enumerate(self._arrays) for record in self._new(number, array)]
        if new:
            self._write(np.array(new, _RECORD).tobytes())
            self.n += len(new)

    def _new(self, number: int, array: tables.EArray) -> Iterator[tuple[int, int, int]]:
        rows = int(array.chunkshape[0])
        for chunk in range(self._noted[number], -(-int(array.nrows) // rows)):
            # It looks through the whole index, 20 ns for each chunk that is there.
            found = array.chunk_info((chunk * rows, *(0 for _ in array.shape[1:])))
            if found.offset is None:
                raise RecordingError(f"{array._v_file.filename}: chunk {chunk} of {array._v_pathname} was not written")
            yield number, chunk, found.offset
            self._noted[number] = chunk + 1

    def _write(self, data: bytes) -> None:
        if self._file.write(data) != len(data):
            raise RecordingError(f"{self._file.name} is shorter than what was written into it: the disk is full")
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


class ChunkPlaces:
    """Reads arrays of the HDF5 file at ``path`` without its index, by the first ``n`` records at ``notes``."""

    def __init__(self, path: Path, arrays: list[str], records: NDArray[Any]) -> None:
        self._path = path
        self._places: dict[str, NDArray[np.uint64]] = {}
        for number, array in enumerate(arrays):
            mine = records[records["array"] == number]
            places = np.zeros(int(mine["chunk"].max()) + 1 if len(mine) else 0, np.uint64)
            places[mine["chunk"]] = mine["place"]
            self._places[array] = places

    @classmethod
    def read(cls, path: Path, notes: Path, n: int) -> Self | None:
        """``None`` where there are no such notes: an older psi made none."""
        try:
            head, _, rest = notes.read_bytes().partition(b"\n")
            records = np.frombuffer(rest, _RECORD, n)
            return cls(path, list(json.loads(head)["arrays"]), records) if n else None
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def rows(self, array: tables.Array, start: int, stop: int) -> NDArray[Any] | None:
        """``array[start:stop]``, whose rows exist; ``None`` where the place of one of them was not noted.

        Raises ``OSError`` where the file cannot be read or has no such place.
        """
        known = self._places.get(array._v_pathname)
        if known is None:
            return None
        shape = tuple(int(n) for n in array.chunkshape)
        first, last = start // shape[0], -(-stop // shape[0])
        places = known[first:last]
        if len(places) < last - first or not places.all():
            return None
        if not len(places):
            return np.empty((0, *shape[1:]), array.dtype)
        n_bytes = int(np.prod(shape)) * array.dtype.itemsize
        with open(self._path, "rb") as file:
            return np.concatenate([_chunk(file, int(place), n_bytes, array.dtype, shape) for place in places])[
                start - first * shape[0] : stop - first * shape[0]
            ]


def read_rows(array: tables.Array, places: ChunkPlaces | None, start: int, stop: int) -> NDArray[Any]:
    """``array[start:stop]``, whose rows exist: at their ``places`` where those are known, else by the file's index."""
    found = None if places is None else places.rows(array, start, stop)
    return np.asarray(array[start:stop]) if found is None else found


def _chunk(file: Any, place: int, n_bytes: int, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    file.seek(place)
    data = file.read(n_bytes)
    if len(data) < n_bytes:
        raise OSError(f"{file.name} ends before its byte {place + n_bytes}")
    return np.frombuffer(data, dtype).reshape(shape)
