"""Filter designs: what is refused, and how long they delay."""

import numpy as np
import pytest
from scipy import signal

from psi.core.errors import ConfigurationError
from psi.signal.iir import FILTER_TYPES, IIRSettings
from psi.signal.sos_filter import SosFilter

FS = 1000.0
RIPPLE = {"rp": 1.0, "rs": 40.0}


@pytest.mark.parametrize("ftype", FILTER_TYPES)
@pytest.mark.parametrize(
    ("btype", "cutoffs"),
    [
        ("lowpass", {"f_lowpass": 100}),
        ("highpass", {"f_highpass": 100}),
        ("bandpass", {"f_highpass": 50, "f_lowpass": 200}),
        ("bandstop", {"f_highpass": 45, "f_lowpass": 55}),
    ],
)
@pytest.mark.parametrize("order", [1, 4, 7])
def test_the_nominal_delay_is_the_group_delay_of_the_whole_filter(ftype, btype, cutoffs, order):
    design = IIRSettings(order, btype, ftype, **cutoffs, **RIPPLE).design(FS)
    reference = {"lowpass": 0.0, "highpass": FS / 2, "bandpass": np.sqrt(50 * 200), "bandstop": 0.0}[btype]
    # The slope of the unwrapped phase just around (or just inside) the reference frequency.
    step = 1e-3
    centre = min(max(reference, step), FS / 2 - step)
    _, response = signal.freqz_sos(design.sos, [centre - step, centre + step], fs=FS)
    slope = -np.angle(response[1] / response[0]) / (2 * np.pi * 2 * step / FS)
    # An odd number of zeros at the reference turns the phase by half a circle, but nobody asks there.
    assert design.delay == pytest.approx(slope, rel=1e-3, abs=1e-3)


def test_the_low_pass_of_a_nose_poke_delays_by_two_milliseconds():
    design = IIRSettings(4, "lowpass", "butter", f_lowpass=200).design(200e3)
    assert design.delay / 200e3 == pytest.approx(2.08e-3, rel=0.01)


def test_a_transient_has_fallen_by_sixty_decibels_after_the_settling_time():
    design = IIRSettings(4, "lowpass", "butter", f_lowpass=20).design(FS)
    response = SosFilter(design.sos, "zero").process(np.ones((1, 2000)))[0]
    late = np.abs(response[int(np.ceil(design.settle)) :] - 1)
    assert late.max() < 2e-3
    assert np.abs(response[int(design.settle / 3)] - 1) > 1e-2


def test_a_stop_band_is_the_same_from_either_side():
    one = IIRSettings(2, "bandstop", f_highpass=45, f_lowpass=55).design(FS)
    other = IIRSettings(2, "bandstop", f_highpass=55, f_lowpass=45).design(FS)
    assert np.array_equal(one.sos, other.sos)


@pytest.mark.parametrize(
    ("settings", "setting", "says"),
    [
        ({"btype": "lowpass", "f_lowpass": 500}, "f_lowpass", "must lie below 500 Hz"),
        ({"btype": "lowpass", "f_lowpass": 0}, "f_lowpass", "greater than 0 Hz"),
        ({"btype": "lowpass", "f_lowpass": "200"}, "f_lowpass", "is not a number"),
        ({"btype": "lowpass", "f_lowpass": float("nan")}, "f_lowpass", "is not a number"),
        ({"btype": "lowpass", "f_lowpass": True}, "f_lowpass", "is not a number"),
        ({"btype": "lowpass"}, "f_lowpass", "a lowpass needs f_lowpass"),
        ({"btype": "highpass", "f_highpass": 5, "f_lowpass": 50}, "f_lowpass", "takes no f_lowpass"),
        ({"btype": "bandpass", "f_highpass": 50, "f_lowpass": 5}, "f_highpass", "must lie below f_lowpass"),
        ({"btype": "lowpas", "f_lowpass": 5}, "btype", "did you mean 'lowpass'"),
        ({"btype": "lowpass", "ftype": "buter", "f_lowpass": 5}, "ftype", "did you mean 'butter'"),
        ({"btype": "lowpass", "ftype": 3, "f_lowpass": 5}, "ftype", "is not one of 'butter'"),
        ({"N": 0, "btype": "lowpass", "f_lowpass": 5}, "N", "must be a whole number, 1 to 24"),
        ({"N": 2.5, "btype": "lowpass", "f_lowpass": 5}, "N", "must be a whole number, 1 to 24"),
        ({"btype": "lowpass", "ftype": "cheby1", "f_lowpass": 5}, "rp", "cheby1 needs rp"),
        ({"btype": "lowpass", "ftype": "cheby2", "f_lowpass": 5, "rs": -3}, "rs", "greater than 0 dB"),
        ({"btype": "lowpass", "ftype": "ellip", "f_lowpass": 5, "rp": 3, "rs": 2}, "rs", "greater than rp"),
        ({"N": 8, "btype": "lowpass", "f_lowpass": 1e-6}, "f_lowpass", "is unstable at fs = 1000 samples/s"),
    ],
)
def test_a_filter_that_cannot_work_is_refused_with_its_setting(settings, setting, says):
    faults = IIRSettings(**settings).faults(FS)
    assert [fault.setting for fault in faults] == [setting]
    assert says in faults[0].message
    with pytest.raises(ConfigurationError) as caught:
        IIRSettings(**settings).design(FS)
    assert str(caught.value) == faults[0].message


def test_every_fault_of_a_filter_is_found_at_once():
    faults = IIRSettings(N=0, btype="bandpass", ftype="ellip", f_lowpass=900).faults(FS)
    assert [fault.setting for fault in faults] == ["N", "rp", "rs", "f_highpass", "f_lowpass"]


def test_an_extreme_filter_that_is_accepted_stays_finite_and_exact():
    design = IIRSettings(8, "lowpass", "butter", f_lowpass=20).design(200e3)
    response = SosFilter(design.sos, "steady").process(np.full((1, 200_000), 3.0))
    assert np.allclose(response, 3.0, atol=1e-6)
