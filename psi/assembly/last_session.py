"""The last session: the most recent recording of a subject with a paradigm, found by names and readable documents."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from psi.assembly.folders import earlier_folders
from psi.assembly.session_end import read_end
from psi.core.errors import ConfigurationError
from psi.link.state import StateSource
from psi.models.base import Document
from psi.models.documents import load_document, validated
from psi.models.provenance import Provenance
from psi.models.session import Session
from psi.models.task import Task

_D = TypeVar("_D", bound=Document)


def version_text(provenance: Provenance) -> str:
    """Which psi it was, ``'0.1.0 at 1a2b3c4d with changes'``; without the commit where psi was no checkout."""
    git = provenance.git
    if git is None:
        return provenance.psi_version
    return f"{provenance.psi_version} at {git.commit[:8]}{' with changes' if git.dirty else ''}"


def find_last_session(
    out: str | None, subject: str, paradigm: str, wanted: Callable[[], bool] = lambda: True
) -> dict[str, Any] | None:
    """The last recording of ``subject`` with ``paradigm`` where :func:`~psi.assembly.folders.next_folder` puts them.

    Only names and JSON documents are looked at. A folder whose documents are missing, damaged, or of somebody else
    is passed over. It takes as long as the disk does; ``wanted`` is asked before each folder whether to go on.

    Returns
    -------
    JSON values, or ``None`` where there is no such recording: ``subject``, ``paradigm``, ``recording`` (path),
    ``started`` (local time, or only the day where the files were written on another), ``rig`` (``name``,
    ``values``), ``task`` (as it held at the end, or at Start where the run did not come to its end), ``ended`` (whether
    it came to its end), ``finish_reason`` and ``psi`` (version).
    """
    for started, folder in _latest_first(out, subject, paradigm, wanted):
        found = _read(folder, paradigm)
        if found is not None:
            return {"subject": subject, "recording": str(folder), "started": _shown(started), **found}
    return None


def find_last_document(
    out: str | None, subject: str, wanted: Callable[[], bool] = lambda: True
) -> dict[str, Any] | None:
    """The session document of the last recording of ``subject``, whatever its paradigm; otherwise as
    :func:`find_last_session`.

    JSON values; its ``date`` is the day of the recording also where it was written without one.
    """
    for (day, _written), folder in _latest_first(out, subject, None, wanted):
        session = _document(folder, Session)
        if session is not None:
            return {**session.model_dump(mode="json"), "date": day.isoformat()}
    return None


def _latest_first(
    out: str | None, subject: str, paradigm: str | None, wanted: Callable[[], bool]
) -> Iterator[tuple[_Started, Path]]:
    """When each session of ``subject`` was started, and its folder; looked for only as far as is asked."""
    for folders in earlier_folders(out, subject, paradigm):
        dated = []
        for folder in folders:
            if not wanted():
                return
            started = _started(folder, subject)
            if started is not None:
                dated.append((started, folder))
        # A number that was freed is given again, so it does not tell the order.
        yield from sorted(dated, reverse=True)


def _document(folder: Path, kind: type[_D]) -> _D | None:
    try:
        return load_document(folder / f"{kind.model_fields['kind'].default}.json", kind)
    except ConfigurationError:
        # Half written, of a newer psi, or no recording: there are others.
        return None


#: The day of a session, and when its document was written.
_Started = tuple[datetime.date, datetime.datetime]


def _started(folder: Path, subject: str) -> _Started | None:
    """When the session in ``folder`` was started; ``None`` where it is not one of ``subject``."""
    session = _document(folder, Session)
    if session is None or session.subject != subject:
        return None
    try:
        written = datetime.datetime.fromtimestamp((folder / "session.json").stat().st_mtime)
    except OSError:  # removed meanwhile
        return None
    return (datetime.date.fromisoformat(session.date) if session.date else written.date()), written


def _shown(started: _Started) -> str:
    day, written = started
    return written.isoformat(timespec="minutes") if written.date() == day else day.isoformat()


def _rig(folder: Path) -> dict[str, Any] | None:
    """Name and values of the rig. Its engines are let be: they may hold infinite numbers, which JSON does not know."""
    try:
        rig = json.loads((folder / "rig.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(rig, dict) or not isinstance(rig.get("name"), str) or not isinstance(rig.get("values"), dict):
        return None
    return {"name": rig["name"], "values": rig["values"]}


def _read(folder: Path, paradigm: str) -> dict[str, Any] | None:
    task, rig, provenance = _document(folder, Task), _rig(folder), _document(folder, Provenance)
    if task is None or rig is None or provenance is None or task.paradigm != paradigm:
        return None
    ended = read_end(folder) or {}
    return {
        "paradigm": paradigm,
        "rig": rig,
        "task": (_task_at_end(ended, paradigm) or task).model_dump(mode="json"),
        "ended": bool(ended),
        "finish_reason": str(ended.get("finish_reason", "")),
        "psi": version_text(provenance),
    }


def _task_at_end(ended: dict[str, Any], paradigm: str) -> Task | None:
    try:
        task = validated(ended["task"], Task)
    except (KeyError, ConfigurationError):
        # It did not come to its end, or was of a newer psi.
        return None
    return task if task.paradigm == paradigm else None


class LastSession:
    """Says in the mirrored state, as ``last_session``, what held in the last session of a subject.

    The value is ``None`` while it is being looked for, then what :func:`find_last_session` returns; where there was
    none, its ``recording`` is empty. Its ``session`` is what :func:`find_last_document` returns. Looking is done on a
    thread of its own and never while a run is recorded, so a slow disk delays nobody. May be asked from any thread.
    """

    def __init__(self, state: StateSource, out: str | None, paradigm: str) -> None:
        self._state = state
        self._out = out
        self._paradigm = paradigm
        self._lock = threading.Lock()
        self._subject = ""
        self._look = 0
        self._held = False

    def look(self, subject: str) -> None:
        """Look for the last session of ``subject``; returns at once. An earlier look is given up."""
        with self._lock:
            self._subject = subject
            if self._held:
                return
            self._look += 1
            self._state.update({"last_session": None})
            threading.Thread(
                target=self._find, args=(subject, self._look), name="psi-last-session", daemon=True
            ).start()

    def hold(self) -> None:
        """A recording is about to start: leave the disk alone until :meth:`release`."""
        with self._lock:
            self._held = True
            self._look += 1

    def release(self, subject: str = "") -> None:
        """The recording has ended, or was not started: look again, for ``subject`` or whoever was asked for."""
        with self._lock:
            if not self._held:
                return
            self._held = False
            wanted = subject or self._subject
        self.look(wanted)

    def _find(self, subject: str, look: int) -> None:
        found = find_last_session(self._out, subject, self._paradigm, lambda: look == self._look)
        session = find_last_document(self._out, subject, lambda: look == self._look)
        none = {"subject": subject, "paradigm": self._paradigm, "recording": ""}
        with self._lock:
            if look == self._look:
                self._state.update({"last_session": {**(none if found is None else found), "session": session}})
