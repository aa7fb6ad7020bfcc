"""The HDF5 files of a recording as one: arrays and columns go on from part to part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

from psi.core.errors import RecordingError
from psi.data.chunk_places import ChunkPlaces
from psi.data.committed import Committed, parts_of
from psi.data.layout import FILE_NAME, FORMAT, FORMAT_VERSION, TRIALS, part_chunks_name, version_number
from psi.data.recorded_part import OwnPart, Part, open_part

#: Bytes that are asked of a file at once, so that a live one can answer between two bursts.
_PIECE = 8 << 20


def parsed(text: str, path: str) -> Any:
    """What ``text``, which was read from ``path``, says as JSON. Raises ``RecordingError`` where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        raise RecordingError(f"{path} is damaged: it holds no JSON; 'psi recover' keeps what is whole") from None


class Said(dict[str, Any]):
    """Attributes of the node at ``path``; ``RecordingError`` for one that is not there."""

    def __init__(self, path: str, attributes: dict[str, Any]) -> None:
        super().__init__(attributes)
        self.path = path

    def __missing__(self, name: str) -> Any:
        raise RecordingError(f"{self.path} is damaged: its {name} is gone; 'psi recover' keeps what is whole")


class RecordedArray:
    """Reads like an array of shape ``(n_samples, n_channels)``, of which ``counts`` samples lie in each part."""

    def __init__(self, parts: Sequence[Part], path: str, counts: Sequence[int], n_channels: int) -> None:
        self._parts = parts
        self._path = path
        self._ends = list(accumulate(counts))
        self._starts = [0, *self._ends[:-1]]
        self.shape = (self._ends[-1], n_channels)

    def __getitem__(self, key: slice) -> NDArray[Any]:
        start, stop, step = key.indices(self.shape[0])
        pieces = []
        for part, begin, end in zip(self._parts, self._starts, self._ends, strict=True):
            # The first of the wanted samples that this part has.
            first = start if start >= begin else begin + (start - begin) % step
            last = min(stop, end)
            if first < last:
                pieces += self._read(part, first - begin, last - begin, step)
        if len(pieces) == 1:
            return pieces[0]
        if pieces:
            return np.concatenate(pieces)
        return np.asarray(self._parts[0].ask("rows", self._path, 0, 0, 1))

    def _read(self, part: Part, start: int, stop: int, step: int) -> list[NDArray[Any]]:
        if not part.live:
            return [part.ask("rows", self._path, start, stop, step)]
        # No sample has more than 8 bytes.
        length = max(1, _PIECE // (8 * self.shape[1])) * step
        return [part.ask("rows", self._path, at, min(at + length, stop), step) for at in range(start, stop, length)]


class RecordedParts:
    """Opens the files of the recording whose first one is ``path``; ``own`` is the one that this process writes.

    Raises ``RecordingError`` where they are none of psi's, cannot be read, or do not follow each other.
    """

    def __init__(self, path: Path, own: tables.File | None = None, before: RecordedParts | None = None) -> None:
        self.path = path
        self._own = own
        # Of which a part that is still written is taken over.
        self._before = before
        self._parts: list[Part] = []
        #: Of each part; ``None`` where everything in the file counts.
        self._committed: list[Committed | None] = []
        #: Those of the root.
        self.attributes: dict[str, Any] = {}
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        parts = parts_of(self.path.parent) if self.path.name == FILE_NAME else []
        run_id = parts[0][1].run_id if parts else ""
        later = bool(parts) and parts[0][1].part > 1
        try:
            said = self._open_first(self.path, run_id)
            if not parts or "parts" in said or (len(parts) == 1 and not later and "finish_reason" in said):
                self._committed = [None]
                self.attributes = said
                return
        except RecordingError:
            if not later:
                raise
        if later:
            if parts[0][1].first.rows or any(parts[0][1].first.streams.values()):
                raise RecordingError(f"{parts[0][0]} is there, the part before it is missing")
            # The first store was killed before it had begun.
            self.close()
            self._parts.clear()
            said = self._open_first(parts[0][0], run_id)
        self._committed = [committed for _, committed in parts]
        for path, _ in parts[1:]:
            self._parts.append(self._open_part(path, run_id))
            more = self.require_readable(self._parts[-1])
            if more.get("run_id") != said.get("run_id"):
                raise RecordingError(f"{path} belongs to run {more.get('run_id')}, not to {said.get('run_id')}")
            said |= {name: value for name, value in more.items() if name not in said}
        if "finish_reason" in said:
            self._committed[-1] = None
        for part, committed in zip(self._parts, self._committed, strict=True):
            if committed is not None:
                notes = part.path.parent / part_chunks_name(committed.part)
                part.read_at(ChunkPlaces.read(part.path, notes, committed.chunks))
        self.attributes = {name: value for name, value in said.items() if name != "part"}

    def _open_first(self, path: Path, run_id: str) -> dict[str, Any]:
        self._parts.append(self._open_part(path, run_id))
        return self.require_readable(self._parts[0])

    def _open_part(self, path: Path, run_id: str) -> Part:
        if self._own is not None and Path(self._own.filename) == path:
            return OwnPart(path, self._own)
        for index, part in enumerate(self._before._parts if self._before is not None else ()):
            if part.live and part.path == path and self._before is not None:
                del self._before._parts[index]
                return part
        return open_part(path, run_id)

    @property
    def live(self) -> bool:
        return any(part.live for part in self._parts)

    @property
    def files(self) -> list[Path]:
        return [part.path for part in self._parts]

    def require_readable(self, part: Part) -> dict[str, Any]:
        """The root's attributes. Raises ``RecordingError`` where they are not those of a psi recording."""
        said = Said(str(part.path), part.ask("attributes", "/"))
        if said.get("format") != FORMAT:
            raise RecordingError(f"{part.path} is an HDF5 file but not a psi recording")
        version = str(said["format_version"])
        if version_number(version) > version_number(FORMAT_VERSION):
            raise RecordingError(
                f"{part.path} has format version {version}; this psi reads up to {FORMAT_VERSION}: update psi"
            )
        return said

    def close(self) -> None:
        for part in self._parts:
            part.close()

    def said_of(self, path: str) -> dict[str, Any]:
        """The attributes of the node at ``path``."""
        return Said(path, self._parts[0].ask("attributes", path))

    def names(self, path: str) -> list[str]:
        """Names of the members of the group at ``path``; none where there is no such group."""
        return list(self._parts[0].ask("names", path))

    def bytes(self, path: str) -> bytes:
        """All of an array of bytes."""
        return np.asarray(self._parts[0].ask("rows", path, 0, 1 << 62, 1)).tobytes()

    def numbers(self, path: str) -> NDArray[Any]:
        """All of an array that is written at the end; of the last part that has it."""
        found = [np.asarray(part.ask("rows", path, 0, 1 << 62, 1)) for part in self._parts]
        return next((each for each in reversed(found) if len(each)), found[-1])

    def array(self, path: str, what: str, name: str) -> tuple[dict[str, Any], RecordedArray]:
        """Attributes and samples at ``path``, which belong to ``name`` of ``what`` (``'streams'`` or ``'epochs'``)."""
        counts: list[int] = []
        said, n_channels = Said(path, {}), 1
        for part, committed in zip(reversed(self._parts), reversed(self._committed), strict=True):
            attributes, (there, n_channels) = part.ask("array", path)
            said = Said(path, attributes)
            if committed is not None:
                begin, end = (getattr(at, what).get(name, 0) for at in (committed.first, committed.end))
                there = min(there, end - begin)
            counts.insert(0, there)
        return said, RecordedArray(self._parts, path, counts, n_channels)

    def table(self, path: str, columns: list[str]) -> dict[str, Any]:
        """The ``columns`` of the table at ``path``: arrays of numbers, and lists of texts, all of one length."""
        return self.columns(path, columns, self.counts(path, columns))

    def columns(self, path: str, columns: list[str], counts: Sequence[int]) -> dict[str, Any]:
        """As :meth:`table`, with ``counts`` rows of each part."""
        found = [part.ask("columns", path, columns, n) for part, n in zip(self._parts, counts, strict=True)]
        return {name: _joined([each[name] for each in found]) for name in columns}

    def counts(self, path: str, columns: list[str]) -> list[int]:
        """Rows of the table at ``path`` in each part."""
        counts = []
        for part, committed in zip(self._parts, self._committed, strict=True):
            there = min(part.ask("lengths", path, columns), default=0)
            if committed is not None:
                there = min(there, committed.trials if path == TRIALS else committed.tables.get(path, there))
            counts.append(there)
        return counts


def _joined(columns: list[Any]) -> Any:
    if len(columns) == 1:
        return columns[0]
    return list(chain(*columns)) if isinstance(columns[0], list) else np.concatenate(columns)
