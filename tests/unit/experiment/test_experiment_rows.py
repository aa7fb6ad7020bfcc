"""Rows in the window: bounded, counted, kept over a Stop."""

from __future__ import annotations

import json
import math
import tracemalloc

import pytest

from psi.experiment.rows import MAX_EVENTS, RowsModel


def event(name: str, time: float = 0.0, **info: object) -> dict[str, object]:
    return {"kind": "event", "name": name, "time": time, "info": info}


def test_rows_go_to_their_lists() -> None:
    rows = RowsModel()
    rows.begin("run", "running")
    kinds = [
        event("trial_start"),
        {"kind": "trial", "values": {"score": "HIT"}},
        {"kind": "audit", "time": 1.0, "what": "note"},
        # One for every action of hours: the recording has them.
        {"kind": "audit", "time": 1.0, "what": "action", "info": {"outcome": "ok"}},
        {"kind": "output", "time": 1.0, "name": "target"},
        {"kind": "latency", "edges": [], "counts": []},
    ]
    assert rows.take(kinds) == 4
    assert (rows.n_events, rows.n_trials, rows.n_audit, rows.n_outputs) == (1, 1, 1, 1)
    assert rows.trials == [{"score": "HIT"}]


def test_only_the_newest_events_are_kept_and_all_are_counted() -> None:
    rows = RowsModel()
    rows.begin("run", "running")
    rows.take(event(f"e{number}") for number in range(MAX_EVENTS + 10))
    assert len(rows.events) == MAX_EVENTS
    assert rows.n_events == MAX_EVENTS + 10
    assert rows.events[-1]["name"] == f"e{MAX_EVENTS + 9}"


def test_trials_stay_until_the_next_run_is_recorded() -> None:
    rows = RowsModel()
    rows.begin("one", "running")
    rows.take([event("x"), {"kind": "trial", "values": {}}])
    rows.begin("two", "open")
    assert (rows.n_events, rows.n_trials, len(rows.trials)) == (0, 1, 1)
    rows.begin("three", "running")
    assert (rows.n_trials, rows.trials) == (0, [])


def test_what_is_kept_reads_like_the_row_that_came() -> None:
    rows = RowsModel()
    rows.begin("run", "running")
    values = [
        {"score": "HIT", "level": -0.0, "n": 1, "rate": 1.0, "repeat": True, "reaction_time": None},
        {"score": "HIT", "level": 0.0, "n": 1, "rate": 1, "repeat": 1, "reaction_time": math.inf},
        {"score": "MISS"},
        {},
    ]
    rows.take({"kind": "trial", "values": row} for row in values)
    assert [repr(row) for row in rows.trials] == [repr(row) for row in values]
    last = rows.trials[-2]
    assert (last.get("score"), last.get("level"), last.get("level", 7), "level" in last) == ("MISS", None, 7, False)
    with pytest.raises(KeyError):
        last["level"]


def test_a_trial_is_kept_in_less_than_a_kilobyte() -> None:
    """As it comes from the journal, where each row brings names and words of its own."""
    values = {f"parameter_{number}": 0.5 + number for number in range(20)}
    values |= {f"result_{number}": "" for number in range(5)} | dict.fromkeys(("repeat", "aborted"), False)
    rows = RowsModel()
    rows.begin("run", "running")

    def take(number: int) -> None:
        row = {"kind": "trial", "values": values | {"trial_number": number, "trial_start": number / 7, "score": "MISS"}}
        rows.take([json.loads(json.dumps(row))])

    take(0)
    tracemalloc.start()
    try:
        for number in range(1, 1001):
            take(number)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 600 * 1000
