"""Design of filters that take out one frequency and its multiples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from psi.core.errors import ConfigurationError
from psi.signal.iir import IIRDesign, group_delay, settling
from psi.signal.settings import Fault, is_number, number_faults, whole_faults

#: Quality when nobody says otherwise: 50 Hz with a width of 1.7 Hz.
DEFAULT_Q = 30.0


@dataclass(frozen=True, slots=True)
class NotchSettings:
    """Notches as they are asked for, independent of the sampling rate."""

    #: In Hz.
    frequency: Any = None
    #: Frequency by width; every notch has it, so that those of the multiples are wider.
    Q: Any = None
    #: Width in Hz between the frequencies that are 3 dB down; every notch has it.
    bandwidth: Any = None
    #: How many: 1 is the frequency alone, 3 is also twice and three times it.
    harmonics: Any = 1

    def faults(self, fs: float | None = None) -> list[Fault]:
        """What cannot work at ``fs`` samples/s; without ``fs`` only what can work at no rate."""
        faults = number_faults("frequency", self.frequency, "Hz", above=0)
        if self.Q is not None:
            faults += number_faults("Q", self.Q, above=0)
        if self.bandwidth is not None:
            faults += number_faults("bandwidth", self.bandwidth, "Hz", above=0)
            if self.Q is not None:
                message = f"bandwidth = {self.bandwidth!r} and Q = {self.Q!r} are both set; leave one out"
                faults.append(Fault("bandwidth", message))
        faults += whole_faults("harmonics", self.harmonics, 1)
        if faults or fs is None:
            return faults
        half, n = fs / 2, int(self.harmonics)
        if self.frequency >= half:
            message = f"frequency = {self.frequency:g} Hz must lie below {half:g} Hz, half of fs = {fs:g} samples/s"
            return [Fault("frequency", message)]
        if n * self.frequency >= half:
            highest = int(np.ceil(half / self.frequency)) - 1
            message = f"harmonics = {n} reach {n * self.frequency:g} Hz, but half of fs = {fs:g} /s is {half:g} Hz"
            return [Fault("harmonics", f"{message}; use {highest} or fewer")]
        return self._width_faults(fs)

    def _width_faults(self, fs: float) -> list[Fault]:
        for multiple in range(1, int(self.harmonics) + 1):
            centre = multiple * self.frequency
            width = centre / self._quality(multiple)
            if width / 2 >= min(centre, fs / 2 - centre):
                setting = "bandwidth" if is_number(self.bandwidth) else "Q"
                value = f"{setting} = {getattr(self, setting) or DEFAULT_Q:g}"
                message = f"{value} makes the notch at {centre:g} Hz {width:g} Hz wide, beyond 0 or {fs / 2:g} Hz"
                mend = "narrow it" if setting == "bandwidth" else "use a larger Q"
                return [Fault(setting, f"{message}; {mend}")]
        return []

    def _quality(self, multiple: int) -> float:
        """Q of the notch at ``multiple`` times the frequency."""
        if self.bandwidth is not None:
            return float(multiple * self.frequency / self.bandwidth)
        return float(self.Q if self.Q is not None else DEFAULT_Q)

    def design(self, fs: float) -> IIRDesign:
        """One section of :func:`scipy.signal.iirnotch` for each multiple; the nominal delay is that at 0 Hz.

        Raises
        ------
        ConfigurationError
            With one line for each of :meth:`faults`.
        """
        faults = self.faults(fs)
        if faults:
            raise ConfigurationError("\n".join(fault.message for fault in faults))
        from scipy.signal import iirnotch  # late: it takes most of a second

        sections, zeros, poles = [], [], []
        for multiple in range(1, int(self.harmonics) + 1):
            b, a = iirnotch(multiple * self.frequency, self._quality(multiple), fs=fs)
            sections.append(np.concatenate((b, a)))
            zeros.append(np.roots(b))
            poles.append(np.roots(a))
        delay = group_delay(np.concatenate(zeros), np.concatenate(poles), 0.0)
        return IIRDesign(np.array(sections), delay, settling(np.concatenate(poles)))
