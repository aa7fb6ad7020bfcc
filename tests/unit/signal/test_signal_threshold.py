"""Comparison with hysteresis against a loop, and its edges."""

import numpy as np
import pytest

from psi.signal.threshold import MODES, Comparator, compare


def by_loop(row, threshold, release, mode):
    levels, level = [], False
    for value in row:
        if mode in (">", ">="):
            beyond, back = (value > threshold if mode == ">" else value >= threshold), value <= release
        else:
            beyond, back = (value < threshold if mode == "<" else value <= threshold), value >= release
        level = bool(beyond) or (level and not back)
        levels.append(level)
    return levels


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("mode", MODES)
def test_any_chunking_gives_what_a_loop_gives(seed, mode):
    print("seed", seed)
    rng = np.random.default_rng(seed)
    # Few different values, so that many lie on the threshold and on the release.
    data = rng.integers(-3, 4, (3, 300)).astype(float)
    thresholds, hysteresis = rng.integers(-1, 2, 3).astype(float), rng.integers(1, 3, 3).astype(float)
    comparator, made, begin = Comparator(thresholds, mode, hysteresis), [], 0
    while begin < data.shape[1]:
        n = int(rng.choice([0, 1, 2, 3, 50]))
        made.append(comparator.process(data[:, begin : begin + n]))
        begin += n
    sign = 1 if mode in (">", ">=") else -1
    expected = [
        by_loop(row, threshold, threshold - sign * width, mode)
        for row, threshold, width in zip(data, thresholds, hysteresis, strict=True)
    ]
    assert np.concatenate(made, axis=1).tolist() == expected


@pytest.mark.parametrize("mode", MODES)
def test_without_hysteresis_samples_are_only_compared(mode):
    data = np.array([[0.0, 1.0, 2.0, 1.0, np.nan, 2.0]])
    assert np.array_equal(Comparator(1.0, mode).process(data), compare(data, 1.0, mode))


def test_a_level_lasts_over_any_number_of_chunks_that_lie_between():
    comparator = Comparator(1.0, ">", 1.0)
    assert comparator.process(np.array([[0.5, 1.5]])).tolist() == [[False, True]]
    for _ in range(100):
        assert comparator.process(np.full((1, 3), 0.5)).all()
    assert comparator.process(np.array([[0.5, 0.0, 0.5]])).tolist() == [[True, False, False]]
