"""What the parent of a runtime does, whether it has one run in a terminal or a rig with a window."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from psi.application.child import Child
from psi.application.registry import ProcessEntry, Role, RunEntry, log_folder, register, remove
from psi.assembly.request import RunRequest
from psi.core.errors import ConfigurationError, Finding, RunFault
from psi.link.client import LinkClient
from psi.link.errors import LinkError
from psi.stream.shared_memory import unlink_segment


def take_interrupts() -> None:
    """Let Ctrl-C, and a polite request to end, raise ``KeyboardInterrupt``."""
    # Also where the shell that started us ignores the keyboard's interrupt, as it does in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda number, frame: signal.default_int_handler(number, frame))


class Guardian:
    """Starts a runtime, waits until it has loaded, talks to it, and cleans up after it."""

    #: Seconds that loading and checking a paradigm may take.
    LOAD_PATIENCE = 120.0
    #: Seconds that putting outputs to their safe values may take when the runtime is dead.
    SAFE_PATIENCE = 30.0
    #: Seconds between looks.
    LOOK = 0.2

    def __init__(self, request: RunRequest) -> None:
        self.request = request
        self._logs = log_folder(request.run_id)
        self._runtime: Child | None = None
        self._link: LinkClient | None = None
        self._port = 0
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._interrupts = 0

    # -- the runtime -------------------------------------------------------------------------

    def _start_runtime(self) -> None:
        self._runtime = Child("runtime", "psi.application.runtime", self._logs / "runtime.log")
        self._runtime.send(self.request.model_dump(mode="json"))

    def _load(self, loaded: Callable[[], bool]) -> None:
        """Wait until the runtime has refused the request or has ``loaded`` it."""
        assert self._runtime is not None
        deadline = time.monotonic() + self.LOAD_PATIENCE
        while not loaded():
            message = self._runtime.next_line(self.LOOK)
            if message is not None:
                self._take(message)
            elif not self._runtime.alive() and self._runtime.lines.empty():
                raise RunFault(f"the runtime ended while loading: {self._runtime.last_words() or 'no reason given'}")
            elif time.monotonic() > deadline:
                raise RunFault(f"the runtime has not loaded {self.request.paradigm!r} in {self.LOAD_PATIENCE:g} s")

    def _take(self, message: dict[str, Any]) -> None:
        """Take a message of the runtime. Raises ``ConfigurationError`` where it has refused."""
        if "refused" in message:
            raise ConfigurationError(Finding(**finding) for finding in message["refused"])
        if "port" in message and self._link is None:
            self._port = message["port"]
            self._link = LinkClient(self._port, self.request.token)

    def _ask(self, command: str, timeout: float) -> dict[str, Any] | None:
        """The runtime's answer, or ``None`` where it gives none or refuses: it is starting, ending or busy."""
        if self._link is None:
            return None
        try:
            return self._link.request(command, timeout=timeout)
        except (LinkError, ConfigurationError):
            # What it does is seen from its process as well.
            return None

    def _death(self) -> str:
        """One line about a runtime that ended without being asked to."""
        assert self._runtime is not None
        words = self._runtime.last_words()
        status = self._runtime.process.returncode
        return f"the runtime died (status {status}){': ' if words else ''}{words}; what was acquired is kept"

    def _make_safe(self, tell: Callable[[str], None]) -> None:
        """The runtime is dead: let a short-lived process put the rig's outputs to their safe values, and say so."""
        # It takes a moment, and is not to be cut short by an impatient Ctrl-C.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        helper = Child("safety", "psi.application.make_safe", self._logs / "safety.log")
        try:
            helper.send(self.request.model_dump(mode="json"))
            said = helper.next_line(self.SAFE_PATIENCE)
            if said is None:
                words = helper.last_words() or f"no answer in {self.SAFE_PATIENCE:g} s"
                tell(f"error: the outputs may not be at their safe values ({words}); look at the rig")
                return
            for line in said["failed"]:
                tell(f"error: outputs may not be at their safe values: {line}; look at the rig")
            if said["safe"]:
                tell(f"outputs of {', '.join(said['safe'])} were put to their safe values")
        finally:
            helper.close()
            signal.signal(signal.SIGINT, before)

    # -- the registry ------------------------------------------------------------------------

    def _register(self, subject: str, recording: str, children: Iterable[Child]) -> None:
        register(
            RunEntry(
                run_id=self.request.run_id,
                paradigm=self.request.paradigm,
                rig=self.request.rig,
                subject=subject,
                recording=recording,
                port=self._port,
                token=self.request.token,
                started=self._started,
                processes=(ProcessEntry.of("warden"), *_entries(children)),
            )
        )

    # -- the end -----------------------------------------------------------------------------

    def _clean_up(self, children: Iterable[Child | None], segments: Iterable[str]) -> None:
        if self._link is not None:
            self._link.close()
        for child in children:
            if child is not None:
                child.close()
        for segment in segments:
            unlink_segment(segment)

    def _forget(self) -> None:
        remove(self.request.run_id)


def say(line: str) -> None:
    """One line for who sits at the terminal."""
    sys.stderr.write(f"psi: {line}\n")
    sys.stderr.flush()


def keep_logs(recording: str, children: Iterable[Child | None]) -> None:
    """What the processes printed belongs to the recording, where there is one."""
    folder = Path(recording) if recording else None
    if folder is None or not folder.is_dir():
        return
    for child in children:
        if child is not None and child.log.stat().st_size:
            # Several stores may have written one recording.
            with open(folder / f"{child.role}.log", "ab") as kept:
                kept.write(child.log.read_bytes())


def _entries(children: Iterable[Child]) -> list[ProcessEntry]:
    entries: list[ProcessEntry] = []
    for child in children:
        role: Role = child.role
        try:
            entries.append(ProcessEntry.of(role, child.pid, child.name))
        except psutil.NoSuchProcess:
            continue  # it has ended meanwhile, which is noticed elsewhere
    return entries
