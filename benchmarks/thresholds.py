"""Threshold recovery: simulated observers whose thresholds are known, and what each adaptive selector says of them.

    python benchmarks/thresholds.py [--observers 200] [--seed 1] [--json]

Each observer answers by a Weibull function in dB with a threshold, a slope and a lapse rate of their own, drawn from
``--seed``. Every procedure runs as psi runs it (next_setting, answer, feedback), on the same observers; the library
questplus is driven directly beside it, with the same grids. For each procedure:

- error: root mean square of estimate minus truth, in dB. The truth of a staircase is the level at which that observer
  is right in the target proportion of trials; that of QUEST+ is the threshold itself.
- bias: the mean of estimate minus truth.
- coverage: how often the 95 % interval that it reports holds the truth.
- trials: how many it took, on average.

On two cores that had other work it took nine minutes, eight of which were the library's.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from psi.context.quest_grid import make_quest, parameter_grids
from psi.context.quest_plus import QuestPlusSelection, credible_interval
from psi.context.selection import Selection
from psi.context.staircase import StaircaseSelection, target_proportion
from psi.models.adaptive import QuestPlusSettings, StaircaseSettings


@dataclass(frozen=True)
class Observer:
    """A Weibull function in dB."""

    threshold: float
    slope: float
    lapse: float
    guess: float

    def p(self, level: float) -> float:
        """Probability of a right answer, or of a 'yes'."""
        rest = math.exp(-(10 ** (self.slope * (level - self.threshold) / 20)))
        return 1 - self.lapse - (1 - self.guess - self.lapse) * rest

    def level(self, p: float) -> float:
        """Where that probability is ``p``."""
        rest = (1 - self.lapse - p) / (1 - self.guess - self.lapse)
        return self.threshold + 20 / self.slope * math.log10(-math.log(rest))


def observers(n: int, seed: int, guess: float | None) -> list[Observer]:
    """``n`` observers; ``guess`` None gives each a false-alarm rate of their own."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        threshold, slope = rng.uniform(20, 40), math.exp(rng.uniform(math.log(1.0), math.log(4.0)))
        lapse, own = rng.uniform(0, 0.04), rng.uniform(0, 0.2)
        made.append(Observer(threshold, slope, lapse, own if guess is None else guess))
    return made


class Answered:
    """A trial that a simulated observer has answered, as a selection is told of it."""

    def __init__(self, setting: dict[str, Any], correct: bool) -> None:
        self.setting, self._correct = setting, correct

    def value(self, name: str) -> Any:
        return self.setting[name]

    def evaluate(self, expression: Any, symbols: Any = None) -> bool:
        return self._correct


def run_selection(selection: Selection, observer: Observer, rng: np.random.Generator) -> dict[str, Any]:
    """To its end, as a run does."""
    while not selection.complete:
        setting = selection.next_setting()
        selection.feedback(Answered(setting, bool(rng.random() < observer.p(setting["level"]))))
    return selection.result()


#: What every staircase has in common.
STAIRCASE: dict[str, Any] = {"item": "level", "correct": "correct", "limits": (-20, 80), "steps": (8, 4, 2)}
GRIDS: dict[str, Any] = {
    "item": "level",
    "correct": "correct",
    "levels": {"start": 0, "stop": 60, "step": 3},
    "thresholds": {"start": 0, "stop": 60, "step": 1},
    "slopes": {"start": 0.5, "stop": 8, "n": 7, "spacing": "log"},
    "lapses": (0, 0.02, 0.04),
}


def staircase(**rules: Any) -> Callable[[Observer, np.random.Generator], tuple[float, float, tuple[float, float], int]]:
    settings = StaircaseSettings(**{**STAIRCASE, "start": (60,), **rules})
    target = target_proportion(settings.n_up, settings.n_down, settings.weight)

    def measure(observer: Observer, rng: np.random.Generator) -> tuple[float, float, tuple[float, float], int]:
        found = run_selection(StaircaseSelection(settings, rng), observer, rng)
        return observer.level(target), found["threshold"], found["interval_95"], found["trials"]

    return measure


def quest(**rules: Any) -> Callable[[Observer, np.random.Generator], tuple[float, float, tuple[float, float], int]]:
    settings = QuestPlusSettings(**{**GRIDS, **rules})

    def measure(observer: Observer, rng: np.random.Generator) -> tuple[float, float, tuple[float, float], int]:
        found = run_selection(QuestPlusSelection(settings), observer, rng)
        return observer.threshold, found["threshold"], found["threshold_interval_95"], found["trials"]

    return measure


def library(n_trials: int, **rules: Any) -> Callable[[Observer, np.random.Generator], Any]:
    """questplus itself, without psi around it."""
    settings = QuestPlusSettings(**{**GRIDS, **rules})

    def measure(observer: Observer, rng: np.random.Generator) -> tuple[float, float, tuple[float, float], int]:
        peer = make_quest(settings.function, settings.scale, settings.levels, parameter_grids(settings))
        for _ in range(n_trials):
            stim = peer.next_stim
            right = rng.random() < observer.p(stim["intensity"])
            peer.update(stim=stim, outcome={"response": "yes" if right else "no"})
        interval = credible_interval(settings.thresholds, peer.marginal_posterior["threshold"])
        return observer.threshold, peer.param_estimate["threshold"], interval, n_trials

    return measure


#: Procedure -> (guess rate of its observers, how it measures one).
PROCEDURES: dict[str, tuple[float | None, Any]] = {
    "staircase 1-up 2-down, 12 reversals": (0.5, staircase(stop_reversals=12)),
    "staircase 1-up 3-down, 12 reversals": (0.5, staircase(n_down=3, stop_reversals=12)),
    "staircase weighted 3:1, 12 reversals": (0.5, staircase(n_down=1, weight=3.0, stop_reversals=12)),
    "staircase 1-up 2-down, 2 tracks, 12 reversals each": (0.5, staircase(start=(60, 40), stop_reversals=12)),
    "staircase 1-up 2-down, 100 trials": (0.5, staircase(stop_trials=100)),
    "QUEST+ 2 alternatives, 100 trials": (0.5, quest(alternatives=2, stop_trials=100)),
    "questplus alone, 2 alternatives, 100 trials": (0.5, library(100, alternatives=2)),
    "QUEST+ 2 alternatives, to ±3 dB": (0.5, quest(alternatives=2, stop_precision=3.0, stop_trials=400)),
    "QUEST+ yes/no, 100 trials": (None, quest(stop_trials=100)),
    "questplus alone, yes/no, 100 trials": (None, library(100)),
}


def summary(name: str, n: int, seed: int) -> dict[str, Any]:
    """Error, bias, coverage and trials of one procedure over ``n`` observers."""
    guess, measure = PROCEDURES[name]
    began = time.perf_counter()
    found = [
        measure(observer, np.random.default_rng([seed, number]))
        for number, observer in enumerate(observers(n, seed, guess))
    ]
    seconds = time.perf_counter() - began
    errors = np.array([estimate - truth for truth, estimate, _, _ in found])
    held = [interval[0] <= truth <= interval[1] for truth, _, interval, _ in found]
    trials = np.array([taken for _, _, _, taken in found])
    return {
        "procedure": name,
        "observers": n,
        "error_db": round(float(np.sqrt(np.mean(errors**2))), 2),
        "bias_db": round(float(errors.mean()), 2),
        "coverage": round(float(np.mean(held)), 3),
        "trials": round(float(trials.mean()), 1),
        "ms_per_trial": round(1e3 * seconds / float(trials.sum()), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--observers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = []
    if not arguments.json:
        print(f"{'procedure':<52}{'error':>8}{'bias':>8}{'coverage':>10}{'trials':>8}{'ms/trial':>10}")
    for name in PROCEDURES:
        row = summary(name, arguments.observers, arguments.seed)
        rows.append(row)
        if not arguments.json:
            print(
                f"{name:<52}{row['error_db']:>8.2f}{row['bias_db']:>8.2f}{row['coverage']:>10.3f}"
                f"{row['trials']:>8.1f}{row['ms_per_trial']:>10.2f}",
                flush=True,
            )
    if arguments.json:
        print(json.dumps({"seed": arguments.seed, "procedures": rows}, indent=2))


if __name__ == "__main__":
    main()
