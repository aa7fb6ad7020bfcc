"""Small files that are whole after a power cut: written, synced, then put in place."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any, indent: int | None = 2) -> None:
    """Write ``content`` as JSON, in place of what was there, at once and for good."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(beside, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        json.dump(content, file, ensure_ascii=False, indent=indent)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
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
