"""Trials of one run: numbered, marked, and committed as rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from enaml.workbench.api import Workbench

from psi.context.context import Context
from psi.context.items import Result
from psi.controller.dispatch.event import Event
from psi.controller.trials.trial_sequence import AskedChooser, NextTrial, TrialChooser
from psi.core.protocols import RowSink

#: Columns that every trial row has: name, label, dtype, unit.
STANDARD_RESULTS = (
    ("trial_number", "Trial", "int64", ""),
    ("trial_type", "Type", "text", ""),
    ("trial_start", "Start", "float64", "s"),
    ("trial_end", "End", "float64", "s"),
    ("stimulus_onset", "Stimulus", "float64", "s"),
    ("stimulus_sample", "Stimulus sample", "int64", ""),
    ("response_onset", "Response", "float64", "s"),
    ("response_sample", "Response sample", "int64", ""),
    ("repeat", "Repeat", "bool", ""),
    ("reminder", "Reminder", "bool", ""),
    ("aborted", "Aborted", "bool", ""),
    ("paused", "Paused", "bool", ""),
    ("completed", "Completed", "bool", ""),
    ("manual", "Chosen by hand", "bool", ""),
)


def standard_results(workbench: Workbench) -> list[Result]:
    """The results that the controller contributes to ``psi.context.items`` for trial logic."""
    return [Result(name=name, label=label, dtype=dtype, unit=unit) for name, label, dtype, unit in STANDARD_RESULTS]


@dataclass
class TrialCounts:
    """What a progress line shows."""

    committed: int = 0
    completed: int = 0
    by_score: dict[str, int] = field(default_factory=dict)


class TrialLog:
    """Asks the chooser for the next trial, keeps its standard columns, and commits its row once."""

    def __init__(
        self,
        context: Context,
        chooser: TrialChooser | None,
        record: RowSink,
        next_setting: Callable[[NextTrial, dict[str, Any]], None],
    ) -> None:
        self._context = context
        self._chooser = chooser
        self._record = record
        self._next_setting = next_setting
        self._planned: NextTrial | None = None
        self._before: NextTrial | None = None
        self._open = False
        self._last: dict[str, Any] | None = None
        self._requested: NextTrial | None = None
        #: Whether the experimenter chooses the trials; each row says it.
        self.manual = False
        self.counts = TrialCounts()

    @property
    def going_on(self) -> bool:
        """Whether a trial has begun and not ended."""
        return self._open

    @property
    def requested(self) -> bool:
        """Whether somebody has said what the next trial is."""
        return self._requested is not None

    @property
    def ended(self) -> tuple[NextTrial, dict[str, Any]]:
        """The trial whose row was committed last: what it was planned as, and its row."""
        assert self._before is not None
        assert self._last is not None
        return self._before, self._last

    def request(self, planned: NextTrial) -> None:
        """Make ``planned`` the next trial instead of what the chooser says; the last request counts."""
        self._requested = planned

    def request_repeat(self) -> bool:
        """Make the next trial a repeat of the last one; False where there was none."""
        last = self._planned or self._before
        if last is None:
            return False
        self._requested = NextTrial(last.trial_type, last.selector, repeat=True, reminder=last.reminder, sets=last.sets)
        return True

    def plan_next(self) -> None:
        """Choose the next trial's type and setting."""
        planned, self._requested = self._requested, None
        if planned is not None:
            if isinstance(self._chooser, AskedChooser):
                planned = self._chooser.asked(self._context, self._last, planned)
        else:
            planned = self._chooser.next(self._context, self._last) if self._chooser else NextTrial("trial", None)
        self._planned = self._before = planned
        roved = self._context.next_trial(planned.selector, repeat=planned.repeat or planned.keep_setting)
        for name, value in (
            ("trial_number", self.counts.committed + 1),
            ("trial_type", planned.trial_type),
            ("repeat", planned.repeat),
            ("reminder", planned.reminder),
            ("aborted", False),
            ("paused", False),
            ("completed", True),
            ("manual", self.manual),
        ):
            self._context.set_result(name, value)
        for name, value in planned.sets.items():
            self._context.set_result(name, value)
        self._next_setting(planned, roved)

    def begin(self, event: Event) -> None:
        """The trial began with ``event``."""
        if self._planned is None:
            self.plan_next()
        self._open = True
        self._context.set_result("trial_start", event.time)

    def mark(self, what: str, event: Event) -> None:
        """``event`` was the trial's 'stimulus' or 'response'."""
        self._context.set_result(f"{what}_onset", event.time)
        self._context.set_result(f"{what}_sample", event.sample)

    def commit(self, event: Event) -> bool:
        """Write the row of the trial that ended with ``event``; False where none was going on."""
        if not self._open:
            return False
        self._open = False
        self._planned = None
        self._context.set_result("trial_end", event.time)
        row = self._context.row()
        self._last = row
        self.counts.committed += 1
        self.counts.completed += bool(row["completed"])
        score = row.get("score")
        if score:
            self.counts.by_score[score] = self.counts.by_score.get(score, 0) + 1
        self._record({"kind": "trial", "values": row})
        return True

    def told_late(self, name: str, value: Any, event: Event) -> None:
        """Keep a result that was set after its trial's row was written, and before the next trial was chosen."""
        if not self._open and self._planned is None and self._last is not None:
            info = {"value": value, "trial": self.counts.committed, "event": event.name}
            row = {"kind": "audit", "time": event.time, "what": "late result", "name": name, "who": "psi"}
            self._record({**row, "info": info})

    def mark_aborted(self) -> bool:
        """The trial that is going on will be committed as aborted; False where there is none."""
        if self._open:
            self._context.set_result("aborted", True)
            self._context.set_result("completed", False)
        return self._open

    def abort(self, event: Event) -> bool:
        """Commit a trial that was going on as aborted; its row is kept and marked."""
        return self.mark_aborted() and self.commit(event)
