"""benchmarks/thresholds.py runs, and what it says of a few observers is what it can be."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "benchmarks" / "thresholds.py"

#: The same procedure, by psi and by the library driven directly.
ALIKE = [
    ("QUEST+ 2 alternatives", "questplus alone, 2 alternatives"),
    ("QUEST+ yes/no", "questplus alone, yes/no"),
]


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("psi_benchmark_thresholds", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_an_observer_is_at_its_own_levels(benchmark: ModuleType) -> None:
    for observer in benchmark.observers(20, 3, 0.5):
        assert observer.p(observer.level(0.75)) == pytest.approx(0.75)
        # Weibull: 1 - 1/e of the way from guess to 1 - lapse.
        assert observer.p(observer.threshold) == pytest.approx(
            observer.guess + (1 - observer.guess - observer.lapse) * (1 - 2.718281828**-1)
        )


@pytest.mark.parametrize("alike", ALIKE, ids=["forced choice", "yes/no"])
def test_psi_says_what_the_library_says_by_itself(benchmark: ModuleType, alike: tuple[str, str]) -> None:
    psi, alone = (benchmark.summary(f"{name}, 100 trials", 1, 1) for name in alike)
    for name in ("error_db", "bias_db", "coverage", "trials"):
        assert psi[name] == alone[name]


def test_staircases_find_thresholds_and_their_intervals_hold(benchmark: ModuleType) -> None:
    found = benchmark.summary("staircase 1-up 2-down, 12 reversals", 200, 1)
    assert found["error_db"] < 5
    assert abs(found["bias_db"]) < 1
    # 0.95 less five standard errors of a proportion of 200 is 0.87; with few reversals they hold somewhat less.
    assert found["coverage"] > 0.85
