"""Filters from closed forms are SciPy's filters."""

import numpy as np
import pytest
from scipy import signal

from psi.signal.iir_roots import digital_filter, gain_at, second_order_sections, steady_state

PLACES = [
    (25e3, (300.0, 3000.0)),
    (1e3, (45.0, 55.0)),
    (200e3, (200.0, 900.0)),
    (360.0, (6.0, 15.0)),
    (2500.0, (20.0, 1200.0)),
]


@pytest.mark.parametrize("ftype", ["butter", "cheby1", "cheby2", "ellip", "bessel"])
@pytest.mark.parametrize("btype", ["lowpass", "highpass", "bandpass", "bandstop"])
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize(("fs", "band"), PLACES)
def test_filters_are_those_of_scipy(ftype, btype, order, fs, band):
    edges = np.array(band if btype.startswith("band") else band[:1])
    made = digital_filter(order, ftype, btype, edges, fs, 1.0, 40.0)
    Wn = edges if len(edges) == 2 else edges[0]
    zeros, poles, gain = signal.iirfilter(order, Wn, rp=1.0, rs=40.0, btype=btype, ftype=ftype, output="zpk", fs=fs)
    np.testing.assert_allclose(np.sort(np.abs(made.poles)), np.sort(np.abs(poles)), rtol=0, atol=1e-9)
    assert made.gain == pytest.approx(gain, rel=1e-9)

    sos, expected = second_order_sections(made), signal.zpk2sos(zeros, poles, gain)
    assert sos.shape == (-(-len(poles) // 2), 6)
    noise = np.random.default_rng(1).standard_normal(3000)
    filtered = signal.sosfilt(expected, noise)
    np.testing.assert_allclose(signal.sosfilt(sos, noise), filtered, rtol=0, atol=1e-9 * np.ptp(filtered))

    frequencies = np.linspace(0.001, 0.49, 50)
    expected_gain = np.abs(signal.freqz_sos(expected, 2 * np.pi * frequencies)[1])
    np.testing.assert_allclose(gain_at(sos, frequencies), expected_gain, rtol=0, atol=1e-9)
    steady = signal.sosfilt_zi(sos)
    np.testing.assert_allclose(steady_state(sos), steady, rtol=0, atol=1e-9 * max(1, np.abs(steady).max()))


def test_the_first_section_carries_the_gain_and_the_sharpest_poles_come_last():
    sos = second_order_sections(digital_filter(5, "butter", "lowpass", np.array([50.0]), 1000.0, None, None))
    assert np.array_equal(sos[1:, 0], np.ones(2))
    radii = [np.max(np.abs(np.roots(section[3:]))) for section in sos]
    assert radii == sorted(radii)
