"""Who has which device: a lock for each, which the system gives back when its process ends, however it ends."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from psi.assembly.request import RunRequest
from psi.core.errors import ConfigurationError, Finding
from psi.core.file_lock import give_back, is_locked, take

if TYPE_CHECKING:
    from psi.hardware.engine import Engine

_ADVICE = "end that run first ('psi status' lists it), or take a rig with other devices"


class Holder(BaseModel):
    """Who has a device, and since when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str
    run_id: str
    rig: str
    user: str
    pid: int
    #: UTC, ISO 8601.
    since: str

    @classmethod
    def of(cls, device: str, run_id: str, rig: str) -> Holder:
        """This process as the holder of ``device``, from now on."""
        process = psutil.Process()
        since = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(device=device, run_id=run_id, rig=rig, user=process.username(), pid=process.pid, since=since)

    def __str__(self) -> str:
        return f"run {self.run_id} on rig {self.rig!r} (user {self.user}, process {self.pid}, since {self.since})"


def lock_folder() -> Path:
    """Below ``PSI_STATE_DIR``, or a folder that all users of this machine share, as they share its devices."""
    override = os.environ.get("PSI_STATE_DIR")
    if override:
        return Path(override) / "locks"
    shared = os.environ.get("PROGRAMDATA") if sys.platform == "win32" else None
    return Path(shared or tempfile.gettempdir()) / "psi-locks"


class DeviceLocks:
    """Takes the locks of ``devices`` for a run, all or none; they are held until :meth:`release` or the process ends.

    Raises ``ConfigurationError``, with a finding for each device that another process has, naming it.
    """

    def __init__(self, devices: Iterable[str], run_id: str, rig: str) -> None:
        findings = []
        with ExitStack() as held:
            for device in {device.lower(): device for device in devices}.values():
                path = _path(device)
                file = take(path, _open)
                if file is None:
                    findings.append(Finding(f"{device} is in use by {_said_in(path)}; {_ADVICE}"))
                    continue
                held.callback(_give_back, path, file)
                file.seek(0)
                file.truncate()
                file.write(Holder.of(device, run_id, rig).model_dump_json())
                file.flush()
            if findings:
                raise ConfigurationError(findings)
            self._held = held.pop_all()

    def release(self) -> None:
        """Give them back; again is fine."""
        self._held.close()


def take_devices(engines: Iterable[Engine], request: RunRequest) -> DeviceLocks:
    """The locks of every device of ``engines``, for the run that was asked for. Raises as :class:`DeviceLocks`."""
    devices = [device for engine in engines for device in engine.devices()]
    return DeviceLocks(devices, request.run_id, request.rig)


def holders() -> list[Holder]:
    """Who has devices now, by their locks."""
    found = []
    for path in _files():
        holder = _read(path)
        if holder is not None and is_locked(path):
            found.append(holder)
    return found


def left_locks() -> list[Path]:
    """Files of locks that nobody holds; they do no harm."""
    return [path for path in _files() if not is_locked(path)]


def _files() -> list[Path]:
    folder = lock_folder()
    return sorted(folder.glob("*.lock")) if folder.is_dir() else []


def _path(device: str) -> Path:
    # A device's name may hold anything, a file's name may not.
    readable = "".join(c if c.isalnum() else "_" for c in device.lower())[:60]
    return lock_folder() / f"{readable}-{sha256(device.lower().encode()).hexdigest()[:12]}.lock"


def _give_back(path: Path, file: IO[str]) -> None:
    give_back(path, file)
    with suppress(OSError):
        path.parent.rmdir()


def _open(path: Path) -> IO[str]:
    try:
        while True:
            path.parent.mkdir(mode=0o777, parents=True, exist_ok=True)
            # Linux lets nobody create what is another's already in a shared folder: the existing one is tried first.
            for flags in (os.O_RDWR, os.O_RDWR | os.O_CREAT):
                with suppress(FileNotFoundError):
                    descriptor = os.open(path, flags, 0o666)
                    _share(path.parent, descriptor)
                    return os.fdopen(descriptor, "r+", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"the lock of a device cannot be opened ({path}: {error.strerror}); make it writable for every user, "
            "or remove it when no run lives"
        ) from None


def _share(folder: Path, descriptor: int) -> None:
    """For every user of the devices, whatever the umask; as in the temporary folder, each can remove his own."""
    if sys.platform != "win32":
        if folder.stat().st_uid == os.getuid():
            folder.chmod(0o1777)
        if os.fstat(descriptor).st_uid == os.getuid():
            os.fchmod(descriptor, 0o666)


def _said_in(path: Path) -> str:
    holder = _read(path)
    return "another run, which has not said its name yet" if holder is None else str(holder)


def _read(path: Path) -> Holder | None:
    try:
        return Holder.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError):
        return None
