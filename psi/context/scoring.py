"""What a task's scores mean, as declared in a manifest: colours, answers, and the figures that the window shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from atom.api import Bool, Enum, Int, List, Str
from enaml.core.api import Declarative, d_

from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of
from psi.models.scoring import RateSpec, ScoreSpec, ScoringSpec, SensitivitySpec


class Score(Declarative):
    """A value of the result ``score``, and what it says of the animal."""

    name = d_(Str())

    #: What the animal's answer was: 'yes' or 'no' where it says whether there was a stimulus, 'correct' or 'wrong'
    #: where it chooses; empty where it gave none, such as a trial that it left early.
    answer = d_(Enum("", "yes", "no", "correct", "wrong"))

    #: Its colour in the trial log: one of the theme's words.
    color = d_(Str())


class Rate(Declarative):
    """A figure: the share of the trials with a score of ``of`` among those with a score of ``among``.

    Reminders, repeats, aborted and incomplete trials are left out.
    """

    #: What people read, for example ``'hits, last 20'``.
    label = d_(Str())
    of = d_(List(Str()))
    among = d_(List(Str()))

    #: Over so many of the latest trials among them; 0 is over all.
    last = d_(Int())

    #: Whether it stands at the top of the window; the others stand above the trial log.
    headline = d_(Bool(False))

    def spec(self) -> RateSpec:
        return RateSpec(
            label=self.label, of=tuple(self.of), among=tuple(self.among), last=self.last, headline=self.headline
        )

    def scores(self) -> list[str]:
        """Every score that it names."""
        return [*self.of, *self.among]


class Sensitivity(Declarative):
    """A figure: d′ of a yes/no task, with the log-linear correction (Hautus 1995)."""

    label = d_(Str("d′"))
    hits = d_(Str("HIT"))
    misses = d_(Str("MISS"))
    false_alarms = d_(Str("FA"))
    correct_rejections = d_(Str("CR"))
    headline = d_(Bool(True))

    def spec(self) -> SensitivitySpec:
        hits, misses, false_alarms, correct_rejections = self.scores()
        return SensitivitySpec(
            label=self.label,
            hits=hits,
            misses=misses,
            false_alarms=false_alarms,
            correct_rejections=correct_rejections,
            headline=self.headline,
        )

    def scores(self) -> list[str]:
        """Every score that it names."""
        return [self.hits, self.misses, self.false_alarms, self.correct_rejections]


class Scoring(Declarative):
    """The scores of a task with the figures over them, as children. Contributed to ``psi.context.scoring``."""

    #: Expression over items: proportion correct of an animal that guesses, ``'1 / n_sides'``. Empty in a yes/no task.
    chance = d_(Str())

    def spec(self, evaluate: Callable[[str], Any]) -> ScoringSpec:
        """What was declared; ``evaluate`` gives the value of an expression over the task's items.

        Raises ``ConfigurationError`` with everything wrong with it.
        """
        scores = [child for child in self.children if isinstance(child, Score)]
        figures = [child for child in self.children if isinstance(child, (Rate, Sensitivity))]
        findings = list(self._findings(scores, figures))
        chance = None
        if self.chance and not findings:
            chance = float(evaluate(self.chance))
            if not 0 < chance < 1:
                message = f"chance = {self.chance!r} is {chance:g}; it must be between 0 and 1"
                findings.append(Finding(message, where_of(self, "chance")))
        if findings:
            raise ConfigurationError(findings)
        return ScoringSpec(
            scores=tuple(ScoreSpec(name=score.name, color=score.color, answer=score.answer) for score in scores),
            figures=tuple(figure.spec() for figure in figures),
            chance=chance,
        )

    def _findings(self, scores: list[Score], figures: list[Any]) -> list[Finding]:
        findings: list[Finding] = []
        names = [score.name for score in scores]
        for number, score in enumerate(scores):
            if not score.name:
                findings.append(Finding("a Score has no name; give it one", where_of(score)))
            elif score.name in names[:number]:
                findings.append(Finding(f"score {score.name!r} is declared twice; rename one", where_of(score, "name")))
        labels = [figure.label for figure in figures]
        for number, figure in enumerate(figures):
            kind = type(figure).__name__
            if not figure.label or figure.label in labels[:number]:
                wrong = "is declared twice; rename one" if figure.label else "has no label; give it one"
                findings.append(Finding(f"{kind} {figure.label!r} {wrong}", where_of(figure)))
            findings += [
                Finding(
                    f"{kind} {figure.label!r} names the score {name!r}{did_you_mean(name, names)}", where_of(figure)
                )
                for name in dict.fromkeys(figure.scores())
                if name not in names
            ]
        return findings
