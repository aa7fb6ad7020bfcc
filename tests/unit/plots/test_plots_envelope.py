"""No spike is hidden, whatever the chunks."""

from __future__ import annotations

import numpy as np
import pytest

from psi.plots.envelope import Envelope


def whole(data: np.ndarray, envelope: Envelope) -> np.ndarray:
    """The curve's values computed from all samples at once."""
    n, per = data.shape[1], envelope.per_column
    last = (n - 1) // per
    columns = range(max(0, last - envelope.n_columns + 1), last + 1)
    cells = [data[:, c * per : min(n, (c + 1) * per)] for c in columns]
    return np.stack([extreme for cell in cells for extreme in (cell.min(axis=1), cell.max(axis=1))], axis=1)


@pytest.mark.parametrize("seed", range(12))
def test_every_column_shows_the_extremes_of_its_samples_for_any_chunking(seed: int) -> None:
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    fs, window, n_columns = float(rng.integers(5, 2000)), float(rng.uniform(0.2, 3)), int(rng.integers(1, 120))
    envelope = Envelope(fs, 3, window, n_columns)
    data = rng.standard_normal((3, int(rng.integers(1, 6 * fs * window + 2))))
    position = 0
    while position < data.shape[1]:
        n = int(rng.choice([0, 1, 2, 7, 97, 1000, 5000]))
        envelope.add(data[:, position : position + n])
        position += n
        if envelope.end and rng.random() < 0.2:
            np.testing.assert_array_equal(envelope.curve()[1], whole(data[:, : envelope.end], envelope))
    times, values = envelope.curve()
    np.testing.assert_array_equal(values, whole(data, envelope))
    assert times[-1] <= data.shape[1] / fs
    assert len(times) == values.shape[1]
    # The same asked for by sample; before the curve and after it there is nothing.
    first, last = (data.shape[1] - 1) // envelope.per_column + 1 - len(times) // 2, len(times) // 2
    low, high = envelope.at((first + np.arange(-2, last + 2)) * envelope.per_column)
    np.testing.assert_array_equal(low[:, 2:-2], values[:, 0::2])
    np.testing.assert_array_equal(high[:, 2:-2], values[:, 1::2])
    assert np.isnan([low[:, :2], high[:, :2], low[:, -2:], high[:, -2:]]).all()


def test_one_sample_wide_spike_is_seen_in_a_wide_window() -> None:
    envelope = Envelope(200e3, 1, 10.0, 800)
    data = np.zeros((1, 2_000_000))
    data[0, 1_234_567] = 5.0
    for start in range(0, 2_000_000, 2000):
        envelope.add(data[:, start : start + 2000])
    times, values = envelope.curve()
    assert values.max() == 5.0
    assert times[values[0].argmax()] == pytest.approx(1_234_567 / 200e3, abs=10.0 / 800)


class Ring:
    """A reader of which samples before ``oldest`` are gone."""

    def __init__(self, data: np.ndarray, oldest: int) -> None:
        self.data, self.available = data, (oldest, data.shape[1])

    def read(self, s0: int, n: int):
        return self.data[:, s0 : s0 + n], None


def test_columns_whose_samples_are_gone_stay_empty() -> None:
    envelope = Envelope(100.0, 1, 10.0, 100)
    data = np.ones((1, 1000))
    envelope.add(data[:, :100])
    assert envelope.update(Ring(data, 500))
    _, values = envelope.curve()
    assert np.isnan(values[0, 20:100]).all()
    assert (values[0, 100:] == 1).all()
    assert not envelope.update(Ring(data, 500))
