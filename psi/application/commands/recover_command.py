"""``psi recover``: what is whole of a recording that was damaged, or never completed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from psi.core.errors import RecordingError
from psi.data.durable_files import put_in_place, sync_folder
from psi.data.layout import COMMITTED_NAME, FILE_NAME, part_committed_name, part_file_name
from psi.data.recording import open_recording
from psi.data.salvaging import EXTENDED_NAME, RECOVERING_NAME

#: Blocks that may end the process which reads them before psi gives up.
_MOST_CRASHES = 200


def recover(path: Path, as_json: bool) -> int:
    """Recover the recording at ``path``; returns the exit status. Raises ``RecordingError`` where that cannot be."""
    folder = path if path.is_dir() else path.parent
    if not folder.is_dir() or not (folder / FILE_NAME).exists():
        raise RecordingError(f"no recording at {path}: a folder with {FILE_NAME} is wanted")
    complete = _is_complete(folder)
    found = _salvage(folder, check=True) if complete else {}
    done = complete and not found["lost"] and _is_readable(folder / FILE_NAME)
    kept_as: list[str] = []
    if not done:
        try:
            found = _salvage(folder, check=False)
            if not _is_readable(folder / RECOVERING_NAME):
                raise RecordingError(
                    f"{folder} cannot be recovered: what says where its arrays are is damaged; it is left as it was"
                )
            kept_as = _put_in_place(folder)
        finally:
            for left in (folder / RECOVERING_NAME, *folder.glob(EXTENDED_NAME.format("*"))):
                left.unlink(missing_ok=True)
    if as_json:
        print(json.dumps({"recording": str(folder), "changed": not done, **found, "originals": kept_as}))
    else:
        _say(folder, found, kept_as)
    return 0


def _is_complete(folder: Path) -> bool:
    """Whether it opens, is in one file, and has come to its end."""
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


def _salvage(folder: Path, check: bool) -> dict[str, Any]:
    """Let processes of their own read, each of which may die of what it reads."""
    skip: list[str] = []
    for _ in range(_MOST_CRASHES):
        command = [sys.executable, "-P", "-m", "psi.data.salvaging", os.fspath(folder), *(["--check"] if check else [])]
        done = subprocess.run(command, input=json.dumps(skip) + "\n", capture_output=True, text=True, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{") and line.endswith("}")]
        last = lines[-1] if lines else {}
        if "error" in last:
            raise RecordingError(f"{folder} cannot be recovered: {last['error']}")
        if "kept" in last:
            return last
        # What Python itself says is a mistake of psi's, and not a block's.
        if done.returncode == 1 or "at" not in last or last["at"] in skip:
            why = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
            raise RecordingError(f"{folder} cannot be recovered: the process that read it ended ({why[0]})")
        skip.append(last["at"])
    raise RecordingError(f"{folder} cannot be recovered: {_MOST_CRASHES} of its blocks end the process that reads them")


def _is_readable(path: Path) -> bool:
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


def _put_in_place(folder: Path) -> list[str]:
    """Keep the originals as ``.damaged`` and put the copy where they were; the names under which they are kept."""
    numbers = [1] + [n for n in range(2, 1000) if (folder / part_file_name(n)).exists()]
    names = [FILE_NAME, COMMITTED_NAME]
    names += [name for n in numbers[1:] for name in (part_file_name(n), part_committed_name(n))]
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
        print(f"{folder}: nothing to recover, every block can be read")
        return
    for what, n in found["kept"].items():
        if n:
            print(f"kept  {what}: {n} {'samples' if what.startswith('/streams') or what.endswith('/data') else 'rows'}")
    for gap in found["lost"]:
        span = f": {gap['n']} {gap['unit']} from {gap['s0']} on" if "n" in gap else ""
        print(f"lost  {gap['what']}{span}")
    if not found["lost"]:
        print("lost  nothing that was committed")
    print(f"recovered: {folder / FILE_NAME}; what was there is kept as {', '.join(kept_as)}")
