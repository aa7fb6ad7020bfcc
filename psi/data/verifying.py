"""Compares a recording with its sums in a process of its own: ``python -m psi.data.verifying FILE``.

A damaged file may end the process that reads it. So it says on its standard output, as lines of JSON, what it is about
to read (``{"at": array}``), how far it is (``{"read": bytes, "of": bytes}``), and what it found of each array
(``{"array": path, "state": ..., "n": rows, "spans": [[start, stop], ...]}``); last ``{"done": true}``, or
``{"error": ...}``. Whoever started it starts it again, with what it died of among the ones to be skipped (a JSON list
on the standard input).
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

from psi.core.errors import RecordingError
from psi.data.chunk_places import ChunkPlaces, read_rows
from psi.data.committed import Committed, parts_of
from psi.data.layout import EPOCHS, FILE_NAME, part_chunks_name
from psi.data.reading_process import say, told
from psi.data.recorded_part import DAMAGED
from psi.data.sums import Span, SpanSums, committed_sums, read_sums, said_sums, summed_arrays


class _File:
    """One file of a recording; ``counts`` is ``None`` where everything in it counts."""

    def __init__(self, number: int, path: Path, counts: Committed | None, skip: Collection[str]) -> None:
        self._number = number
        self._skip = skip
        self._file = self._open(path)
        self._counts = counts
        self._places = None
        if counts is not None:
            self._places = ChunkPlaces.read(path, path.parent / part_chunks_name(counts.part), counts.chunks)
        self._said = committed_sums(counts) if counts is not None else self._own_sums()
        self.paths = self._arrays()

    def _at(self, what: str) -> str:
        """Say that ``what`` is read next. Raises ``RecordingError`` where a process has died of it already."""
        block = f"{self._number}:{what}"
        if block in self._skip:
            raise RecordingError(f"reading its {what} ends the process that reads; 'psi recover' keeps what is whole")
        say({"at": block})
        return block

    def _open(self, path: Path) -> tables.File:
        self._at("head")
        try:
            return tables.open_file(str(path), "r")
        except (tables.HDF5ExtError, OSError) as error:
            if "unable to lock" in str(error):
                raise RecordingError(f"{path} is being written; wait for the end of its run") from None
            raise RecordingError(f"{path} is damaged: HDF5 cannot open it; 'psi recover' keeps what is whole") from None

    def _own_sums(self) -> dict[str, SpanSums]:
        self._at("report")
        try:
            return said_sums(self._file)
        except DAMAGED:
            raise RecordingError("its report is damaged; 'psi recover' keeps what is whole") from None

    def _arrays(self) -> list[str]:
        self._at("list of arrays")
        try:
            there = [node._v_pathname for node in summed_arrays(self._file)]
        except DAMAGED:
            raise RecordingError("its list of arrays is damaged; 'psi recover' keeps what is whole") from None
        if self._counts is not None:
            # Rows of tables are not summed while they are written.
            there = [path for path in there if path in self._said]
        return sorted({*there, *self._said}, key=_order)

    def n_bytes(self, path: str) -> int:
        try:
            node = self._file.get_node(path)
            return int(node.dtype.itemsize * np.prod(node.shape, dtype=np.int64))
        except DAMAGED:
            return 0

    def _rows(self, node: Any, start: int, stop: int) -> NDArray[Any]:
        """As a reader of the recording gets them: of an unfinished one without HDF5's index, which may be torn."""
        return read_rows(node, self._places, start, stop)

    def verdict(self, path: str, heard: Callable[[int], None]) -> dict[str, Any]:
        """What is to be said of the array at ``path``; ``heard`` is told how many bytes were read."""
        said = self._said.get(path)
        n = 0 if said is None else said.n
        try:
            self._at(path)
            node = self._file.get_node(path)
            step, stop = (0, None) if said is None else (said.step, said.n if self._counts else None)
            found = read_sums(node, step, stop, heard, functools.partial(self._rows, node))
        except (RecordingError, *DAMAGED):
            return {"array": path, "state": "unreadable", "n": n, "spans": []}
        if said is None:
            return {"array": path, "state": "unknown", "n": found.n, "spans": []}
        spans = [self._whole_span(path, span) for span in said.changed(found)]
        return {"array": path, "state": "changed" if spans else "whole", "n": n, "spans": spans}

    def _whole_span(self, path: str, span: Span) -> Span:
        """As indexes of the whole recording."""
        first = 0
        if self._counts is not None:
            what, name = ("streams", path[9:]) if path.startswith("/streams/") else ("epochs", path.split("/")[2])
            first = getattr(self._counts.first, what).get(name, 0)
        return first + span[0], first + span[1]

    def close(self) -> None:
        self._file.close()


def _order(path: str) -> tuple[int, str]:
    return (0 if path.startswith("/streams/") else 1 if path.startswith(f"{EPOCHS}/") else 2), path


def _sources(path: Path) -> list[tuple[Path, Committed | None]]:
    """The files of the recording at ``path``, each with what counts of it; as :class:`RecordedParts` takes them."""
    parts = parts_of(path.parent) if path.name == FILE_NAME else []
    if not parts or (len(parts) == 1 and parts[0][0] == path and _has_ended(path)) or _is_joined(path):
        return [(path, None)]
    return [*parts]


def _has_ended(path: Path) -> bool:
    return "finish_reason" in _attributes(path)


def _is_joined(path: Path) -> bool:
    return "parts" in _attributes(path)


def _attributes(path: Path) -> list[str]:
    say({"at": "1:head"})
    try:
        with tables.open_file(str(path), "r") as file:
            return list(file.root._v_attrs._v_attrnamesuser)
    except DAMAGED:
        return []


def verdicts(path: Path, skip: Collection[str]) -> Iterator[dict[str, Any]]:
    """A line for each array, and lines in between that say how far it is."""
    if "1:head" in skip:
        raise RecordingError(f"opening {path} ends the process that does; 'psi recover' keeps what is whole")
    files: list[_File] = []
    try:
        for number, (source, counts) in enumerate(_sources(path), 1):
            files.append(_File(number, source, counts, skip))
        total = sum(file.n_bytes(array) for file in files for array in file.paths)
        done = 0

        def read(n_bytes: int) -> None:
            nonlocal done
            done += n_bytes
            say({"read": done, "of": total})

        for file in files:
            for array in file.paths:
                yield file.verdict(array, read)
    finally:
        for file in files:
            file.close()


def main() -> int:
    """Entry of the process; returns its exit status."""
    skip = told()
    try:
        for line in verdicts(Path(sys.argv[1]), skip):
            say(line)
    except (RecordingError, OSError) as error:
        say({"error": " ".join(str(error).split())})
        return 3
    say({"done": True})
    return 0


if __name__ == "__main__":
    sys.exit(main())
