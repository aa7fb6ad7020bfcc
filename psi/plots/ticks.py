"""Round numbers for axes."""

from __future__ import annotations

import math
from itertools import pairwise

#: Units that take a prefix; dB, mV and the like stay what they are.
_PREFIXED = {"V", "A", "Pa", "s", "Hz", "N", "m", "g", "W", "T"}
_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"))


def nice_step(span: float, n: int) -> float:
    """The largest of 1, 2, 5 times a power of ten that gives at least about ``n`` steps in ``span``."""
    if not (span > 0 and math.isfinite(span)):
        return 1.0
    raw = span / max(n, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    return max((factor * power for factor in (1, 2, 5, 10) if factor * power <= raw * (1 + 1e-9)), default=power)


def ticks(low: float, high: float, n: int) -> list[float]:
    """Round numbers within ``low .. high``, about ``n`` of them and never more than three times as many."""
    step = nice_step(high - low, n)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def tick_labels(values: list[float]) -> list[str]:
    """As many decimals as tell neighbours apart, and the same for all."""
    if len(values) < 2:
        return [f"{value:.4g}" for value in values]
    step = min(abs(b - a) for a, b in pairwise(values))
    largest = max(abs(value) for value in values)
    if largest >= 1e6 or step < 1e-5:
        return [f"{value:.3g}" for value in values]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    # Adding 0.0 turns -0 into 0.
    return [f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−") for value in values]


def prefixed(largest: float, unit: str) -> tuple[float, str]:
    """What values up to ``largest`` are divided by, and the unit with its prefix."""
    if unit not in _PREFIXED or not (largest > 0 and math.isfinite(largest)):
        return 1.0, unit
    for factor, prefix in _PREFIXES:
        # 0.4 V stays 0.4 V; 0.04 V is 40 mV.
        if largest >= factor * (0.1 if factor == 1.0 else 1.0) * (1 - 1e-9):
            return factor, prefix + unit
    return _PREFIXES[-1][0], _PREFIXES[-1][1] + unit


def rate_text(fs: float) -> str:
    """``'25 kHz'``."""
    factor, unit = prefixed(fs, "Hz")
    return f"{fs / factor:g} {unit}"
