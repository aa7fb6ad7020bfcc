"""Notches: what they take out, how wide, how late."""

import numpy as np
import pytest
from scipy import signal

from psi.core.errors import ConfigurationError
from psi.signal.notch import NotchSettings
from psi.signal.sos_filter import SosFilter

FS = 1000.0


def gain(design, *frequencies):
    return 20 * np.log10(np.maximum(design.gain(np.array(frequencies) / FS), 1e-12))


def test_a_bandwidth_lies_between_the_frequencies_that_are_three_decibels_down():
    design = NotchSettings(50, bandwidth=4).design(FS)
    assert gain(design, 50)[0] < -100
    frequencies = np.linspace(45, 55, 10_001)
    stopped = frequencies[gain(design, *frequencies) < -3.01]
    assert stopped[-1] - stopped[0] == pytest.approx(4, abs=0.05)


def test_multiples_are_taken_out_with_one_quality_or_one_width():
    equal_q = NotchSettings(50, Q=25, harmonics=3).design(FS)
    equal_width = NotchSettings(50, bandwidth=2, harmonics=3).design(FS)
    assert (gain(equal_q, 50, 100, 150) < -90).all()
    assert (gain(equal_width, 50, 100, 150) < -90).all()
    assert gain(equal_q, 153)[0] == pytest.approx(-3, abs=0.3)
    assert gain(equal_width, 151)[0] == pytest.approx(-3, abs=0.3)
    assert gain(equal_q, 0.001, 75, 125, 400) == pytest.approx([0, 0, 0, 0], abs=0.4)


def test_the_nominal_delay_is_the_group_delay_at_zero_hertz():
    design = NotchSettings(60, Q=10, harmonics=2).design(FS)
    step = 1e-4
    _, response = signal.freqz_sos(design.sos, [0, step], fs=FS)
    assert design.delay == pytest.approx(-np.angle(response[1] / response[0]) / (2 * np.pi * step / FS), rel=1e-4)


def test_a_transient_has_fallen_by_sixty_decibels_after_the_settling_time():
    design = NotchSettings(50, Q=30).design(FS)
    assert design.settle / FS == pytest.approx(2.2 * 30 / 50, rel=0.02)
    hum = np.sin(2 * np.pi * 50 / FS * np.arange(6000))[np.newaxis]
    left = np.abs(SosFilter(design.sos).process(hum)[0])
    assert left[int(np.ceil(design.settle)) :].max() < 1.1e-3
    assert left[int(design.settle / 3) : int(design.settle / 3) + 20].max() > 0.05


def test_a_design_that_cannot_be_is_refused_without_a_stage_too():
    with pytest.raises(ConfigurationError, match="frequency = 500 Hz must lie below 500 Hz"):
        NotchSettings(500).design(FS)
