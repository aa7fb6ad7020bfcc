"""The arithmetic of QUEST+ (Watson 2017): what each answer says on a grid, and which level is expected to say most."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from psi.core.errors import ConfigurationError
from psi.models.adaptive import QuestPlusSettings

Floats = npt.NDArray[np.float64]

#: psi's words -> the library's, by its function.
PARAMETERS: Final[dict[str, dict[str, str]]] = {
    "weibull": {"threshold": "threshold", "slope": "slope", "guess": "lower_asymptote", "lapse": "lapse_rate"},
    "norm_cdf": {"threshold": "mean", "slope": "sd", "guess": "lower_asymptote", "lapse": "lapse_rate"},
}

#: No answer is impossible: without it a single slip of attention could leave a grid without lapses with no posterior.
LEAST = 1e-12

#: Information, in nats, that counts as the same. Otherwise the last digit, which differs by processor, would choose
#: among levels that say equally much.
SAME = 1e-9


def make_quest(function: str, scale: str, levels: Sequence[float], parameters: Mapping[str, Sequence[float]]) -> Any:
    """The library's object for a function and its grids. ``ConfigurationError`` where the library is missing."""
    try:
        # Late: it brings xarray, and nobody waits for that who needs no QUEST+.
        import questplus
    except ImportError as error:
        raise ConfigurationError(f"QUEST+ needs the package questplus ({error}); pip install questplus") from None
    return questplus.QuestPlus(
        stim_domain={"intensity": list(levels)},
        param_domain={PARAMETERS[function][name]: list(values) for name, values in parameters.items()},
        outcome_domain={"response": ["yes", "no"]},
        func=function,
        stim_scale=scale,
        stim_selection_method="min_entropy",
        param_estimation_method="mean",
    )


def parameter_grids(settings: QuestPlusSettings) -> dict[str, tuple[float, ...]]:
    """The values that each parameter may have."""
    return {
        "threshold": settings.thresholds,
        "slope": settings.slopes,
        "guess": settings.guess_grid,
        "lapse": settings.lapses,
    }


class QuestGrid:
    """Probabilities of a 'yes' by level and by point of the parameters' grid. Made once, shared, never changed.

    Its points are the parameters' grid laid flat, the last axis of ``shape`` fastest.
    """

    def __init__(
        self, function: str, scale: str, levels: Sequence[float], parameters: Mapping[str, Sequence[float]]
    ) -> None:
        self.levels: Floats = np.array(levels, float)
        self.parameters = tuple(parameters)
        self.shape = tuple(map(len, parameters.values()))
        library = make_quest(function, scale, levels, parameters)
        dimensions = [PARAMETERS[function][name] for name in parameters]
        yes = library.likelihoods.sel(response="yes").transpose("intensity", *dimensions)
        #: Probability of a 'yes', shape (levels, points).
        self.yes: Floats = np.ascontiguousarray(yes).reshape(len(self.levels), -1).clip(LEAST, 1 - LEAST)
        #: Entropy of the answer where the parameters are known, in nats, shape (levels, points).
        self.noise = entropy(self.yes)

    def __deepcopy__(self, memo: dict[int, Any]) -> QuestGrid:
        # Looking at what comes next copies a selection, and must not copy megabytes.
        return self

    def prior(self) -> Floats:
        """Weights before the first answer, shape (points,): all the same."""
        n_points = self.yes.shape[1]
        return np.full(n_points, 1 / n_points)

    def updated(self, weights: Floats, level: float, correct: bool) -> Floats:
        """``weights``, shape (points,), after an answer at ``level``, for which the nearest of the grid stands."""
        likelihood = self.yes[int(np.argmin(np.abs(self.levels - level)))]
        found: Floats = weights * (likelihood if correct else 1 - likelihood)
        return found / found.sum()

    def best_level(self, weights: Floats) -> float:
        """The level whose answer leaves the lowest expected entropy of ``weights``; the lowest of several.

        That entropy is what it is now, less the information that the answer gives about the parameters: its entropy
        as we would foretell it, less what stays where the parameters are known (Lindley 1956). Unlike the sum over
        the posteriors of both answers, by which Watson (2017) has the same, it is two products of a matrix.
        """
        # Not np.dot: its threads would wake beside the engine's.
        foretold, noise = (np.einsum("ij,j->i", table, weights) for table in (self.yes, self.noise))
        # Sums of many weights may be a hair above 1.
        information = entropy(foretold.clip(LEAST, 1 - LEAST)) - noise
        return float(self.levels[int(np.argmax(information >= information.max() - SAME))])

    def marginal(self, weights: Floats, name: str) -> Floats:
        """Weights of the values of one parameter alone."""
        kept = self.parameters.index(name)
        others = tuple(axis for axis in range(len(self.shape)) if axis != kept)
        found: Floats = weights.reshape(self.shape).sum(axis=others)
        return found


def entropy(p: Floats) -> Floats:
    """Of a yes or no with the probability ``p`` of a yes, in nats; any shape."""
    found: Floats = -(p * np.log(p) + (1 - p) * np.log1p(-p))
    return found


def quest_grid(settings: QuestPlusSettings) -> QuestGrid:
    """The grid of these settings. ``ConfigurationError`` where the library questplus is missing.

    The last few are kept: the check of an edit has made the one that Apply needs, and not between two trials.
    """
    return _kept_grid(settings.function, settings.scale, settings.levels, tuple(parameter_grids(settings).items()))


@functools.lru_cache(maxsize=4)
def _kept_grid(
    function: str, scale: str, levels: tuple[float, ...], parameters: tuple[tuple[str, tuple[float, ...]], ...]
) -> QuestGrid:
    return QuestGrid(function, scale, levels, dict(parameters))
