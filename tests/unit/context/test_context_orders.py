"""Orders: each value once per cycle, balance, the same seed the same sequence; an edit keeps the place."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psi.context import rows as rows_module
from psi.context.orders import williams_square
from psi.context.rows import RowSelection
from psi.context.selection import RowCounts
from psi.core.random_streams import RandomStreams, substream
from psi.models.selectors import Factor, ProductSettings, SequenceSettings

N = st.integers(1, 9)
SEED = st.integers(0, 2**32 - 1)
ORDERS = "exact ascending descending shuffled pseudorandom counterbalanced blocked latin_square".split()


def sequence(order: str, n: int, **more: Any) -> SequenceSettings:
    return SequenceSettings(items=("x",), rows=tuple((value,) for value in range(n)), order=order, **more)


def selection(order: str, n: int, seed: int, **more: Any) -> RowSelection:
    return RowSelection(sequence(order, n, **more), np.random.default_rng(seed))


def take(selected: RowSelection, n: int) -> list[Any]:
    return [selected.next_setting()["x"] for _ in range(n)]


@pytest.mark.parametrize("order", ["exact", "ascending", "descending", "shuffled", "latin_square"])
@given(n=N, seed=SEED, cycles=st.integers(1, 5))
@settings(max_examples=40)
def test_each_row_comes_once_in_each_cycle(order: str, n: int, seed: int, cycles: int) -> None:
    given_rows = take(selection(order, n, seed), n * cycles)
    for start in range(0, n * cycles, n):
        assert sorted(given_rows[start : start + n]) == list(range(n))


@given(n=N, seed=SEED, per_block=st.integers(1, 5))
@settings(max_examples=40)
def test_a_block_has_each_row_so_often(n: int, seed: int, per_block: int) -> None:
    chosen = selection("blocked", n, seed, per_block=per_block)
    for _ in range(3):
        assert set(Counter(take(chosen, n * per_block)).values()) == {per_block}


@given(n=st.integers(2, 9), seed=SEED, cycles=st.integers(1, 4))
@settings(max_examples=60)
def test_counterbalanced_rows_follow_each_other_equally_often(n: int, seed: int, cycles: int) -> None:
    length = n * (n - 1) * cycles
    pairs = Counter(itertools.pairwise(take(selection("counterbalanced", n, seed), length + 1)))
    assert pairs == dict.fromkeys(itertools.permutations(range(n), 2), cycles)


@pytest.mark.parametrize("n", range(1, 13))
def test_a_williams_square_is_latin_and_balanced(n: int) -> None:
    square = williams_square(n)
    times = len(square) // n
    assert times == (1 if n % 2 == 0 else 2)
    assert all(sorted(row) == list(range(n)) for row in square)
    assert all(Counter(column) == dict.fromkeys(range(n), times) for column in zip(*square, strict=True))
    pairs = Counter(pair for row in square for pair in itertools.pairwise(row))
    assert pairs == dict.fromkeys(itertools.permutations(range(n), 2), times)


@given(n=st.integers(2, 8), seed=SEED)
@settings(max_examples=40)
def test_a_whole_latin_square_is_balanced_in_place_and_in_what_follows_what(n: int, seed: int) -> None:
    times = 1 if n % 2 == 0 else 2
    chosen = selection("latin_square", n, seed)
    cycles = [take(chosen, n) for _ in range(n * times)]
    assert all(Counter(column) == dict.fromkeys(range(n), times) for column in zip(*cycles, strict=True))
    pairs = Counter(pair for cycle in cycles for pair in itertools.pairwise(cycle))
    assert pairs == dict.fromkeys(itertools.permutations(range(n), 2), times)


@pytest.mark.parametrize("order", ORDERS)
@given(n=N, seed=SEED)
@settings(max_examples=20)
def test_the_same_seed_gives_the_same_sequence_and_a_preview_changes_nothing(order: str, n: int, seed: int) -> None:
    first, second = selection(order, n, seed), selection(order, n, seed)
    for _ in range(3):
        seen = [setting["x"] for setting in first.preview(2 * n)]
        assert seen == take(second, 2 * n) == take(first, 2 * n)


def test_every_selector_has_a_stream_of_its_own_by_its_name() -> None:
    names = ["go", "nogo", "remind"]
    drawn = {name: RandomStreams(7).generator(f"selector.{name}").random(4).tolist() for name in names}
    more = {name: RandomStreams(7).generator(f"selector.{name}").random(4).tolist() for name in ["new", *names]}
    assert {name: more[name] for name in names} == drawn
    assert len({tuple(numbers) for numbers in more.values()}) == 4


def test_streams_below_a_stream_go_by_name_and_take_nothing_from_it() -> None:
    parent, same = np.random.default_rng(3), np.random.default_rng(3)
    left, right = substream(parent, "left"), substream(parent, "right")
    assert left.random() != right.random()
    assert substream(parent, "left").random() == substream(same, "left").random()
    assert parent.random() == same.random()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("cycles", [1, 3])
def test_it_is_complete_after_its_cycles_and_not_before(order: str, cycles: int) -> None:
    chosen = selection(order, 4, 2, cycles=cycles)
    length = {"counterbalanced": 12}.get(order, 4) * cycles
    assert chosen.can_complete
    assert len(chosen.preview(1000)) == length
    for _ in range(length):
        assert not chosen.complete
        chosen.next_setting()
    assert chosen.complete == "cycles"
    assert not selection(order, 4, 2).can_complete


def test_progress_counts_what_was_given_and_what_is_left() -> None:
    chosen = selection("exact", 3, 0, cycles=2)
    assert (chosen.counts(), chosen.progress().cycle) == (RowCounts((0, 0, 0), (0, 0, 0)), 0)
    take(chosen, 4)
    found = chosen.progress()
    assert (chosen.counts(), found.cycle, found.cycles) == (RowCounts((2, 1, 1), (0, 1, 1)), 2, 2)
    assert found.text == "cycle 2 of 2, 2 left"


# -- products ------------------------------------------------------------------------------------


def product(order: str = "nested", orders: tuple[str, str] = ("exact", "exact"), seed: int = 0) -> RowSelection:
    factors = (Factor(item="a", values=(2, 1), order=orders[0]), Factor(item="b", values=(5, 7, 6), order=orders[1]))
    return RowSelection(ProductSettings(factors=factors, order=order), np.random.default_rng(seed))


def pairs_of(selected: RowSelection, n: int) -> list[tuple[Any, Any]]:
    return [(setting["a"], setting["b"]) for setting in (selected.next_setting() for _ in range(n))]


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        (("exact", "exact"), [(2, 5), (2, 7), (2, 6), (1, 5), (1, 7), (1, 6)]),
        (("ascending", "exact"), [(1, 5), (1, 7), (1, 6), (2, 5), (2, 7), (2, 6)]),
        (("exact", "descending"), [(2, 7), (2, 6), (2, 5), (1, 7), (1, 6), (1, 5)]),
        (("ascending", "ascending"), [(1, 5), (1, 6), (1, 7), (2, 5), (2, 6), (2, 7)]),
    ],
)
def test_a_product_is_nested_with_the_first_factor_slowest(orders: tuple[str, str], expected: list[Any]) -> None:
    assert pairs_of(product(orders=orders), 6) == expected


def test_a_shuffled_factor_is_shuffled_anew_in_each_pass() -> None:
    chosen = product(orders=("exact", "shuffled"), seed=3)
    passes = [pairs_of(chosen, 3) for _ in range(40)]
    assert all({a for a, _ in some} == {2 - i % 2} for i, some in enumerate(passes))
    assert all(sorted(b for _, b in some) == [5, 6, 7] for some in passes)
    assert len({tuple(b for _, b in some) for some in passes}) == 6


@given(seed=SEED)
@settings(max_examples=20)
def test_a_shuffled_product_has_each_combination_once_per_cycle(seed: int) -> None:
    chosen = product("shuffled", seed=seed)
    for _ in range(3):
        assert sorted(pairs_of(chosen, 6)) == sorted(itertools.product((1, 2), (5, 6, 7)))


# -- edits ---------------------------------------------------------------------------------------


def edited(before: RowSelection, settings: SequenceSettings, seed: int = 99) -> RowSelection:
    after = RowSelection(settings, np.random.default_rng(seed))
    after.resume(before)
    return after


@pytest.mark.parametrize(
    ("order", "rows", "rest"),
    [
        ("exact", [0, 1, 2, 9, 4], [2, 9, 4]),  # a cell edited
        ("exact", [0, 1, 2, 3, 4, 5], [2, 3, 4, 5]),  # a row added behind
        ("exact", [7, 0, 1, 2, 3, 4], [7, 2, 3, 4]),  # and in front
        ("exact", [0, 1, 3, 4], [3, 4]),  # one taken out that was to come
        ("exact", [1, 2, 3, 4], [2, 3, 4]),  # one taken out that was given
        ("exact", [4, 3, 2, 1, 0], [4, 3, 2]),  # moved
        ("exact", [0, 1, 2, 2, 3, 4], [2, 2, 3, 4]),  # doubled
        ("ascending", [0, 1, 2, 2.5, 3, 4], [2, 2.5, 3, 4]),
        ("ascending", [0, 1], [0, 1]),  # nothing left: the next cycle
        ("descending", [0, 1, 9, 3, 4], [9, 1, 0]),
    ],
)
def test_an_edit_of_a_table_gives_no_row_twice_in_a_cycle(order: str, rows: list[Any], rest: list[Any]) -> None:
    before = selection(order, 5, 0)
    take(before, 2)
    after = edited(before, SequenceSettings(items=("x",), rows=tuple((row,) for row in rows), order=order))
    assert take(after, len(rest)) == rest
    assert sorted(take(after, len(rows))) == sorted(rows)


@given(seed=SEED, done=st.integers(1, 7))
@settings(max_examples=40)
def test_unchanged_rows_of_a_shuffled_cycle_come_as_they_were_going_to(seed: int, done: int) -> None:
    before = selection("shuffled", 8, seed)
    was = take(before, done)
    coming = [setting["x"] for setting in before.preview(8 - done)]
    rows = (*((row,) for row in range(8)), (100,))
    after = edited(before, SequenceSettings(items=("x",), rows=rows, order="shuffled"))
    rest = take(after, 9 - done)
    assert [row for row in rest if row != 100] == coming
    assert sorted(was + rest) == [*range(8), 100]
    # The stream goes on: an edit does not draw the first cycle again.
    assert after.progress().cycle == 1


def test_an_edit_of_many_rows_looks_at_each_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    n, looks = 1000, 0
    key = rows_module._key

    def counted(row: Any) -> Any:
        nonlocal looks
        looks += 1
        return key(row)

    before = selection("shuffled", n, 1)
    take(before, 10)
    monkeypatch.setattr(rows_module, "_key", counted)
    edited(before, sequence("shuffled", n + 1))
    assert looks < 20 * n


def test_counts_go_with_their_rows() -> None:
    before = selection("exact", 3, 0)
    take(before, 4)
    after = edited(before, SequenceSettings(items=("x",), rows=((5,), (2,), (0,)), order="exact"))
    assert after.counts().given == (0, 1, 2)


@pytest.mark.parametrize("order", ["counterbalanced", "latin_square"])
def test_an_order_of_what_follows_what_keeps_its_place_where_cells_are_edited(order: str) -> None:
    before = selection(order, 4, 5)
    take(before, 2)
    coming = [setting["x"] for setting in before.preview(10)]
    rows = ((0,), (1,), (2,), (33,))
    after = edited(before, SequenceSettings(items=("x",), rows=rows, order=order))
    assert take(after, 10) == [33 if row == 3 else row for row in coming]


def test_other_columns_are_another_table() -> None:
    before = selection("exact", 3, 0)
    take(before, 2)
    after = edited(before, SequenceSettings(items=("y",), rows=((1,), (2,), (3,))))
    assert after.next_setting() == {"y": 1}


# -- carried over --------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["exact", "shuffled", "descending"])
def test_a_later_run_goes_on_in_the_cycle(order: str) -> None:
    before = selection(order, 6, 4)
    was = take(before, 4)
    later = selection(order, 6, 1234)
    later.restore(before.state())
    assert sorted(was + take(later, 2)) == list(range(6))
    assert later.progress().cycle == 1


def test_what_was_complete_begins_anew() -> None:
    before = selection("exact", 3, 0, cycles=1)
    take(before, 3)
    later = selection("exact", 3, 0, cycles=1)
    later.restore(before.state())
    assert (later.complete, take(later, 3)) == ("", [0, 1, 2])
