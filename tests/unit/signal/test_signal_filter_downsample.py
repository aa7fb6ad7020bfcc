"""A filter of which only every q-th sample is computed gives the samples of the whole one, and keeps offsets."""

import numpy as np
import pytest
from scipy import signal

from psi.signal.downsample import Decimator, antialias_design
from psi.signal.filter_downsample import FilterDownsampler
from psi.signal.iir import IIRSettings

SIZES = (0, 1, 2, 7, 31, 50, 97, 1009, 5003)


def reference(data, sos, s0, q):
    zi = signal.sosfilt_zi(sos)[:, np.newaxis, :] * data[:, :1]
    filtered = signal.sosfilt(sos, data, axis=-1, zi=zi)[0]
    return filtered[:, [k for k in range(data.shape[1]) if (s0 + k) % q == 0]]


def run(stage, data, s0, sizes):
    """What ``stage`` keeps; its samples follow each other without a gap."""
    pieces, begin, following = [], 0, -(-s0 // stage._q)
    for size in sizes:
        kept, first = stage.process(data[:, begin : begin + size], s0 + begin)
        assert first == following
        following += kept.shape[1]
        pieces.append(kept)
        begin += size
    assert begin >= data.shape[1]
    return np.concatenate(pieces, axis=1)


def random_sizes(n, seed):
    print("seed", seed)
    rng = np.random.default_rng(seed)
    sizes = []
    while sum(sizes) < n:
        sizes.append(int(rng.choice(SIZES)))
    return sizes


@pytest.mark.parametrize("q", [1, 2, 3, 7, 64, 400, 1000, 2000])
@pytest.mark.parametrize("s0", [0, 1, 12_345])
def test_the_kept_samples_are_those_of_the_whole_filter(q, s0):
    sos = IIRSettings(4, "lowpass", f_lowpass=200).design(200e3).sos
    data = 0.5 + np.random.default_rng(q).standard_normal((3, max(6000, 7 * q)))
    made = run(FilterDownsampler(sos, q), data, s0, random_sizes(data.shape[1], q + s0))
    expected = reference(data, sos, s0, q)
    assert made.shape == expected.shape
    assert np.max(np.abs(made - expected)) <= 1e-9 * np.ptp(data)


@pytest.mark.parametrize("q", [1, 5, 50])
def test_a_sample_at_a_time_gives_the_same(q):
    sos = IIRSettings(4, "lowpass", f_lowpass=60).design(2500).sos
    data = np.random.default_rng(q).standard_normal((2, 500))
    made = run(FilterDownsampler(sos, q), data, 3, [1] * 500)
    assert np.max(np.abs(made - reference(data, sos, 3, q))) <= 1e-9 * np.ptp(data)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_not_finite_spoils_only_its_channel_and_only_later_samples(broken, seed):
    sos = IIRSettings(4, "lowpass", f_lowpass=60).design(2500).sos
    data = np.random.default_rng(seed).standard_normal((3, 6000))
    data[0, 3210] = broken
    with np.errstate(invalid="ignore"):
        made = run(FilterDownsampler(sos, 7), data, 11, random_sizes(6000, seed))
        expected = reference(data, sos, 11, 7)
    finite = np.isfinite(expected)
    assert 400 < finite[0].sum() < 500
    assert finite[1:].all()
    assert np.array_equal(finite, np.isfinite(made))
    assert np.max(np.abs(made[finite] - expected[finite])) <= 1e-9 * np.ptp(data[1:])


@pytest.mark.parametrize("q", [2, 40, 1000])
def test_a_steep_low_cut_off_keeps_its_precision_with_an_offset(q):
    sos = IIRSettings(8, "lowpass", f_lowpass=20).design(200e3).sos
    data = 5 + np.random.default_rng(q).standard_normal((2, 60_000))
    made = run(FilterDownsampler(sos, q), data, 0, random_sizes(60_000, q))
    assert np.max(np.abs(made - reference(data, sos, 0, q))) <= 1e-7 * np.ptp(data)


@pytest.mark.parametrize("q", [2, 3, 10, 100, 400, 1000])
def test_decimating_keeps_an_offset_at_any_q(q):
    kept, _ = Decimator(q, 200e3).process(np.full((1, 20 * q), 1.0), 0)
    assert np.max(np.abs(kept - 1.0)) <= 1e-10


@pytest.mark.parametrize("q", [2, 10, 100, 1000])
def test_decimating_passes_its_band_and_stops_what_would_fold_into_it(q):
    design = antialias_design(q, 200e3)
    new_nyquist = 0.5 / q
    passed = 20 * np.log10(design.gain(np.linspace(0, 0.8 * new_nyquist, 500)))
    # The ripple lies above the gain at 0 Hz; 1e-6 dB is what the sections' rounding may add.
    assert passed.min() >= -1e-6
    assert passed.max() <= 0.05 + 1e-6
    folded = 20 * np.log10(design.gain(np.linspace(1.2 * new_nyquist, 0.5, 20_000)[:-1]))
    assert folded.max() <= -41


@pytest.mark.parametrize("q", [10, 1000])
def test_decimating_keeps_a_slow_sine_where_its_delay_says(q):
    fs, f = 1000.0 * q, 10.0
    design = antialias_design(q, fs)
    t = np.arange(round(0.6 * fs)) / fs
    kept, _ = Decimator(q, fs).process(np.sin(2 * np.pi * f * t)[np.newaxis], 0)
    expected = np.sin(2 * np.pi * f * (np.arange(kept.shape[1]) / 1000.0 - design.delay / fs))
    # Delay is nominal, at 0 Hz; the gain at 10 Hz differs from 1 by the ripple.
    assert np.max(np.abs(kept[0, 100:] - expected[100:])) <= 2e-3


@pytest.mark.parametrize("dtype", ["float32", "int16", "bool"])
@pytest.mark.parametrize("sizes", [1, 50, 51])
def test_what_is_computed_is_float64_whatever_the_samples_are(dtype, sizes):
    sos = signal.butter(2, [300, 600], "bandstop", fs=25_000, output="sos")
    data = (1000 + 3 * np.random.default_rng(1).standard_normal((2, 600))).astype(dtype)
    kept, expected = FilterDownsampler(sos, 50), reference(data.astype(np.float64), sos, 0, 50)
    pieces = [kept.process(data[:, begin : begin + sizes], begin)[0] for begin in range(0, 600, sizes)]
    assert {piece.dtype for piece in pieces} == {np.dtype("float64")}
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), expected, rtol=1e-12)
