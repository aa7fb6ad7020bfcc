"""Ranges of numbers, and the scales on which they are spaced and stepped."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from psi.models.base import Model

#: 'linear': differences; 'log': ratios, in octaves; 'dB': ratios of amplitudes, 20 log10.
Scale = Literal["linear", "log", "dB"]

#: Values that one range may have.
MOST_VALUES = 10_000

#: What a difference on the scale is counted in; the item's own unit on a linear one.
SCALE_UNITS: dict[str, str] = {"linear": "", "log": "octaves", "dB": "dB"}


def to_scale(value: float, scale: Scale) -> float:
    """``value`` where steps are differences: itself, octaves, or dB."""
    if scale == "linear":
        return value
    return math.log2(value) if scale == "log" else 20 * math.log10(value)


def from_scale(value: float, scale: Scale) -> float:
    """The inverse of :func:`to_scale`."""
    if scale == "linear":
        return value
    return float(2.0**value if scale == "log" else 10.0 ** (value / 20))


def rounded(value: float) -> float:
    """Without the last digits, which are rounding errors: 0.1 + 0.2 is 0.3."""
    return float(f"{value:.12g}")


class Range(Model):
    """Numbers from ``start`` to ``stop``, both given: ``n`` of them, or one every ``step``.

    Equal differences on the scale of ``spacing``; ``step`` is in the item's unit (linear), octaves (log) or dB.
    ``stop`` is left out where the last step would go beyond it.
    """

    start: float = Field(allow_inf_nan=False)
    stop: float = Field(allow_inf_nan=False)
    n: Annotated[int, Field(strict=True, ge=1, le=MOST_VALUES)] | None = None
    step: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    spacing: Scale = "linear"

    @model_validator(mode="after")
    def _can_be_counted(self) -> Range:
        if (self.n is None) == (self.step is None):
            raise ValueError("a range has n or step; give one of them")
        if self.spacing != "linear" and min(self.start, self.stop) <= 0:
            raise ValueError(f"a range with {self.spacing} spacing has ends above 0")
        if self.n == 1 and self.start != self.stop:
            raise ValueError("a range of n = 1 has one end; let start and stop be the same, or give a larger n")
        if self.step is not None and self._n_steps() >= MOST_VALUES:
            raise ValueError(f"a range has at most {MOST_VALUES} values; make step larger")
        return self

    def _ends(self) -> tuple[float, float]:
        return to_scale(self.start, self.spacing), to_scale(self.stop, self.spacing)

    def _n_steps(self) -> float:
        low, high = self._ends()
        assert self.step is not None
        # So that 0 to 0.3 in steps of 0.1 reaches 0.3.
        return abs(high - low) / self.step + 1e-9

    def values(self) -> tuple[float, ...]:
        """The numbers, without rounding errors in the last digits."""
        low, high = self._ends()
        if self.n is not None:
            points = [low + (high - low) * i / max(self.n - 1, 1) for i in range(self.n)]
        else:
            assert self.step is not None
            step = math.copysign(self.step, high - low)
            points = [low + step * i for i in range(int(self._n_steps()) + 1)]
        return tuple(rounded(from_scale(point, self.spacing)) for point in points)


def _expanded(value: Any) -> Any:
    if isinstance(value, dict):
        value = Range.model_validate(value)
    if isinstance(value, Range):
        return value.values()
    return (value,) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


#: Numbers; may be written as one number, or as the settings of a :class:`Range`.
Grid = Annotated[
    tuple[Annotated[float, Field(allow_inf_nan=False)], ...],
    BeforeValidator(_expanded),
    Field(min_length=1, max_length=MOST_VALUES),
]
