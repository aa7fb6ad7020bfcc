"""Sums over blocks, counts in windows and single frequencies, each by its definition."""

import numpy as np
import pytest

from psi.signal.block_sums import BlockSums
from psi.signal.one_frequency import WINDOWS, OneFrequency
from psi.signal.window_counts import WindowCounts


@pytest.mark.parametrize("seed", range(30))
def test_any_chunking_sums_the_complete_blocks_of_the_grid(seed):
    print("seed", seed)
    rng = np.random.default_rng(seed)
    n, s0 = int(rng.integers(1, 40)), int(rng.integers(0, 100))
    data = rng.standard_normal((2, 500))
    sums, made, begin = BlockSums(n), [], 0
    while begin < data.shape[1]:
        size = int(rng.choice([0, 1, 3, 17, 120]))
        values, first = sums.process(data[:, begin : begin + size], s0 + begin)
        if values.size:
            assert first == -(-s0 // n) + sum(piece.shape[1] for piece in made)
        made.append(values)
        begin += size
    starts = [index for index in range(s0, s0 + 500 - n + 1) if index % n == 0]
    expected = np.stack([data[:, start - s0 : start - s0 + n].sum(axis=1) for start in starts], axis=1)
    assert np.concatenate(made, axis=1) == pytest.approx(expected, abs=1e-12)


def test_what_spoils_a_block_spoils_no_other():
    data = np.ones((1, 30))
    data[0, 12] = np.nan
    sums = np.concatenate(
        [part.process(data[:, i : i + 1], i)[0] for part in [BlockSums(10)] for i in range(30)], axis=1
    )
    assert np.isnan(sums).tolist() == [[False, True, False]]


@pytest.mark.parametrize("window", WINDOWS)
def test_a_sine_has_its_rms_at_its_frequency_and_an_offset_none(window):
    fs, n, frequency, amplitude = 1000.0, 200, 55.0, 3.0
    t = np.arange(1000) / fs
    data = np.stack((amplitude * np.cos(2 * np.pi * frequency * t + 1), np.full(1000, 5.0)))
    power, first = OneFrequency(frequency, fs, n, window).process(data, 0)
    assert first == 0
    assert power[0] == pytest.approx(np.full(5, amplitude / np.sqrt(2)), rel=1e-3)
    assert np.all(power[1] < 5e-3)


@pytest.mark.parametrize(("window", "step"), [(10, 5), (3, 20), (100, 7)])
def test_events_are_kept_no_longer_than_a_window_needs_them(window, step):
    counts = WindowCounts(window, step, 1)
    counts.begin(0)
    total = 0
    for begin in range(0, 10_000, 10):
        samples = np.arange(begin, begin + 10)
        made, first = counts.process(samples, np.zeros(10, dtype=np.int64), begin + 10)
        ends = (first + 1 + np.arange(made.shape[1])) * step
        assert made[0].tolist() == np.minimum(ends, window).tolist()
        total += made.shape[1]
        assert len(counts._samples) <= window + step + 10
    assert total == 10_000 // step
