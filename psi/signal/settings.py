"""What may be wrong with a kernel's settings, said before any state is made."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from psi.core.names import did_you_mean


class Fault(NamedTuple):
    """One setting that cannot work."""

    #: The setting's name, as it is written in a manifest.
    setting: str
    #: What is wrong with its value, what is allowed, what to do; without the name of who holds it.
    message: str


def is_number(value: Any) -> bool:
    """Whether ``value`` is a finite real number; a bool is none."""
    if isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except (TypeError, OverflowError):
        return False


def number_faults(setting: str, value: Any, unit: str = "", *, above: float | None = None) -> list[Fault]:
    """The fault of ``value`` where it is not a finite number, or not greater than ``above``."""
    unit = f" {unit}" if unit else ""
    if not is_number(value):
        return [Fault(setting, f"{setting} = {value!r} is not a number; give one{' in' + unit if unit else ''}")]
    if above is not None and not value > above:
        return [Fault(setting, f"{setting} = {value:g}{unit} must be greater than {above:g}{unit}")]
    return []


def at_least_faults(setting: str, value: Any, lowest: float, unit: str = "") -> list[Fault]:
    """The fault of ``value`` where it is not a finite number, or less than ``lowest``."""
    faults = number_faults(setting, value, unit)
    if not faults and value < lowest:
        unit = f" {unit}" if unit else ""
        faults.append(Fault(setting, f"{setting} = {value:g}{unit} must be {lowest:g}{unit} or more"))
    return faults


def whole_faults(setting: str, value: Any, lowest: int, highest: int | None = None) -> list[Fault]:
    """The fault of ``value`` where it is not a whole number from ``lowest`` to ``highest``; 4.0 is whole."""
    allowed = f"{lowest} to {highest}" if highest is not None else f"{lowest} or more"
    if is_number(value) and value == int(value) and value >= lowest and (highest is None or value <= highest):
        return []
    return [Fault(setting, f"{setting} = {value!r} must be a whole number, {allowed}")]


def choice_faults(setting: str, value: Any, allowed: tuple[str, ...]) -> list[Fault]:
    """The fault of ``value`` where it is none of the words that are ``allowed``."""
    if value in allowed:
        return []
    listed = ", ".join(repr(word) for word in allowed)
    return [Fault(setting, f"{setting} = {value!r} is not one of {listed}{_hint(value, allowed)}")]


def _hint(value: Any, allowed: tuple[str, ...]) -> str:
    # Signs such as '=>' have no nearest word.
    hint = did_you_mean(value, allowed) if isinstance(value, str) and value.isidentifier() else ""
    return hint if hint.startswith("; did you mean") else ""
