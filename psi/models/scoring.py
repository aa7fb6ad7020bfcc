"""What a paradigm says of its scores: which answers they are, their colours, and the figures over them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from psi.models.base import Model

#: What a score says of the animal's answer: in a yes/no task, or where one answer is right.
Answer = Literal["", "yes", "no", "correct", "wrong"]


class ScoreSpec(Model):
    """One score that a trial may have."""

    name: str
    #: Colour word of the window's theme.
    color: str = ""
    answer: Answer = ""


class RateSpec(Model):
    """The share of the trials with a score of ``of`` among those with a score of ``among``."""

    kind: Literal["rate"] = "rate"
    label: str
    of: tuple[str, ...]
    among: tuple[str, ...]
    #: Over so many of the latest ones; 0 is over all.
    last: int = 0
    #: Whether it stands at the top of the window.
    headline: bool = False


class SensitivitySpec(Model):
    """d′ of a yes/no task."""

    kind: Literal["sensitivity"] = "sensitivity"
    label: str
    hits: str
    misses: str
    false_alarms: str
    correct_rejections: str
    headline: bool = False


class ScoringSpec(Model):
    """The scores of a task and the figures over them, in the order of declaration."""

    scores: tuple[ScoreSpec, ...] = ()
    figures: tuple[Annotated[RateSpec | SensitivitySpec, Field(discriminator="kind")], ...] = ()
    #: Proportion correct of an animal that guesses; ``None`` in a yes/no task, where false alarms tell.
    chance: float | None = None

    @property
    def colors(self) -> dict[str, str]:
        """Score -> colour word."""
        return {score.name: score.color for score in self.scores}

    @property
    def answers(self) -> dict[str, bool]:
        """Score -> whether it is a yes, or correct; scores that are no answer are missing."""
        return {score.name: score.answer in ("yes", "correct") for score in self.scores if score.answer}

    @property
    def asks_yes_or_no(self) -> bool:
        """Whether answers are yes and no, not correct and wrong."""
        return all(score.answer in ("", "yes", "no") for score in self.scores)
