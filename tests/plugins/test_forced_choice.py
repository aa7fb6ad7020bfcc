"""How the forced-choice task draws sides: evenly or against the bias, few in a row, and again where asked."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from psi.api import NextTrial
from psi.paradigms.forced_choice.outlets import side_of
from psi.paradigms.forced_choice.sequence import SideSequence, side_weights


class Session:
    """Asks a chooser for trials, and answers them."""

    def __init__(self, n: int = 2, seed: int = 1, **items: Any) -> None:
        self.items = {
            "method": "adaptive", "max_same_side": 3, "bias_correction": 0.0, "bias_window": 20,
            "correction_trials": False, "max_corrections": 5, **items,
        }  # fmt: skip
        self.chooser = SideSequence(n=n).chooser(np.random.default_rng(seed))
        self.last: dict[str, Any] | None = None
        self.rows: list[dict[str, Any]] = []

    def trial(self, choice: int | str | None = None) -> dict[str, Any]:
        """One trial; ``choice`` is a side, 'right', 'wrong', or ``None`` for no answer."""
        planned = self.chooser.next(SimpleNamespace(value=self.items.__getitem__), self.last)
        side = side_of(planned.trial_type)
        choice = {"right": side, "wrong": 3 - side}.get(choice, choice)  # type: ignore[arg-type]
        score = "NONE" if choice is None else "CORRECT" if choice == side else "WRONG"
        self.last = {
            "trial_type": planned.trial_type, "side": side, "choice": choice, "score": score,
            "completed": choice is not None, "repeat": planned.repeat, "selector": planned.selector,
            "keep_setting": planned.keep_setting, **planned.sets,
        }  # fmt: skip
        self.rows.append(self.last)
        return self.last


def longest_run(sides: list[int]) -> int:
    longest = run = 1
    for a, b in pairwise(sides):
        run = run + 1 if a == b else 1
        longest = max(longest, run)
    return longest


def test_a_trial_that_is_asked_for_has_the_levels_of_the_method_and_counts_as_any() -> None:
    session = Session(method="fixed", max_same_side=2, bias_correction=1.0, bias_window=50)
    context = SimpleNamespace(value=session.items.__getitem__)
    last = None
    for _ in range(40):
        asked = NextTrial("side_2", "track")
        planned = session.chooser.asked(context, last, asked)
        assert planned == NextTrial("side_2", "fixed")
        last = {"completed": True, "repeat": False, "choice": 2, "side": 2, "score": "CORRECT"}
    # after two on one side the other one comes, and what the animal chose meanwhile is known
    session.last = last
    first = session.trial("right")
    assert (first["side"], first["side_probability"]) == (1, 1.0)
    assert session.trial("right")["side_probability"] > 0.9


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("most", [1, 2, 3])
def test_at_most_so_many_trials_in_a_row_are_on_one_side(n: int, most: int) -> None:
    session = Session(n, max_same_side=most)
    sides = [session.trial("right")["side"] for _ in range(400)]
    assert longest_run(sides) == most
    assert set(sides) == set(range(1, n + 1))


def test_without_a_limit_runs_are_as_long_as_they_come() -> None:
    session = Session(max_same_side=0)
    assert longest_run([session.trial("right")["side"] for _ in range(400)]) > 4


def test_a_seed_repeats_the_sides() -> None:
    one, other = Session(seed=5), Session(seed=5)
    assert [one.trial("right")["side"] for _ in range(50)] == [other.trial("right")["side"] for _ in range(50)]


def test_a_trial_without_an_answer_comes_again_and_is_no_repeat() -> None:
    session = Session()
    first = session.trial(None)
    again = session.trial("right")
    assert (again["side"], again["repeat"], again["keep_setting"]) == (first["side"], False, True)
    assert again["side_probability"] == 1.0


def test_corrections_come_until_the_choice_is_right_or_it_is_enough() -> None:
    session = Session(correction_trials=True, max_corrections=2, max_same_side=0)
    side = session.trial("wrong")["side"]
    corrections = [session.trial("wrong") for _ in range(2)]
    assert [(row["side"], row["repeat"]) for row in corrections] == [(side, True)] * 2
    assert not session.trial("wrong")["repeat"]
    assert session.trial("right")["repeat"]
    assert not session.trial("right")["repeat"]


def test_the_answer_that_is_missing_in_a_correction_leaves_it_a_correction() -> None:
    session = Session(correction_trials=True)
    session.trial("wrong")
    session.trial(None)
    assert session.trial("right")["repeat"]


def test_with_bias_correction_the_neglected_side_comes_up_more_often() -> None:
    session = Session(bias_correction=1.0, max_same_side=0, bias_window=20)
    sides = [session.trial(1)["side"] for _ in range(400)]
    assert sides[30:].count(2) / len(sides[30:]) > 0.85
    assert session.rows[-1]["side_probability"] == pytest.approx(21 / 22 if sides[-1] == 2 else 1 / 22)


def test_weights_are_probabilities_and_even_without_bias() -> None:
    assert side_weights([1, 1, 2, 2], 2, 1.0) == [0.5, 0.5]
    assert side_weights([1] * 8, 2, 0.0) == [0.5, 0.5]
    assert side_weights([1] * 8, 2, 1.0) == pytest.approx([0.1, 0.9])
    assert sum(side_weights([1, 3, 3, 3], 4, 0.7)) == pytest.approx(1.0)


def test_levels_come_from_the_selector_that_is_asked_for() -> None:
    assert Session().trial("right")["selector"] == "track"
    assert Session(method="fixed").trial("right")["selector"] == "fixed"
