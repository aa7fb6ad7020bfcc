"""Clock maps: drift is found under jitter, what was held up does not count, and mapping there and back is the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psi.hardware.clock_map import ClockMap

FS = 25e3


def run(
    drift_ppm: float,
    duration: float,
    seed: int = 0,
    block: float = 0.01,
    held_up: float = 0.01,
    jitter: float = 3e-4,
    begin: float = 1000.0,
) -> ClockMap:
    """A device with a clock that is fast by ``drift_ppm``, seen late by an exponential time, and at times held up."""
    generator = np.random.default_rng(seed)
    clock_map = ClockMap()
    for number in range(1, round(duration / block) + 1):
        sample = round(number * block * FS)
        late = generator.exponential(jitter)
        if generator.random() < held_up:
            late += generator.exponential(0.1)
        clock_map.add(FS, sample, begin + sample / FS / (1 + 1e-6 * drift_ppm) + late)
    return clock_map


@settings(max_examples=25, deadline=None)
@given(drift=st.floats(-100, 100), seed=st.integers(0, 2**32 - 1), duration=st.floats(1.0, 45.0))
def test_a_sample_is_mapped_to_its_time_within_half_a_millisecond(drift: float, seed: int, duration: float) -> None:
    clock_map = run(drift, duration, seed)
    seconds = math.floor(duration * 100) / 100
    true = 1000.0 + seconds / (1 + 1e-6 * drift)
    assert clock_map.monotonic(seconds) == pytest.approx(true, abs=5e-4)


@pytest.mark.parametrize("drift", [-50.0, 0.0, 50.0])
def test_a_drift_of_fifty_parts_in_a_million_is_found_within_a_minute(drift: float) -> None:
    clock_map = run(drift, 60.0)
    assert clock_map.drift_ppm == pytest.approx(drift, abs=2.0)
    assert clock_map.residual < 5e-5
    # After 400 s without correction two such devices would be 40 ms apart.
    assert run(drift, 400.0).monotonic(400.0) == pytest.approx(1000 + 400 / (1 + 1e-6 * drift), abs=1e-4)


def test_seconds_in_which_every_block_was_held_up_do_not_move_the_line() -> None:
    clock_map, generator = ClockMap(), np.random.default_rng(4)
    for number in range(1, 3001):
        sample, seconds = number * 250, number / 100
        late = generator.exponential(2e-4) + (0.2 if 10 <= seconds < 13 else 0.0)
        clock_map.add(FS, sample, 5.0 + seconds * (1 - 50e-6) + late)
    assert clock_map.drift_ppm == pytest.approx(50.0, abs=5.0)
    assert clock_map.monotonic(30.0) == pytest.approx(5.0 + 30 * (1 - 50e-6), abs=2e-4)


@settings(max_examples=25, deadline=None)
@given(drift=st.floats(-100, 100), seconds=st.floats(0, 1e5))
def test_there_and_back_is_the_same(drift: float, seconds: float) -> None:
    clock_map = run(drift, 2.0)
    assert clock_map.seconds(clock_map.monotonic(seconds)) == pytest.approx(seconds, abs=1e-6)


def test_one_pair_is_enough_and_none_is_not() -> None:
    clock_map = ClockMap()
    assert not clock_map.known
    assert math.isnan(clock_map.drift_ppm)
    with pytest.raises(ValueError, match="no sample of this device has been seen yet"):
        clock_map.monotonic(0.0)
    clock_map.add(1e3, 100, 7.1)
    assert clock_map.known
    assert clock_map.monotonic(0.0) == pytest.approx(7.0)
    assert clock_map.drift_ppm == 0.0
