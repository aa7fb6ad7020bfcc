"""What is safely on the disk of each part of a recording: the ``committed`` files beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from psi.core.errors import RecordingError
from psi.data.durable_files import write_json
from psi.data.layout import FORMAT_VERSION, part_committed_name, part_file_name, version_number

_NAME = re.compile(r"committed(?:\.part(\d+))?\.json")


class Positions(BaseModel):
    """Indexes of the whole recording: of samples by the name of their stream or epochs, and of journal rows."""

    model_config = ConfigDict(extra="forbid")

    streams: dict[str, int] = {}
    epochs: dict[str, int] = {}
    rows: int = 0


class Sums(BaseModel):
    """Sum of all elements of an array, their bytes read as unsigned whole numbers, modulo 2**64; by name."""

    model_config = ConfigDict(extra="forbid")

    streams: dict[str, int] = {}
    epochs: dict[str, int] = {}


class Committed(BaseModel):
    """How far one part has come, as its ``committed`` file says it (see the reference of the format)."""

    model_config = ConfigDict(extra="forbid")

    format_version: str = FORMAT_VERSION
    run_id: str = ""
    #: Counted from 1.
    part: int = 1
    #: Where the part begins.
    first: Positions = Positions()
    #: Where it ends.
    streams: dict[str, int] = {}
    epochs: dict[str, int] = {}
    rows: int = 0
    #: Rows in this part's own file.
    tables: dict[str, int] = {}
    trials: int = 0
    #: Records beside it of where the chunks lie.
    chunks: int = 0
    #: Of this part's samples, so that the disk's word for them can be checked.
    sums: Sums | None = None
    #: How the run ended: ``reason``, ``time``, ``utc``.
    finish: dict[str, Any] | None = None
    #: The histogram so far: ``edges``, ``counts``.
    latency: dict[str, list[Any]] | None = None
    n_gaps: int = 0

    @property
    def end(self) -> Positions:
        return Positions(streams=self.streams, epochs=self.epochs, rows=self.rows)

    def write(self, folder: Path) -> None:
        """Put it into ``folder`` in place of what was there, for good. Raises ``OSError``."""
        write_json(folder / part_committed_name(self.part), self.model_dump(mode="json"), indent=None)


def read_committed(folder: Path, part: int) -> Committed | None:
    """What ``folder`` says of ``part``; ``None`` where it says nothing.

    Raises ``RecordingError`` where the file is damaged, or a newer psi wrote it.
    """
    path = folder / part_committed_name(part)
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        version = str(said["format_version"])
        if version_number(version) > version_number(FORMAT_VERSION):
            raise RecordingError(
                f"{path} has format version {version}; this psi reads up to {FORMAT_VERSION}: update psi"
            )
        return Committed.model_validate(said)
    except FileNotFoundError:
        return None
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        line = str(error).strip().splitlines()[0]
        raise RecordingError(f"{path} is damaged ({line}); move it away to see all that the file holds") from None


def parts_of(folder: Path) -> list[tuple[Path, Committed]]:
    """The parts in ``folder`` that hold something, in order: the file of each and what counts of it.

    None for a recording that is complete. Raises as :func:`read_committed`, and where one does not follow the other.
    """
    numbers = sorted(int(match[1] or 1) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name)))
    found: list[tuple[Path, Committed]] = []
    for number in numbers:
        committed = read_committed(folder, number)
        if committed is None:
            continue  # it was removed between our two looks: the parts have been joined
        if found and committed.first != found[-1][1].end:
            raise RecordingError(
                f"part {number} in {folder} does not begin where part {found[-1][1].part} ends; "
                "one in between is missing, or is of another run"
            )
        found.append((folder / part_file_name(number), committed))
    return found


def last_committed(folder: Path, before: int, run_id: str) -> Committed | None:
    """How far the parts before number ``before`` of the run have come; ``None`` where none had begun."""
    for part in range(before - 1, 0, -1):
        committed = read_committed(folder, part)
        if committed is not None:
            if committed.run_id != run_id:
                raise RecordingError(f"{folder} holds a recording of run {committed.run_id!r}, not of {run_id!r}")
            return committed
    return None
