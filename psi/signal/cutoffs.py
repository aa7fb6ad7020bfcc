"""Cut-off frequencies of filters: which a filter needs, and where they may lie."""

from __future__ import annotations

from typing import Any

from psi.signal.settings import Fault, number_faults

BAND_TYPES = ("lowpass", "highpass", "bandpass", "bandstop")


def cutoff_faults(btype: str, f_lowpass: Any, f_highpass: Any, fs: float | None = None) -> list[Fault]:
    """What cannot work of the cut-offs in Hz of a ``btype`` filter at ``fs`` samples/s, or at any rate."""
    takes = {"lowpass": ("f_lowpass",), "highpass": ("f_highpass",)}.get(btype, ("f_highpass", "f_lowpass"))
    faults: list[Fault] = []
    for setting, value in (("f_highpass", f_highpass), ("f_lowpass", f_lowpass)):
        if setting not in takes:
            if value is not None:
                message = f"a {btype} takes no {setting}; leave it out or set btype = 'bandpass'"
                faults.append(Fault(setting, message))
        elif value is None:
            faults.append(Fault(setting, f"a {btype} needs {setting} in Hz; set it"))
        elif found := number_faults(setting, value, "Hz", above=0):
            faults += found
        elif fs is not None and value >= fs / 2:
            message = f"{setting} = {value:g} Hz must lie below {fs / 2:g} Hz, half of fs = {fs:g} samples/s"
            faults.append(Fault(setting, message))
    # The edges of a stop band can be named from either side of it.
    if not faults and len(takes) == 2 and (f_highpass == f_lowpass or (btype == "bandpass" and f_highpass > f_lowpass)):
        message = f"f_highpass = {f_highpass:g} Hz must lie below f_lowpass = {f_lowpass:g} Hz in a {btype}"
        faults.append(Fault("f_highpass", message))
    return faults


def cutoffs(btype: str, f_lowpass: Any, f_highpass: Any) -> Any:
    """The cut-offs as SciPy takes them: one number, or the lower and the upper edge of a band."""
    if btype == "lowpass":
        return f_lowpass
    if btype == "highpass":
        return f_highpass
    return sorted((f_highpass, f_lowpass))


def reference_frequency(btype: str, f_lowpass: Any, f_highpass: Any, fs: float) -> float:
    """Where in the pass band a filter's delay is taken: 0 Hz, the geometric centre of a band-pass, or ``fs / 2``."""
    if btype == "bandpass":
        return float((f_highpass * f_lowpass) ** 0.5)
    return fs / 2 if btype == "highpass" else 0.0
