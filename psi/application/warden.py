"""The warden of one run in a terminal. No Qt, no hardware; it watches, stops and cleans up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psi.application.child import Child
from psi.application.guardian import Guardian, keep_logs, say, take_interrupts
from psi.assembly.request import RunRequest

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


class Warden(Guardian):
    """Starts runtime and store for one run, and sees them to their end.

    ``progress`` is called with the run's status a few times a second.
    """

    def __init__(self, request: RunRequest, progress: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(request)
        self._progress = progress
        self._store: Child | None = None
        self._segments: list[str] = []
        self._finished: dict[str, Any] | None = None
        self._recording = ""
        self._store_error = ""
        self._made_safe = False

    def run(self) -> Outcome:
        """The whole run. Raises ``ConfigurationError`` where it was refused; nothing is left behind then."""
        take_interrupts()
        try:
            self._start_runtime()
            self._store = Child("store", "psi.data.process", self._logs / "store.log")
            try:
                self._load(lambda: bool(self._segments))
                self._watch()
            except KeyboardInterrupt:
                self._interrupt()
            while not self._all_ended():
                try:
                    self._watch()
                except KeyboardInterrupt:
                    self._interrupt()
            # The store, which sees a dead runtime too, may have been quicker than our look.
            self._make_safe_if_dead()
            return self._outcome()
        finally:
            self._clean_up((self._runtime, self._store), self._segments)
            keep_logs(self._recording, (self._runtime, self._store))
            self._forget()

    # -- stages ------------------------------------------------------------------------------

    def _take(self, message: dict[str, Any]) -> None:
        super()._take(message)
        assert self._runtime is not None
        assert self._store is not None
        if "folder" in message:
            self._recording = message["folder"]
            self._register(message["subject"], self._recording, (self._runtime, self._store))
        if "plan" in message:
            plan = message["plan"]
            arrays = (*plan["streams"], *plan["epochs"])
            self._segments = [plan["control"], plan["journal"], *(array["segment"] for array in arrays)]
            self._store.send(plan)
        if "finished" in message:
            self._finished = message["finished"]

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
                self._make_safe_if_dead()
            if self._runtime.alive() and self._finished is None:
                self._show_progress()

    def _show_progress(self) -> None:
        status = self._ask("status", timeout=2.0)
        if status is not None:
            self._progress(status)

    def _interrupt(self) -> None:
        """Ctrl-C: a clean stop; twice: at once, with what is in the rings kept by the store."""
        self._interrupts += 1
        if self._runtime is None:
            return
        if self._interrupts == 1 and self._link is not None:
            # Without an answer it is ending by itself, or it is stuck: then the second Ctrl-C ends it.
            self._ask("stop", timeout=5.0)
        elif self._runtime.alive():
            self._runtime.process.terminate()

    def _all_ended(self) -> bool:
        assert self._runtime is not None
        assert self._store is not None
        return not self._runtime.alive() and not self._store.alive() and self._runtime.lines.empty()

    # -- the end -----------------------------------------------------------------------------

    def _make_safe_if_dead(self) -> None:
        """A runtime that did not end its run itself has left the outputs as they were. Again does nothing."""
        if self._segments and self._finished is None and not self._made_safe:
            self._made_safe = True
            self._make_safe(say)

    def _outcome(self) -> Outcome:
        if self._finished is None:
            if self._interrupts:
                return Outcome(
                    INTERRUPTED, "stopped", self._recording, {}, "stopped at once; what was acquired is kept"
                )
            return Outcome(FAULT, "runtime died", self._recording, {}, self._death())
        reason = self._finished["finish_reason"]
        fault = self._finished.get("fault")
        if fault:
            return Outcome(FAULT, reason, self._recording, self._finished, self._store_error or fault)
        if self._interrupts:
            return Outcome(INTERRUPTED, reason, self._recording, self._finished)
        return Outcome(FINISHED, reason, self._recording, self._finished)
