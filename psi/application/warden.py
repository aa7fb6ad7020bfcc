"""The warden of one run in a terminal. No Qt, no hardware; it watches, stops and cleans up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psi.application.child import Child
from psi.application.guardian import Guardian, keep_logs, say, take_interrupts
from psi.application.store_keeper import StoreKeeper
from psi.assembly.request import RunRequest
from psi.data.plan import DISK_FULL

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
        #: The store that waits for a plan, then what keeps it.
        self._store: Child | None = None
        self._keeper: StoreKeeper | None = None
        self._stores = 0
        self._subject = ""
        self._finished: dict[str, Any] | None = None
        self._recording = ""
        self._made_safe = False

    def run(self) -> Outcome:
        """The whole run. Raises ``ConfigurationError`` where it was refused; nothing is left behind then."""
        take_interrupts()
        try:
            self._start_runtime()
            self._store = self._make_store()
            try:
                self._load(lambda: self._keeper is not None)
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
            stores = self._all_stores()
            self._clean_up((self._runtime, *stores), self._keeper.segments if self._keeper is not None else ())
            keep_logs(self._recording, (self._runtime, *stores))
            self._forget()

    def _make_store(self) -> Child:
        self._stores += 1
        return Child("store", "psi.data.process", self._logs / f"store{self._stores}.log")

    def _all_stores(self) -> list[Child]:
        if self._keeper is not None:
            return self._keeper.children
        return [] if self._store is None else [self._store]

    # -- stages ------------------------------------------------------------------------------

    def _take(self, message: dict[str, Any]) -> None:
        super()._take(message)
        assert self._runtime is not None
        if "folder" in message:
            self._recording, self._subject = message["folder"], message["subject"]
            self._register_all()
        if "plan" in message:
            assert self._store is not None
            self._keeper = StoreKeeper(message["plan"], self._store, self._make_store, say)
        if "finished" in message:
            self._finished = message["finished"]

    def _register_all(self) -> None:
        assert self._runtime is not None
        self._register(self._subject, self._recording, (self._runtime, *self._all_stores()[-1:]))

    def _watch(self) -> None:
        """Pass on messages and progress until the runtime and the recording have come to their end."""
        assert self._runtime is not None
        while not self._all_ended():
            message = self._runtime.next_line(self.LOOK)
            if message is not None:
                self._take(message)
                continue
            if self._keeper is not None and self._keeper.look():
                self._register_all()
            if not self._runtime.alive():
                if self._keeper is not None:
                    # What it had acquired is in the rings; the store keeps it and closes.
                    self._keeper.drain()
                elif self._store is not None:
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
        if self._runtime.alive() or not self._runtime.lines.empty():
            return False
        return self._keeper.over if self._keeper is not None else not (self._store and self._store.alive())

    # -- the end -----------------------------------------------------------------------------

    def _make_safe_if_dead(self) -> None:
        """A runtime that did not end its run itself has left the outputs as they were. Again does nothing."""
        if self._keeper is not None and self._finished is None and not self._made_safe:
            self._made_safe = True
            self._make_safe(say)

    def _store_error(self) -> str:
        return "" if self._keeper is None else self._keeper.error

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
            return Outcome(FAULT, reason, self._recording, self._finished, self._store_error() or fault)
        if reason == DISK_FULL:
            words = f"the disk of {self._recording} is full; the run was ended, and what it has recorded is whole"
            return Outcome(FAULT, reason, self._recording, self._finished, words)
        if self._interrupts:
            return Outcome(INTERRUPTED, reason, self._recording, self._finished)
        return Outcome(FINISHED, reason, self._recording, self._finished)
