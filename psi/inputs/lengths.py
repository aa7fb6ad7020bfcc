"""Settings that are a stretch of time of at least one sample."""

from __future__ import annotations

from typing import Any

from psi.signal.settings import Fault, number_faults


def length_faults(setting: str, duration: Any, fs: float | None = None) -> list[Fault]:
    """What is wrong with ``duration`` in s; it has to be one sample or more at ``fs`` samples/s where that is known."""
    faults = number_faults(setting, duration, "s", above=0)
    if not faults and fs is not None and round(duration * fs) < 1:
        message = f"{setting} = {duration:g} s is less than half a sample at fs = {fs:g} samples/s; give {1 / fs:g} s"
        faults.append(Fault(setting, f"{message} or more"))
    return faults


def samples_in(duration: float, fs: float) -> int:
    """``duration`` in s as whole samples at ``fs`` samples/s, to the nearest one."""
    return round(float(duration) * fs)
