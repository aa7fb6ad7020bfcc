"""The level of a simulated sensor: worked in seconds, read in samples."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from psi.engines.simulated.levels import Levels

RATES = [50.0, 100.0, 360.0, 1000.0, 44100.0, 200e3]


def read_in_chunks(levels: Levels, sizes: list[int], fs: float) -> np.ndarray:
    """All samples, a single number spread over its chunk."""
    parts, s0 = [np.empty(0)], 0
    for n in sizes:
        parts.append(np.broadcast_to(levels.read(s0, n, fs), n))
        s0 += n
    return np.concatenate(parts)


@given(
    samples=st.lists(st.integers(0, 400), unique=True, max_size=8).map(sorted),
    sizes=st.lists(st.integers(0, 90), min_size=1, max_size=10),
    fs=st.sampled_from(RATES),
)
def test_a_level_changes_at_the_sample_of_its_time_in_any_chunking(
    samples: list[int], sizes: list[int], fs: float
) -> None:
    levels = Levels()
    expected = np.zeros(max(401, sum(sizes)))
    for number, sample in enumerate(samples):
        high = number % 2 == 0
        levels.set(sample / fs, high)
        expected[sample:] = high
    np.testing.assert_array_equal(read_in_chunks(levels, sizes, fs), expected[: sum(sizes)])


def test_a_time_between_two_samples_is_the_later_one() -> None:
    levels = Levels()
    levels.set(0.0101, True)
    assert list(np.flatnonzero(levels.read(0, 20, 1000.0))[:1]) == [11]


def test_a_level_that_does_not_change_is_one_number() -> None:
    levels = Levels()
    assert levels.read(0, 100, 1000.0) == 0.0
    levels.set(0.15, True)
    assert levels.read(100, 50, 1000.0) == 0.0
    assert levels.read(150, 100, 1000.0) == 1.0


def test_a_change_forgets_what_was_scheduled_after_it() -> None:
    levels = Levels()
    levels.set(0.010, True)
    levels.set(0.030, False)
    levels.set(0.020, False)
    levels.set(0.025, True)
    expected = np.zeros(60)
    expected[10:20] = expected[25:] = 1
    np.testing.assert_array_equal(levels.read(0, 60, 1000.0), expected)
