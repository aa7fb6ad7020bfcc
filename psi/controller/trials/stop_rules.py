"""When a run ends by itself: what the rules of its task may say, and what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psi.core.errors import ConfigurationError, Finding
from psi.core.expressions import EvaluationError, parse
from psi.models.task import StopRules

#: Name in a rule's expression -> what it means.
TOTALS: dict[str, str] = {
    "trials": "completed trials",
    "minutes": "minutes since Start that were not paused",
    "no_response": "minutes since the last response, or since Start, that were not paused",
    "rewards": "rewards given by the paradigm and by hand",
    "rewards_by_hand": "those given by hand",
    "volume": "millilitres given, of calibrated outlets",
    "trials_per_hour": "completed trials by the hour that was not paused",
    "trials_today": "completed trials of the subject on this day, earlier recordings included",
    "rewards_today": "the same of rewards",
    "volume_today": "the same of millilitres",
    "score": "score('HIT') is the number of trials with that score",
    "recent": "recent('HIT', 20) is the share of that score among the last 20 trials that count",
}


@dataclass(frozen=True, slots=True)
class Due:
    """A rule that holds."""

    #: The run's finish reason.
    reason: str
    #: The same for people.
    words: str


class Recent:
    """The scores of the trials that count, newest last."""

    #: More are not kept.
    LONGEST = 1000

    def __init__(self) -> None:
        self._scores: list[str] = []

    def take(self, row: Mapping[str, Any]) -> None:
        """A trial was committed. Reminders, repeats, aborted and incomplete ones say nothing about the animal."""
        if row.get("reminder") or row.get("repeat") or row.get("aborted") or not row.get("completed", True):
            return
        self._scores.append(str(row.get("score") or ""))
        del self._scores[: -self.LONGEST]

    def share(self, score: str, n: int) -> float:
        """Share of ``score`` among the last ``n`` trials; nan while there are fewer, so that no rule holds."""
        if not 1 <= n <= self.LONGEST:
            raise ValueError(f"recent looks at 1 to {self.LONGEST} trials, not {n}")
        return self._scores[-n:].count(score) / n if len(self._scores) >= n else math.nan


def rule_findings(
    rules: StopRules, calibrated: bool, has_trials: bool, has_responses: Callable[[], bool]
) -> list[Finding]:
    """What is wrong with the stop rules of a task on this rig.

    ``calibrated`` is whether the volume of any outlet is known, ``has_trials`` whether the paradigm has trials, and
    ``has_responses`` tells whether any transition marks a response.
    """
    where = "stop rule"
    findings = _expression_findings(rules.when, where)
    uses = set(parse(rules.when).names) if rules.when is not None and not findings else set()
    if not has_trials and rules.trials is not None:
        message = "this paradigm has no trials, so that a number of them never ends it; give --duration"
        findings.append(Finding(message, "--trials"))
    if (rules.no_response is not None or "no_response" in uses) and not (has_trials and has_responses()):
        findings.append(
            Finding("'no_response' never knows of a response: no transition marks one (marks = 'response')", where)
        )
    if (rules.volume is not None or uses & {"volume", "volume_today"}) and not calibrated:
        has = "volume_per_pulse (mL) or volume_per_second (mL/s)"
        message = f"'volume' is not known: no channel under a Trigger has {has}, and no pump measures it"
        findings.append(Finding(message, where))
    return findings


def _expression_findings(when: str | None, where: str) -> list[Finding]:
    if when is None:
        return []
    try:
        expression = parse(when)
    except ConfigurationError as error:
        return [Finding(f"'when': {finding.message}", where) for finding in error.findings]
    unknown = expression.unknown(TOTALS, {}, where)
    if unknown:
        return unknown
    zeros: dict[str, Any] = dict.fromkeys(TOTALS, 0.0)
    try:
        # With functions that answer for anything, it must have a value before the first trial.
        expression.evaluate({**zeros, "score": _score_stand_in, "recent": Recent().share})
    except EvaluationError as error:
        if "division by zero" not in error.reason:
            return [Finding(f"'when' {error}", where)]
    return []


def _score_stand_in(name: str) -> int:
    if not isinstance(name, str):
        raise ValueError("score takes a score in quotes, such as 'HIT'")
    return 0


def names_words(names: Iterable[str] = TOTALS) -> str:
    """The names that a rule's expression may use, as one line."""
    return ", ".join(names)
