"""The warden of a window: one runtime that keeps a rig, one console, and a store for each recording."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

from psi.application.alarm import Call, call_of, ring
from psi.application.child import Child
from psi.application.guardian import Guardian, keep_logs, say, take_interrupts
from psi.application.hang_teller import HangTeller
from psi.application.stores import Stores
from psi.application.warden import FAULT, FINISHED, INTERRUPTED
from psi.assembly.request import RunRequest
from psi.controller.trials.totals_text import reason_text

CONSOLE = "psi.application.console"


def greeting(
    port: int, token: str, run_id: str, paradigm: str, rig: str, manifests: Sequence[str] = ()
) -> dict[str, Any]:
    """What a console process is told on its standard input: how to reach the runtime, and whose panels to show."""
    named = {"paradigm": paradigm, "rig": rig, "manifests": list(manifests)}
    return {"port": port, "token": token, "run_id": run_id, "manifests": named}


class Launcher(Guardian):
    """Starts runtime, store and console together, and sees them to their end.

    One store always waits for the next recording, so that Start is quick. A console that dies
    takes nothing with it; one that is closed ends the launch as soon as no run is going on.
    """

    #: Seconds that a window may take to close.
    WINDOW_PATIENCE = 5.0
    #: Seconds between looks whether a command hangs, while the rig is on.
    HANG_LOOK = 1.0

    def __init__(self, request: RunRequest, console: str = CONSOLE, tell: Callable[[str], None] = say) -> None:
        super().__init__(request)
        self._tell = tell
        self._console_module = console
        self._console: Child | None = None
        self._stores = Stores(self._logs, tell)
        #: Run id -> its shared memory, as long as somebody might have to give it back.
        self._segments: dict[str, list[str]] = {}
        self._recording = ""
        self._subject = ""
        self._manifests: list[str] = []
        self._hangs = HangTeller(tell)
        self._hangs_due = 0.0
        self._quitting = False
        self._window_opened = False
        self._window_failed = False

    def run(self) -> int:
        """Until the window is closed or the rig is told to quit; the exit status.

        Raises ``ConfigurationError`` where the paradigm or the rig was refused; nothing is left behind then.
        """
        take_interrupts()
        try:
            self._start_runtime()
            # What it imports takes as long as loading. The store has time: it must not keep those two from a core.
            self._console = Child("console", self._console_module, self._logs / "console.log")
            try:
                self._load(lambda: self._link is not None)
                self._stores.ready()
                self._register_all()
                self._open_window()
            except KeyboardInterrupt:
                self._interrupt()
            self._watch_to_the_end()
            self._make_safe_if_dead()
            return self._outcome()
        finally:
            self._close()

    # -- stages ------------------------------------------------------------------------------

    def _open_window(self) -> None:
        asked = self.request
        assert self._console is not None
        self._console.send(greeting(self._port, asked.token, asked.run_id, asked.paradigm, asked.rig, self._manifests))
        self._tell(f"{asked.paradigm} on {asked.rig}, run id {asked.run_id}")

    def _take(self, message: dict[str, Any]) -> None:
        super()._take(message)
        if "subject" in message:
            self._subject, self._manifests = message["subject"], message["manifests"]
            self._register_all()
        if "run" in message:
            self._begin(message["run"])
        if "plan" in message:
            self._stores.keep(message["plan"])
        if "ended" in message:
            self._end(message["ended"])
        if "quit" in message:
            self._quitting = True

    def _begin(self, run: dict[str, Any]) -> None:
        self._segments[run["run_id"]] = run["segments"]
        if run["mode"] == "running":
            self._recording, self._subject = run["folder"], run["subject"]
            self._tell(f"recording {self._recording}")
        self._register_all()

    def _end(self, ended: dict[str, Any]) -> None:
        self._segments.pop(ended["run_id"], None)
        if ended["fault"]:
            self._tell(f"error: {ended['fault']}")
        if self._recording:
            reason, words = ended["finish_reason"], ended["words"]
            why = reason_text(reason, "" if ended["fault"] else words)
            self._tell(f"ended: {why}, {ended['trials']} trials; recording: {self._recording}")
            call = call_of(reason, words, bool(ended["fault"]), ended["run_id"], self._recording, self._subject)
            if call is not None:
                ring(call, self._tell)
            if ended["quality"]:
                self._tell(f"quality: {ended['quality']}")
            assert self._runtime is not None
            keep_logs(self._recording, (self._runtime,))
            self._recording = ""
        self._register_all()

    def _register_all(self) -> None:
        self._register(self._subject, self._recording, [child for child in self._children() if child.alive()])

    def _children(self) -> list[Child]:
        children = (self._runtime, *self._stores.children(), self._console)
        return [child for child in children if child is not None]

    # -- watching ----------------------------------------------------------------------------

    def _watch_to_the_end(self) -> None:
        while not self._runtime_ended():
            try:
                self._look()
            except KeyboardInterrupt:
                self._interrupt()

    def _runtime_ended(self) -> bool:
        assert self._runtime is not None
        return not self._runtime.alive() and self._runtime.lines.empty()

    def _look(self) -> None:
        assert self._runtime is not None
        message = self._runtime.next_line(self.LOOK)
        if message is not None:
            self._take(message)
            return
        if self._stores.look(make_ready=not self._quitting):
            self._register_all()
        self._look_for_hangs()
        if self._console is not None and not self._console.alive():
            console, self._console = self._console, None
            self._console_ended(console)
        if self._console is None and not self._quitting:
            self._quit_when_nobody_looks()

    def _look_for_hangs(self) -> None:
        now = time.monotonic()
        if self._segments and now >= self._hangs_due:
            self._hangs_due = now + self.HANG_LOOK
            status = self._ask("status", timeout=1.0)
            if status is not None:
                self._hangs.look(status)

    def _console_ended(self, console: Child) -> None:
        status, words = console.process.returncode, console.last_words()
        console.close()
        self._listen(console)
        self._register_all()
        attach = f"'psi attach {self.request.run_id}' opens a window, Ctrl-C here stops everything"
        if status != 0 and not self._window_opened:
            # Nobody has seen anything yet, so there is nothing to keep.
            self._window_failed = self._quitting = True
            self._tell(f"error: no window could be opened (status {status}){': ' if words else ''}{words}")
            self._ask("quit", timeout=5.0)
            return
        if status != 0:
            self._tell(
                f"the window is gone (status {status}){': ' if words else ''}{words}; all else goes on: {attach}"
            )
            return
        # Closed on purpose: what is only open needs nobody, what runs goes on.
        self._ask("leave", timeout=5.0)
        now = self._ask("status", timeout=5.0)
        if now is not None and now["rig"] == "running":
            self._tell(f"the window was closed; the run goes on: {attach}")

    def _listen(self, console: Child) -> None:
        while (line := console.next_line(0.0)) is not None:
            self._window_opened = self._window_opened or line.get("console") == "ready"

    def _quit_when_nobody_looks(self) -> None:
        now = self._ask("status", timeout=2.0)
        if now is not None and now["left"] and not now["watched"] and now["rig"] != "running":
            self._quitting = True
            self._ask("quit", timeout=5.0)

    def _interrupt(self) -> None:
        """Ctrl-C: a run is stopped, and all ends; twice and thrice, for one that does not answer: harder."""
        self._interrupts += 1
        assert self._runtime is not None
        self._quitting = True
        if self._interrupts == 1 and self._link is not None:
            self._ask("quit", timeout=5.0)
        elif self._interrupts <= 2 and self._runtime.alive():
            self._runtime.process.terminate()
        elif self._runtime.alive():
            # What is in the rings is kept by the store.
            self._runtime.process.kill()

    # -- the end -----------------------------------------------------------------------------

    def _make_safe_if_dead(self) -> None:
        """A runtime that did not end itself while it held the rig has left the outputs as they were."""
        assert self._runtime is not None
        if self._runtime.process.returncode != 0 and self._segments:
            self._make_safe(self._tell)

    def _outcome(self) -> int:
        assert self._runtime is not None
        if self._interrupts:
            return INTERRUPTED
        if self._runtime.process.returncode != 0:
            self._tell(f"error: {self._death()}")
            if self._recording:
                self._tell(f"recording: {self._recording}")
                ring(Call("fault", "runtime died", self._death(), "", self._recording, self._subject), self._tell)
            return FAULT
        return FAULT if self._window_failed else FINISHED

    def _close(self) -> None:
        """Let the stores finish what the runtime left, close the window, and leave nothing behind."""
        # One more Ctrl-C must not leave half of it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._stores.drain()
        if self._console is not None and self._console.alive():
            self._console.process.terminate()
        self._stores.see_off()
        if self._console is not None:
            self._console.wait(self.WINDOW_PATIENCE)
        keep_logs(self._recording, (self._runtime,))
        segments = [segment for names in self._segments.values() for segment in names]
        self._clean_up((self._runtime, self._stores.waiting, self._console), segments)
        self._forget()
