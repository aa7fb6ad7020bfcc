"""Design of recursive filters as second-order sections, with their delay and settling time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.core.errors import ConfigurationError
from psi.signal.cutoffs import BAND_TYPES, cutoff_faults, cutoffs, reference_frequency
from psi.signal.iir_roots import digital_filter, gain_at, second_order_sections
from psi.signal.settings import Fault, choice_faults, is_number, number_faults, whole_faults

FILTER_TYPES = ("butter", "cheby1", "cheby2", "ellip", "bessel")
_NEEDS_RP, _NEEDS_RS = ("cheby1", "ellip"), ("cheby2", "ellip")
#: Beyond this the design itself is no longer dependable in double precision (Bessel's polynomials first).
MAX_ORDER = 24
#: Transients count as settled when the slowest pole's has fallen by this factor (60 dB).
SETTLED = 1e-3
#: A section whose triangle of stability is nearer than this has coefficients that are mostly rounding.
_COARSE = 1e-13


@dataclass(frozen=True, slots=True)
class IIRDesign:
    """A filter that works at one sampling rate."""

    #: Second-order sections, shape ``(n_sections, 6)``, as in :func:`scipy.signal.sosfilt`.
    sos: NDArray[np.float64]
    #: Nominal delay in samples: group delay at the pass band's reference frequency.
    delay: float
    #: Samples until a transient has fallen by 60 dB.
    settle: float

    def gain(self, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
        """What a sine of each of ``frequencies``, in cycles per sample, is multiplied by."""
        return gain_at(self.sos, frequencies)


@dataclass(frozen=True, slots=True)
class IIRSettings:
    """A filter as it is asked for, independent of the sampling rate."""

    #: Order of the low-pass prototype; a band filter has twice as many poles.
    N: Any = 4
    #: One of ``BAND_TYPES``.
    btype: Any = "bandpass"
    #: One of ``FILTER_TYPES``.
    ftype: Any = "butter"
    #: Cut-off in Hz that frequencies pass below; of a band, its upper edge.
    f_lowpass: Any = None
    #: Cut-off in Hz that frequencies pass above; of a band, its lower edge.
    f_highpass: Any = None
    #: Largest ripple in the pass band in dB (cheby1, ellip).
    rp: Any = None
    #: Smallest attenuation in the stop band in dB (cheby2, ellip).
    rs: Any = None

    def faults(self, fs: float | None = None) -> list[Fault]:
        """What cannot work at ``fs`` samples/s; without ``fs`` only what can work at no rate."""
        faults = whole_faults("N", self.N, 1, MAX_ORDER)
        faults += choice_faults("ftype", self.ftype, FILTER_TYPES)
        faults += choice_faults("btype", self.btype, BAND_TYPES)
        if self.ftype in _NEEDS_RP:
            faults += self._ripple_faults("rp", "ripple in the pass band")
        if self.ftype in _NEEDS_RS:
            faults += self._ripple_faults("rs", "attenuation in the stop band")
        if self.ftype == "ellip" and is_number(self.rp) and is_number(self.rs) and self.rs <= self.rp:
            faults.append(Fault("rs", f"rs = {self.rs:g} dB must be greater than rp = {self.rp:g} dB"))
        if self.btype in BAND_TYPES:
            faults += cutoff_faults(self.btype, self.f_lowpass, self.f_highpass, fs)
        if not faults and fs is not None:
            faults += self._precision_faults(fs)
        return faults

    def design(self, fs: float) -> IIRDesign:
        """The filter at ``fs`` samples/s.

        The nominal delay is the group delay at 0 Hz for low-pass and band-stop, at the geometric
        centre of the band for band-pass and at half the sampling rate for high-pass filters.

        Raises
        ------
        ConfigurationError
            With one line for each of :meth:`faults`.
        """
        faults = self.faults(fs)
        if faults:
            raise ConfigurationError("\n".join(fault.message for fault in faults))
        return self._design(fs)

    def _design(self, fs: float) -> IIRDesign:
        edges = np.atleast_1d(np.asarray(cutoffs(self.btype, self.f_lowpass, self.f_highpass), np.float64))
        rp = self.rp if self.ftype in _NEEDS_RP else None
        rs = self.rs if self.ftype in _NEEDS_RS else None
        roots = digital_filter(int(self.N), self.ftype, self.btype, edges, fs, rp, rs)
        sos, zeros, poles = second_order_sections(roots), roots.zeros, roots.poles
        reference = reference_frequency(self.btype, self.f_lowpass, self.f_highpass, fs)
        return IIRDesign(sos, group_delay(zeros, poles, reference / fs), settling(poles))

    def _ripple_faults(self, setting: str, meaning: str) -> list[Fault]:
        value = getattr(self, setting)
        if value is None:
            return [Fault(setting, f"{self.ftype} needs {setting}, the {meaning} in dB; set it")]
        return number_faults(setting, value, "dB", above=0)

    def _precision_faults(self, fs: float) -> list[Fault]:
        a1, a2 = self._design(fs).sos[:, 4:].T
        # Jury's conditions on the coefficients as rounded, section by section.
        margin = min(float(np.min(1 - a2)), float(np.min(1 + a2 - np.abs(a1))))
        if margin > _COARSE:
            return []
        edge = "f_lowpass" if self.btype == "lowpass" else "f_highpass"
        return [
            Fault(
                edge,
                f"{edge} = {getattr(self, edge):g} Hz with N = {self.N} is unstable at fs = {fs:g} samples/s; "
                "downsample before it, lower N, or use a wider band",
            )
        ]


def group_delay(zeros: NDArray[Any], poles: NDArray[Any], frequency: float) -> float:
    """Group delay in samples at ``frequency`` in cycles per sample.

    A root r contributes -Re(r e^-jw / (1 - r e^-jw)) as a zero and the opposite as a pole
    (A. V. Oppenheim and R. W. Schafer, Discrete-Time Signal Processing, section 5.3). Roots keep
    the precision near the unit circle that polynomials lose.
    """
    turn = np.exp(-2j * np.pi * frequency)

    def delay(roots: NDArray[Any]) -> float:
        return float(-np.sum((roots * turn / (1 - roots * turn)).real))

    return delay(np.asarray(zeros)) - delay(np.asarray(poles))


def settling(poles: NDArray[Any]) -> float:
    """Samples until the slowest of ``poles`` has let its transient fall by 60 dB."""
    slowest = float(np.max(np.abs(poles)))
    return math.inf if slowest >= 1 else math.log(SETTLED) / math.log(slowest) if slowest > 0 else 0.0
