"""Levels and volts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from psi.models.calibration import FlatCalibration, FullScale

CALIBRATIONS = [FlatCalibration(spl_at_1v=100), FlatCalibration.from_sensitivity(0.05), FullScale(volts=10)]


@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_level_and_volts_are_inverses(calibration):
    for level in (-200.0, -3.0, 0.0, 20.0, 94.0, 160.0):
        assert calibration.to_level(calibration.to_volts_rms(level)) == pytest.approx(level, abs=1e-9)
    assert calibration.to_volts_rms(-math.inf) == 0
    assert calibration.to_level(0) == -math.inf
    with pytest.raises(ValueError, match="RMS"):
        calibration.to_level(-1)


def test_a_speaker_gives_its_level_at_one_volt():
    speaker = FlatCalibration(spl_at_1v=100)
    assert speaker.to_volts_rms(100) == 1
    assert speaker.to_volts_rms(80) == pytest.approx(0.1)
    assert speaker.unit == "dB SPL"


def test_a_microphone_gives_its_sensitivity_at_one_pascal():
    # 1 Pa RMS is 93.979 dB SPL.
    microphone = FlatCalibration.from_sensitivity(0.05)
    assert microphone.to_level(0.05) == pytest.approx(20 * math.log10(1 / 20e-6))
    assert microphone.sensitivity == pytest.approx(0.05)
    for wrong in (0, -1, math.nan):
        with pytest.raises(ValueError, match="sensitivity"):
            FlatCalibration.from_sensitivity(wrong)


def test_a_full_scale_sine_is_zero_decibels_and_a_square_wave_three_more():
    scale = FullScale(volts=10)
    sine = 10 * np.sin(2 * np.pi * np.arange(1000) / 1000)
    assert scale.to_level(float(np.sqrt(np.mean(sine**2)))) == pytest.approx(0, abs=1e-9)
    assert scale.to_level(10.0) == pytest.approx(3.0103, abs=1e-4)
    assert scale.unit == "dB FS"


@pytest.mark.parametrize("volts", [0, -1, math.inf, math.nan])
def test_full_scale_is_a_positive_number_of_volts(volts):
    with pytest.raises(ValidationError):
        FullScale(volts=volts)
