"""Where a recording goes: a folder of its own, never one that holds anything already."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator
from pathlib import Path

from psi.core.errors import ConfigurationError


def recording_folder(out: str | None, subject: str, paradigm: str, today: datetime.date) -> Path:
    """The folder for a new recording; nothing is made yet.

    Without ``out`` it is ``recordings/DATE/SUBJECT_PARADIGM_NN`` below the current folder, with the
    first free number. Raises ``ConfigurationError`` where ``out`` holds something or cannot be written.
    """
    if out is None:
        folder = _numbered(Path("recordings") / today.isoformat(), subject, paradigm)
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
    _require_writable(folder, where)
    return folder


def next_folder(out: str | None, subject: str, paradigm: str, today: datetime.date) -> Path:
    """The folder for the next of several recordings: ``SUBJECT_PARADIGM_NN`` below ``out``; nothing is made yet.

    Without ``out`` it is below ``recordings/DATE``. Raises ``ConfigurationError`` where that cannot be written.
    """
    parent = Path("recordings") / today.isoformat() if out is None else Path(out).expanduser()
    folder = _numbered(parent, subject, paradigm).resolve()
    _require_writable(folder, "--out" if out is not None else "")
    return folder


def earlier_folders(out: str | None, subject: str, paradigm: str | None = None) -> Iterator[list[Path]]:
    """The folders that :func:`next_folder` may have named for this subject and paradigm, by nothing but their names.

    Without ``paradigm`` those of all paradigms; another subject, whose name goes on from this one's, may be among them.

    Day by day, the last day first; below ``out`` all of them at once, in no order. What was appended to a name by
    hand does not hide a folder. A place that cannot be read has none.
    """
    stem = f"{re.escape(_safe(subject))}_.+" if paradigm is None else re.escape(_stem(subject, paradigm))
    wanted = re.compile(stem + r"_\d{2,}(?!\d)")
    if out is not None:
        days = [Path(out).expanduser()]
    else:
        recordings = Path("recordings")
        names = [name for name in _names(recordings) if re.fullmatch(r"\d{4}-\d\d-\d\d", name)]
        days = [recordings / name for name in sorted(names, reverse=True)]
    for day in days:
        found = [(day / name).resolve() for name in _names(day) if wanted.match(name)]
        if found:
            yield found


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # not there yet, no folder, or not ours to read
        return []


def _numbered(parent: Path, subject: str, paradigm: str) -> Path:
    """The first of the numbered folders below ``parent`` that is not there yet."""
    stem = _stem(subject, paradigm)
    return next(
        parent / f"{stem}_{number:02d}" for number in range(1, 10000) if not (parent / f"{stem}_{number:02d}").exists()
    )


def _require_writable(folder: Path, where: str) -> None:
    existing = folder
    while not existing.exists():
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise ConfigurationError(f"{existing} cannot be written; choose another folder", where)


def _stem(subject: str, paradigm: str) -> str:
    return f"{_safe(subject)}_{_safe(paradigm)}"


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
