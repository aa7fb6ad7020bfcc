"""Ends a run by itself: looks whether a stop rule holds where a trial ends, and while nothing goes on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from psi.controller.dispatch.timers import Timer
from psi.controller.trials.stop_rules import Due, Recent
from psi.core.expressions import EvaluationError, parse
from psi.models.task import StopRules

if TYPE_CHECKING:
    from psi.controller.run import Run


class StopWatch:
    """Looks whether a stop rule holds, and asks the run to end at its next safe point.

    ``duration`` ends a run at once, at the end of a block, so that a recording is as long as was asked for.
    """

    #: Seconds between looks while no trial ends.
    INTERVAL = 0.5

    def __init__(self, run: Run, rules: StopRules) -> None:
        self._run = run
        self.rules = rules
        self.recent = Recent()
        #: Running time in s of the last response.
        self._responded = 0.0
        self._timers: list[Timer] = []
        self._without_value: set[str] = set()
        #: Why the run ended, where a rule ended it; else empty.
        self.words = ""

    def begin(self) -> None:
        """The run begins, or its rules are others now."""
        for timer in self._timers:
            timer.cancel()
        self._timers = []
        run = self._run
        if self.rules.duration is not None:
            # To the end of the block, so that a recording is never shorter than asked for.
            block = run.parts.block_duration
            due = float(math.ceil(Fraction(self.rules.duration).limit_denominator(1_000_000) / block) * block)
            self._timers.append(run.dispatcher.call_at(due, self._duration_over))
        if any(rule is not None for rule in (self.rules.minutes, self.rules.volume, self.rules.no_response)) or (
            self.rules.when is not None
        ):
            self._look_again()

    def change(self, rules: StopRules) -> None:
        """The task that holds from here on has these rules."""
        if rules != self.rules:
            self.rules = rules
            self.begin()
            self.look()

    def _duration_over(self) -> None:
        self.end("duration", f"{self.rules.duration:g} s are over")

    def _look_again(self) -> None:
        timer = self._run.dispatcher.call_at(self._run.clock.now() + self.INTERVAL, self._tick)
        self._timers = [*self._timers[-1:], timer]

    def _tick(self) -> None:
        if not self.look():
            self._look_again()

    def trial_ended(self, row: Mapping[str, Any]) -> None:
        """A trial was committed with ``row``."""
        self.recent.take(row)
        if row.get("response_onset") is not None:
            self._responded = self._run.controls.running_time()
        self.look()

    def look(self) -> bool:
        """Whether a rule holds; the run then ends when the trial that is going on has ended."""
        due = self._due()
        if due is None:
            return False
        if self._run.trials.going_on:
            self._run.controls.stop_after_trial(due.reason, due.words)
        else:
            self.end(due.reason, due.words)
        return True

    def end(self, reason: str, words: str) -> None:
        """End the run now, for a finish reason and its words."""
        if not self._run.stop_request:
            self.words = words
            if words:
                self._run.audit("stop", reason, {"words": words})
            self._run.stop_request(reason)

    def values(self) -> dict[str, Any]:
        """What the names of an expression mean now."""
        run, totals = self._run, self._run.totals
        today = totals.today
        seconds = run.controls.running_time()
        return {
            "trials": run.trials.counts.completed,
            "minutes": seconds / 60,
            "no_response": (seconds - self._responded) / 60,
            "rewards": int(sum(totals.rewards.values())),
            "rewards_by_hand": int(totals.rewards["hand"]),
            "volume": totals.volume(),
            "trials_per_hour": totals.trials_per_hour() or 0.0,
            "trials_today": today.trials,
            "rewards_today": today.rewards,
            "volume_today": today.volume,
            "score": lambda name: run.trials.counts.by_score.get(name, 0),
            "recent": self.recent.share,
        }

    def _due(self) -> Due | None:
        rules, run = self.rules, self._run
        completed = run.trials.counts.completed
        if rules.trials is not None and completed >= rules.trials:
            return Due("trials", f"{completed} trials are completed")
        if all(rule is None for rule in (rules.minutes, rules.volume, rules.no_response, rules.when)):
            return None
        values = self.values()
        if rules.minutes is not None and values["minutes"] >= rules.minutes:
            return Due("minutes", f"{rules.minutes:g} min are over")
        if rules.volume is not None and values["volume"] >= rules.volume - 1e-9:
            return Due("volume", f"{values['volume']:.3g} mL are delivered")
        if rules.no_response is not None and values["no_response"] >= rules.no_response:
            return Due("no response", f"no response for {rules.no_response:g} min")
        if rules.when is not None and self._holds(rules.when, values):
            return Due("rule", f"{rules.when} holds")
        return None

    def _holds(self, when: str, values: Mapping[str, Any]) -> bool:
        try:
            return bool(parse(when).evaluate(values))
        except EvaluationError as error:
            # A share of nothing yet: what has no value does not hold. Said once: it may be a slip.
            if when not in self._without_value:
                self._without_value.add(when)
                self._run.audit("stop", "when", {"rule": when, "no_value": error.reason})
            return False
