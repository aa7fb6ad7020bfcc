"""Zeros, poles and gain of recursive filters, and the second-order sections made of them.

Butterworth and Chebyshev filters have closed forms; elliptic and Bessel filters are left to SciPy, whose
``scipy.signal`` takes most of a second to import. The forms are those of T. W. Parks and C. S. Burrus, Digital Filter
Design (1987), chapter 7.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Roots whose imaginary part is smaller than this, relative to their size, are real.
_REAL = 1e-12


class Roots(NamedTuple):
    """A filter as the zeros and poles of its transfer function, and its gain."""

    zeros: NDArray[Any]
    poles: NDArray[Any]
    gain: float


def digital_filter(
    order: int, ftype: str, btype: str, edges: NDArray[np.float64], fs: float, rp: float | None, rs: float | None
) -> Roots:
    """The digital filter of ``order`` (of the low-pass prototype) at ``fs`` samples/s.

    Parameters
    ----------
    order
        Of the low-pass prototype; a band filter has twice as many poles.
    ftype, btype
        As :class:`~psi.signal.iir.IIRSettings` names them.
    edges
        Cut-off in Hz, shape ``(1,)``, or both edges of a band, lower first, shape ``(2,)``.
    fs
        Samples per second.
    rp, rs
        Ripple in the pass band and attenuation in the stop band in dB, where the type of filter has them.
    """
    if ftype in ("ellip", "bessel"):
        from scipy import signal  # late: it takes most of a second

        Wn: Any = edges if len(edges) == 2 else edges[0]
        iirfilter: Any = signal.iirfilter
        made = iirfilter(order, Wn, rp=rp, rs=rs, btype=btype, ftype=ftype, output="zpk", fs=fs)
        return Roots(*made)
    # Frequencies are bent beforehand as the bilinear transform will bend them back.
    bent = np.tan(np.pi * edges / fs)
    return _bilinear(_in_band(_prototype(order, ftype, rp, rs), btype, bent))


def _prototype(order: int, ftype: str, rp: float | None, rs: float | None) -> Roots:
    """The analog low-pass filter with its edge at 1 rad/s."""
    steps = np.arange(1 - order, order, 2)
    circle = -np.exp(1j * np.pi * steps / (2 * order))
    none = np.empty(0, complex)
    if ftype == "butter":
        return Roots(none, circle, 1.0)
    if ftype == "cheby1":
        assert rp is not None
        ripple = np.sqrt(np.expm1(rp / 10 * np.log(10)))
        width = np.arcsinh(1 / ripple) / order
        poles = -np.sinh(width + 1j * np.pi * steps / (2 * order))
        gain = np.prod(-poles).real
        return Roots(none, poles, float(gain if order % 2 else gain / np.sqrt(1 + ripple**2)))
    assert rs is not None
    width = np.arcsinh(np.sqrt(np.expm1(rs / 10 * np.log(10)))) / order
    poles = 1 / (np.sinh(width) * circle.real + 1j * np.cosh(width) * circle.imag)
    zeros = 1j / np.sin(np.pi * steps[steps != 0] / (2 * order))
    return Roots(zeros, poles, float((np.prod(-poles) / np.prod(-zeros)).real))


def _in_band(low: Roots, btype: str, edges: NDArray[np.float64]) -> Roots:
    """The analog filter ``low``, whose edge is at 1, moved to ``edges``."""
    zeros, poles, gain = low
    more = len(poles) - len(zeros)
    if btype == "lowpass":
        edge = edges[0]
        return Roots(zeros * edge, poles * edge, gain * edge**more)
    if btype == "highpass":
        ratio = (np.prod(-zeros) / np.prod(-poles)).real
        return Roots(np.append(edges[0] / zeros, np.zeros(more)), edges[0] / poles, gain * ratio)
    width, centre = edges[1] - edges[0], np.sqrt(edges[0] * edges[1])

    def apart(roots: NDArray[Any]) -> NDArray[Any]:
        distance = np.sqrt(roots.astype(complex) ** 2 - centre**2)
        return np.concatenate((roots + distance, roots - distance))

    if btype == "bandpass":
        return Roots(np.append(apart(zeros * width / 2), np.zeros(more)), apart(poles * width / 2), gain * width**more)
    ratio = (np.prod(-zeros) / np.prod(-poles)).real
    between = np.repeat([1j * centre, -1j * centre], more)
    return Roots(np.append(apart(width / 2 / zeros), between), apart(width / 2 / poles), gain * ratio)


def _bilinear(analog: Roots) -> Roots:
    """The digital filter of ``analog``, by ``s = (z - 1) / (z + 1)``."""
    zeros, poles, gain = analog
    more = len(poles) - len(zeros)
    scale = (np.prod(1 - zeros) / np.prod(1 - poles)).real
    digital_zeros = np.append((1 + zeros) / (1 - zeros), -np.ones(more))
    return Roots(digital_zeros, (1 + poles) / (1 - poles), float(gain * scale))


def second_order_sections(roots: Roots) -> NDArray[np.float64]:
    """Sections as :func:`scipy.signal.sosfilt` takes them, shape ``(n_sections, 6)``, of as many zeros as poles.

    Poles nearest to the unit circle come last, each pair with the zeros nearest to it, so that no section
    is much larger than the others.
    """
    complex_zeros, real_zeros = _split(roots.zeros)
    complex_poles, real_poles = _split(roots.poles)
    real_poles.sort(key=_from_circle)
    groups = [[pole, pole.conjugate()] for pole in complex_poles]
    groups += [real_poles[index : index + 2] for index in range(0, len(real_poles), 2)]
    # A pole that is left alone chooses first, since it can have but one, real zero.
    groups.sort(key=lambda group: (len(group), _from_circle(group[0])))
    sections = []
    for group in groups:
        zeros = [_take(real_zeros, group[0])] if len(group) == 1 else _take_two(complex_zeros, real_zeros, group[0])
        sections.append((_from_circle(group[0]), _polynomial(zeros), _polynomial(group)))
    sections.sort(key=lambda section: -section[0])
    sos = np.array([[*numerator, *denominator] for _, numerator, denominator in sections])
    sos[0, :3] *= roots.gain
    return sos


def steady_state(sos: NDArray[np.float64]) -> NDArray[np.float64]:
    """State of the sections, shape ``(n_sections, 2)``, in which an input of 1 has always been there."""
    sections = np.asarray(sos, np.longdouble)
    states, level = np.empty((len(sos), 2), np.longdouble), np.longdouble(1)
    for state, (b0, b1, b2, a0, a1, a2) in zip(states, sections, strict=True):
        gives = level * (b0 + b1 + b2) / (a0 + a1 + a2)
        state[1] = b2 * level - a2 * gives
        state[0] = b1 * level - a1 * gives + state[1]
        level = gives
    return states.astype(np.float64)


def gain_at_zero(sos: NDArray[np.float64]) -> float:
    """What a constant signal is multiplied by."""
    sections = np.asarray(sos, np.longdouble)
    return float(np.prod(sections[:, :3].sum(axis=1) / sections[:, 3:].sum(axis=1)))


def gain_at(sos: NDArray[np.float64], frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a sine of each of ``frequencies``, in cycles per sample, is multiplied by."""
    back = np.exp(-2j * np.pi * np.asarray(frequencies))
    total = np.ones(back.shape, complex)
    for b0, b1, b2, a0, a1, a2 in sos:
        total *= (b0 + (b1 + b2 * back) * back) / (a0 + (a1 + a2 * back) * back)
    return np.abs(total)


def _split(roots: NDArray[Any]) -> tuple[list[complex], list[complex]]:
    """One of each conjugate pair, and the real roots."""
    values = np.asarray(roots, complex)
    real = np.abs(values.imag) <= _REAL * np.abs(values)
    return values[~real & (values.imag > 0)].tolist(), [complex(value.real) for value in values[real]]


def _from_circle(root: complex) -> float:
    return abs(1 - abs(root))


def _take(roots: list[complex], pole: complex) -> complex:
    """The nearest of ``roots``, which loses it."""
    return roots.pop(min(range(len(roots)), key=lambda index: abs(roots[index] - pole)))


def _take_two(complex_zeros: list[complex], real_zeros: list[complex], pole: complex) -> list[complex]:
    nearest = [min((abs(zero - pole) for zero in zeros), default=np.inf) for zeros in (complex_zeros, real_zeros)]
    if nearest[0] <= nearest[1]:
        zero = _take(complex_zeros, pole)
        return [zero, zero.conjugate()]
    return [_take(real_zeros, pole), _take(real_zeros, pole)]


def _polynomial(roots: list[complex]) -> list[float]:
    """Coefficients of 1, 1/z and 1/z^2 with one or two ``roots``, conjugate or real."""
    if len(roots) == 1:
        return [1.0, -roots[0].real, 0.0]
    return [1.0, -(roots[0] + roots[1]).real, (roots[0] * roots[1]).real]
