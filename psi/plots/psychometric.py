"""How often the animal says yes, or is right, at each level, and the psychometric function that says so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.models.scoring import ScoringSpec

#: Rows that say nothing about the animal.
_LEFT_OUT = ("reminder", "aborted", "repeat")

#: Weight of the prior on guess and lapse rate, Beta(1, 10) (Schütt, Harmeling, Macke & Wichmann, Vision Res. 2016).
_PRIOR = 10.0


@dataclass(frozen=True, slots=True)
class Point:
    """The answers at one level."""

    #: ``-inf`` where there was no stimulus.
    level: float
    n_yes: int
    n: int

    @property
    def proportion(self) -> float:
        return self.n_yes / self.n

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.n_yes, self.n)


@dataclass(frozen=True, slots=True)
class Fit:
    """``guess + (1 - guess - lapse) / (1 + exp(-(level - threshold) / width))``."""

    threshold: float
    #: Standard error of the threshold.
    error: float
    width: float
    guess: float
    lapse: float

    def __call__(self, levels: NDArray[np.float64]) -> NDArray[np.float64]:
        return _logistic(levels, self.threshold, self.width, self.guess, self.lapse)


def wilson(k: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Confidence interval of a proportion, 95 % unless told (Wilson, J. Am. Stat. Assoc. 1927)."""
    if n == 0:
        return 0.0, 1.0
    p, z2 = k / n, z * z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def counted(row: Mapping[str, Any], answers: Mapping[str, bool]) -> bool:
    """Whether a trial row tells of the animal: completed, no reminder, not aborted, no repeat, with an answer.

    ``answers`` says of each score that is an answer whether it is a yes, or right.
    """
    return (
        row.get("completed") is not False
        and not any(row.get(name) for name in _LEFT_OUT)
        and row.get("score") in answers
    )


def points_of(rows: Iterable[Mapping[str, Any]], item: str, answers: Mapping[str, bool]) -> list[Point]:
    """Answers by the value of ``item``, lowest first."""
    found: dict[float, list[int]] = {}
    for row in rows:
        level = row.get(item)
        if not counted(row, answers) or isinstance(level, (str, bool)) or level is None or math.isnan(level):
            continue
        yes_and_n = found.setdefault(float(level), [0, 0])
        yes_and_n[0] += answers[row["score"]]
        yes_and_n[1] += 1
    return [Point(level, *found[level]) for level in sorted(found)]


def _logistic(levels: Any, threshold: float, width: float, guess: float, lapse: float) -> NDArray[np.float64]:
    z = np.clip((np.asarray(levels, float) - threshold) / width, -500, 500)
    return guess + (1 - guess - lapse) / (1 + np.exp(-z))


def fit(points: Sequence[Point], chance: float | None = None) -> Fit | None:
    """The most probable logistic function with guess and lapse rate; ``None`` where the data do not say where it is.

    At least three levels and twenty trials are needed, answers of both kinds, and a threshold whose
    standard error is less than half the range of levels. Trials without a stimulus tell the guess rate; in a forced
    choice it is ``chance`` and not fitted.
    The standard error is that of the curvature at the maximum (expected information).
    """
    finite = [point for point in points if math.isfinite(point.level)]
    if len(finite) < 3 or sum(point.n for point in finite) < 20:
        return None
    if not 0 < sum(point.n_yes for point in finite) < sum(point.n for point in finite):
        return None
    used = [point for point in points if point.level < math.inf]
    levels = np.array([point.level for point in used])
    n = np.array([point.n for point in used], float)
    yes = np.array([point.n_yes for point in used], float)
    low, high = finite[0].level, finite[-1].level
    reach = high - low

    def loss(theta: NDArray[np.float64]) -> float:
        threshold, log_width, guess, lapse = theta
        p = np.clip(_logistic(levels, threshold, math.exp(log_width), guess, lapse), 1e-9, 1 - 1e-9)
        prior = (_PRIOR - 1) * ((math.log1p(-guess) if chance is None else 0.0) + math.log1p(-lapse))
        return -float(np.sum(yes * np.log(p) + (n - yes) * np.log1p(-p)) + prior)

    # Late: reading this module must not take as long as loading SciPy does.
    from scipy.optimize import minimize

    bounds = [(low - reach, high + reach), (math.log(reach / 100), math.log(reach)), (0.0, 0.5), (0.0, 0.5)]
    if chance is not None:
        bounds[2] = (chance, chance)
    guessed = 0.05 if chance is None else chance
    starts = [(low + part * reach, math.log(reach / 10), guessed, 0.05) for part in (0.25, 0.5, 0.75)]
    best = min((minimize(loss, start, method="L-BFGS-B", bounds=bounds) for start in starts), key=lambda r: r.fun)
    threshold, log_width, guess, lapse = (float(value) for value in best.x)
    error = _error(levels, n, np.array(best.x), loss_prior=_PRIOR - 1, guess_known=chance is not None)
    if not (low <= threshold <= high and error < reach / 2):
        return None
    return Fit(threshold, error, math.exp(log_width), guess, lapse)


def _error(
    levels: NDArray[Any], n: NDArray[Any], theta: NDArray[np.float64], loss_prior: float, guess_known: bool
) -> float:
    """Standard error of the threshold from the expected information; ``inf`` where there is none."""
    threshold, width, guess, lapse = theta[0], math.exp(theta[1]), theta[2], theta[3]
    f = _logistic(levels, threshold, width, 0.0, 0.0)
    z = np.where(np.isfinite(levels), (levels - threshold) / width, 0.0)
    slope = (1 - guess - lapse) * f * (1 - f)
    gradient = np.stack([-slope / width, -slope * z, 1 - f, -f])
    p = np.clip(guess + (1 - guess - lapse) * f, 1e-9, 1 - 1e-9)
    information = (gradient * (n / (p * (1 - p)))) @ gradient.T
    information[2, 2] += loss_prior / (1 - guess) ** 2
    information[3, 3] += loss_prior / (1 - lapse) ** 2
    if guess_known:
        information = np.delete(np.delete(information, 2, 0), 2, 1)
    try:
        variance = float(np.linalg.inv(information)[0, 0])
    except np.linalg.LinAlgError:
        return math.inf
    return math.sqrt(variance) if variance > 0 else math.inf


@dataclass
class Psychometric:
    """The psychometric function of a run, as far as its trials tell."""

    #: The roving parameter on the axis; empty for the one with the most levels.
    item: str = ""
    #: Levels with a stimulus.
    points: list[Point] = field(default_factory=list)
    #: Trials without one (a level of -inf): false alarms.
    catch: Point | None = None
    fit: Fit | None = None
    label: str = ""
    unit: str = ""
    #: What the height of a point is: the share of the answers that were yes, or right.
    height: str = "P(yes)"
    #: Proportion correct of an animal that guesses; ``None`` in a yes/no task.
    chance: float | None = None
    _seen: tuple[str, int, str] = ("", -1, "")

    def refresh(self, state: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], n_trials: int) -> bool:
        """Take what is new; whether there was anything."""
        seen = (state.get("run_id", ""), n_trials, self.item)
        if seen == self._seen:
            return False
        self._seen = seen
        roving = {spec["name"]: spec for spec in state.get("specs") or () if spec.get("kind") == "roving_parameter"}
        scoring = ScoringSpec.model_validate(state.get("scoring") or {})
        answers = scoring.answers
        self.height, self.chance = ("P(yes)" if scoring.asks_yes_or_no else "P(correct)"), scoring.chance
        found = {name: points_of(trials, name, answers) for name in roving if not self.item or name == self.item}
        name = max(found, key=lambda name: len(found[name]), default="")
        points = found.get(name, [])
        self.points = [point for point in points if math.isfinite(point.level)]
        self.catch = next((point for point in points if point.level == -math.inf), None)
        self.fit = fit(points, self.chance)
        spec = roving.get(name, {})
        self.label, self.unit = spec.get("label") or name.replace("_", " "), spec.get("unit", "")
        return True

    @property
    def caption(self) -> str:
        """``'threshold 31.4 ± 1.2 dB SPL'``, or how many trials count so far."""
        if self.fit is None:
            n = sum(point.n for point in self.points)
            return f"{n} trial{'' if n == 1 else 's'}, too few to fit" if n else "no trials yet"
        decimals = min(3, max(0, 1 - math.floor(math.log10(max(self.fit.error, 1e-9)))))
        return f"threshold {self.fit.threshold:.{decimals}f} ± {self.fit.error:.{decimals}f} {self.unit}".rstrip()

    @property
    def axis_label(self) -> str:
        """``'level (dB SPL)'``."""
        return f"{self.label} ({self.unit})" if self.unit else self.label
