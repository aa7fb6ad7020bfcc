"""Choices by side, and the bias in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from psi.engines.simulated.discriminator import guessed
from psi.plots.choices import LAST, Choices, answered, bias_of, sides_of


def trial(side: int, choice: int | None, **more: Any) -> dict[str, Any]:
    return {"side": side, "choice": choice, "completed": True, **more}


def worked(
    n: int, sides: int, bias: float, known: float, seed: int, first: float | None = None
) -> list[dict[str, Any]]:
    """``n`` trials of an animal that knows ``known`` of them; side 1 is given with probability ``first``."""
    draw = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        side = 1 if draw.random() < (first or 1 / sides) else int(draw.integers(2, sides + 1))
        knows, guess = draw.random(2)
        rows.append(trial(side, side if knows < known else guessed(guess, sides, bias)))
    return rows


def test_what_says_nothing_of_the_animal_is_left_out() -> None:
    rows = [
        trial(1, 1), trial(1, 2, repeat=True), trial(1, 1, reminder=True), trial(2, 2, aborted=True),
        {**trial(2, None), "completed": False}, trial(2, None), {"trial_number": 3},
    ]  # fmt: skip
    assert answered(rows) == rows[:1]


def test_choices_and_correct_ones_are_counted_by_side() -> None:
    rows = [trial(1, 1), trial(1, 1), trial(1, 2), trial(2, 1)]
    one, two = sides_of(rows, 2)
    assert (one.given, one.chosen, one.correct) == (0.75, 0.75, 2 / 3)
    assert (two.given, two.chosen, two.correct) == (0.25, 0.25, 0.0)
    assert sides_of([], 2)[0].correct is None
    assert one.chosen_interval[0] < 0.75 < one.chosen_interval[1]


@pytest.mark.parametrize("sides", [2, 3, 4])
@pytest.mark.parametrize("bias", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("first", [None, 0.2])
def test_the_bias_of_guesses_is_found_whatever_is_given_how_often(sides: int, bias: float, first: float | None) -> None:
    rows = worked(4000, sides, bias, 0.5, seed=sides, first=first)
    found = bias_of(sides_of(rows, sides))
    assert found is not None
    low, high = found.interval
    assert low < found.index < high
    if bias:
        assert found.side == 1
        assert found.index == pytest.approx(bias, abs=0.06)
        assert found.certain
    else:
        assert found.index < 0.1


def test_its_interval_covers_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(200):
        found = bias_of(sides_of(worked(150, 2, 0.5, 0.4, seed), 2))
        assert found is not None
        covered += found.side == 1 and found.interval[0] <= 0.5 <= found.interval[1]
    assert covered >= 180


@pytest.mark.parametrize("sides", [2, 3, 4])
@pytest.mark.parametrize("n", [8, 20, 60])
def test_an_animal_without_a_bias_is_seldom_said_to_have_one(sides: int, n: int) -> None:
    """However few choices there are: two wrong ones to the same side say nothing."""
    said = 0
    for seed in range(400):
        found = bias_of(sides_of(worked(n, sides, 0.0, 0.5, seed), sides))
        said += found is not None and found.certain
    # 95 % of such counts are below this, where it is said as often as it may be.
    assert said <= 400 * 0.05 + 8


@pytest.mark.parametrize("rows", [[], [trial(1, 1), trial(2, 2)], [trial(1, 2), trial(1, 2)]], ids=str)
def test_no_bias_is_told_where_nothing_tells_it(rows: list[dict[str, Any]]) -> None:
    assert bias_of(sides_of(rows, 2)) is None


def test_the_model_looks_at_the_latest_and_says_what_it_sees() -> None:
    state = {"run_id": "a", "specs": [{"name": "side", "limits": [1, 2]}]}
    rows = worked(LAST, 2, 0.0, 1.0, seed=1) + worked(LAST, 2, 0.9, 0.3, seed=2)
    model = Choices()
    assert model.refresh(state, rows, len(rows))
    assert not model.refresh(state, rows, len(rows))
    assert model.sides[0].n == LAST
    assert model.bias is not None
    assert model.bias.certain
    assert model.caption.startswith("bias to side 1: ")
    even = worked(60, 2, 0.0, 0.5, seed=4)
    assert model.refresh(state, even, 60)
    assert model.caption.startswith("bias unsure: ")
    assert model.refresh(state, rows[:30], 30)
    assert model.caption == "30 choices, too few to tell a bias"
    assert model.refresh(state, [], 0)
    assert model.caption == "no choices yet"


def test_a_paradigm_without_sides_has_no_bars() -> None:
    model = Choices()
    model.refresh({"specs": [{"name": "level"}]}, [{"level": 3}], 1)
    assert model.sides == []
