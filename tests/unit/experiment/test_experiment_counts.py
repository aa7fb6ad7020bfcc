"""Rates and d′: over the trials that count, finite for every count."""

from __future__ import annotations

import math

import pytest

from psi.experiment.counts import count, counts_in, counts_text, d_prime, scoring_of
from psi.models.scoring import RateSpec, ScoreSpec, ScoringSpec, SensitivitySpec

GO = ("HIT", "MISS")
#: As a go/no-go task declares it.
SCORING = ScoringSpec(
    scores=tuple(ScoreSpec(name=name) for name in ("HIT", "MISS", "CR", "FA")),
    figures=(
        RateSpec(label="hits, last 20", of=("HIT",), among=GO, last=20, headline=True),
        RateSpec(label="hits", of=("HIT",), among=GO),
        RateSpec(label="false alarms", of=("FA",), among=("FA", "CR")),
        SensitivitySpec(
            label="d′", hits="HIT", misses="MISS", false_alarms="FA", correct_rejections="CR", headline=True
        ),
    ),
)


def trial(score: str, **marks: object) -> dict[str, object]:
    return {"score": score, "completed": True, **marks}


def test_nothing_is_known_of_no_trials() -> None:
    counts = count([], SCORING)
    assert counts.rows == counts.trials == 0
    assert counts.headlines == {"hits, last 20": "–", "d′": "–"}
    assert not any(figure.known for figure in counts.figures)


@pytest.mark.parametrize(
    "marks", [{"reminder": True}, {"repeat": True}, {"aborted": True}, {"completed": False}], ids=str
)
def test_special_trials_are_left_out(marks: dict[str, object]) -> None:
    assert not counts_in(trial("HIT", **marks))
    counts = count([trial("MISS"), trial("HIT", **marks)], SCORING)
    assert (counts.rows, counts.trials, counts.figures[1].text) == (2, 1, "0 %")


def test_d_prime_is_hautus_1995() -> None:
    # Rates of (hits + 0.5) / (n + 1): 9.5/11 and 2.5/11.
    assert d_prime(9, 10, 2, 10) == pytest.approx(1.0968 + 0.7479, abs=1e-3)
    assert d_prime(5, 10, 5, 10) == 0.0
    assert math.isfinite(d_prime(10, 10, 0, 10))


def test_the_recent_rate_looks_at_the_last_twenty_go_trials() -> None:
    rows = [trial("MISS")] * 30 + [trial("HIT")] * 10 + [trial("FA"), trial("CR")]
    counts = count(rows, SCORING)
    assert [figure.text for figure in counts.figures[:3]] == ["50 %", "25 %", "50 %"]
    assert counts.headlines == {"hits, last 20": "50 %", "d′": f"{d_prime(10, 40, 1, 2):.1f}"}
    assert counts.by_score == {"MISS": 30, "HIT": 10, "FA": 1, "CR": 1}


def test_the_counts_are_said_by_score_with_rates_and_how_many_trials_count() -> None:
    rows = [trial(score) for score in ("FA", "HIT", "CR", "HIT", "MISS", "CR", "CR", "ODD")]
    assert counts_text(count([*rows, trial("HIT", reminder=True)], SCORING)) == (
        "HIT 2 · MISS 1 · CR 3 · FA 1 · ODD 1 · hits 67 % · false alarms 25 % · 8 of 9 trials count"
    )
    assert counts_text(count([trial("")], SCORING)) == "1 of 1 trials count"
    assert counts_text(count([], SCORING)) == ""


def test_without_a_word_from_the_paradigm_scores_are_counted_by_name() -> None:
    rows = [trial(score) for score in ("LEFT", "RIGHT", "LEFT")]
    assert scoring_of({}) == ScoringSpec()
    assert counts_text(count(rows, scoring_of({}))) == "LEFT 2 · RIGHT 1 · 3 of 3 trials count"
    assert count(rows, ScoringSpec()).headlines == {}
