"""One program at a time packs, recovers or joins a recording: two would write into the same file beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from psi.core.errors import RecordingError
from psi.core.file_lock import give_back, take

#: In a recording's folder, while somebody works on it.
LOCK_NAME = ".care.lock"


@contextmanager
def care_of(folder: Path, what: str) -> Iterator[None]:
    """Be the only one that works on the recording in ``folder``; ``what`` is done, such as ``'packing'``.

    The lock goes with this process, however it ends. Raises ``RecordingError`` where another has it, or the folder
    cannot be written.
    """
    path = folder / LOCK_NAME
    try:
        file = take(path, _open)
    except OSError as error:
        raise RecordingError(f"{folder} cannot be written ({error.strerror or error}), which {what} needs") from None
    if file is None:
        raise RecordingError(f"{folder} is being worked on by {_holder(path)}; wait for its end")
    try:
        file.seek(0)
        file.truncate()
        since = datetime.now(UTC).isoformat(timespec="seconds")
        json.dump({"what": what, "pid": os.getpid(), "since": since}, file)
        file.flush()
        yield
    finally:
        give_back(path, file)


def _open(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+", encoding="utf-8")


def _holder(path: Path) -> str:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return f"process {said['pid']} ({said['what']}, since {said['since']})"
    # Between its taking the lock and saying who it is.
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
