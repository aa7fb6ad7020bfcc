"""What a person is called for: a run that ended by itself or with a fault, and a runtime that is gone."""

from __future__ import annotations

from dataclasses import dataclass

from psi.experiment.console import Console
from psi.experiment.strips.session_strip import given_text
from psi.experiment.work import over


@dataclass(frozen=True)
class Alarm:
    """Ready to be shown."""

    #: 'fault' or 'end'.
    kind: str
    words: str


class AlarmWatch:
    """Looks at a console again and again; says once what has happened since the look before."""

    #: Finish reasons for which nobody is called: a person was there, or the run begins again.
    QUIET = ("", "stopped", "overrun")

    def __init__(self) -> None:
        self._running = False

    def look(self, console: Console) -> Alarm | None:
        """The alarm that has to be given now."""
        was_running, connected = self._running, console.connected
        self._running = console.get("condition") == "running" and (connected or was_running)
        if not was_running:
            return None
        if not connected:
            self._running = False
            if over(console):
                return _ended(console)
            return Alarm("fault", "NO CONTACT: the runtime does not answer, and nobody knows whether the run goes on")
        return None if self._running else _ended(console)


def _ended(console: Console) -> Alarm | None:
    fault = console.get("fault") or ""
    run = console.get("last_run") or {}
    reason = run.get("reason", "")
    if fault:
        return Alarm("fault", f"FAULT: {fault}".replace("\n", " "))
    if reason in AlarmWatch.QUIET:
        return None
    given = given_text(console)
    words = f"ENDED: {run.get('words') or reason}"
    return Alarm("end", f"{words}  ·  {given}" if given else words)
