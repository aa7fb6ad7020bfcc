"""The arithmetic of QUEST+: the library's levels and posterior, by a shorter way."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from psi.context.quest_grid import SAME, make_quest, parameter_grids, quest_grid
from psi.context.quest_plus import QuestPlusSelection
from psi.core.errors import ConfigurationError
from psi.models.adaptive import QuestPlusSettings


class Answered:
    """A trial that was answered rightly."""

    def __init__(self, setting: dict[str, Any]) -> None:
        self.setting = setting

    def value(self, name: str) -> Any:
        return self.setting[name]

    def evaluate(self, expression: Any, symbols: Any = None) -> bool:
        return True


def settings(**rules: Any) -> QuestPlusSettings:
    grids = {"levels": tuple(range(0, 61, 5)), "thresholds": tuple(range(0, 61, 4)), "slopes": (1, 2, 4)}
    return QuestPlusSettings(**{"item": "level", "correct": "right", **grids, **rules})


CASES = {
    "forced choice in dB": settings(alternatives=2),
    "forced choice of five": settings(alternatives=5, lapses=(0, 0.01, 0.1)),
    "yes/no in dB": settings(),
    "no lapses, no false alarms": settings(lapses=0, guesses=0),
    "log10": settings(scale="log10", levels=(-3, -2, -1, 0), thresholds=(-2.5, -1.5, -0.5), slopes=(2, 3.5)),
    "linear": settings(scale="linear", levels=(0, 0.1, 0.2, 0.5, 1), thresholds=(0.1, 0.3), slopes=(2, 3.5)),
    "normal": settings(function="norm_cdf", scale="linear", slopes=(2, 5, 10)),
    "one of each": settings(alternatives=2, levels=30, thresholds=30, slopes=2, lapses=0),
}


@pytest.mark.parametrize("case", CASES)
def test_levels_and_posterior_are_the_librarys(case: str) -> None:
    found = CASES[case]
    grid = quest_grid(found)
    grids = parameter_grids(found)
    library = make_quest(found.function, found.scale, found.levels, grids)
    weights = grid.prior()
    rng = np.random.default_rng(2)
    for _ in range(40):
        theirs, level = library.next_stim["intensity"], grid.best_level(weights)
        if level != theirs:
            # Only where both say the same; then it is the lowest.
            tied = np.asarray(expected_entropy(library))
            indexes = [found.levels.index(chosen) for chosen in (level, theirs)]
            assert abs(np.diff(tied[indexes])[0]) < 2 * SAME
        right = bool(rng.random() < 0.1 + 0.8 * (level > found.thresholds[len(found.thresholds) // 2]))
        library.update(stim={"intensity": level}, outcome={"response": "yes" if right else "no"})
        if not np.isfinite(library.posterior).all():
            # An answer that its grid holds for impossible ends the library's posterior, not psi's.
            assert found.lapses == found.guesses == (0,)
            assert np.isfinite(grid.updated(weights, level, right)).all()
            return
        weights = grid.updated(weights, level, right)
        assert weights == pytest.approx(np.asarray(library.posterior).ravel(), rel=1e-6, abs=1e-9)
    for name, (theirs, marginal) in zip(grids, library.marginal_posterior.items(), strict=True):
        assert grid.marginal(weights, name) == pytest.approx(marginal, abs=1e-9), theirs


def expected_entropy(library: Any) -> Any:
    """As the library has it, of each level."""
    posterior = library.posterior * library.likelihoods
    parameters = list(library.param_domain)
    pk = posterior.sum(dim=parameters)
    posterior = posterior / pk
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -(posterior * np.log(posterior)).sum(dim=parameters)
    return (pk * entropy).sum(dim=["response"])


def test_of_levels_that_say_the_same_it_is_the_lowest() -> None:
    # So far from every threshold the answer says nothing.
    grid = quest_grid(settings(levels=(-90, -80, 90, 95), thresholds=(10, 20), slopes=9, alternatives=2, lapses=0))
    assert grid.best_level(grid.prior()) == -90


def test_an_answer_that_no_point_of_the_grid_allows_leaves_a_posterior() -> None:
    chosen = quest_grid(settings(lapses=0, guesses=0, levels=(0, 200)))
    weights = chosen.updated(chosen.prior(), 200, correct=False)
    assert weights.sum() == pytest.approx(1)
    # Whoever misses so loud a sound has the highest threshold, if anything.
    marginal = chosen.marginal(weights, "threshold")
    assert marginal[-1] >= marginal[0]
    assert np.isfinite(chosen.best_level(weights))


def test_what_the_grid_holds_is_shared_by_copies_and_by_edits_of_other_settings() -> None:
    one = quest_grid(settings(alternatives=2, stop_trials=10))
    assert quest_grid(settings(alternatives=2, stop_trials=90, item="other")) is one
    assert quest_grid(settings(alternatives=4)) is not one
    assert copy.deepcopy(one) is one


def test_a_look_at_the_next_level_changes_nothing() -> None:
    looked, other = (QuestPlusSelection(settings(alternatives=2)) for _ in range(2))
    copied = looked.copy()
    copied.feedback(Answered(copied.next_setting()))
    assert (copied.n_trials, looked.n_trials) == (1, 0)
    assert looked.preview(3) == [{"level": other.next_setting()["level"]}]
    assert looked.next_setting() == other.next_setting()
    assert looked.result() == other.result()


def test_answers_among_other_alternatives_are_not_carried_over() -> None:
    before = QuestPlusSelection(settings(alternatives=3))
    before.next_setting()
    QuestPlusSelection(settings(alternatives=3)).restore(before.state())
    with pytest.raises(ConfigurationError, match="was left by one with 3 alternatives, .*; this one has 2 alt"):
        QuestPlusSelection(settings(alternatives=2)).restore(before.state())
    with pytest.raises(ConfigurationError, match="this one has answers of yes and no"):
        QuestPlusSelection(settings()).restore(before.state())
    # A recording from before that was kept says nothing of it.
    older = {name: value for name, value in before.state().items() if name != "alternatives"}
    QuestPlusSelection(settings(alternatives=2)).restore(older)
