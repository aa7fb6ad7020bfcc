"""Rates and d′: over the trials that count, finite for every count."""

from __future__ import annotations

import math

import pytest

from psi.experiment.counts import count, counts_in, counts_text, d_prime


def trial(score: str, **marks: object) -> dict[str, object]:
    return {"score": score, "completed": True, **marks}


def test_nothing_is_known_of_no_trials() -> None:
    counts = count([])
    assert counts.rows == counts.trials == 0
    assert counts.hit_rate is counts.recent_hit_rate is counts.false_alarm_rate is counts.d_prime is None


@pytest.mark.parametrize(
    "marks", [{"reminder": True}, {"repeat": True}, {"aborted": True}, {"completed": False}], ids=str
)
def test_special_trials_are_left_out(marks: dict[str, object]) -> None:
    assert not counts_in(trial("HIT", **marks))
    counts = count([trial("MISS"), trial("HIT", **marks)])
    assert (counts.rows, counts.trials, counts.hit_rate) == (2, 1, 0.0)


def test_d_prime_is_hautus_1995() -> None:
    # Rates of (hits + 0.5) / (n + 1): 9.5/11 and 2.5/11.
    assert d_prime(9, 10, 2, 10) == pytest.approx(1.0968 + 0.7479, abs=1e-3)
    assert d_prime(5, 10, 5, 10) == 0.0
    assert math.isfinite(d_prime(10, 10, 0, 10))


def test_the_recent_rate_looks_at_the_last_twenty_go_trials() -> None:
    rows = [trial("MISS")] * 30 + [trial("HIT")] * 10 + [trial("FA"), trial("CR")]
    counts = count(rows)
    assert counts.hit_rate == 0.25
    assert counts.recent_hit_rate == 0.5
    assert counts.false_alarm_rate == 0.5
    assert counts.by_score == {"MISS": 30, "HIT": 10, "FA": 1, "CR": 1}


def test_the_counts_are_said_by_score_with_rates_and_how_many_trials_count() -> None:
    rows = [trial(score) for score in ("FA", "HIT", "CR", "HIT", "MISS", "CR", "CR", "ODD")]
    assert counts_text(count([*rows, trial("HIT", reminder=True)])) == (
        "HIT 2 · MISS 1 · CR 3 · FA 1 · ODD 1 · hits 67 % · false alarms 25 % · 8 of 9 trials count"
    )
    assert counts_text(count([trial("")])) == "1 of 1 trials count"
    assert counts_text(count([])) == ""
