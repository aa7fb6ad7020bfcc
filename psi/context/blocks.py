"""Blocks: selectors that take turns, and what their changes may depend on."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from psi.context.adaptive import judge
from psi.context.selection import AnsweredTrial, Progress, Selection, Setting
from psi.core.errors import ConfigurationError, RunFault
from psi.models.selectors import BlocksSettings

#: What ``until`` may use beside items and symbols, and what it means.
RECENT_SYMBOLS = {
    "trials": "trials of this block that counted so far",
    "streak": "right answers in a row at the end of this block",
    "correct_rate": "correct_rate(n): proportion of right answers in the last n trials of this block, nan before n",
    "recent": "recent(name, n): values of a result in the last n trials of this block, fewer where there were fewer",
}

#: Values of results that are kept of each block for ``recent``.
MOST_RECENT = 1000


def recent_names(until: str) -> frozenset[str]:
    """Names of the results that ``until`` asks ``recent`` for."""
    return frozenset(re.findall(r"""\brecent\(\s*['"](\w+)['"]""", until))


class RecentResults:
    """Results of the trials of one block that counted."""

    def __init__(self) -> None:
        self.n_trials = 0
        self.correct: list[bool] = []
        self._values: dict[str, list[Any]] = {}

    def add(self, trial: AnsweredTrial, correct: bool | None, names: frozenset[str]) -> None:
        """One trial more; values of ``names`` are kept."""
        self.n_trials += 1
        if correct is not None:
            self.correct.append(correct)
        for name in names:
            self._values.setdefault(name, []).append(trial.value(name))
            del self._values[name][:-MOST_RECENT]

    def symbols(self) -> dict[str, Any]:
        """What ``until`` may use beside items and symbols."""
        streak = next((i for i, right in enumerate(reversed(self.correct)) if not right), len(self.correct))
        return {
            "trials": self.n_trials,
            "streak": streak,
            "correct_rate": self._correct_rate,
            "recent": self._recent,
        }

    def _correct_rate(self, n: int) -> float:
        if not isinstance(n, int) or n < 1:
            raise ValueError("correct_rate takes a number of trials, 1 or more")
        # Comparisons with nan are False, so that a rule waits for its n trials.
        return sum(self.correct[-n:]) / n if len(self.correct) >= n else math.nan

    def _recent(self, name: str, n: int) -> list[Any]:
        if not isinstance(n, int) or n < 1:
            raise ValueError("recent takes a result's name and a number of trials, 1 or more")
        return [value for value in self._values.get(name, [])[-n:] if value is not None]


class BlockSelection(Selection):
    """Selections that take turns during one run.

    Each keeps its place while others have theirs: a shuffled block that comes again goes on in its cycle.
    """

    def __init__(
        self,
        settings: BlocksSettings,
        parts: Mapping[str, Selection],
        generator: np.random.Generator,
        kept: frozenset[str] = frozenset(),
    ) -> None:
        self.items = settings.items
        self._settings = settings
        self.parts = dict(parts)
        self._generator = generator
        self._kept = kept
        self._names = list(settings.blocks)
        self._number = 0
        self._n_blocks = 0
        self._begin()

    def _begin(self) -> None:
        self._results = RecentResults()
        trials, jitter = self._settings.trials, self._settings.jitter
        self._length = None if trials is None else trials + int(self._generator.integers(jitter + 1))

    @property
    def block(self) -> str:
        """Name of the block that it is in."""
        return self._names[self._number]

    @property
    def n_rows(self) -> int:
        return max(part.n_rows for part in self.parts.values())

    @property
    def can_complete(self) -> bool:
        return self._settings.cycles is not None

    @property
    def complete(self) -> str:
        cycles = self._settings.cycles
        return "cycles" if cycles is not None and self._n_blocks >= cycles * len(self._names) else ""

    def _choose(self) -> Setting:
        return self.parts[self.block].next_setting()

    def feedback(self, trial: AnsweredTrial) -> dict[str, Any]:
        kept: dict[str, Any] = {"block": self.block, "trial": self._results.n_trials + 1}
        inner = self.parts[self.block].feedback(trial)
        if inner is not None:
            kept["inner"] = inner
        right = judge(self._settings.correct, trial) if self._settings.correct else None
        self._results.add(trial, right, self._kept)
        if self._ends(trial):
            self._n_blocks += 1
            self._number = (self._number + 1) % len(self._names)
            self._begin()
            kept["next"] = self.block
        return kept

    def _ends(self, trial: AnsweredTrial) -> bool:
        done = self._results.n_trials
        if self._length is not None and done >= self._length:
            return True
        if not self._settings.until or done < self._settings.min_trials:
            return False
        value = trial.evaluate(self._settings.until, self._results.symbols())
        if not isinstance(value, (bool, np.bool_)):
            raise RunFault(f"until = {self._settings.until!r} is {value!r}; it must be True or False")
        return bool(value)

    def result(self) -> dict[str, Any]:
        inner = {name: part.result() for name, part in self.parts.items()}
        return {"kind": "blocks", "blocks": self._n_blocks, **{name: found for name, found in inner.items() if found}}

    def state(self) -> dict[str, Any]:
        return {
            "kind": "blocks",
            "block": self.block,
            "n_blocks": self._n_blocks,
            "parts": {name: part.state() for name, part in self.parts.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Begin at the block that the earlier run was in, each part where it was."""
        if state.get("kind") != "blocks" or set(state["parts"]) != set(self._names):
            raise ConfigurationError(f"was left by other blocks; these are {', '.join(self._names)}")
        for name, part in self.parts.items():
            if state["parts"][name]:
                part.restore(state["parts"][name])
        self._number = self._names.index(state["block"])
        # So that a whole round of blocks from here on is a cycle.
        self._begin()

    def resume(self, before: Selection) -> None:
        """Go on after an edit: in the same block, with the trials it had; parts resume by themselves."""
        super().resume(before)
        if not isinstance(before, BlockSelection):
            return
        self._generator = before._generator
        for name, part in self.parts.items():
            if name in before.parts:
                old = before.parts[name]
                if before._settings.blocks[name] == self._settings.blocks[name]:
                    self.parts[name] = old
                elif type(old) is type(part):
                    part.resume(old)
        self._n_blocks = before._n_blocks
        if before.block in self._names:
            self._number, self._results = self._names.index(before.block), before._results
            if (before._settings.trials, before._settings.jitter) == (self._settings.trials, self._settings.jitter):
                self._length = before._length

    def progress(self) -> Progress:
        inner = self.parts[self.block].progress()
        of = f" of {self._length}" if self._length is not None else ""
        text = f"{self.block}: trial {self._results.n_trials + 1}{of}"
        return Progress(cycle=self._n_blocks // len(self._names) + 1, cycles=self._settings.cycles,
                        complete=self.complete, text=f"{text}; {inner.text}" if inner.text else text)  # fmt: skip

    def preview(self, n: int) -> list[Setting]:
        """Of this block only, and no further than it lasts at most: the next one may depend on answers."""
        if self._length is not None:
            n = min(n, self._length - self._results.n_trials)
        return [] if self.complete else self.parts[self.block].preview(n)
