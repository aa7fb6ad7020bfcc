"""The psychometric function of the trials that count."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from psi.models.scoring import ScoringSpec
from psi.plots.psychometric import Point, Psychometric, counted, fit, points_of, wilson

SPECS = [
    {"name": "level", "label": "Level", "unit": "dB SPL", "kind": "roving_parameter"},
    {"name": "frequency", "label": "Frequency", "unit": "Hz", "kind": "roving_parameter"},
    {"name": "hold", "kind": "parameter"},
]


SCORING = {
    "scores": [
        {"name": "HIT", "answer": "yes"}, {"name": "MISS", "answer": "no"},
        {"name": "FA", "answer": "yes"}, {"name": "CR", "answer": "no"}, {"name": "EARLY"},
    ]
}  # fmt: skip
ANSWERS = ScoringSpec.model_validate(SCORING).answers


def trial(level: float, score: str, **more: Any) -> dict[str, Any]:
    return {"level": level, "frequency": 4000.0, "hold": 0.2, "score": score, "completed": True, **more}


def simulated(threshold: float, width: float, n: int, seed: int) -> list[dict[str, Any]]:
    generator = np.random.default_rng(seed)
    rows = []
    for level in (15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 50.0):
        p = 0.08 + 0.88 / (1 + math.exp(-(level - threshold) / width))
        rows += [trial(level, "HIT" if generator.random() < p else "MISS") for _ in range(n)]
    rows += [trial(-math.inf, "FA" if generator.random() < 0.08 else "CR") for _ in range(4 * n)]
    return rows


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        (trial(30, "HIT"), True),
        (trial(30, "CR"), True),
        (trial(30, "HIT", reminder=True), False),
        (trial(30, "HIT", aborted=True), False),
        (trial(30, "FA", repeat=True), False),
        ({**trial(30, "EARLY"), "completed": False}, False),
        (trial(30, "EARLY"), False),
        ({"level": 30}, False),
    ],
)
def test_which_trials_count(row: dict[str, Any], counts: bool) -> None:
    assert counted(row, ANSWERS) is counts


@pytest.mark.parametrize(("k", "n"), [(0, 5), (3, 7), (10, 10), (45, 100)])
def test_the_interval_is_wilsons(k: int, n: int) -> None:
    reference = binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert wilson(k, n) == pytest.approx((reference.low, reference.high), abs=1e-6)


def test_answers_are_counted_by_level() -> None:
    rows = [trial(30, "HIT"), trial(20, "MISS"), trial(30, "MISS"), trial(-math.inf, "FA"), trial(math.nan, "HIT")]
    assert points_of(rows, "level", ANSWERS) == [Point(-math.inf, 1, 1), Point(20.0, 0, 1), Point(30.0, 1, 2)]


def test_the_threshold_is_found_within_what_its_error_says() -> None:
    distances = []
    for seed in range(12):
        found = fit(points_of(simulated(31.0, 2.5, 30, seed), "level", ANSWERS))
        assert found is not None
        distances.append((found.threshold - 31.0) / found.error)
    assert max(abs(distance) for distance in distances) < 4
    assert 0.4 < float(np.std(distances)) < 1.8


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [trial(30, "HIT")] * 50,
        [trial(level, "HIT") for level in (10, 20, 30)] * 20,
        [trial(10, "MISS"), trial(20, "MISS"), trial(30, "HIT")],
        [trial(level, score) for level in (10, 20, 30) for score in ("HIT", "MISS")] * 10,
    ],
    ids=["nothing", "one level", "all yes", "too few", "no slope"],
)
def test_no_function_is_drawn_where_the_data_do_not_tell_one(rows: list[dict[str, Any]]) -> None:
    assert fit(points_of(rows, "level", ANSWERS)) is None


def test_the_model_takes_the_roving_parameter_with_the_most_levels() -> None:
    model = Psychometric()
    rows = simulated(31.0, 2.5, 30, seed=3)
    state = {"run_id": "a", "specs": SPECS, "scoring": SCORING}
    assert model.refresh(state, rows, len(rows))
    assert not model.refresh(state, rows, len(rows))
    assert model.axis_label == "Level (dB SPL)"
    assert [point.level for point in model.points] == [15, 20, 25, 30, 35, 40, 50]
    assert model.catch is not None
    assert model.catch.n == 120
    assert model.caption.startswith("threshold 3")
    assert model.caption.endswith("dB SPL")


def test_without_trials_it_says_so() -> None:
    model = Psychometric()
    assert model.refresh({"run_id": "a", "specs": SPECS, "scoring": SCORING}, [], 0)
    assert (model.points, model.catch, model.fit, model.caption) == ([], None, None, "no trials yet")


def test_in_a_forced_choice_the_guess_rate_is_known() -> None:
    generator = np.random.default_rng(5)
    rows = []
    for level in (15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 50.0):
        p = 1 / 3 + (2 / 3 - 0.02) / (1 + math.exp(-(level - 31.0) / 2.5))
        rows += [trial(level, "RIGHT" if generator.random() < p else "WRONG") for _ in range(60)]
    scores = [{"name": "RIGHT", "answer": "correct"}, {"name": "WRONG", "answer": "wrong"}]
    model = Psychometric()
    model.refresh({"specs": SPECS, "scoring": {"scores": scores, "chance": 1 / 3}}, rows, len(rows))
    assert (model.height, model.chance) == ("P(correct)", 1 / 3)
    assert model.fit is not None
    assert model.fit.guess == pytest.approx(1 / 3)
    assert abs(model.fit.threshold - 31.0) < 3 * model.fit.error < 6
