"""Detrending is SciPy's, and as exact with an offset."""

import numpy as np
import pytest
from scipy import signal

from psi.signal.detrend import KINDS, detrend


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 3, 1000])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_a_trend_is_taken_out_as_scipy_does(kind, n, offset):
    rng = np.random.default_rng(n)
    data = rng.standard_normal((3, n)) + 0.01 * np.arange(n) + offset
    before = data.copy()
    expected = signal.detrend(data - offset, type=kind) if n > 1 or kind == "constant" else np.zeros((3, 1))
    np.testing.assert_allclose(detrend(data, kind), expected, atol=1e-9 * (1 + offset * 1e-3))
    np.testing.assert_array_equal(data, before)


def test_levels_and_codes_are_taken_as_numbers():
    codes = np.array([[1, 2, 3, 10]], np.int16)
    np.testing.assert_allclose(detrend(codes, "constant"), [[-3, -2, -1, 6]])
