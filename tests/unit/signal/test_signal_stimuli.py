"""Tones, noise, pulses, ramps and levels."""

import itertools

import numpy as np
import pytest

from psi.signal.level import db, dbi, rms, scaled_to_rms
from psi.signal.noise import NOISE_BLOCK, frozen_noise, noise
from psi.signal.pulse import pulse
from psi.signal.ramp import cosine_squared, ramped
from psi.signal.tone import sine, tone

FS = 100e3


def test_a_tone_has_its_rms_and_its_frequency():
    token = tone(FS, 0.1, 1000, rms=0.02)
    assert token.shape == (10_000,)
    assert rms(token) == pytest.approx(0.02, rel=1e-9)
    assert np.argmax(np.abs(np.fft.rfft(token))) == 100


def test_ramps_lie_within_the_tone_and_leave_its_middle_alone():
    plain, soft = tone(FS, 0.1, 1000), tone(FS, 0.1, 1000, ramp_duration=0.005)
    assert np.array_equal(plain[500:-500], soft[500:-500])
    flat = ramped(np.ones(10_000), FS, 0.005)
    assert np.all(np.diff(flat[:500]) > 0)
    assert np.array_equal(flat, flat[::-1])
    assert cosine_squared(500) + cosine_squared(500)[::-1] == pytest.approx(1)
    assert flat[249:251] == pytest.approx(0.5, abs=0.002)


def test_ramps_longer_than_the_token_meet_in_the_middle():
    assert ramped(np.ones(5), FS, 1.0)[2] == 1
    assert ramped(np.ones(0), FS, 1.0).shape == (0,)


@pytest.mark.parametrize("endless", [lambda s0, n: sine(FS, s0, n, 997.3), lambda s0, n: noise(s0, n, seed=3)])
def test_an_endless_signal_is_the_same_however_it_is_asked_for(endless):
    whole = endless(0, 3 * NOISE_BLOCK)
    rng = np.random.default_rng(11)
    cuts = np.concatenate(([0, NOISE_BLOCK, 2 * NOISE_BLOCK], rng.integers(0, len(whole), 20), [len(whole)]))
    cuts.sort()
    parts = [endless(int(start), int(end - start)) for start, end in itertools.pairwise(cuts)]
    assert np.concatenate(parts) == pytest.approx(whole, abs=1e-12)
    assert endless(5, 0).shape == (0,)


def test_noise_has_its_rms_and_other_seeds_give_other_noise():
    assert rms(noise(0, 200_000, seed=1, rms=0.5)) == pytest.approx(0.5, rel=0.01)
    assert abs(np.corrcoef(noise(0, 50_000, seed=1), noise(0, 50_000, seed=2))[0, 1]) < 0.03
    assert abs(np.corrcoef(noise(0, NOISE_BLOCK, seed=1), noise(NOISE_BLOCK, NOISE_BLOCK, seed=1))[0, 1]) < 0.1


def test_frozen_noise_is_frozen_and_has_exactly_its_rms():
    assert np.array_equal(frozen_noise(FS, 0.01, 5), frozen_noise(FS, 0.01, 5))
    assert not np.array_equal(frozen_noise(FS, 0.01, 5), frozen_noise(FS, 0.01, 6))
    assert rms(frozen_noise(FS, 0.01, 5, rms=0.3)) == pytest.approx(0.3, rel=1e-12)


def test_a_pulse_has_at_least_one_sample():
    assert pulse(1000, 0.1, 5).tolist() == [5.0] * 100
    assert pulse(10, 0.001).tolist() == [1.0]


def test_levels():
    assert db(10) == pytest.approx(20)
    assert db(0) == -np.inf
    assert dbi(db(0.37)) == pytest.approx(0.37)
    assert rms(np.array([[3, -3], [0, 0]], dtype=np.int16)).tolist() == [3, 0]
    assert rms(np.empty((2, 0))).tolist() == [0, 0]
    assert scaled_to_rms(np.zeros((1, 4)), 1.0).tolist() == [[0, 0, 0, 0]]
