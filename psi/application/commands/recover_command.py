"""``psi recover``: what is whole of a recording that was damaged, or never completed."""

from __future__ import annotations

import json
import os
from collections import deque
from pathlib import Path
from typing import Any

from psi.core.errors import RecordingError
from psi.data.care_lock import care_of
from psi.data.durable_files import put_in_place, sync_folder
from psi.data.layout import FILE_NAME, part_chunks_name, part_committed_name, part_file_name
from psi.data.reading_process import ReadingProcess
from psi.data.salvaging import EXTENDED_NAME, RECOVERING_NAME

#: Blocks that may end the process which reads them before psi gives up.
_MOST_CRASHES = 200


def recover(path: Path, as_json: bool) -> int:
    """Recover the recording at ``path``; returns the exit status. Raises ``RecordingError`` where that cannot be."""
    folder = path if path.is_dir() else path.parent
    if not folder.is_dir() or not (folder / FILE_NAME).exists():
        raise RecordingError(f"no recording at {path}: a folder with {FILE_NAME} is wanted")
    with care_of(folder, "recovering"):
        found, kept_as = _recover(folder)
    if as_json:
        print(json.dumps({"recording": str(folder), "changed": bool(kept_as), **found, "originals": kept_as}))
    else:
        _say(folder, found, kept_as)
    return 0


def _recover(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """What was found, and the names under which the originals are kept; none where nothing was to be done."""
    found, _, _ = _read(folder, "--check", [])
    if "being written" in found.get("error", ""):
        raise RecordingError(found["error"])
    # A process that died of what it read has not said so.
    if found.pop("whole", False):
        return found, []
    try:
        found = _salvage(folder)
        if not _is_readable(folder / RECOVERING_NAME):
            raise RecordingError(
                f"{folder} cannot be recovered: what says where its arrays are is damaged; it is left as it was"
            )
        return found, _put_in_place(folder)
    finally:
        for left in (folder / RECOVERING_NAME, *folder.glob(EXTENDED_NAME.format("*"))):
            left.unlink(missing_ok=True)


def _salvage(folder: Path) -> dict[str, Any]:
    """Let processes of their own read, each of which may die of what it reads."""
    skip: list[str] = []
    for _ in range(_MOST_CRASHES):
        last, status, why = _read(folder, "", skip)
        if "error" in last:
            raise RecordingError(f"{folder} cannot be recovered: {last['error']}")
        if "kept" in last:
            return last
        # What Python itself says is a mistake of psi's, and not a block's.
        if status == 1 or "at" not in last or last["at"] in skip:
            raise RecordingError(f"{folder} cannot be recovered: the process that read it ended ({why})")
        skip.append(last["at"])
    raise RecordingError(f"{folder} cannot be recovered: {_MOST_CRASHES} of its blocks end the process that reads them")


def _read(folder: Path, option: str, skip: list[str]) -> tuple[dict[str, Any], int, str]:
    """The last line that a process of its own said, its exit status, and why it ended."""
    process = ReadingProcess("psi.data.salvaging", [os.fspath(folder), *([option] if option else [])], skip)
    last = deque(process.lines(), maxlen=1)
    return last[0] if last else {}, process.status, process.why


def _is_readable(path: Path) -> bool:
    """Whether the recording can be read from beginning to end, without ending the process that does."""
    return bool(_read(path, "--read", [])[0].get("readable", False))


def _put_in_place(folder: Path) -> list[str]:
    """Keep the originals as ``.damaged`` and put the copy where they were; the names under which they are kept."""
    numbers = [1] + [n for n in range(2, 1000) if (folder / part_file_name(n)).exists()]
    names = [name(n) for n in numbers for name in (part_file_name, part_committed_name, part_chunks_name)]
    kept = []
    for name in names:
        if (folder / name).exists():
            aside = folder / f"{name}.damaged"
            n = 2
            while aside.exists():
                aside, n = folder / f"{name}.damaged{n}", n + 1
            os.replace(folder / name, aside)
            kept.append(aside.name)
    put_in_place(folder / RECOVERING_NAME, folder / FILE_NAME)
    sync_folder(folder)
    return kept


def _say(folder: Path, found: dict[str, Any], kept_as: list[str]) -> None:
    if not kept_as:
        known = "everything is what was written" if found["compared"] else "every block can be read"
        print(f"{folder}: nothing to recover, {known}")
        return
    for what, n in found["kept"].items():
        if n:
            print(f"kept  {what}: {n} {'samples' if what.startswith('/streams') or what.endswith('/data') else 'rows'}")
    for gap in found["lost"]:
        span = f": {gap['n']} {gap['unit']} from {gap['s0']} on" if "n" in gap else ""
        print(f"lost  {gap['what']}{span}")
    for each in found["altered"]:
        print(
            f"altered  {each['what']}: not all {each['n']} {each['unit']} from {each['s0']} on are what was written; "
            "they are kept as they are"
        )
    if not found["lost"]:
        print("lost  nothing that was committed")
    print(f"recovered: {folder / FILE_NAME}; what was there is kept as {', '.join(kept_as)}")
