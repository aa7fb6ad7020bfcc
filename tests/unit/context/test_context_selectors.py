"""Selectors: what is declared, and the orders in which settings come."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import numpy as np
import pytest

from psi.context.rows import RowSelection
from psi.context.selectors import SequenceSelector, SingleSetting
from psi.core.errors import ConfigurationError
from psi.models.task import SequenceSettings, SingleSettings


def given(order, rows, n, seed=0):
    settings = SequenceSettings(items=("x",), rows=tuple((row,) for row in rows), order=order)
    selection = RowSelection(settings, np.random.default_rng(seed))
    return [selection.next_setting()["x"] for _ in range(n)]


@pytest.mark.parametrize(
    ("order", "rows", "expected"),
    [
        ("exact", [3, 1, 2], [3, 1, 2, 3, 1]),
        ("ascending", [3, "1 + 0.5", 2, "-inf"], ["-inf", "1 + 0.5", 2, 3, "-inf"]),
        ("descending", [3, 1, 2], [3, 2, 1, 3, 2]),
        ("ascending", ["'b'", "'a'"], ["'a'", "'b'", "'a'", "'b'", "'a'"]),
        ("ascending", [True, 0.5], [0.5, True, 0.5, True, 0.5]),
    ],
)
def test_settings_come_in_their_order_and_begin_again(order, rows, expected):
    assert given(order, rows, 5) == expected


def test_rows_of_two_items_are_sorted_by_the_first_and_then_by_the_second():
    settings = SequenceSettings(items=("x", "y"), rows=((2, 1), (1, 9), (1, 3)), order="ascending")
    selection = RowSelection(settings, np.random.default_rng(0))
    assert [tuple(selection.next_setting().values()) for _ in range(3)] == [(1, 3), (1, 9), (2, 1)]


def test_shuffled_gives_each_row_once_per_cycle_in_changing_order():
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rows = list(range(8))
    settings = given("shuffled", rows, 8 * 50, seed)
    cycles = [settings[start : start + 8] for start in range(0, 400, 8)]
    assert all(sorted(cycle) == rows for cycle in cycles)
    assert len({tuple(cycle) for cycle in cycles}) > 25


def test_pseudorandom_draws_each_row_about_as_often_and_may_repeat_one():
    counts = Counter(given("pseudorandom", range(4), 4000, 5))
    # 4000 draws of 1 in 4: mean 1000, standard deviation 27.
    assert all(abs(counts[row] - 1000) < 6 * 27 for row in range(4))
    drawn = given("pseudorandom", range(4), 100, 5)
    assert any(first == second for first, second in itertools.pairwise(drawn))


@pytest.mark.parametrize("order", ["shuffled", "pseudorandom"])
def test_the_same_seed_gives_the_same_sequence_and_another_another(order):
    assert given(order, range(9), 40, 3) == given(order, range(9), 40, 3)
    assert given(order, range(9), 40, 3) != given(order, range(9), 40, 4)


def test_rows_may_be_lists_dictionaries_or_single_values():
    expected = SequenceSettings(items=("x",), rows=((1,), ("a + 1",)), order="exact")
    assert SequenceSelector(name="go", items=["x"], rows=[[1], ["a + 1"]]).settings() == expected
    assert SequenceSelector(name="go", items=["x"], rows=[1, "a + 1"]).settings() == expected
    assert SequenceSelector(name="go", rows=[{"x": 1}, {"x": "a + 1"}]).settings() == expected
    both = SequenceSelector(name="go", items=["y", "x"], rows=[{"x": 1, "y": 2}]).settings()
    assert both.rows == ((2, 1),)
    assert SingleSetting(name="nogo", values={"x": "-inf"}).settings() == SingleSettings(values={"x": "-inf"})


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        (SequenceSelector(name="go", items=["x"], rows=[1], order="shufled"), "did you mean 'shuffled'?"),
        (SequenceSelector(name="go", items=["x"]), "rows"),
        (SequenceSelector(name="go", rows=[1]), "items"),
        (SequenceSelector(name="go", items=["x"], rows=[[1, 2]]), "row 1 has 2 values for 1 items"),
        (SequenceSelector(name="go", rows=[{"x": 1}, {"y": 1}]), "row 2 has values for 'y'; give one for each of 'x'"),
        (SequenceSelector(name="go", items=["x", "x"], rows=[[1, 2]]), "named twice"),
        (SequenceSelector(name="go", items=["x"], rows=[None]), "rows.0.0"),
        (SingleSetting(name="go"), "values"),
    ],
)
def test_a_wrong_declaration_is_refused_by_name(selector, message):
    with pytest.raises(ConfigurationError) as caught:
        selector.settings()
    assert "selector 'go'" in str(caught.value)
    assert message in str(caught.value)


def test_rows_that_depend_on_items_cannot_be_sorted():
    settings = SequenceSettings(items=("x",), rows=((1,), ("2 * y",)), order="ascending")
    with pytest.raises(ConfigurationError, match="cannot be sorted"):
        RowSelection(settings, np.random.default_rng(0))


def test_a_declaration_starts_as_many_selections_as_there_are_runs():
    declared = SequenceSelector(name="go", items=["x"], rows=[1, 2, 3])
    first = declared.start(np.random.default_rng(0), declared.settings())
    assert first.current is None
    assert [first.next_setting()["x"] for _ in range(2)] == [1, 2]
    assert first.current == {"x": 2}
    second = declared.start(np.random.default_rng(0), declared.settings())
    assert second.next_setting() == {"x": 1}
