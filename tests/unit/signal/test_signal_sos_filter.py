"""Recursive filters by matrix products give what SciPy's loop over samples gives."""

import numpy as np
import pytest
from scipy import signal

from psi.signal.iir import IIRSettings
from psi.signal.sos_filter import SosFilter

SIZES = (0, 1, 2, 7, 31, 50, 97, 1009, 5003)


def chunks_of(data, seed):
    print("seed", seed)
    rng = np.random.default_rng(seed)
    begin = 0
    while begin < data.shape[1]:
        end = begin + int(rng.choice(SIZES))
        yield data[:, begin:end]
        begin = end


def reference(data, sos):
    zi = signal.sosfilt_zi(sos)[:, np.newaxis, :] * data[:, :1]
    return signal.sosfilt(sos, data, axis=-1, zi=zi)[0]


def run(data, sos, seed):
    stage = SosFilter(sos)
    return np.concatenate([stage.process(chunk) for chunk in chunks_of(data, seed)], axis=1)


@pytest.mark.parametrize("n_channels", [1, 3, 33])
@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_spoils_only_its_channel_and_only_later_samples(n_channels, broken):
    sos = IIRSettings(4, "lowpass", f_lowpass=60).design(2500).sos
    data = np.random.default_rng(1).standard_normal((n_channels, 6000))
    data[0, 3210] = broken
    for seed in (1, 2, 3):
        with np.errstate(invalid="ignore"):
            made, expected = run(data, sos, seed), reference(data, sos)
        assert np.isfinite(made[0, :3210]).all()
        assert not np.isfinite(made[0, 3210:]).any()
        assert np.isfinite(made[1:]).all()
        finite = np.isfinite(expected)
        assert np.array_equal(finite, np.isfinite(made))
        assert np.max(np.abs(made[finite] - expected[finite])) <= 1e-9 * np.ptp(expected[finite])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_steep_low_cut_off_keeps_its_precision_with_an_offset(seed):
    sos = IIRSettings(8, "lowpass", f_lowpass=20).design(200e3).sos
    data = 5 + np.random.default_rng(seed).standard_normal((2, 60_000))
    expected = reference(data, sos)
    # The reference itself rounds: it differs by as much from one in higher precision.
    assert np.max(np.abs(run(data, sos, seed) - expected)) <= 1e-7 * np.ptp(data)
    steady = SosFilter(sos).process(np.full((1, 20_000), 5.0))
    assert np.max(np.abs(steady - 5)) <= 1e-7


@pytest.mark.parametrize("n_channels", [2, 40])
def test_a_sample_at_a_time_gives_the_same(n_channels):
    sos = IIRSettings(4, "bandpass", f_highpass=30, f_lowpass=300).design(2500).sos
    data = np.random.default_rng(3).standard_normal((n_channels, 400))
    stage = SosFilter(sos)
    made = np.concatenate([stage.process(data[:, [k]]) for k in range(400)], axis=1)
    expected = reference(data, sos)
    assert np.max(np.abs(made - expected)) <= 1e-9 * np.ptp(expected)


def test_zeros_before_the_first_sample_are_zeros():
    sos = IIRSettings(3, "highpass", f_highpass=30).design(2500).sos
    data = 4 + np.random.default_rng(4).standard_normal((2, 700))
    expected = signal.sosfilt(sos, data, axis=-1)
    assert np.max(np.abs(SosFilter(sos, "zero").process(data) - expected)) <= 1e-9 * np.ptp(expected)


@pytest.mark.parametrize("start", ["steady", "zero"])
@pytest.mark.parametrize(("order", "cut_off"), [(4, 20), (8, 20), (6, 50)])
def test_an_offset_of_a_hundred_times_the_signal_costs_no_more_than_rounding_does_anyway(order, cut_off, start):
    sos = signal.butter(order, cut_off, fs=200e3, output="sos")
    noise = np.random.default_rng(order).standard_normal((2, 60_000))
    stage, offset = SosFilter(sos, start), 1e3
    found = np.concatenate(
        [stage.process(noise[:, begin : begin + 997] + offset) for begin in range(0, 60_000, 997)], 1
    )
    # By parts, each of which rounds for itself: the signal less its first sample, and what that sample makes.
    first = noise[:, :1]
    made = np.ones((1, 60_000)) if start == "steady" else signal.sosfilt(sos, np.ones((1, 60_000)), axis=1)
    expected = signal.sosfilt(sos, noise - first, axis=1) + made * (first + offset)
    # From zero, the step to the offset is the signal's range.
    assert np.max(np.abs(found - expected)) < (1e-7 * np.ptp(noise) if start == "steady" else 1e-8 * offset)
