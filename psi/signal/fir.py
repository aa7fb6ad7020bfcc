"""Design of filters without feedback (finite impulse responses), with their delay and settling time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.core.errors import ConfigurationError
from psi.signal.cutoffs import BAND_TYPES, cutoff_faults, cutoffs
from psi.signal.settings import Fault, choice_faults, is_number, whole_faults

#: More would take longer than the signal at the rates of this field.
MAX_TAPS = 65_536
#: Frequencies at which the delay of taps without symmetry looks for the pass band, at least.
_LOOKED_AT = 4096


@dataclass(frozen=True, slots=True)
class FIRDesign:
    """A filter that works at one sampling rate."""

    #: Impulse response, shape ``(n_taps,)``.
    taps: NDArray[np.float64]
    #: Nominal delay in samples: ``(n_taps - 1) / 2`` where the phase is linear, else the group delay where it passes.
    delay: float

    @property
    def settle(self) -> float:
        """Samples until nothing before the first sample is remembered."""
        return float(len(self.taps) - 1)


@dataclass(frozen=True, slots=True)
class FIRSettings:
    """A filter as it is asked for: by its taps, or by its edges, independent of the sampling rate."""

    #: The impulse response itself; with it, nothing else is given.
    taps: Any = None
    #: Length of the impulse response in samples.
    n_taps: Any = None
    #: One of ``BAND_TYPES``; empty: the one that the edges say.
    btype: Any = ""
    #: Edge in Hz that frequencies pass below; of a band, its upper edge.
    f_lowpass: Any = None
    #: Edge in Hz that frequencies pass above; of a band, its lower edge.
    f_highpass: Any = None
    #: As :func:`scipy.signal.get_window` takes it.
    window: Any = "hamming"

    @property
    def band(self) -> str:
        """The type of the band; with one edge given it can only be low-pass or high-pass."""
        if self.btype:
            return str(self.btype)
        if self.f_highpass is None:
            return "lowpass"
        return "highpass" if self.f_lowpass is None else "bandpass"

    def faults(self, fs: float | None = None) -> list[Fault]:
        """What cannot work at ``fs`` samples/s; without ``fs`` only what can work at no rate."""
        if self.taps is not None:
            return self._taps_faults()
        if self.n_taps is None and self.f_lowpass is None and self.f_highpass is None:
            return [Fault("taps", "needs taps, or n_taps with f_lowpass, f_highpass or both in Hz; set them")]
        faults = whole_faults("n_taps", self.n_taps, 1, MAX_TAPS)
        if not faults:
            faults += self._window_faults()
        if self.btype:
            faults += choice_faults("btype", self.btype, BAND_TYPES)
        if self.band in BAND_TYPES:
            faults += cutoff_faults(self.band, self.f_lowpass, self.f_highpass, fs)
            passes_top = self.band in ("highpass", "bandstop")
            if passes_top and is_number(self.n_taps) and self.n_taps % 2 == 0:
                n_taps = int(self.n_taps)
                message = f"n_taps = {n_taps} must be odd in a {self.band}, since an even number stops half of fs"
                faults.append(Fault("n_taps", f"{message}; use {n_taps + 1}"))
        return faults

    def design(self, fs: float) -> FIRDesign:
        """The filter at ``fs`` samples/s, by :func:`scipy.signal.firwin` where it is not given as taps.

        Raises
        ------
        ConfigurationError
            With one line for each of :meth:`faults`.
        """
        faults = self.faults(fs)
        if faults:
            raise ConfigurationError("\n".join(fault.message for fault in faults))
        if self.taps is not None:
            taps = np.array(self.taps, dtype=np.float64)
        else:
            from scipy.signal import firwin  # late: it takes most of a second

            band: Any = self.band
            edges = cutoffs(band, self.f_lowpass, self.f_highpass)
            taps = np.asarray(firwin(int(self.n_taps), edges, window=self.window, pass_zero=band, fs=fs))
        return FIRDesign(taps, _delay(taps))

    def _taps_faults(self) -> list[Fault]:
        faults = []
        for setting in ("n_taps", "f_lowpass", "f_highpass"):
            if getattr(self, setting) is not None:
                faults.append(Fault(setting, f"{setting} and taps are both set; leave one out"))
        if self.btype:
            faults.append(Fault("btype", "btype and taps are both set; leave one out"))
        listed = isinstance(self.taps, Sequence | np.ndarray) and not isinstance(self.taps, str)
        if not listed or np.ndim(self.taps) != 1 or not 1 <= len(self.taps) <= MAX_TAPS:
            faults.append(Fault("taps", f"taps = {_short(self.taps)} must be a list of 1 to {MAX_TAPS} numbers"))
        else:
            wrong = [f"{value!r} (number {n})" for n, value in enumerate(self.taps, 1) if not is_number(value)]
            if wrong:
                faults.append(Fault("taps", f"taps hold {', '.join(wrong[:3])}; give finite numbers"))
            elif not np.any(self.taps):
                faults.append(Fault("taps", "taps are all 0, which passes nothing; give one that is not"))
        return faults

    def _window_faults(self) -> list[Fault]:
        from scipy.signal import get_window  # late: it takes most of a second

        try:
            get_window(self.window, int(self.n_taps), fftbins=False)
        except (ValueError, TypeError, AttributeError) as error:
            message = f"window = {self.window!r} is none that scipy.signal.get_window takes ({_line(error)})"
            return [Fault("window", f"{message}; use for instance 'hamming', 'blackman' or ('kaiser', 8.0)")]
        return []


def group_delay_of_taps(taps: NDArray[np.float64], frequency: float) -> float:
    """Group delay in samples of ``taps`` at ``frequency`` in cycles per sample.

    The real part of ``sum(n h[n] e^-jwn) / sum(h[n] e^-jwn)`` (A. V. Oppenheim and R. W. Schafer, Discrete-Time Signal
    Processing, section 5.1).
    """
    number = np.arange(len(taps))
    turned = taps * np.exp(-2j * np.pi * frequency * number)
    return float((np.sum(number * turned) / np.sum(turned)).real)


def _delay(taps: NDArray[np.float64]) -> float:
    largest = np.max(np.abs(taps))
    for mirrored in (taps[::-1], -taps[::-1]):
        if np.max(np.abs(taps - mirrored)) <= 1e-12 * largest:
            return (len(taps) - 1) / 2
    n_points = max(_LOOKED_AT, 4 * len(taps))
    gains = np.abs(np.fft.rfft(taps, n_points))
    # 0 Hz and half the rate are taken where they pass, however much a ripple elsewhere passes more.
    passed = gains >= np.max(gains) / np.sqrt(2)
    peak = 0 if passed[0] else len(gains) - 1 if passed[-1] else int(np.argmax(gains))
    return group_delay_of_taps(taps, peak / n_points)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
