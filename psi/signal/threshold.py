"""Comparison with a level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPARISONS: dict[str, Callable[..., Any]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
}
MODES = tuple(COMPARISONS)


def compare(data: NDArray[Any], threshold: float, mode: str = ">") -> NDArray[np.bool_]:
    """Where ``data`` lies on the side of ``threshold`` (same unit) that ``mode`` names; same shape, NaN is False."""
    result: NDArray[np.bool_] = COMPARISONS[mode](data, threshold)
    return result
