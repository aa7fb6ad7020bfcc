"""A lock on a file, which the system gives back when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

#: Where in a file the locked byte is: beyond all text, which Windows would not let others read.
_AT = 1 << 30


def take(path: Path, open_file: Callable[[Path], IO[str]]) -> IO[str] | None:
    """The open file at ``path`` with its lock; ``None`` where another process has it.

    ``open_file`` opens it for reading and writing, and makes it where there is none. What it raises is raised.
    """
    while True:
        file = open_file(path)
        if not _lock(file):
            file.close()
            return None
        # Who gives a lock back removes the file: it may have done so between our two steps.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()


def give_back(path: Path, file: IO[str]) -> None:
    """Remove the file and with it the lock, that :func:`take` gave."""
    with suppress(OSError):
        # Windows removes nothing that is open; elsewhere nobody is to take it in between.
        if sys.platform == "win32":
            file.close()
        path.unlink()
    file.close()


def is_locked(path: Path) -> bool:
    """Whether a process has the lock of the file at ``path``."""
    with suppress(OSError), open(path, "r+", encoding="utf-8") as file:
        return not _lock(file)
    return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> bool:
        file.seek(_AT)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
