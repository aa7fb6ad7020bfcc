"""What a person does to a run while it goes on. Asked from any thread, done on the dispatcher's.

Trial logic changes at safe points only: when the next trial is about to be chosen. Paradigms
without trials have a safe point whenever the dispatcher is free.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from psi.controller.event import Event
from psi.controller.hand_work import HandWork
from psi.controller.trial_sequence import NextTrial
from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean
from psi.models.task import Task

if TYPE_CHECKING:
    from psi.controller.run import Run

#: Name of the selector that reminders come from, by convention.
REMINDERS = "remind"


class RunControls:
    """Pause, edits, trial controls and outputs worked by hand, for one run."""

    def __init__(self, run: Run, task: Task) -> None:
        self._run = run
        self._lock = threading.Lock()
        #: The task that holds.
        self.task = task
        #: The task that will hold from the next safe point on.
        self.pending: Task | None = None
        #: What the last Apply did: trial, time and changes; empty before.
        self.applied: dict[str, Any] = {}
        self._who = ""
        self.pause_requested = False
        self._paused_at: float | None = None
        self._stop_after_trial = False
        #: Outputs worked by hand.
        self.by_hand = HandWork(run)

    @property
    def paused(self) -> bool:
        """Whether trial logic stands still."""
        return self._paused_at is not None

    def _soon(self, action: Callable[[], object]) -> None:
        self._run.dispatcher.call_at(-math.inf, action, survives_stop=True)

    # -- edits -------------------------------------------------------------------------------

    def apply(self, task: Task, who: str = "console") -> None:
        """Let ``task``, which was checked, hold from the next safe point on."""
        with self._lock:
            self.pending, self._who = task, who
        if self._run.machine is None:
            self._soon(self.take_pending)

    def take_pending(self) -> None:
        """A safe point: the pending task holds from here, whole; each change is a row of the audit."""
        with self._lock:
            task, self.pending = self.pending, None
        if task is None:
            return
        run, before = self._run, self.task
        run.context.apply(task)
        self.task = task
        trial, now = run.trials.counts.committed + 1, run.clock.now()
        changes = task_changes(before, task)
        for name, (old, new) in changes.items():
            run.audit("change", name, {"old": old, "new": new, "trial": trial}, self._who)
        self.applied = {"trial": trial, "time": now, "changes": {name: list(pair) for name, pair in changes.items()}}
        if run.machine is None:
            run.stimuli.load()

    # -- the session's course ----------------------------------------------------------------

    def at_safe_point(self) -> bool:
        """The next trial is about to be chosen: take edits; False where it must not be chosen now."""
        self.take_pending()
        if self._stop_after_trial:
            self._run.stop_request("stopped")
            return False
        if self.pause_requested:
            self._paused_at = self._run.clock.now()
            self._run.audit("pause", "begin", {"trial": self._run.trials.counts.committed + 1}, "console")
            return False
        return True

    def pause(self) -> None:
        """Let trial logic stand still from the next safe point on; acquisition and recording go on."""
        if self._run.machine is None:
            raise ConfigurationError("this paradigm has no trial logic that could be paused; stop it instead")
        self.pause_requested = True

    def resume(self) -> None:
        """Go on where the pause began."""
        self.pause_requested = False
        self._soon(self._go_on)

    def _go_on(self) -> None:
        if self._paused_at is None:
            return
        now, run = self._run.clock.now(), self._run
        run.audit("pause", "end", {"began": self._paused_at, "duration": now - self._paused_at}, "console")
        self._paused_at = None
        run.dispatcher.post(Event("next_trial", now, clock="console"))

    def stop_after_trial(self) -> None:
        """End the run when this trial has ended; at once where none is going on."""
        self._stop_after_trial = True
        self._soon(lambda: None if self._run.trials.going_on else self._run.stop_request("stopped"))

    def abort_trial(self) -> None:
        """End the trial that is going on; its row is kept and marked."""
        self._soon(self._abort)

    def _abort(self) -> None:
        run = self._run
        if run.machine is None or not run.trials.mark_aborted():
            return
        event = Event("trial_end", run.clock.now(), clock="console", info={"aborted": True})
        run.audit("command", "abort_trial", {"trial": run.trials.counts.committed + 1}, "console")
        run.dispatcher.post(event)
        run.machine.restart(event)

    def remind(self) -> None:
        """Make the next trial a reminder. Raises ``ConfigurationError`` where the paradigm has none."""
        if REMINDERS not in self._run.context.selectors:
            raise ConfigurationError(f"this paradigm has no selector {REMINDERS!r} to take a reminder from")
        self._run.audit("command", "remind", {}, "console")
        self._soon(lambda: self._run.trials.request(NextTrial(REMINDERS, REMINDERS, reminder=True)))

    def repeat(self) -> None:
        """Present this setting again in the next trial."""
        self._run.audit("command", "repeat", {}, "console")
        self._soon(self._run.trials.request_repeat)

    # -- by hand -----------------------------------------------------------------------------

    def note(self, text: str, who: str = "console") -> None:
        """Keep a line of text with its time."""
        self._run.audit("note", "note", {"text": text}, who)

    def post(self, event: str) -> None:
        """Post ``event`` as if the paradigm had. Raises ``ConfigurationError`` for an undeclared one."""
        names = self._run.parts.names.events
        if event not in names:
            raise ConfigurationError(f"unknown event {event!r}{did_you_mean(event, names)}")
        run = self._run
        self._soon(lambda: run.dispatcher.post(Event(event, run.clock.now(), clock="console", info={"by": "console"})))

    def work_output(self, name: str, action: str, **settings: float | None) -> None:
        """Work an output by hand: ``action`` is 'fire', 'prime', 'stop', 'start', 'high' or 'low'.

        ``settings`` are those of :meth:`psi.controller.hand_work.HandWork.work`. Raises ``ConfigurationError`` with
        every reason why it cannot be done.
        """
        self.by_hand.work(name, action, settings)


def task_changes(before: Task, after: Task) -> dict[str, tuple[Any, Any]]:
    """What differs between two tasks: item or ``selector.NAME`` or ``roving`` -> (old, new), as plain values."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    changes: dict[str, tuple[Any, Any]] = {}
    for name in dict.fromkeys([*old["items"], *new["items"]]):
        pair = old["items"].get(name), new["items"].get(name)
        if pair[0] != pair[1] or type(pair[0]) is not type(pair[1]):
            changes[name] = pair
    for name in dict.fromkeys([*old["selectors"], *new["selectors"]]):
        pair = old["selectors"].get(name), new["selectors"].get(name)
        if pair[0] != pair[1]:
            changes[f"selector.{name}"] = pair
    if old["roving"] != new["roving"]:
        changes["roving"] = old["roving"], new["roving"]
    return changes
