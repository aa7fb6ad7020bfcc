"""The synthetic electrocardiogram: its beats are where they were asked for, and look like beats."""

import numpy as np
import pytest

from psi.signal.electrocardiogram import NORMAL_BEAT, R_HEIGHT, Beats, heart_beats, synthetic_ecg

FS = 360.0


def test_the_same_generator_state_gives_the_same_heart():
    one, other = (synthetic_ecg(FS, 5, np.random.default_rng(3)) for _ in range(2))
    assert one.shape == (1800,)
    assert np.array_equal(one, other)


def test_r_waves_stand_at_the_beats():
    times = np.array([0.5, 1.3, 2.3])
    ecg = synthetic_ecg(FS, 3, np.random.default_rng(0), beats=Beats(times, np.zeros(3, dtype=bool)), noise=0, wander=0)
    for time in times:
        near = np.arange(round((time - 0.2) * FS), round((time + 0.2) * FS))
        peak = near[np.argmax(ecg[near])]
        assert abs(peak - time * FS) <= 1
        assert ecg[peak] == pytest.approx(R_HEIGHT, rel=0.1)
    assert [wave.height > 0 for wave in NORMAL_BEAT] == [True, False, True, False, True]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_beats_are_irregular_in_order_and_at_the_rate(seed):
    print("seed", seed)
    beats = heart_beats(600, np.random.default_rng(seed), rate=80)
    intervals = np.diff(beats.times)
    assert np.all(intervals > 0.2)
    assert beats.times[0] > 0
    assert beats.times[-1] < 600
    assert len(beats.times) / 10 == pytest.approx(80, rel=0.05)
    assert 10 < beats.premature.sum() < 80
    assert not np.any(beats.premature[1:] & beats.premature[:-1])
    early = np.flatnonzero(beats.premature[1:])
    assert intervals[early].mean() < 0.8 * intervals.mean()


def test_a_duration_shorter_than_an_interval_may_hold_no_beat():
    assert synthetic_ecg(FS, 0.1, np.random.default_rng(0)).shape == (36,)
    assert synthetic_ecg(FS, 0.0, np.random.default_rng(0)).shape == (0,)
