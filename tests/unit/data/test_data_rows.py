"""Rows and their cells: whatever does not fit is recorded as a fault, never dropped or changed."""

import json
import math

import pytest

from psi.data.layout import TABLES
from psi.data.plan import TrialColumn
from psi.data.rows import RowBatch, to_cell

COLUMNS = [TrialColumn(name="n", dtype="int64"), TrialColumn(name="x", dtype="float64")]


def faults(batch):
    names = [column.name for column in TABLES["/audit"]]
    rows = [dict(zip(names, cells, strict=True)) for cells in batch.tables["/audit"]]
    assert all((row["what"], row["who"]) == ("fault", "store") for row in rows)
    return [(row["name"], json.loads(row["info"])["message"]) for row in rows]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"kind": "evnt", "time": 1}, "unknown kind of row; did you mean 'event'?"),
        ({"time": 1}, "unknown kind of row"),
        ({"kind": "event", "time": 1}, "the row has no field 'name'"),
        ({"kind": "event", "time": None, "name": "x"}, "time None is not a number"),
        ({"kind": "event", "time": 1, "name": 5}, "name 5 is not a text"),
        ({"kind": "event", "time": 1, "name": "x", "sample": 1.5}, "sample 1.5 is not a whole number"),
        ({"kind": "event", "time": 1, "name": "x", "info": "text"}, "info 'text' is not a mapping"),
        ({"kind": "clock", "engine": "a", "sample": 2**63, "time": 0, "monotonic": 0}, "does not fit into 64 bits"),
        ({"kind": "trial", "values": [1]}, "values is not a mapping"),
        ({"kind": "latency", "edges": ["x"], "counts": []}, "could not convert"),
        ({"kind": "finish"}, "the row has no field 'reason'"),
    ],
)
def test_a_row_that_does_not_fit_becomes_a_fault_that_carries_it(row, message):
    batch = RowBatch()
    batch.add([row], COLUMNS)
    ((name, said),) = faults(batch)
    assert name == str(row.get("kind"))
    assert message in said
    assert json.loads(batch.tables["/audit"][0][-1])["row"] == row
    assert not any(cells for path, cells in batch.tables.items() if path != "/audit")


def test_a_field_too_many_is_a_fault_and_the_row_is_kept():
    batch = RowBatch()
    batch.add([{"kind": "event", "time": 1, "name": "x", "chanel": 3}], COLUMNS)
    assert len(batch.tables["/events"]) == 1
    assert faults(batch) == [("event", "a event row has no field 'chanel'; did you mean 'channel'?")]


def test_a_trial_keeps_its_good_cells_when_one_is_bad():
    batch = RowBatch()
    batch.add([{"kind": "trial", "values": {"n": 1.5, "x": 2, "y": 3}}], COLUMNS)
    assert (batch.trials, batch.valid) == ([[0, 2.0]], [[False, True]])
    assert faults(batch) == [
        ("trial", "n 1.5 is not a whole number"),
        ("trial", "the trial table has no column 'y'; known: n, x"),
    ]


def test_what_is_left_out_of_a_row_is_filled_in():
    batch = RowBatch()
    batch.add([{"kind": "event", "time": 1, "name": "x"}, {"kind": "audit", "time": 2, "what": "note"}], COLUMNS)
    assert batch.tables["/events"] == [(1.0, -1, "x", "", -1, "master", "{}")]
    assert batch.tables["/audit"] == [(2.0, "note", "", "", "{}")]


def test_the_last_histogram_and_the_finish_are_kept():
    batch = RowBatch()
    rows = [{"kind": "latency", "edges": [0, 1], "counts": [n]} for n in (1, 7)]
    batch.add([*rows, {"kind": "finish", "reason": "stopped"}], COLUMNS)
    assert batch.latency == ([0.0, 1.0], [7])
    assert batch.finish.reason == "stopped"
    assert math.isnan(batch.finish.time)


@pytest.mark.parametrize(
    ("value", "dtype", "cell"),
    [
        (3, "float64", 3.0), (True, "int64", 1), (2.0, "int64", 2), (-(2**63), "int64", -(2**63)),
        (1, "bool", True), ("", "text", ""), ([1, "µ"], "text", '[1,"µ"]'), ({"a": 1}, "text", '{"a":1}'),
    ],
)  # fmt: skip
def test_values_become_cells(value, dtype, cell):
    assert to_cell(value, dtype) == cell
    assert type(to_cell(value, dtype)) is type(cell)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [("1", "float64"), (None, "int64"), (math.nan, "int64"), (math.inf, "int64"), (2**63, "int64"), (2, "bool"),
     ("yes", "bool"), (1, "text"), ([], "float64")],
)  # fmt: skip
def test_values_that_would_change_are_refused(value, dtype):
    with pytest.raises((ValueError, TypeError, OverflowError)):
        to_cell(value, dtype)
