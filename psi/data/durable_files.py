"""Small files that are whole after a power cut: written, synced, then put in place."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any, indent: int | None = 2) -> None:
    """Write ``content`` as JSON, in place of what was there, at once and for good."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=indent) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, in place of what was there, at once and for good. Raises ``OSError``."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(beside, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        put_in_place(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def put_in_place(beside: Path, path: Path) -> None:
    """Give the file ``beside`` the name ``path``, in place of what was there, at once. Raises ``OSError``."""
    for attempt in range(50):
        try:
            os.replace(beside, path)
            return
        except PermissionError:
            # Windows: somebody is reading the old one at this moment.
            if os.name != "nt" or attempt == 49:
                raise
            time.sleep(0.01)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable. Windows does so by itself and has no call for it."""
    if os.name != "nt":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
