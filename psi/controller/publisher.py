"""Keeps the state that consoles mirror up to date; takes part in every run."""

from __future__ import annotations

import time
from typing import Any

from psi.controller.participant import Bystander, PreparedRun
from psi.controller.run import Run
from psi.link.state import StateSource
from psi.models.task import Task


class Publisher(Bystander):
    """Puts the run's status into a :class:`~psi.link.state.StateSource`, a few times a second.

    It looks from the dispatcher's thread, so that what it says belongs together. Rows reach consoles
    through the journal.
    """

    #: Seconds between looks, and between those at selectors, which have more to say than changes in a moment.
    INTERVAL, SELECTORS = 0.05, 0.25

    def __init__(self, state: StateSource) -> None:
        self._state = state
        self._run: Run | None = None
        self._next = self._next_selectors = 0.0
        # The tasks that were told last, with what was told.
        self._told: dict[str, tuple[Task | None, dict[str, Any] | None]] = {}

    def prepare(self, run: PreparedRun) -> None:
        assert isinstance(run, Run)
        self._run = run
        self.publish()

    def start(self) -> None:
        # While the rig is open after a run, what was said of its recording stays.
        if self._run is not None and self._run.settings.mode == "running":
            self._state.update({"quality": ""})
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
        words = "" if self._run is None else self._run.fault_line or self._run.stop_rules.words
        self._state.update({"finish_reason": reason, "finish_words": words})
        if self._run is not None and self._run.settings.mode == "running":
            status = self._run.status()
            ended = {name: status[name] for name in ("time", "trials", "rows", "totals")}
            ended.update(run_id=self._run.settings.run_id, reason=reason, words=words)
            # It stays while the rig is open, so that what was done can be read after Stop.
            self._state.update({"last_run": ended})
        self.publish()

    def ensure_stopped(self) -> None:
        if self._run is not None and self._run.settings.mode == "running":
            # The recording is closed by now, and its report made.
            self._state.update({"quality": self._run.status().get("quality", "")})
        self._run = None

    def publish(self) -> None:
        """Bring the state up to date now."""
        run = self._run
        if run is None:
            return
        controls = run.controls
        now = time.monotonic()
        if run.settings.mode == "running" and (now >= self._next_selectors or run.condition != "running"):
            self._next_selectors = now + self.SELECTORS
            # It stays until the next one, so that what was given can be read after Stop.
            self._state.update({"selectors_now": run.selectors.standing()})
        self._state.update(
            {
                "run_id": run.settings.run_id,
                "mode": run.settings.mode,
                "recording": run.settings.folder if run.settings.mode == "running" else "",
                "status": run.status(),
                "task": self._dumped("task", controls.task),
                "pending": self._dumped("pending", controls.pending),
                "applied": dict(controls.applied),
                "pausing": controls.pause_requested,
                "paused": controls.paused,
                "stopping_after_trial": controls.stopping_after_trial,
                "training": controls.training.state(),
                "flags": dict(run.dispatcher.flags),
                "by_hand": controls.by_hand.state(),
            }
        )

    def _dumped(self, what: str, task: Task | None) -> dict[str, Any] | None:
        """``task`` as plain values; tasks do not change, so that one that was told stays told."""
        told, values = self._told.get(what, (None, None))
        if told is not task:
            values = None if task is None else task.model_dump(mode="json")
            self._told[what] = task, values
        return values
