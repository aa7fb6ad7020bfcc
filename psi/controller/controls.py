"""What a person does to a run while it goes on. Asked from any thread, done on the dispatcher's.

``who`` asks stands in the audit: the window's 'console', or what ``psi send --who`` says.

Trial logic changes at safe points only: when the next trial is about to be chosen. Paradigms
without trials have a safe point whenever the dispatcher is free.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from psi.controller.dispatch.event import Event
from psi.controller.hand_work import HandWork
from psi.controller.task_changes import task_changes
from psi.controller.trials.training import REMINDERS, Training
from psi.controller.trials.trial_sequence import NextTrial
from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean
from psi.models.task import Task

if TYPE_CHECKING:
    from psi.controller.run import Run


class RunControls:
    """Pause, edits, trial controls and outputs worked by hand, for one run."""

    def __init__(self, run: Run, task: Task) -> None:
        self._run = run
        self._lock = threading.Lock()
        #: The task that holds.
        self.task = task
        #: The task that will hold from the next safe point on.
        self.pending: Task | None = None
        #: The task that holds, or will: what an edit is made to.
        self.coming = task
        #: What the last Apply did: trial, time and changes; empty before.
        self.applied: dict[str, Any] = {}
        self._who = ""
        self.pause_requested = False
        self._pauser = ""
        self._paused_at: float | None = None
        # Seconds that were paused, without a pause that goes on.
        self._paused_for = 0.0
        # Finish reason and words of the stop that waits for the end of the trial; empty while none does.
        self._stop_reason = self._stop_words = ""
        #: Who chooses the trials.
        self.training = Training(run.parts.trial_types)
        #: Outputs worked by hand.
        self.by_hand = HandWork(run)

    @property
    def paused(self) -> bool:
        """Whether trial logic stands still because somebody paused it."""
        return self._paused_at is not None

    @property
    def standing(self) -> bool:
        """Whether trial logic hears of no event: paused, or waiting for the experimenter to choose the trial."""
        return self.paused or self.training.waiting

    @property
    def stopping_after_trial(self) -> bool:
        """Whether the run ends when the trial that is going on has ended."""
        return bool(self._stop_reason)

    def running_time(self) -> float:
        """Seconds since Start that were not paused: what rates are taken over."""
        now = self._run.clock.now()
        began = self._paused_at
        return max(0.0, now - self._paused_for - (now - began if began is not None else 0.0))

    def _soon(self, action: Callable[[], object]) -> None:
        self._run.dispatcher.call_at(-math.inf, action, survives_stop=True)

    # -- edits -------------------------------------------------------------------------------

    def apply(self, task: Task, who: str = "console") -> None:
        """Let ``task``, which was checked, hold from the next safe point on."""
        with self._lock:
            self.pending, self.coming, self._who = task, task, who
        # Where the next trial waits for the experimenter, or there are none, this is a safe point.
        self._soon(self.take_pending if self._run.machine is None else self._choose_if_waiting)

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
        sample = run.io.time.sample_at(now)
        for name, (old, new) in changes.items():
            run.audit("change", name, {"old": old, "new": new, "trial": trial, **sample}, self._who)
        if changes:
            pairs = {name: list(pair) for name, pair in changes.items()}
            self.applied = {"trial": trial, "time": now, "changes": pairs}
        run.stop_rules.change(task.stop)
        if run.machine is None:
            run.stimuli.load()

    # -- the session's course ----------------------------------------------------------------

    def at_safe_point(self) -> bool:
        """The next trial is about to be chosen: take edits; False where it must not be chosen now."""
        self.take_pending()
        if self._stop_reason:
            self._stop_now()
            return False
        if self._run.stop_rules.look():
            return False
        if self.pause_requested:
            self._paused_at = self._run.clock.now()
            self._run.dispatcher.delays.hold(self._paused_at)
            self._run.audit("pause", "begin", {"trial": self._run.trials.counts.committed + 1}, self._pauser)
            self._run.post("experiment_pause")
            return False
        return self._may_choose()

    def _may_choose(self) -> bool:
        """Whether the next trial may be chosen in the training mode that holds from here on."""
        run, training = self._run, self.training
        if training.wanted != training.mode:
            training.mode = training.wanted
            run.audit("training", training.mode, {"trial": run.trials.counts.committed + 1}, training.who)
        run.trials.manual = training.mode == "manual"
        training.waiting = run.trials.manual and not run.trials.requested
        return not training.waiting

    def pause(self, who: str = "console") -> None:
        """Let trial logic stand still from the next safe point on; acquisition and recording go on."""
        if self._run.machine is None:
            raise ConfigurationError("this paradigm has no trial logic that could be paused; stop it instead")
        self.pause_requested, self._pauser = True, who
        self._soon(self._choose_if_waiting)

    def resume(self, who: str = "console") -> None:
        """Go on where the pause began."""
        self.pause_requested = False
        self._soon(lambda: self._go_on(who))

    def _go_on(self, who: str) -> None:
        if self._paused_at is None:
            return
        now, run = self._run.clock.now(), self._run
        run.audit("pause", "end", {"began": self._paused_at, "duration": now - self._paused_at}, who)
        self._paused_for += now - self._paused_at
        self._paused_at = None
        run.dispatcher.delays.go_on(now)
        run.post("experiment_resume")
        run.dispatcher.post(Event("next_trial", now, clock="console"))

    def train(self, mode: str, who: str = "console") -> None:
        """Let trials follow the paradigm's rule ('automatic') or wait for :meth:`trial` ('manual') from the next on.

        Raises ``ConfigurationError`` where there is no such mode.
        """
        self.training.want(mode, who)
        self._soon(self._choose_if_waiting)

    def trial(self, trial_type: str, who: str = "console") -> None:
        """Let the next trial be of ``trial_type``; one that waits for it begins.

        Raises ``ConfigurationError`` where the paradigm has none such.
        """
        planned = self.training.trial(trial_type)
        self._run.audit("command", "trial", {"type": trial_type}, who)
        self._soon(lambda: self._request(planned))

    def _request(self, planned: NextTrial) -> None:
        self._run.trials.request(planned)
        self._choose_if_waiting()

    def _choose_if_waiting(self) -> None:
        """The next trial waits for the experimenter, who has said something: look again whether it may be chosen."""
        if self.training.waiting:
            self.training.waiting = False
            self._run.dispatcher.post(Event("next_trial", self._run.clock.now(), clock="console"))

    def stop_after_trial(self, reason: str = "stopped", words: str = "", who: str = "console") -> None:
        """End the run when this trial has ended, at once where none is going on; ``reason`` is its finish reason."""
        if not self._stop_reason:
            self._stop_reason, self._stop_words = reason, words
            if reason == "stopped":
                self._run.audit("command", "stop_after_trial", {}, who)
        self._soon(lambda: None if self._run.trials.going_on else self._stop_now())

    def keep_going(self, who: str = "console") -> None:
        """Take a stop after this trial back."""
        if self._stop_reason == "stopped":
            self._stop_reason = ""
            self._run.audit("command", "keep_going", {}, who)

    def _stop_now(self) -> None:
        if self._stop_reason:
            self._run.stop_rules.end(self._stop_reason, self._stop_words)

    def abort_trial(self, who: str = "console") -> None:
        """End the trial that is going on; its row is kept and marked."""
        self._soon(lambda: self._abort(who))

    def _abort(self, who: str) -> None:
        run = self._run
        if run.machine is None or not run.trials.mark_aborted():
            return
        event = Event("trial_end", run.clock.now(), clock="console", info={"aborted": True})
        run.audit("command", "abort_trial", {"trial": run.trials.counts.committed + 1}, who)
        run.dispatcher.post(event)
        run.machine.restart(event)

    def remind(self, who: str = "console") -> None:
        """Make the next trial a reminder. Raises ``ConfigurationError`` where the paradigm has none."""
        if REMINDERS not in self._run.context.selectors:
            raise ConfigurationError(f"this paradigm has no selector {REMINDERS!r} to take a reminder from")
        self._run.audit("command", "remind", {}, who)
        self._soon(lambda: self._request(NextTrial(REMINDERS, REMINDERS, reminder=True)))

    def repeat(self, who: str = "console") -> None:
        """Present this setting again in the next trial."""
        self._run.audit("command", "repeat", {}, who)
        self._soon(self._repeat)

    def _repeat(self) -> None:
        if self._run.trials.request_repeat():
            self._choose_if_waiting()

    # -- by hand -----------------------------------------------------------------------------

    def note(self, text: str, who: str = "console") -> None:
        """Keep a line of text with its time."""
        self._run.audit("note", "note", {"text": text}, who)

    def post(self, event: str, who: str = "console") -> None:
        """Post ``event`` as if the paradigm, or an animal at an input, had.

        Raises ``ConfigurationError`` for one that is not declared, for those that tell what psi, trial logic and
        outputs have done, since a trial does not end because somebody says so, and without a run for those on which
        nothing is done.
        """
        run, names = self._run, self._run.parts.names
        if event not in names.origin:
            raise ConfigurationError(f"unknown event {event!r}{did_you_mean(event, names.events)}")
        played = {f"{name}_{what}" for name in run.parts.wiring.outputs for what in ("start", "end")}
        by_hand = [name for name, origin in names.origin.items() if origin not in ("psi", "logic")]
        if event not in by_hand or event in played:
            may_be = ", ".join(name for name in by_hand if name not in played) or "none"
            raise ConfigurationError(f"{event!r} tells what the run itself has done; by hand can be posted: {may_be}")
        if run.settings.mode != "running" and event not in run.parts.index.by_event:
            only = "open" if run.settings.mode == "open" else "monitored"
            raise ConfigurationError(
                f"nothing is done on {event!r} while the rig is only {only}: trial logic answers it, from Start on; "
                "work the output itself"
            )
        self._soon(lambda: run.dispatcher.post(Event(event, run.clock.now(), clock="console", info={"by": who})))

    def work_output(self, name: str, action: str, who: str = "console", **settings: float | None) -> None:
        """Work an output by hand: ``action`` is 'fire', 'prime', 'stop', 'start', 'high' or 'low'.

        ``settings`` are those of :meth:`psi.controller.hand_work.HandWork.work`. Raises ``ConfigurationError`` with
        every reason why it cannot be done.
        """
        self.by_hand.work(name, action, settings, who)
