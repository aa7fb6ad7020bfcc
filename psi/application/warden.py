"""The warden: parent of a run's processes. No Qt, no hardware; it watches, stops and cleans up."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psi.application.child import Child
from psi.application.registry import ProcessEntry, RunEntry, log_folder, register, remove
from psi.assembly.request import RunRequest
from psi.core.errors import ConfigurationError, Finding, RunFault
from psi.link.client import LinkClient
from psi.link.errors import LinkError
from psi.stream.shared_memory import unlink_segment

#: Exit statuses of ``psi run``.
FINISHED, REFUSED, FAULT, INTERRUPTED = 0, 2, 3, 130


class Outcome:
    """How a run ended."""

    def __init__(
        self, status: int, finish_reason: str, recording: str, result: dict[str, Any], message: str = ""
    ) -> None:
        self.status = status
        self.finish_reason = finish_reason
        self.recording = recording
        self.result = result
        #: One line about what went wrong; empty when nothing did.
        self.message = message


class Warden:
    """Starts runtime and store for one run, and sees them to their end.

    ``progress`` is called with the run's status a few times a second.
    """

    #: Seconds that loading and checking a paradigm may take.
    LOAD_PATIENCE = 120.0
    #: Seconds between looks.
    LOOK = 0.2

    def __init__(self, request: RunRequest, progress: Callable[[dict[str, Any]], None]) -> None:
        self.request = request
        self._progress = progress
        self._logs = log_folder(request.run_id)
        self._runtime: Child | None = None
        self._store: Child | None = None
        self._link: LinkClient | None = None
        self._segments: list[str] = []
        self._finished: dict[str, Any] | None = None
        self._recording = ""
        self._interrupts = 0
        self._store_error = ""

    def run(self) -> Outcome:
        """The whole run. Raises ``ConfigurationError`` where it was refused; nothing is left behind then."""
        # Also where the shell that started us ignores the keyboard's interrupt, as it does in the background.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, lambda number, frame: signal.default_int_handler(number, frame))
        try:
            self._runtime = Child("runtime", "psi.application.runtime", self._logs / "runtime.log")
            self._store = Child("store", "psi.data.process", self._logs / "store.log")
            self._runtime.send(self.request.model_dump(mode="json"))
            try:
                self._load()
                self._watch()
            except KeyboardInterrupt:
                self._interrupt()
            while not self._all_ended():
                try:
                    self._watch()
                except KeyboardInterrupt:
                    self._interrupt()
            return self._outcome()
        finally:
            self._clean_up()

    # -- stages ------------------------------------------------------------------------------

    def _load(self) -> None:
        """Wait until the runtime has refused the request or handed over its plan."""
        assert self._runtime is not None
        deadline = time.monotonic() + self.LOAD_PATIENCE
        while not self._segments:
            message = self._runtime.next_line(self.LOOK)
            if message is not None:
                self._take(message)
            elif not self._runtime.alive() and self._runtime.lines.empty():
                raise RunFault(f"the runtime ended while loading: {self._runtime.last_words() or 'no reason given'}")
            elif time.monotonic() > deadline:
                raise RunFault(f"the runtime has not loaded {self.request.paradigm!r} in {self.LOAD_PATIENCE:g} s")

    def _take(self, message: dict[str, Any]) -> None:
        if "refused" in message:
            raise ConfigurationError(Finding(**finding) for finding in message["refused"])
        if "folder" in message:
            self._recording = message["folder"]
            self._register(message["port"], message["subject"])
        if "plan" in message:
            plan = message["plan"]
            self._segments = [plan["control"], plan["journal"], *(stream["segment"] for stream in plan["streams"])]
            assert self._store is not None
            self._store.send(plan)
        if "finished" in message:
            self._finished = message["finished"]

    def _register(self, port: int, subject: str) -> None:
        assert self._runtime is not None
        assert self._store is not None
        self._link = LinkClient(port, self.request.token)
        register(
            RunEntry(
                run_id=self.request.run_id,
                paradigm=self.request.paradigm,
                rig=self.request.rig,
                subject=subject,
                recording=self._recording,
                port=port,
                token=self.request.token,
                started=datetime.now(UTC).isoformat(timespec="seconds"),
                processes=(
                    ProcessEntry.of("warden"),
                    ProcessEntry.of("runtime", self._runtime.pid),
                    ProcessEntry.of("store", self._store.pid),
                ),
            )
        )

    def _watch(self) -> None:
        """Pass on messages and progress until both children have ended."""
        assert self._runtime is not None
        assert self._store is not None
        told_to_drain = False
        while not self._all_ended():
            message = self._runtime.next_line(self.LOOK)
            if message is not None:
                self._take(message)
                continue
            for line in iter(lambda: self._store.next_line(0.0) if self._store else None, None):
                if line.get("store") == "failed":
                    self._store_error = str(line.get("error", ""))
            self._store.alive()  # takes note of its end, so that it does not stay as a zombie
            if not self._runtime.alive() and not told_to_drain:
                # What it had acquired is in the rings; the store keeps it and closes.
                self._store.send({"op": "drain"})
                told_to_drain = True
                if not self._segments:
                    self._store.close()
            if self._runtime.alive() and self._finished is None:
                self._show_progress()

    def _show_progress(self) -> None:
        if self._link is None:
            return
        try:
            self._progress(self._link.request("status", timeout=2.0))
        except LinkError:
            # It is starting or ending, or busy; its process is watched as well.
            return

    def _interrupt(self) -> None:
        """Ctrl-C: a clean stop; twice: at once, with what is in the rings kept by the store."""
        self._interrupts += 1
        if self._runtime is None:
            return
        if self._interrupts == 1 and self._link is not None:
            try:
                self._link.request("stop", timeout=5.0)
            except LinkError:
                # It is ending by itself, or it is stuck: then the second Ctrl-C ends it.
                return
        elif self._runtime.alive():
            # Not terminate(): a runtime that hangs in a handler would take that as one more polite word.
            self._runtime.process.kill()

    def _all_ended(self) -> bool:
        assert self._runtime is not None
        assert self._store is not None
        return not self._runtime.alive() and not self._store.alive() and self._runtime.lines.empty()

    # -- the end -----------------------------------------------------------------------------

    def _outcome(self) -> Outcome:
        assert self._runtime is not None
        if self._finished is None:
            if self._interrupts:
                return Outcome(
                    INTERRUPTED, "stopped", self._recording, {}, "stopped at once; what was acquired is kept"
                )
            words = self._runtime.last_words()
            message = f"the runtime died (status {self._runtime.process.returncode}){': ' if words else ''}{words}"
            return Outcome(FAULT, "runtime died", self._recording, {}, f"{message}; what was acquired is kept")
        reason = self._finished["finish_reason"]
        fault = self._finished.get("fault")
        if fault:
            return Outcome(FAULT, reason, self._recording, self._finished, self._store_error or fault)
        if self._interrupts:
            return Outcome(INTERRUPTED, reason, self._recording, self._finished)
        return Outcome(FINISHED, reason, self._recording, self._finished)

    def _clean_up(self) -> None:
        if self._link is not None:
            self._link.close()
        for child in (self._runtime, self._store):
            if child is not None:
                child.close()
        for segment in self._segments:
            unlink_segment(segment)
        self._keep_logs()
        remove(self.request.run_id)

    def _keep_logs(self) -> None:
        """What the processes printed belongs to the recording, where there is one."""
        folder = Path(self._recording) if self._recording else None
        if folder is None or not folder.is_dir():
            return
        for child in (self._runtime, self._store):
            if child is not None and child.log.stat().st_size:
                shutil.copyfile(child.log, folder / f"{child.role}.log")
