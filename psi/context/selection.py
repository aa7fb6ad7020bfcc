"""Selections: selectors at work during one run."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from psi.core.errors import ConfigurationError
from psi.core.expressions import Expression
from psi.models.task import SelectorSettings

#: Item -> constant or text of an expression.
Setting = dict[str, Any]


class AnsweredTrial(Protocol):
    """What a selection is told of a trial that has ended and counts. The context is one."""

    @property
    def setting(self) -> Mapping[str, Any]:
        """Constants and expressions that were given, by item; without items that are not roved."""
        ...

    def value(self, name: str) -> Any:
        """Value of an item in the trial."""
        ...

    def evaluate(self, expression: str | Expression, symbols: Mapping[str, Any] | None = None) -> Any:
        """Value of an expression over the trial's items and ``symbols``."""
        ...


@dataclass(frozen=True)
class RowCounts:
    """What was given and what is left, row by row; empty for what has no rows of its own."""

    #: How often each row of its settings was given in this run.
    given: tuple[int, ...] = ()
    #: How often each row is still to be given in this cycle.
    left: tuple[int, ...] = ()


@dataclass(frozen=True)
class Progress:
    """How far a selection has come."""

    #: The cycle that was begun last, from 1; 0 before the first.
    cycle: int = 0
    #: After how many cycles it is complete; ``None`` for never.
    cycles: int | None = None
    #: Why it is complete; empty while it is not.
    complete: str = ""
    #: One line for people.
    text: str = ""


class Selection(ABC):
    """Gives the settings of successive trials of one run. Base of all; a new kind has ``_choose`` and what it needs.

    Who calls what: the run asks ``next_setting`` when a trial is planned, and tells ``feedback`` when it has ended,
    for trials that count only: no reminder, no forced repeat, not aborted, completed. Both on the dispatcher's thread.
    """

    #: The items that it gives values of.
    items: tuple[str, ...] = ()

    #: The setting that was given last; ``None`` before the first.
    current: Setting | None = None

    @abstractmethod
    def _choose(self) -> Setting:
        """The next setting. May draw random numbers and change what it keeps."""

    def next_setting(self) -> Setting:
        """The setting of the next trial."""
        self.current = self._choose()
        return self.current

    @property
    def n_rows(self) -> int:
        """After how many settings every one that it can give was likely given."""
        return 1

    @property
    def can_complete(self) -> bool:
        """Whether it has an end."""
        return False

    @property
    def complete(self) -> str:
        """Why it has come to its end, in a word; empty while it has not. It goes on giving settings when asked."""
        return ""

    def feedback(self, trial: AnsweredTrial) -> dict[str, Any] | None:
        """What came of the trial. Returns what the recording keeps of it, as plain values; ``None`` for nothing."""
        return None

    def result(self) -> dict[str, Any]:
        """What it has found, such as a threshold, as plain values."""
        return {}

    def state(self) -> dict[str, Any]:
        """What :meth:`restore` needs to go on in a later run, as plain values."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from an earlier run's ``state``. ``ConfigurationError`` where it is not of this kind of selector."""
        if state:
            raise ConfigurationError(f"cannot go on from an earlier run: {type(self).__name__} keeps no state")

    def resume(self, before: Selection) -> None:
        """Take over from ``before``, whose settings were edited while it ran."""
        self.current = before.current

    def copy(self) -> Selection:
        """One that goes on from here by itself: what is done to it does not change this one."""
        return copy.deepcopy(self)

    def progress(self) -> Progress:
        """How far it has come. Asked many times a second, from any thread: what takes time is for :meth:`counts`."""
        return Progress(complete=self.complete)

    def counts(self) -> RowCounts:
        """What was given and what is left, row by row."""
        return RowCounts()

    def preview(self, n: int) -> list[Setting]:
        """The next ``n`` settings as far as they are known now; nothing changes by looking."""
        looking = self.copy()
        settings: list[Setting] = []
        while len(settings) < n and not looking.complete:
            settings.append(looking.next_setting())
        return settings


class SelectorTemplate(Protocol):
    """What the context asks of a selector's declaration."""

    def settings(self) -> SelectorSettings: ...

    def start(self, generator: np.random.Generator, settings: SelectorSettings) -> Selection: ...
