"""Keeps the state that consoles mirror up to date; takes part in every run."""

from __future__ import annotations

import time

from psi.controller.participant import Bystander, PreparedRun
from psi.controller.run import Run
from psi.link.state import StateSource


class Publisher(Bystander):
    """Puts the run's status into a :class:`~psi.link.state.StateSource`, a few times a second.

    It looks from the dispatcher's thread, so that what it says belongs together. Rows reach consoles
    through the journal.
    """

    #: Seconds between looks.
    INTERVAL = 0.05

    def __init__(self, state: StateSource) -> None:
        self._state = state
        self._run: Run | None = None
        self._next = 0.0

    def prepare(self, run: PreparedRun) -> None:
        assert isinstance(run, Run)
        self._run = run
        self.publish()

    def start(self) -> None:
        self.publish()

    def wait_for_room(self) -> None:
        self.watch()

    def watch(self) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self.INTERVAL
            self.publish()

    def tell(self) -> None:
        self.watch()

    def stop(self, reason: str) -> None:
        self._state.update({"finish_reason": reason})
        self.publish()

    def ensure_stopped(self) -> None:
        self._run = None

    def publish(self) -> None:
        """Bring the state up to date now."""
        run = self._run
        if run is None:
            return
        controls = run.controls
        self._state.update(
            {
                "run_id": run.settings.run_id,
                "mode": run.settings.mode,
                "recording": run.settings.folder if run.settings.mode == "running" else "",
                "status": run.status(),
                "task": controls.task.model_dump(mode="json"),
                "pending": None if controls.pending is None else controls.pending.model_dump(mode="json"),
                "applied": dict(controls.applied),
                "pausing": controls.pause_requested,
                "paused": controls.paused,
                "flags": dict(run.dispatcher.flags),
                "by_hand": controls.by_hand.state(),
            }
        )
