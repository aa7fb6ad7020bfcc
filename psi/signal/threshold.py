"""Comparison with a level, with or without hysteresis."""

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


def compare(data: NDArray[Any], threshold: float | NDArray[np.float64], mode: str = ">") -> NDArray[np.bool_]:
    """Where ``data`` lies on the side of ``threshold`` (same unit) that ``mode`` names; same shape, NaN is False."""
    result: NDArray[np.bool_] = COMPARISONS[mode](data, threshold)
    return result


def side(mode: str) -> int:
    """1 where ``mode`` asks for what lies above the threshold, -1 for what lies below."""
    return 1 if mode in (">", ">=") else -1


class Comparator:
    """Compares with a threshold and remembers the answer: True from beyond it until well back.

    A channel becomes True with a sample that lies beyond the threshold, as ``mode`` says, and False again with the
    first that lies at or on the other side of ``release``. It begins False; NaN makes it False.

    Parameters
    ----------
    threshold
        In the unit of the samples; one for all channels, or shape ``(n_channels,)``.
    mode
        One of ``MODES``.
    hysteresis
        From the threshold back to ``release``, 0 or more, same unit and shape; of 0, samples are only compared.
    """

    def __init__(
        self,
        threshold: float | NDArray[np.float64],
        mode: str = ">",
        hysteresis: float | NDArray[np.float64] = 0.0,
    ) -> None:
        self.mode = mode
        self.threshold = np.reshape(np.asarray(threshold, np.float64), (-1, 1))
        #: Where a channel becomes False again, shape ``(1 or n_channels, 1)``.
        self.release = self.threshold - side(mode) * np.reshape(np.asarray(hysteresis, np.float64), (-1, 1))
        self._plain = not np.any(hysteresis)
        # Strictly on the threshold's side of the release, a channel stays what it is.
        self._strict = ">" if side(mode) > 0 else "<"
        self._level: NDArray[np.bool_] | None = None

    def process(self, data: NDArray[Any]) -> NDArray[np.bool_]:
        """The levels of ``data``, both of shape ``(n_channels, n_samples)``."""
        beyond = compare(data, self.threshold, self.mode)
        if self._plain or data.shape[1] == 0:
            return beyond
        level = np.zeros(len(data), dtype=bool) if self._level is None else self._level
        held = compare(data, self.release, self._strict)
        levels = beyond if np.array_equal(beyond, held) else _held(beyond, beyond | ~held, level)
        self._level = levels[:, -1].copy()
        return levels


def _held(beyond: NDArray[np.bool_], decided: NDArray[np.bool_], level: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """``beyond`` where it is ``decided``, elsewhere what it was at the last decided sample, before the first ``level``.

    Position and answer of each decided sample make one number, the answer its lowest bit; the running maximum of those
    numbers is that of the last decided one.
    """
    positions = np.arange(2, 2 * beyond.shape[1] + 2, 2)
    numbers = np.where(decided, positions + beyond, level[:, np.newaxis])
    np.maximum.accumulate(numbers, axis=1, out=numbers)
    return (numbers & 1).astype(bool)
