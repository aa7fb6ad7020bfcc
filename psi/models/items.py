"""ItemSpec: what a context item is, apart from its value."""

from __future__ import annotations

import fnmatch
import math
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

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


class FileRule(Model):
    """Which paths an item takes."""

    must_exist: bool = False
    #: Patterns of file names such as ``'*.wav'``, of which one must fit; empty takes all.
    patterns: tuple[str, ...] = ()

    def check(self, path: str) -> None:
        """Raises ``ValueError`` with one clause where ``path`` is none of these."""
        name = Path(path).name
        if path and self.patterns and not any(fnmatch.fnmatch(name, pattern) for pattern in self.patterns):
            raise ValueError(f"is {path!r}; its name must be like {' or '.join(self.patterns)}")
        if self.must_exist and not path:
            raise ValueError("is empty; it must be the path of a file")
        if self.must_exist and not Path(path).expanduser().is_file():
            raise ValueError(f"is {path!r}, which is no file here; give the path of one")


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
    #: Whether the value is a list of choices instead of one; for texts only.
    multiple: bool = False
    #: What a field's arrows go up or down by, in the item's unit; values in between are allowed.
    step: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    #: Present where the value is the path of a file, which is taken as it stands: never an expression.
    file: FileRule | None = None
    #: Constant or expression; ``None`` where there is none, as for most results.
    default: ItemValue | None = None
    scope: Scope = "trial"
    kind: ItemKind = "parameter"
    help: str = ""
    #: Whether people are shown the item where they edit others.
    visible: bool = True
    #: Labels of the groups it is shown in, the outermost first.
    group: tuple[str, ...] = ()
    #: Items of one group with the same row, not empty, are shown beside each other.
    row: str = ""

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

    @model_validator(mode="after")
    def _fits_together(self) -> ItemSpec:
        if (self.multiple or self.file is not None) and self.dtype != "text":
            raise ValueError(f"several choices and files are texts; the dtype is {self.dtype!r}")
        return self

    @property
    def title(self) -> str:
        """What people read: the label, or the name."""
        return self.label or self.name

    def is_literal(self, value: Any) -> bool:
        """True where ``value`` stands for itself.

        A text is an expression unless it is a path, or one of a text item's choices.
        """
        if not isinstance(value, str) or self.file is not None:
            return True
        return self.dtype == "text" and not self.multiple and (value == "" or value in self.choices)

    def coerce(self, value: Any) -> Any:
        """``value`` as the Python value of the dtype. ``ValueError`` with one clause where it is none."""
        if hasattr(value, "item") and not getattr(value, "ndim", 0):
            value = value.item()
        if self.multiple:
            return self._coerce_list(value)
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
        raise ValueError(f"is {_shown(value)}; it must be {DTYPE_WORDS[self.dtype]}")

    def _coerce_list(self, value: Any) -> list[str]:
        if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
            return list(value)
        raise ValueError(f"is {_shown(value)}; it must be a list of texts")

    def accept(self, value: Any) -> Any:
        """``value`` coerced and within limits and choices. ``ValueError`` with one clause where it is not."""
        value = self.coerce(value)
        if self.file is not None:
            self.file.check(value)
        if self.multiple:
            return self._accept_list(value)
        if self.choices and value not in self.choices:
            raise ValueError(f"is {value!r}; {self._allowed_choices(value)}")
        if self.limits is not None and not isinstance(value, str):
            low = -math.inf if self.limits[0] is None else self.limits[0]
            high = math.inf if self.limits[1] is None else self.limits[1]
            if not low <= value <= high:
                raise ValueError(f"is {self._with_unit(value)}; allowed is {self.allowed_range()}")
        return value

    def _accept_list(self, values: list[str]) -> list[str]:
        for value in values:
            if self.choices and value not in self.choices:
                raise ValueError(f"has {value!r}; {self._allowed_choices(value)}")
            if values.count(value) > 1:
                raise ValueError(f"has {value!r} twice; give each once")
        return values

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


def _shown(value: Any) -> str:
    """A value in a message: short, and without what differs from run to run."""
    items = value if isinstance(value, (list, tuple)) else [value]
    shown = repr(value) if all(isinstance(item, (bool, int, float, str, type(None))) for item in items) else ""
    if 0 < len(shown) <= 60:
        return shown
    return "a function" if callable(value) else f"a {type(value).__name__}"
