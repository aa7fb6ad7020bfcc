"""Looks after the dispatcher from a thread of its own: names the command that hangs while it hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from psi.controller.dispatch.dispatcher import Dispatcher

log = logging.getLogger(__name__)

#: Keeps one row of the audit: what, name, info.
Audit = Callable[[str, str, Mapping[str, Any]], None]


class Watchdog:
    """Says which command keeps the dispatcher from handling events; one per run.

    Acquisition needs nobody's help meanwhile: engines have threads of their own, and the rings have room.

    Parameters
    ----------
    tell
        Called from the watchdog's thread while something hangs, many times, and once when it no longer does: others
        are to see it, although the dispatcher cannot tell them.
    """

    #: Seconds after which a command hangs; said again whenever it has taken twice as long.
    PATIENCE = 1.0
    #: Seconds between looks.
    LOOK = 0.1

    def __init__(self, dispatcher: Dispatcher, audit: Audit, tell: Callable[[], None]) -> None:
        self._dispatcher = dispatcher
        self._audit = audit
        self._tell = tell
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        # What was being called at the last look, since when (monotonic, s), and after how long it is spoken of next.
        self._seen: tuple[Any, Any] = (None, None)
        self._since = 0.0
        self._next = self.PATIENCE
        self._hanging: dict[str, Any] = {}

    def hanging(self) -> dict[str, Any]:
        """What hangs: ``command``, ``event``, ``manifest``, ``where``, ``seconds``; empty while nothing does."""
        return dict(self._hanging)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch; again is fine."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(self.LOOK):
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """See what is being called at ``now`` (monotonic, s)."""
        step, event = self._dispatcher.work, self._dispatcher.event
        if step is None or (step, event) != self._seen:
            ended, self._hanging = self._hanging, {}
            self._seen, self._since, self._next = (step, event), now, self.PATIENCE
            if ended:
                self._audit("hang", ended["command"], {**ended, "ended": True})
                self._tell()
            return
        seconds = now - self._since
        if seconds < self.PATIENCE or event is None:
            return
        bound = step.bound
        self._hanging = {
            "command": bound.command.id,
            "event": event.name,
            "manifest": bound.manifest,
            "where": str(bound.where),
            "seconds": round(seconds, 1),
        }
        if seconds >= self._next:
            self._next *= 2
            self._audit("hang", bound.command.id, {**self._hanging, "ended": False})
            log.warning("%s", hang_text(self._hanging))
        self._tell()


def hang_text(hanging: Mapping[str, Any]) -> str:
    """One line about a command that hangs, as :meth:`Watchdog.hanging` tells of it."""
    return (
        f"command {hanging['command']!r} of manifest {hanging['manifest']!r} has hung for {hanging['seconds']:.0f} s "
        f"on event {hanging['event']!r} ({hanging['where']}); no event is handled until it returns; "
        "samples are acquired and recorded meanwhile"
    )
