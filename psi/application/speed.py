"""How fast a simulated run goes, as it is written on the command line."""

from __future__ import annotations

import math

from psi.core.errors import ConfigurationError


def parse_speed(text: str) -> float:
    """Times real time: ``'20'`` is 20.0, ``'max'`` (as fast as the machine can) is ``inf``.

    Raises ``ConfigurationError`` for what is neither.
    """
    if text.strip().lower() == "max":
        return math.inf
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not (math.isfinite(speed) and speed > 0):
        raise ConfigurationError(f"{text!r} is no speed; give a number above 0 (1 is real time) or 'max'", "--speed")
    return speed
