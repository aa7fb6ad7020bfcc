"""Salvages a recording in a process of its own: ``python -m psi.data.salvaging FOLDER``.

A damaged file may end the process that reads it, so it says on its standard output, as lines of JSON, which block it is
about to read: ``{"at": block}``. Whoever started it starts it again, with that block among the ones to be skipped (a
JSON list on the standard input). At the end it says ``{"kept": ..., "lost": ..., "altered": ..., "compared": ...}``, or
``{"error": ...}``. With ``--check`` it only reads, and says whether all is ``whole``; with ``--read`` it says of a file
no more than ``{"readable": bool}``.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Collection
from pathlib import Path
from typing import Any

import tables

from psi.core.errors import RecordingError
from psi.data.chunk_places import ChunkPlaces
from psi.data.committed import Committed, parts_of
from psi.data.damaged_parts import DamagedParts, Source
from psi.data.layout import FILE_NAME, part_chunks_name
from psi.data.quality import quality_at_stop
from psi.data.reading_process import say, told
from psi.data.recording import open_recording
from psi.data.rows import to_cell
from psi.data.salvage import Salvage
from psi.data.salvaged_tables import append_row
from psi.data.sums import sums_report

#: Where the copy is made, before it takes the place of the file.
RECOVERING_NAME = "recording.recovering.h5"
#: By number of the part: a copy of a file whose end is missing, with zeros there; gone when the process ends well.
EXTENDED_NAME = "recording.extended{}.h5"


def _open(path: Path, number: int, skip: Collection[str]) -> tables.File | None:
    block = f"{number}:open"
    if block in skip or not path.exists():
        return None
    say({"at": block})
    try:
        return tables.open_file(str(path), "r")
    except (tables.HDF5ExtError, OSError) as error:
        if "unable to lock" in str(error):
            raise RecordingError("it is being written; wait for the end of its run") from None
        return None


def _source(folder: Path, path: Path, number: int, said: Committed | None, skip: Collection[str]) -> Source:
    places = None if said is None else ChunkPlaces.read(path, folder / part_chunks_name(said.part), said.chunks)
    file = _open(path, number, skip)
    if file is not None or not _is_cut(path):
        return Source(number, file, said, places=places)
    # HDF5 opens no file that is shorter than it says; of one with zeros at its end it reads what there is.
    extended = folder / EXTENDED_NAME.format(number)
    shutil.copyfile(path, extended)
    os.truncate(extended, _said_size(path))
    return Source(number, _open(extended, number, skip), said, size=path.stat().st_size)


def _is_cut(path: Path) -> bool:
    return path.exists() and path.stat().st_size < _said_size(path)


def _said_size(path: Path) -> int:
    """Bytes that the file says it has (superblock of version 0 or 1, field "end of file address"); 0 where none can."""
    with open(path, "rb") as file:
        head = file.read(56)
    if len(head) < 56 or head[:8] != b"\x89HDF\r\n\x1a\n" or head[8] > 1 or head[13] != 8:
        return 0
    begin = 40 if head[8] == 0 else 44
    return int.from_bytes(head[begin : begin + 8], "little")


def salvage(folder: Path, skip: Collection[str], check: bool) -> dict[str, Any]:
    """Read what there is in ``folder`` and, unless it is a ``check``, copy it into ``recording.recovering.h5``."""
    parts: list[tuple[Path, Committed | None]] = [*parts_of(folder)] or [(folder / FILE_NAME, None)]
    sources: list[Source] = []
    try:
        sources += [_source(folder, path, n, said, skip) for n, (path, said) in enumerate(parts, 1)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", tables.NaturalNameWarning)
            if check:
                found = Salvage(DamagedParts(sources, skip), None)
                found.run()
            else:
                with tables.open_file(str(folder / RECOVERING_NAME), "w") as target:
                    found = Salvage(DamagedParts(sources, skip), target)
                    found.run()
                    found.note_losses()
                    target.flush()
                    append_row(target, "/report", {"info": to_cell(sums_report(target, found.sums), "text")})
                    append_row(target, "/report", {"info": to_cell(quality_at_stop(folder, target, {}), "text")})
                with open(folder / RECOVERING_NAME, "r+b") as file:
                    os.fsync(file.fileno())
    finally:
        for source in sources:
            if source.file is not None:
                source.file.close()
            (folder / EXTENDED_NAME.format(source.number)).unlink(missing_ok=True)
    return {"kept": found.kept, "lost": found.lost, "altered": found.altered, "compared": found.compared}


def is_complete(folder: Path) -> bool:
    """Whether it opens, is in one file, and has ended. Raises ``RecordingError`` where it is being written."""
    try:
        with open_recording(folder) as recording:
            if recording.live:
                raise RecordingError(f"{folder} is being written; wait for the end of its run")
            attributes = recording.attributes
            return len(recording.files) == 1 and ("finish_reason" in attributes or "recovered" in attributes)
    except RecordingError as error:
        if "being written" in str(error):
            raise
        return False


def check(folder: Path) -> dict[str, Any]:
    """What :func:`salvage` would find, and whether all is ``whole``; no more than that where it never ended."""
    if not is_complete(folder):
        return {"whole": False}
    found = salvage(folder, (), check=True)
    return {**found, "whole": not found["lost"] and not found["altered"] and is_readable(folder)}


def is_readable(path: Path) -> bool:
    """Whether the recording can be read from beginning to end."""
    try:
        with open_recording(path) as recording:
            for stream in recording.streams.values():
                for start in range(0, len(stream.data), 1 << 20):
                    stream.data[start : start + (1 << 20)]
            recording.events, recording.trials, recording.audit, recording.outputs, recording.epochs  # noqa: B018
    except RecordingError:
        return False
    return True


def main() -> int:
    """Entry of the process; returns its exit status."""
    skip = told()
    folder = Path(sys.argv[1])
    try:
        if "--read" in sys.argv:
            say({"readable": is_readable(folder)})
        elif "--check" in sys.argv:
            say(check(folder))
        else:
            say(salvage(folder, skip, check=False))
    except (RecordingError, OSError, tables.HDF5ExtError, tables.NodeError) as error:
        say({"error": " ".join(str(error).split())})
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
