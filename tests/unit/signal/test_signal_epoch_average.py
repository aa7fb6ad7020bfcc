"""Means of epochs are NumPy's."""

import numpy as np
import pytest

from psi.signal.epoch_average import EpochAverage


@pytest.mark.parametrize("n", [1, 2, 5])
def test_each_n_epochs_give_their_mean(n):
    epochs = np.random.default_rng(n).standard_normal((13, 2, 40))
    average = EpochAverage(n)
    means = [mean for epoch in epochs if (mean := average.add(epoch, 5)[0]) is not None]
    expected = [epochs[at : at + n].mean(axis=0) for at in range(0, 13 // n * n, n)]
    np.testing.assert_allclose(means, expected, atol=1e-14)
    assert average.n_waiting == 13 % n


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_running_mean_is_that_of_the_last_n(n):
    epochs = np.random.default_rng(n).standard_normal((13, 2, 40))
    average = EpochAverage(n, running=True)
    for at, epoch in enumerate(epochs):
        mean, of = average.add(epoch, 0)
        assert of == min(n, at + 1)
        np.testing.assert_allclose(mean, epochs[max(0, at + 1 - n) : at + 1].mean(axis=0), atol=1e-14)


def test_an_epoch_of_another_shape_or_place_does_not_fit():
    average = EpochAverage(3)
    assert average.fits(np.zeros((2, 40)), 5)
    average.add(np.zeros((2, 40)), 5)
    assert average.fits(np.ones((2, 40)), 5)
    assert not average.fits(np.zeros((2, 41)), 5)
    assert not average.fits(np.zeros((2, 40)), 6)
