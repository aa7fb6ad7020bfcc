"""Where a recording goes: a folder of its own, never one that holds anything already."""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path

from psi.core.errors import ConfigurationError


def recording_folder(out: str | None, subject: str, paradigm: str, today: datetime.date) -> Path:
    """The folder for a new recording; nothing is made yet.

    Without ``out`` it is ``recordings/DATE/SUBJECT_PARADIGM_NN`` below the current folder, with the
    first free number. Raises ``ConfigurationError`` where ``out`` holds something or cannot be written.
    """
    if out is None:
        parent = Path("recordings") / today.isoformat()
        stem = f"{_safe(subject)}_{_safe(paradigm)}"
        folder = next(
            parent / f"{stem}_{number:02d}"
            for number in range(1, 10000)
            if not (parent / f"{stem}_{number:02d}").exists()
        )
    else:
        folder = Path(out).expanduser()
    folder = folder.resolve()
    where = "--out" if out is not None else ""
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is a file; name a folder that does not exist yet", where)
    if folder.is_dir() and any(folder.iterdir()):
        raise ConfigurationError(
            f"{folder} already holds something, and a recording is never overwritten; name a new folder", where
        )
    existing = folder
    while not existing.exists():
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise ConfigurationError(f"{existing} cannot be written; choose another folder", where)
    return folder


def _safe(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "unnamed"


def make_folder(folder: Path) -> list[Path]:
    """Make ``folder`` and its parents; returns those that were made, deepest first, so that they can be unmade."""
    made: list[Path] = []
    missing = folder
    while not missing.exists():
        made.append(missing)
        missing = missing.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".psi-can-write"
        probe.touch()
        probe.unlink()
    except OSError as error:
        unmake_folders(made)
        raise ConfigurationError(
            f"{folder} cannot be written: {error.strerror}; choose another folder", "--out"
        ) from error
    return made


def unmake_folders(made: list[Path]) -> None:
    """Remove the folders that :func:`make_folder` made, as far as they are empty."""
    for folder in made:
        try:
            folder.rmdir()
        except OSError:  # not empty, or gone: then it is not half-made by us
            return
