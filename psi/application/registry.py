"""The runs that live on this machine: one small file each, which says how to reach them."""

from __future__ import annotations

import os
import shutil
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs
import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from psi.core.errors import ConfigurationError

Role = Literal["warden", "runtime", "store", "console", "actor", "chooser", "checker", "safety"]

#: A process is the one that was registered when its start agrees to this, in s: a corrected system
#: clock moves what some systems report by a little, and a process id comes back much later.
_START_TOLERANCE = 2.0


class ProcessEntry(BaseModel):
    """One process of a run. A process id comes back after a while, its start time with it does not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    pid: int
    #: Seconds since the epoch, as psutil gives it.
    create_time: float
    #: What tells several of one role apart: an actor's name, or what a store is for.
    name: str = ""

    @classmethod
    def of(cls, role: Role, pid: int | None = None, name: str = "") -> ProcessEntry:
        """The entry of the live process ``pid``, by default this one. Raises ``psutil.NoSuchProcess``."""
        process = psutil.Process(pid)
        return cls(role=role, pid=process.pid, create_time=process.create_time(), name=name)

    def alive(self) -> bool:
        """Whether this very process runs; one that has ended and waits for its parent does not."""
        try:
            process = psutil.Process(self.pid)
            return (
                abs(process.create_time() - self.create_time) < _START_TOLERANCE
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            # Another user's process: it has taken the id over, since this file is readable by its owner alone.
            return False


class RunEntry(BaseModel):
    """What is known of a run by everybody who may read its file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str
    paradigm: str
    rig: str
    subject: str
    #: The folder of the recording, absolute; empty when nothing is recorded.
    recording: str
    #: Of the run's link server on 127.0.0.1, and the token that every message to it carries.
    port: int
    token: str
    #: UTC, ISO 8601.
    started: str
    processes: tuple[ProcessEntry, ...]


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A registered run of which at least one process lives."""

    entry: RunEntry
    living: tuple[ProcessEntry, ...]

    @property
    def ended(self) -> tuple[ProcessEntry, ...]:
        """The registered processes that are gone, killed ones included."""
        return tuple(process for process in self.entry.processes if process not in self.living)


def state_folder() -> Path:
    """Where live runs are registered: ``PSI_STATE_DIR``, or this user's runtime folder."""
    override = os.environ.get("PSI_STATE_DIR")
    if override:
        return Path(override)
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR it is a folder of this user's in the temporary one, and that is fine.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR", category=UserWarning)
        return platformdirs.user_runtime_path("psi", appauthor=False)


def register(entry: RunEntry) -> None:
    """Write the file of ``entry``, or write it anew; whoever reads sees the old one or the new one, whole.

    Raises ``ConfigurationError`` where the folder cannot be written.
    """
    folder = state_folder()
    path = _path(entry.run_id)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The file holds the token: nobody but its owner may read it, from its first moment on.
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(entry.model_dump_json(indent=1))
        _replace(draft, path)
    except OSError as error:
        raise _not_writable(error) from None


def _not_writable(error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"live runs are registered in {state_folder()}, which cannot be written ({error.strerror}): "
        "make it writable, or set PSI_STATE_DIR to a folder that is"
    )


def update_processes(run_id: str, processes: Sequence[ProcessEntry]) -> None:
    """Write the processes of a registered run anew, as after a restart of its store."""
    path = _path(run_id)
    entry = RunEntry.model_validate_json(path.read_text(encoding="utf-8"))
    register(entry.model_copy(update={"processes": tuple(processes)}))


def log_folder(run_id: str) -> Path:
    """A folder for what the run's processes say, made here and removed with the run."""
    folder = state_folder() / run_id
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(error) from None
    return folder


def remove(run_id: str) -> None:
    """Forget the run and what its processes said; again is fine."""
    _path(run_id).unlink(missing_ok=True)
    shutil.rmtree(state_folder() / run_id, ignore_errors=True)


def live_runs() -> list[LiveRun]:
    """The runs of which a process lives, oldest first; files that only dead processes left are removed.

    Raises ``ConfigurationError`` for a file that no psi of this version wrote.
    """
    runs: list[LiveRun] = []
    for path, entry, living in all_entries():
        if entry is None:
            raise ConfigurationError(
                "not a run's file of this version of psi; 'psi doctor --clean' removes it", str(path)
            )
        if living:
            runs.append(LiveRun(entry, living))
        else:
            remove(entry.run_id)
    return sorted(runs, key=lambda run: run.entry.started)


def all_entries() -> Iterator[tuple[Path, RunEntry | None, tuple[ProcessEntry, ...]]]:
    """Each file, what it says (``None``: it is no run's), and which of its processes live; nothing is removed."""
    for path in sorted(state_folder().glob("*.json")):
        try:
            entry = RunEntry.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue  # it ended between our two looks
        except (ValidationError, UnicodeDecodeError):
            yield path, None, ()
            continue
        yield path, entry, tuple(process for process in entry.processes if process.alive())


def _path(run_id: str) -> Path:
    return state_folder() / f"{run_id}.json"


def _replace(draft: Path, path: Path) -> None:
    # Windows refuses while somebody reads the file, which takes a moment.
    attempts = 50 if sys.platform == "win32" else 1
    for attempt in range(attempts):
        try:
            os.replace(draft, path)
            return
        except PermissionError:
            if attempt == attempts - 1:
                raise
            time.sleep(0.01)


def as_dict(run: LiveRun, condition: str | None = None) -> dict[str, Any]:
    """One run as ``psi status --json`` shows it: its living processes, and never its token."""
    shown: dict[str, Any] = run.entry.model_dump(exclude={"port", "token", "processes"})
    shown["processes"] = [_process(process) for process in run.living]
    shown["ended"] = [_process(process) for process in run.ended]
    if condition is not None:
        shown["condition"] = condition
    return shown


def _process(process: ProcessEntry) -> dict[str, Any]:
    shown: dict[str, Any] = {"role": process.role, "pid": process.pid}
    if process.name:
        shown["name"] = process.name
    return shown
