"""Values of items and rigs: a plain JSON value whose type is kept as it was written."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import ValidatorFunctionWrapHandler, WrapValidator


def _item_value(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    # One message instead of one for every member of the union.
    if not isinstance(value, (bool, int, float, str)):
        raise ValueError("must be a number, true, false, or the text of an expression")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"must be finite; write {value} as the text of an expression: '{value}'")
    return value


def _rig_value(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if value is None:
        return None
    if not isinstance(value, (bool, int, float, str)) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("must be a finite number, true, false, a text, or null")
    return value


#: A constant, or the text of an expression.
ItemValue = Annotated[bool | int | float | str, WrapValidator(_item_value)]

#: What a declared value of a rig may be; ``None`` is nothing given.
RigValue = Annotated[bool | int | float | str | None, WrapValidator(_rig_value)]
