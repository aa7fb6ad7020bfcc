"""What killed sessions have left on this machine: found, told from what lives, and removed."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from psi.application.device_locks import left_locks
from psi.application.registry import all_entries, remove, state_folder
from psi.core.errors import RunFault
from psi.core.processes import lives
from psi.stream.control import RunControl
from psi.stream.shared_memory import unlink_segment

#: Where Linux keeps shared memory. On Windows it goes with the last process that has it open.
_MEMORY = Path("/dev/shm")
_SEGMENT = re.compile(r"psi-(?P<run>.+)-(?:control|journal|stream\d+|epochs\d+)")
#: Seconds for which a new segment may be mapped by nobody.
_SECONDS_TO_MAP = 10.0
#: Who takes up the children of a process that is gone, beside process 1.
_FOSTERS = ("systemd", "launchd")
#: Modules that run as processes of their own.
_MODULES = re.compile(
    r"psi\.(application\.(runtime|console|chooser|checker|make_safe)"
    r"|data\.(process|joining|salvaging|verifying|live_reader))"
)


@dataclass(frozen=True)
class Leftover:
    """One thing that nobody uses any more, or a process that nobody watches over."""

    #: 'shared memory', 'state', 'lock' or 'process'.
    kind: str
    name: str
    #: One line about it.
    text: str
    #: Removes it; ``None`` for what lives, which is never touched.
    clean: Callable[[], None] | None = None
    details: dict[str, Any] = field(default_factory=dict)


def find_leftovers() -> list[Leftover]:
    """Everything of this user's that sessions have left behind, without touching any of it."""
    return [*_memory(), *_state(), *_locks(), *_processes()]


# -- shared memory -----------------------------------------------------------------------------


def _memory() -> Iterator[Leftover]:
    if sys.platform == "win32" or not _MEMORY.is_dir():
        return
    runs: dict[str, list[Path]] = {}
    others = []
    for path in sorted(_MEMORY.glob("psi-*")):
        match = _SEGMENT.fullmatch(path.name)
        try:
            own = path.stat().st_uid == os.getuid()
        except FileNotFoundError:
            continue  # its run has ended meanwhile
        if match and own:
            runs.setdefault(match["run"], []).append(path)
        elif own:
            others.append(path)
    yield from _nameless(others)
    for run_id, paths in runs.items():
        if _is_used(run_id):
            continue
        sizes = [path.stat().st_size for path in paths if path.exists()]
        text = f"run {run_id} was killed and left {len(sizes)} segments, {sum(sizes) / 2**20:.0f} MiB"
        names = [path.name for path in paths]
        yield Leftover("shared memory", run_id, text, _unlinker(run_id, names), {"segments": names})


def _nameless(paths: list[Path]) -> Iterator[Leftover]:
    """Segments that are no run's by their name, such as those of a benchmark, and that no process has mapped."""
    mapped = _mapped() if paths else set()
    for path in paths:
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        # One that is being made is mapped a moment later.
        if str(path) in mapped or time.time() - found.st_mtime < _SECONDS_TO_MAP:
            continue
        text = f"{path.name} is used by nobody, {found.st_size / 2**20:.0f} MiB"
        yield Leftover("shared memory", path.name, text, _file_remover(path), {"segments": [path.name]})


def _mapped() -> set[str]:
    """Paths of all shared memory that processes of this user have mapped; others cannot map his."""
    found = set()
    for maps in Path("/proc").glob("[0-9]*/maps"):
        # It is another user's, or has ended.
        with suppress(OSError):
            lines = maps.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
            found |= {line[line.index("/") :] for line in lines if f" {_MEMORY}/" in line}
    return found


def _unlinker(run_id: str, names: Iterable[str]) -> Callable[[], None]:
    def unlink() -> None:
        # It may have been taken up again since we looked.
        if not _is_used(run_id):
            for name in names:
                unlink_segment(name)

    return unlink


def _is_used(run_id: str) -> bool:
    """Whether a process of the run lives, or one that will start another in its place."""
    try:
        with RunControl.attach(f"psi-{run_id}-control") as control:
            processes = [
                (control.runtime_pid, control.runtime_created),
                (control.store_pid, control.store_created),
            ]
            parent = (control.parent_pid, control.parent_created)
    except RunFault:
        # It is made first and removed last: without it nobody can find the rest.
        return False
    return any(lives(*process) for process in processes) or (lives(*parent) and _is_psi(parent[0]))


def _is_psi(pid: int) -> bool:
    """Whether the process is a command of psi's: a session in a notebook is started by something else."""
    try:
        words = psutil.Process(pid).cmdline()[:4]
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
    return any(word.startswith("psi.") or Path(word).stem == "psi" for word in words)


# -- files -------------------------------------------------------------------------------------


def _state() -> Iterator[Leftover]:
    folder = state_folder()
    known = set()
    for path, entry, living in all_entries():
        if entry is None:
            text = f"{path} is no run's file of this version of psi"
            yield Leftover("state", path.name, text, path.unlink, {"path": str(path)})
        elif living:
            known.add(entry.run_id)
        else:
            known.add(entry.run_id)
            text = f"run {entry.run_id} ({entry.paradigm} on {entry.rig}) was killed and is still registered"
            yield Leftover("state", entry.run_id, text, _remover(entry.run_id), {"path": str(path)})
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_dir() and path.name != "locks" and path.name not in known and (path / "runtime.log").exists():
                text = f"{path} holds what the processes of a killed run said"
                yield Leftover("state", path.name, text, _folder_remover(path), {"path": str(path)})


def _remover(run_id: str) -> Callable[[], None]:
    return lambda: remove(run_id)


def _folder_remover(path: Path) -> Callable[[], None]:
    return lambda: shutil.rmtree(path)


def _locks() -> Iterator[Leftover]:
    for path in left_locks():
        yield Leftover("lock", path.name, f"{path} is held by nobody", _file_remover(path), {"path": str(path)})


def _file_remover(path: Path) -> Callable[[], None]:
    return lambda: path.unlink(missing_ok=True)


# -- processes ---------------------------------------------------------------------------------


def _processes() -> Iterator[Leftover]:
    """Processes of psi's whose parent is gone. They live, so they are only shown."""
    registered = {process.pid: entry for _, entry, living in all_entries() if entry for process in living}
    user = psutil.Process().username()
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            module = next((word for word in words if _MODULES.fullmatch(word)), "")
            if not module or process.username() != user or process.status() == psutil.STATUS_ZOMBIE:
                continue
            parent = process.parent()
            if parent is not None and parent.pid != 1 and parent.name() not in _FOSTERS:
                continue
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        entry = registered.get(process.pid)
        role = module.rpartition(".")[2].replace("process", "store")
        what = f"{role} {process.pid} lives without the process that started it"
        if entry is not None:
            what += f"; it goes on to the end of run {entry.run_id}: 'psi attach {entry.run_id}' can stop it"
        else:
            what += f" and belongs to no registered run; end it where it hangs: process {process.pid}"
        yield Leftover("process", str(process.pid), what, None, {"pid": process.pid, "role": role})
