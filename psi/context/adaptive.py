"""What all adaptive selections share: an unanswered level is given again, an answer is judged, steps are kept."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from psi.context.selection import AnsweredTrial, Progress, Selection, Setting
from psi.core.errors import ConfigurationError, RunFault
from psi.models.adaptive import AdaptiveSettings

#: One answered trial as a recording keeps it: level, whether the answer was right, and the track.
Step = dict[str, Any]


class AdaptiveSelection(Selection):
    """Moves one item by the answers. Its state is the list of its steps, which :meth:`restore` takes one by one."""

    kind = ""

    def __init__(self, settings: AdaptiveSettings) -> None:
        self.items = settings.items
        self._base = settings
        self._steps: list[Step] = []
        #: Steps that an earlier run made: they inform, but do not count for stopping.
        self._n_before = 0
        #: What waits for an answer: level and track.
        self._asked: tuple[float, int] | None = None
        self._complete = ""

    @abstractmethod
    def _next_level(self) -> tuple[float, int]:
        """Level to be given next, in the item's unit, and the track that asks for it."""

    @abstractmethod
    def _take(self, step: Step) -> None:
        """Move by one answered trial."""

    @abstractmethod
    def _reason(self) -> str:
        """Why it is complete by what was taken so far."""

    @property
    def n_trials(self) -> int:
        """Trials of this run that counted."""
        return len(self._steps) - self._n_before

    @property
    def complete(self) -> str:
        return self._complete

    def _choose(self) -> Setting:
        if self._asked is None:
            self._asked = self._next_level()
        return {self._base.item: self._asked[0], **self._base.values}

    def feedback(self, trial: AnsweredTrial) -> Step | None:
        if self._asked is None or self._complete or self._base.item not in trial.setting:
            return None
        right = judge(self._base.correct, trial)
        if right is None:
            return None
        # The value that was presented: an edit may have come between.
        step = {"level": float(trial.value(self._base.item)), "correct": right, "track": self._asked[1]}
        self._asked = None
        self._add(step)
        self._complete = self._reason()
        return step

    def _add(self, step: Step) -> None:
        self._take(step)
        self._steps.append(step)

    def state(self) -> dict[str, Any]:
        return {"kind": self.kind, "item": self._base.item, "steps": list(self._steps), "complete": self._complete}

    def _accept(self, state: Mapping[str, Any]) -> list[Step]:
        """The steps of ``state``. ``ConfigurationError`` where it is another selector's."""
        if state.get("kind") != self.kind or state.get("item") != self._base.item:
            raise ConfigurationError(
                f"was left by a selector of kind {state.get('kind')!r} for item {state.get('item')!r}; "
                f"this one is of kind {self.kind!r} for {self._base.item!r}"
            )
        return [dict(step) for step in state["steps"]]

    def progress(self) -> Progress:
        return Progress(complete=self._complete, text=self._text())

    def _text(self) -> str:
        return f"trial {self.n_trials}"

    def preview(self, n: int) -> list[Setting]:
        # What comes after the next one depends on its answer.
        return super().preview(min(n, 1))


def judge(correct: str, trial: AnsweredTrial) -> bool | None:
    """Whether the answer was right; ``None`` where the trial does not count. ``RunFault`` for anything else."""
    value = trial.evaluate(correct)
    if value is None or isinstance(value, bool):
        return value
    if hasattr(value, "item"):
        value = value.item()
    if value in (0, 1):
        return bool(value)
    raise RunFault(f"correct = {correct!r} is {value!r}; it must be True, False, or None to leave the trial out")
