"""How long something lasts: as a duration, as a number of samples, or as either."""

from __future__ import annotations

from typing import Any

from psi.signal.settings import Fault, is_number, number_faults, whole_faults

#: How far from a whole number of samples a duration may lie by rounding.
_ROUNDING = 1e-6


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


def span_faults(duration: Any, n_samples: Any, setting: str = "n_samples", lowest: int = 0) -> list[Fault]:
    """The faults of a span that is given as ``duration`` in seconds or as ``n_samples``, called ``setting``.

    ``lowest`` is the smallest number of samples; at 1 a duration of 0 is refused, too.
    """
    if duration is None and n_samples is None:
        return [Fault("duration", f"needs duration in s, or {setting}; set one")]
    faults: list[Fault] = []
    if n_samples is not None:
        faults += whole_faults(setting, n_samples, lowest)
    if duration is not None:
        if lowest:
            faults += number_faults("duration", duration, "s", above=0)
        else:
            faults += number_faults("duration", duration, "s")
            if is_number(duration) and duration < 0:
                faults.append(Fault("duration", f"duration = {duration:g} s must not be negative"))
        if n_samples is not None:
            message = f"duration = {duration!r} and {setting} = {n_samples!r} are both set; leave one out"
            faults.append(Fault("duration", message))
    return faults


def span_of(duration: Any, n_samples: Any, fs: float) -> int:
    """The span in samples at ``fs`` samples/s, to the nearest one."""
    return samples_in(duration, fs) if duration is not None else int(n_samples)


def whole_span_faults(duration: Any, fs: float, setting: str) -> list[Fault]:
    """The fault of a ``duration`` in seconds, if any, that is not a whole number of samples at ``fs`` samples/s."""
    if duration is None:
        return []
    exact = float(duration) * fs
    if round(exact) >= 1 and abs(exact - round(exact)) <= _ROUNDING * max(1.0, exact):
        return []
    below, above = int(exact), int(exact) + 1
    near = " or ".join(f"{n / fs:.9g} s" for n in (below, above) if n)
    message = f"duration = {duration:g} s is {exact:.6g} samples at fs = {fs:g} samples/s; use {near}, or {setting}"
    return [Fault("duration", message)]
