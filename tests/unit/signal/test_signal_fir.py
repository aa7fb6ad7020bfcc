"""Filters without feedback: delay, precision, what is not finite, and the samples that are not computed."""

import numpy as np
import pytest
from scipy import signal

from psi.core.errors import ConfigurationError
from psi.signal.fir import FIRSettings
from psi.signal.fir_filter import FirDownsampler, FirFilter

FS = 1000.0


def slope(taps, frequency, step=1e-4):
    """Group delay in samples from the phases just around ``frequency`` in Hz."""
    _, response = signal.freqz(taps, 1, [frequency - step, frequency + step], fs=FS)
    return -np.angle(response[1] / response[0]) / (2 * np.pi * 2 * step / FS)


@pytest.mark.parametrize(
    ("settings", "frequency"),
    [
        ({"n_taps": 31, "f_lowpass": 100}, 1),
        ({"n_taps": 32, "f_lowpass": 100}, 1),
        ({"n_taps": 51, "f_highpass": 100}, 499),
        ({"n_taps": 80, "f_highpass": 50, "f_lowpass": 150}, 100),
        ({"n_taps": 51, "btype": "bandstop", "f_highpass": 50, "f_lowpass": 150}, 1),
    ],
)
def test_the_delay_of_a_design_is_its_group_delay_in_the_pass_band(settings, frequency):
    design = FIRSettings(**settings).design(FS)
    assert design.delay == (settings["n_taps"] - 1) / 2
    assert design.delay == pytest.approx(slope(design.taps, frequency), rel=1e-6)
    assert design.settle == settings["n_taps"] - 1


def test_taps_without_symmetry_are_late_by_the_group_delay_where_they_pass():
    decaying = 0.8 ** np.arange(40)
    assert FIRSettings(taps=decaying).design(FS).delay == pytest.approx(slope(decaying, 1e-3), rel=1e-6)
    assert FIRSettings(taps=decaying).design(FS).delay == pytest.approx(4, rel=0.01)
    ringing = decaying * np.cos(np.pi / 2 * np.arange(40))
    assert FIRSettings(taps=ringing).design(FS).delay == pytest.approx(slope(ringing, 250), rel=1e-3)
    assert FIRSettings(taps=[1, -0.5]).design(FS).delay == pytest.approx(slope([1, -0.5], 499.9), rel=1e-3)
    assert FIRSettings(taps=[0, 0, 3]).design(FS).delay == pytest.approx(2)
    assert FIRSettings(taps=[1, 0, -1]).design(FS).delay == 1


def test_a_design_that_cannot_be_is_refused_without_a_stage_too():
    with pytest.raises(ConfigurationError, match="f_lowpass = 600 Hz must lie below 500 Hz"):
        FIRSettings(n_taps=11, f_lowpass=600).design(FS)


@pytest.mark.parametrize("n_taps", [1, 2, 31, 33, 600])
@pytest.mark.parametrize("n_channels", [1, 40])
def test_products_and_transforms_give_what_convolution_gives(n_taps, n_channels):
    rng = np.random.default_rng(n_taps)
    taps, data = rng.standard_normal(n_taps), 3 + rng.standard_normal((n_channels, 2000))
    stage = FirFilter(taps, "zero")
    made = np.concatenate([stage.process(piece) for piece in np.split(data, [0, 1, 33, 64, 1100], axis=1)], axis=1)
    expected = signal.lfilter(taps, 1, data, axis=1)
    assert np.max(np.abs(made - expected)) <= 1e-9 * np.ptp(expected)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
@pytest.mark.parametrize("n_taps", [5, 700])
def test_what_is_not_finite_spoils_only_the_samples_that_it_counts_in(broken, n_taps):
    taps = np.random.default_rng(1).standard_normal(n_taps)
    data = np.random.default_rng(2).standard_normal((2, 4000))
    data[1, 1234] = broken
    expected = np.stack([np.convolve(row, taps)[:4000] for row in np.nan_to_num(data, posinf=0.0)])
    for q in (1, 7):
        whole, thin = FirFilter(taps, "zero"), FirDownsampler(taps, q, "zero")
        pieces = [(data[:, begin : begin + 900], begin) for begin in range(0, 4000, 900)]
        made = np.concatenate([whole.process(piece) for piece, _ in pieces], axis=1)[:, ::q]
        kept = np.concatenate([thin.process(piece, s0)[0] for piece, s0 in pieces], axis=1)
        spoilt = np.flatnonzero(~np.isfinite(made[1])) * q
        assert np.array_equal(spoilt, [k for k in range(0, 4000, q) if 1234 <= k < 1234 + n_taps])
        assert np.array_equal(np.isfinite(made), np.isfinite(kept))
        finite = np.isfinite(made)
        for result in (made, kept):
            assert np.max(np.abs(result - expected[:, ::q])[finite]) <= 1e-9 * np.ptp(expected)


def test_many_lengths_of_chunks_do_not_pile_up():
    stage = FirFilter(np.ones(2001), "steady")
    for n_samples in range(2000, 2600, 20):
        stage.process(np.ones((1, n_samples)))
    assert len(stage._responses) <= 8
