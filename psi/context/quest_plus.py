"""QUEST+ (Watson 2017), by the library questplus: which level says most, and what the answers say so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from psi.context.adaptive import AdaptiveSelection, Step
from psi.context.selection import Selection
from psi.core.errors import ConfigurationError
from psi.models.adaptive import QuestPlusSettings

#: psi's word -> the library's.
PARAMETERS = {"threshold": "threshold", "slope": "slope", "lapse": "lapse_rate", "guess": "lower_asymptote"}


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


def make_quest(settings: QuestPlusSettings) -> Any:
    """The library's object for these settings. ``ConfigurationError`` where the library is missing."""
    try:
        # Late: it brings xarray, and nobody waits for that who needs no QUEST+.
        import questplus
    except ImportError as error:
        raise ConfigurationError(f"QUEST+ needs the package questplus ({error}); pip install questplus") from None
    return questplus.QuestPlus(
        stim_domain={"intensity": list(settings.levels)},
        param_domain={
            "threshold": list(settings.thresholds),
            "slope": list(settings.slopes),
            "lower_asymptote": list(settings.guess_grid),
            "lapse_rate": list(settings.lapses),
        },
        outcome_domain={"response": ["yes", "no"]},
        func=settings.function,
        stim_scale=settings.scale,
        stim_selection_method="min_entropy",
        param_estimation_method="mean",
    )


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
        self._quest = make_quest(settings)
        self._found = ""
        self._grids = {
            "threshold": settings.thresholds,
            "slope": settings.slopes,
            "lapse": settings.lapses,
            "guess": settings.guess_grid,
        }

    @property
    def can_complete(self) -> bool:
        return self._settings.stop_trials is not None or self._settings.stop_precision is not None

    @property
    def n_rows(self) -> int:
        return 1

    def _next_level(self) -> tuple[float, int]:
        return float(self._quest.next_stim["intensity"]), 0

    def _take(self, step: Step) -> None:
        # Levels of an earlier run, or of before an edit, may lie between those of this grid.
        level = min(self._settings.levels, key=lambda known: abs(known - step["level"]))
        self._quest.update(stim={"intensity": level}, outcome={"response": "yes" if step["correct"] else "no"})

    def _reason(self) -> str:
        settings = self._settings
        if settings.stop_trials is not None and self.n_trials >= settings.stop_trials:
            return "trials"
        if settings.stop_precision is not None:
            low, high = self._interval("threshold")
            if (high - low) / 2 <= settings.stop_precision:
                return "precision"
        return ""

    def _marginal(self, name: str) -> npt.NDArray[np.float64]:
        return np.asarray(self._quest.marginal_posterior[PARAMETERS[name]], float)

    def _interval(self, name: str) -> tuple[float, float]:
        return credible_interval(self._grids[name], self._marginal(name))

    def result(self) -> dict[str, Any]:
        """Threshold, slope, lapse and guess rate, each with its 95 % credible interval."""
        found: dict[str, Any] = {"kind": self.kind, "item": self._settings.item, "trials": len(self._steps)}
        for name, grid in self._grids.items():
            found[name] = float(self._marginal(name) @ np.asarray(grid))
            found[f"{name}_interval_95"] = list(self._interval(name))
        return found

    def restore(self, state: Mapping[str, Any]) -> None:
        """What the earlier run knew is where this one begins; only its own trials count for stopping."""
        steps = self._accept(state)
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
