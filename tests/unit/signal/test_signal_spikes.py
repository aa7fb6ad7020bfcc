"""Spikes are those of a search sample by sample through the whole signal."""

import numpy as np
import pytest

from psi.signal.spikes import ALIGNS, POLARITIES, SpikeDetector, SpikeSettings, noise_deviation


def searched(data, s0, settings, thresholds):
    """The definition, sample by sample: (crossing, channel, sample, amplitude, positive, waveform)."""
    found = []
    n_search = max(1, settings.n_dead)
    first = 1 if settings.threshold is not None else settings.n_baseline
    for channel, row in enumerate(data.tolist()):
        level, blocked_until = thresholds[channel], -1
        for k in range(max(first, 1), len(row)):
            up = row[k] > level and not row[k - 1] > level and settings.polarity != "negative"
            down = row[k] < -level and not row[k - 1] < -level and settings.polarity != "positive"
            if not (up or down) or k < blocked_until:
                continue
            blocked_until = k + n_search
            rest = row[k : k + n_search]
            peak = k + (rest.index(max(rest)) if up else rest.index(min(rest)))
            sample = peak if settings.align == "peak" else k
            begin, end = sample - settings.n_pre, sample + settings.n_post
            needed = k + max(n_search, settings.n_post + (n_search - 1 if settings.align == "peak" else 0))
            if k - settings.n_pre < 0 or needed > len(row):
                continue
            found.append((s0 + k, channel, s0 + sample, row[peak], up, row[begin:end]))
    return sorted(found)


def spiky(seed, n_channels=3, n=6000):
    rng = np.random.default_rng(seed)
    data = rng.standard_normal((n_channels, n))
    for channel in range(n_channels):
        for at in rng.integers(0, n - 12, 60):
            data[channel, at : at + 12] += rng.choice([-1, 1]) * 9 * np.hanning(12)
    return data


@pytest.mark.parametrize("polarity", POLARITIES)
@pytest.mark.parametrize("align", ALIGNS)
@pytest.mark.parametrize("n_dead", [0, 1, 25])
@pytest.mark.parametrize("fixed", [True, False])
def test_spikes_are_those_of_a_search_sample_by_sample(polarity, align, n_dead, fixed):
    seed = 7 + n_dead
    print("seed", seed)
    rng = np.random.default_rng(seed)
    data, s0 = spiky(seed), 12_345
    n_baseline = 0 if fixed else 700
    settings = SpikeSettings(polarity, n_dead, 10, 20, align, 4.0 if fixed else None, 4.2, n_baseline)
    detector = SpikeDetector(3, settings)
    found, at = [], 0
    while at < data.shape[1]:
        n = int(rng.choice([0, 1, 2, 7, 31, 97, 1009]))
        found += detector.process(data[:, at : at + n], s0 + at)
        at += n
    if fixed:
        thresholds = [4.0] * 3
    else:
        thresholds = [4.2 * np.median(np.abs(row[:700])) / 0.6745 for row in data]
        np.testing.assert_allclose(detector.thresholds, thresholds, rtol=1e-12)
    expected = searched(data, s0, settings, thresholds)
    assert len(expected) > 20
    assert [(s.channel, s.sample, s.amplitude, s.positive) for s in found] == [
        (channel, sample, amplitude, positive) for _, channel, sample, amplitude, positive, _ in expected
    ]
    for spike, (*_, waveform) in zip(found, expected, strict=True):
        assert spike.s0 == spike.sample - 10
        np.testing.assert_array_equal(spike.waveform, [waveform])


def test_the_noise_is_that_of_gaussian_noise_and_hardly_that_of_spikes():
    rng = np.random.default_rng(3)
    quiet = rng.normal(0, 2.5, (2, 200_000))
    np.testing.assert_allclose(noise_deviation(quiet), 2.5, rtol=0.01)
    # A tenth of the samples 40 deviations away: the standard deviation is five times as large, this is not.
    loud = quiet.copy()
    loud[:, ::10] += 100
    assert (noise_deviation(loud) < 1.2 * 2.5).all()
    assert (loud.std(axis=1) > 5 * 2.5).all()


@pytest.mark.parametrize("size", [1, 7, 997, 100_000])
def test_of_a_long_baseline_samples_that_lie_evenly_are_used(size):
    data = np.random.default_rng(8).standard_normal((2, 35_001))
    detector = SpikeDetector(2, SpikeSettings("both", 1, 1, 1, "crossing", None, 4.0, 35_001))
    for at in range(0, 35_001, size):
        assert detector.thresholds is None
        detector.process(data[:, at : at + size], at)
    # Every fourth: no more than 10,000 of them.
    np.testing.assert_allclose(detector.thresholds, 4 * noise_deviation(data[:, ::4]), rtol=1e-12)


def test_a_silent_channel_has_no_spikes():
    settings = SpikeSettings("both", 1, 1, 1, "crossing", None, 4.0, 100)
    detector = SpikeDetector(2, settings)
    data = np.zeros((2, 1000))
    data[0, :100] = np.random.default_rng(1).standard_normal(100)
    data[:, 500] = 50.0
    assert [(spike.channel, spike.sample) for spike in detector.process(data, 0)] == [(0, 500)]
    assert detector.thresholds[1] == np.inf


def test_a_spike_whose_waveform_is_not_there_is_counted():
    detector = SpikeDetector(1, SpikeSettings("positive", 3, 10, 5, "crossing", 1.0))
    data = np.zeros((1, 100))
    data[0, [4, 50, 98]] = 2
    assert [spike.sample for spike in detector.process(data, 0)] == [50]
    assert detector.n_cut == 1
    assert detector.waiting == [98]


def test_what_is_beyond_from_the_first_sample_on_is_no_crossing():
    detector = SpikeDetector(1, SpikeSettings("negative", 1, 0, 1, "crossing", 1.0))
    data = np.full((1, 50), -3.0)
    data[0, 20] = 0
    assert [spike.sample for spike in detector.process(data, 0)] == [21]


def test_samples_that_are_no_numbers_are_no_spikes_and_spoil_none():
    detector = SpikeDetector(1, SpikeSettings("positive", 10, 2, 3, "peak", 1.0))
    data = np.zeros((1, 60))
    data[0, 20:25] = [np.nan, 2, np.nan, 5, 1]
    (spike,) = detector.process(data, 0)
    assert (spike.sample, spike.amplitude) == (23, 5.0)
