"""Tables of selectors: rows and cells at once, spreadsheets, ranges, sorting."""

from __future__ import annotations

import pytest

from psi.experiment.drafts import selector_table
from psi.experiment.drafts.selector_table import SelectorTable, counterparts
from psi.experiment.selectors.fill import fill_down, range_of, texts_of
from psi.experiment.selectors.paste import copy, paste, split_cells, split_commas

TABLE = SelectorTable(("f", "l"), (("1", "10"), ("2", "20"), ("3", "30"), ("4", "40")), "exact")


def first(table: SelectorTable) -> str:
    return "".join(row[0] for row in table.rows)


@pytest.mark.parametrize(
    ("rows", "before", "order"),
    [
        ([0], 2, "2134"),
        ([0], 4, "2341"),
        ([3], 0, "4123"),
        ([0, 2], 4, "2413"),
        ([1, 2], 2, "1234"),
        ([0, 3], 2, "2143"),
    ],
)
def test_rows_are_brought_elsewhere_in_their_order(rows, before, order):
    assert first(TABLE.brought(rows, before)) == order


@pytest.mark.parametrize(
    ("old", "new", "were"),
    [
        ("abc", "abc", (0, 1, 2)),
        ("abc", "axbc", (0, None, 1, 2)),
        ("abc", "ac", (0, 2)),
        ("abc", "axc", (0, 1, 2)),
        ("abc", "xabc", (None, 0, 1, 2)),
        ("abcde", "abxyde", (0, 1, 2, None, 3, 4)),
        ("aaa", "aa", (0, 1)),
        ("aaa", "aaxa", (0, 1, None, 2)),
        ("abc", "xyz", (0, 1, 2)),
    ],
)
def test_a_row_is_known_again_where_others_were_put_in_or_taken_out(old, new, were):
    assert counterparts(tuple(zip(old, strict=True)), tuple(zip(new, strict=True))) == were


def test_rows_that_are_alike_by_the_thousand_are_not_compared_each_with_each(monkeypatch):
    monkeypatch.delattr(selector_table, "SequenceMatcher")
    alike = (("1",),) * 3000
    edited = (("2",), *alike[:-2], ("2",))
    assert counterparts(alike, edited) == tuple(range(3000))


def test_several_rows_are_copied_and_taken_out():
    assert first(TABLE.copied([0, 2])) == "123134"
    assert first(TABLE.without_all([1, 3])) == "13"
    assert first(TABLE.without_all(range(4))) == "1"
    assert TABLE.copied([]) == TABLE


@pytest.mark.parametrize(
    ("texts", "descending", "order"),
    [
        (["10", "9", "1e2", "-3"], False, ["-3", "9", "10", "1e2"]),
        (["10", "9", "1e2", "-3"], True, ["1e2", "10", "9", "-3"]),
        (["level + 1", "2 * 3", "5", "wrong("], False, ["5", "2 * 3", "level + 1", "wrong("]),
        (["level + 1", "2 * 3", "5"], True, ["2 * 3", "5", "level + 1"]),
        (["'b'", "1", "'a'"], False, ["1", "'a'", "'b'"]),
    ],
)
def test_rows_are_sorted_by_value_and_what_has_none_is_last(texts, descending, order):
    table = SelectorTable(("l",), tuple((text,) for text in texts), "exact")
    assert [row[0] for row in table.sorted_by(0, descending).rows] == order


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("1\t2\r\n3\t4\r\n", [["1", "2"], ["3", "4"]]),
        ("1, 2\n3, max(4, 5)", [["1", "2"], ["3", "max(4, 5)"]]),
        ("1\tmax(2, 3)", [["1", "max(2, 3)"]]),
        ("5", [["5"]]),
        ("1\n\n", [["1"]]),
    ],
)
def test_a_clipboard_is_split_into_cells(text, cells):
    assert split_cells(text) == cells


def test_commas_in_brackets_and_quotes_part_nothing():
    assert split_commas("a, f(b, [c, d]), 'e, f'") == ["a", " f(b, [c, d])", " 'e, f'"]


def no_error(item: str, text: str) -> str:
    return ""


def test_a_paste_fills_from_the_cell_on_and_grows():
    done = paste(TABLE, "7\t70\n8\t80\n9\t", 3, 0, no_error)
    assert done.table.rows[3:] == (("7", "70"), ("8", "80"), ("9", "40"))
    assert done.cells == ((3, 0), (3, 1), (4, 0), (4, 1), (5, 0))
    assert done.misfits == ("line 3, cell 2 is empty; the cell keeps its value",)


def test_a_paste_says_of_each_cell_why_it_does_not_fit():
    done = paste(TABLE, "1,2,3\nx,5", 3, 1, lambda item, text: "bad" if text == "x" else "", grows=False)
    assert done.table.rows[3] == ("4", "1")
    assert done.misfits == (
        "line 1, cell 2 ('2'): no column is left for it",
        "line 1, cell 3 ('3'): no column is left for it",
        "line 2, cell 1 ('x'): no row is left for it",
        "line 2, cell 2 ('5'): no row is left for it",
    )
    wrong = paste(TABLE, "x", 0, 0, lambda item, text: f"item {item!r} is no number")
    assert (wrong.table.rows[0], wrong.misfits) == (("x", "10"), ("row 1: item 'f' is no number",))


def test_a_line_that_names_the_columns_is_passed_over():
    assert paste(TABLE, "F (Hz)\tl\n5\t6", 0, 0, no_error).table.rows[0] == ("5", "6")


def test_what_is_copied_is_pasted_again():
    cells = [(0, 0), (0, 1), (2, 1)]
    assert copy(TABLE, cells) == "1\t10\n\t30"
    assert copy(TABLE, []) == ""


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        (("0", "1", "step", "0.25", "linear"), ["0", "0.25", "0.5", "0.75", "1"]),
        (("8000", "1000", "step", "1", "log"), ["8000", "4000", "2000", "1000"]),
        (("1", "100", "n", "3", "dB"), ["1", "10", "100"]),
        (("5", "5", "n", "1", "linear"), ["5"]),
    ],
)
def test_a_range_is_what_was_typed(typed, texts):
    assert texts_of(range_of(*typed)) == texts


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("", "1", "step", "1", "linear"), "start is empty; give a number"),
        (("0", "1", "n", "2.5", "linear"), "n is '2.5'; give a whole number"),
        (("0", "1", "step", "0", "linear"), "step: must be greater than 0"),
        (("0", "1", "n", "3", "log"), "a range with log spacing has ends above 0"),
    ],
)
def test_what_makes_no_range_is_said(typed, said):
    with pytest.raises(ValueError, match=said):
        range_of(*typed)


def test_a_range_fills_the_chosen_cells_or_goes_on_from_one():
    values = range_of("60", "90", "step", "10", "linear")
    assert [row[1] for row in fill_down(TABLE, 1, [0, 2], values).rows] == ["60", "20", "70", "40"]
    grown = fill_down(TABLE, 1, [2], values)
    assert [row[1] for row in grown.rows] == ["10", "20", "60", "70", "80", "90"]
    assert [row[0] for row in grown.rows] == ["1", "2", "3", "4", "4", "4"]
    assert len(fill_down(TABLE, 1, [2], values, grows=False).rows) == 4
