"""The weightings of sound level meters against the table of IEC 61672-1:2013."""

import numpy as np
import pytest
from scipy import signal

from psi.signal.weighting import weighting_gain, weighting_sos

# From 10 Hz to 20 kHz in thirds of an octave, in dB: table 3 of the standard.
A = (
    "-70.4 -63.4 -56.7 -50.5 -44.7 -39.4 -34.6 -30.2 -26.2 -22.5 -19.1 -16.1 -13.4 -10.9 -8.6 -6.6 -4.8 -3.2 -1.9 -0.8 "
    "0 0.6 1.0 1.2 1.3 1.2 1.0 0.5 -0.1 -1.1 -2.5 -4.3 -6.6 -9.3"
)
C = (
    "-14.3 -11.2 -8.5 -6.2 -4.4 -3.0 -2.0 -1.3 -0.8 -0.5 -0.3 -0.2 -0.1 0 0 0 0 0 0 0 "
    "0 0 -0.1 -0.2 -0.3 -0.5 -0.8 -1.3 -2.0 -3.0 -4.4 -6.2 -8.5 -11.2"
)
TABLE = {"A": np.array(A.split(), float), "C": np.array(C.split(), float)}
# The frequencies that the nominal ones stand for.
FREQUENCIES = 1000 * 10 ** (np.arange(-20, 14) / 10)


@pytest.mark.parametrize("weighting", "AC")
def test_the_formula_is_that_of_the_table(weighting):
    gain = 20 * np.log10(weighting_gain(weighting, FREQUENCIES))
    # The table is rounded to 0.1 dB.
    assert np.max(np.abs(gain - TABLE[weighting])) < 0.0501


@pytest.mark.parametrize("weighting", "AC")
@pytest.mark.parametrize(
    ("fs", "error"),
    [(4e3, 0.25), (8e3, 0.25), (22.05e3, 0.25), (32e3, 0.25), (44.1e3, 0.25), (48e3, 0.14), (50e3, 0.14)]
    + [(fs, 0.002) for fs in (96e3, 100e3, 192e3, 200e3, 500e3)],
)
def test_the_filter_errs_by_no_more_than_it_says(weighting, fs, error):
    frequencies = np.geomspace(10, min(20e3, 0.45 * fs), 500)
    sos = weighting_sos(weighting, fs)
    gain = 20 * np.log10(np.abs(signal.freqz_sos(sos, frequencies, fs=fs)[1]))
    assert np.max(np.abs(gain - 20 * np.log10(weighting_gain(weighting, frequencies)))) < error
    at_1_khz = signal.freqz_sos(sos, [1000], fs=fs)[1]
    assert np.abs(at_1_khz) == pytest.approx(1, abs=1e-9)
    assert np.max(np.abs(signal.sos2zpk(sos)[1])) < 1


@pytest.mark.parametrize("weighting", "AC")
@pytest.mark.parametrize("fs", [48e3, 50e3, 96e3, 200e3])
def test_the_filter_has_the_gains_of_the_table(weighting, fs):
    gain = 20 * np.log10(np.abs(signal.freqz_sos(weighting_sos(weighting, fs), FREQUENCIES, fs=fs)[1]))
    assert np.max(np.abs(gain - TABLE[weighting])) < 0.0501 + (0.14 if fs < 96e3 else 0.002)


def test_z_weights_nothing():
    assert np.array_equal(weighting_gain("Z", FREQUENCIES), np.ones(34))
