"""QUEST+ (Watson 2017) at work during a run: trials that count, stopping, edits, and going on from an earlier run.

The next level is chosen when the next trial is, on the dispatcher's thread; :mod:`psi.context.quest_grid` makes
that a fraction of a millisecond for a grid of 100 000 points.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from psi.context.adaptive import AdaptiveSelection, Step
from psi.context.quest_grid import parameter_grids, quest_grid
from psi.context.selection import Selection
from psi.core.errors import ConfigurationError
from psi.models.adaptive import QuestPlusSettings


def credible_interval(values: Sequence[float], weights: npt.ArrayLike, mass: float = 0.95) -> tuple[float, float]:
    """The central interval that holds ``mass`` of a distribution on a grid.

    Each point of the grid stands for the cell around it, to half the way to its neighbours, and the first and the last
    end at themselves. ``values``, which grow, and ``weights`` have shape ``(n,)``.
    """
    points = np.asarray(values, float)
    if points.size == 1:
        return float(points[0]), float(points[0])
    edges = np.concatenate([points[:1], (points[1:] + points[:-1]) / 2, points[-1:]])
    cumulative = np.concatenate([[0.0], np.cumsum(np.asarray(weights, float))])
    cumulative /= cumulative[-1]
    low, high = np.interp([(1 - mass) / 2, (1 + mass) / 2], cumulative, edges)
    return float(low), float(high)


class QuestPlusSelection(AdaptiveSelection):
    """QUEST+ at work during one run.

    Its threshold is the parameter of the psychometric function: the level at which 1 - 1/e (63.2 %, Weibull) or one
    half (normal) of the way from the guess rate to one minus the lapse rate is gone. Estimates are means of the
    posterior, intervals hold 95 % of it.
    """

    kind = "quest_plus"

    def __init__(self, settings: QuestPlusSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._grid = quest_grid(settings)
        self._weights = self._grid.prior()
        self._found = ""

    @property
    def can_complete(self) -> bool:
        return self._settings.stop_trials is not None or self._settings.stop_precision is not None

    @property
    def n_rows(self) -> int:
        return 1

    def copy(self) -> QuestPlusSelection:
        # Weights and steps never change, they are replaced and added to.
        made = copy.copy(self)
        made._steps = list(self._steps)
        return made

    def _next_level(self) -> tuple[float, int]:
        return self._grid.best_level(self._weights), 0

    def _take(self, step: Step) -> None:
        # A level of an earlier run, or of before an edit, may lie between those of this grid.
        self._weights = self._grid.updated(self._weights, step["level"], step["correct"])

    def _reason(self) -> str:
        settings = self._settings
        if settings.stop_trials is not None and self.n_trials >= settings.stop_trials:
            return "trials"
        if settings.stop_precision is not None:
            low, high = self._interval("threshold")
            if (high - low) / 2 <= settings.stop_precision:
                return "precision"
        return ""

    def _interval(self, name: str) -> tuple[float, float]:
        return credible_interval(parameter_grids(self._settings)[name], self._grid.marginal(self._weights, name))

    def result(self) -> dict[str, Any]:
        """Threshold, slope, lapse and guess rate, each with its 95 % credible interval."""
        found: dict[str, Any] = {"kind": self.kind, "item": self._settings.item, "trials": len(self._steps)}
        for name, values in parameter_grids(self._settings).items():
            found[name] = float(self._grid.marginal(self._weights, name) @ np.asarray(values))
            found[f"{name}_interval_95"] = list(self._interval(name))
        return found

    def state(self) -> dict[str, Any]:
        return {**super().state(), "alternatives": self._settings.alternatives}

    def restore(self, state: Mapping[str, Any]) -> None:
        """What the earlier run knew is where this one begins; only its own trials count for stopping."""
        steps = self._accept(state)
        alternatives = state.get("alternatives", self._settings.alternatives)
        if alternatives != self._settings.alternatives:
            raise ConfigurationError(
                f"was left by one with {_choice(alternatives)}, whose answers say something else about the threshold; "
                f"this one has {_choice(self._settings.alternatives)}"
            )
        for step in steps:
            self._add(step)
        self._n_before = len(steps)

    def resume(self, before: Selection) -> None:
        """Go on after an edit: all answers are taken again, with the new grids. Another item begins anew."""
        super().resume(before)
        if isinstance(before, QuestPlusSelection) and before._settings.item == self._settings.item:
            for step in before._steps:
                self._add(step)
            self._n_before = before._n_before
            self._complete = self._reason()

    def _add(self, step: Step) -> None:
        super()._add(step)
        self._found = "{:.4g} to {:.4g}".format(*self._interval("threshold"))

    def _text(self) -> str:
        # Asked many times a second, from other threads too.
        return f"trial {self.n_trials}, {self._found}" if self._found else "trial 0"


def _choice(alternatives: int | None) -> str:
    return f"{alternatives} alternatives" if alternatives else "answers of yes and no"
