"""ItemSpec: what a context item is, apart from its value."""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import Field, field_validator

from psi.core.errors import Finding, Place
from psi.core.names import did_you_mean
from psi.models.base import Model
from psi.models.values import ItemValue

Dtype = Literal["float64", "int64", "bool", "text"]
Scope = Literal["trial", "experiment"]
ItemKind = Literal["parameter", "roving_parameter", "result"]

#: What a value of each dtype is called in messages.
DTYPE_WORDS: dict[str, str] = {
    "float64": "a number",
    "int64": "a whole number",
    "bool": "True or False",
    "text": "a text",
}


class ItemSpec(Model):
    """Name, type and bounds of a context item; JSON-able, so that every process can know it."""

    name: str = Field(min_length=1)
    label: str = ""
    compact_label: str = ""
    dtype: Dtype = "float64"
    unit: str = ""
    #: Lowest and highest value; ``None`` at either end is open.
    limits: tuple[float | None, float | None] | None = None
    #: The values that are allowed; empty allows all.
    choices: tuple[ItemValue, ...] = ()
    #: Constant or expression; ``None`` where there is none, as for most results.
    default: ItemValue | None = None
    scope: Scope = "trial"
    kind: ItemKind = "parameter"
    help: str = ""

    @field_validator("limits", mode="after")
    @classmethod
    def _ordered(cls, limits: tuple[float | None, float | None] | None) -> tuple[float | None, float | None] | None:
        if limits is None:
            return None
        # JSON knows no infinity; an open end is None.
        low, high = (None if end is None or math.isinf(end) else end for end in limits)
        if any(end is not None and math.isnan(end) for end in (low, high)):
            raise ValueError("limits are numbers; nan is none")
        if low is not None and high is not None and low > high:
            raise ValueError(f"the lower limit {low:g} is above the upper one {high:g}")
        return low, high

    @property
    def title(self) -> str:
        """What people read: the label, or the name."""
        return self.label or self.name

    def is_literal(self, value: Any) -> bool:
        """True where ``value`` stands for itself. A text is an expression unless it is one of a text item's choices."""
        return not isinstance(value, str) or (self.dtype == "text" and (value == "" or value in self.choices))

    def coerce(self, value: Any) -> Any:
        """``value`` as the Python value of the dtype. ``ValueError`` with one clause where it is none."""
        if hasattr(value, "item") and not getattr(value, "ndim", 0):
            value = value.item()
        match self.dtype:
            case "float64" if isinstance(value, (int, float)) and not isinstance(value, bool):
                try:
                    return float(value)
                except OverflowError:
                    raise ValueError("is too large for a 64-bit number") from None
            case "int64" if isinstance(value, (int, float)) and not isinstance(value, bool):
                if math.isfinite(value) and value == int(value):
                    if not -(2**63) <= value < 2**63:
                        raise ValueError("is too large for a 64-bit whole number")
                    return int(value)
            case "bool" if isinstance(value, bool) or (isinstance(value, int) and value in (0, 1)):
                return bool(value)
            case "text" if isinstance(value, str):
                return value
        shown = repr(value)
        raise ValueError(
            f"is {shown if len(shown) <= 60 else type(value).__name__}; it must be {DTYPE_WORDS[self.dtype]}"
        )

    def accept(self, value: Any) -> Any:
        """``value`` coerced and within limits and choices. ``ValueError`` with one clause where it is not."""
        value = self.coerce(value)
        if self.choices and value not in self.choices:
            raise ValueError(f"is {value!r}; {self._allowed_choices(value)}")
        if self.limits is not None and not isinstance(value, str):
            low = -math.inf if self.limits[0] is None else self.limits[0]
            high = math.inf if self.limits[1] is None else self.limits[1]
            if not low <= value <= high:
                raise ValueError(f"is {self._with_unit(value)}; allowed is {self.allowed_range()}")
        return value

    def check(self, value: Any, where: Place = "") -> Finding | None:
        """What is wrong with ``value`` for this item."""
        try:
            self.accept(value)
        except ValueError as error:
            return Finding(f"item {self.name!r} {error}", where)
        return None

    def allowed_range(self) -> str:
        """The limits in words with the unit, ``'0 to 10 s'``."""
        low, high = self.limits or (None, None)
        if low is None and high is None:
            return "every number"
        if low is None:
            return self._with_unit(high) + " or less"
        if high is None:
            return self._with_unit(low) + " or more"
        return f"{low:g} to {self._with_unit(high)}"

    def _with_unit(self, value: Any) -> str:
        return f"{value:g} {self.unit}".rstrip()

    def _allowed_choices(self, value: Any) -> str:
        listed = ", ".join(repr(choice) for choice in self.choices)
        hint = did_you_mean(value, [c for c in self.choices if isinstance(c, str)]) if isinstance(value, str) else ""
        return f"allowed are {listed}" + (hint if hint.startswith("; did you mean") else "")
