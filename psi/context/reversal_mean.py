"""The mean of correlated values and how sure it is: for the reversals of a staircase."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def mean_and_error(
    groups: Sequence[Sequence[float]], mass: float = 0.95
) -> tuple[float | None, float | None, float | None]:
    """Mean of all values, its standard error, and half of the interval that holds ``mass``.

    Values of one group follow each other and are correlated: a track that wanders off comes back slowly. The n values
    are worth ``n (1 - r) / (1 + r)`` independent ones, with the correlation r of neighbours, corrected for the bias
    that it has in short series (Kendall 1954) and taken between 0 and 0.9. ``None`` stands for what cannot be said: the
    mean of no values, the error of one.
    """
    values = np.concatenate([np.asarray(group, float) for group in groups]) if groups else np.empty(0)
    n = values.size
    if n < 2:
        return (float(values[0]) if n else None), None, None
    # Late, as everywhere: scipy takes part of a second to import.
    from scipy.stats import t as student

    mean = float(values.mean())
    apart = [np.asarray(group, float) - mean for group in groups]
    total = sum(float(group @ group) for group in apart)
    r = sum(float(group[1:] @ group[:-1]) for group in apart) / total if total > 0 else 0.0
    r = min(max(r + (1 + 3 * r) / n, 0.0), 0.9)
    worth = n * (1 - r) / (1 + r)
    error = float(values.std(ddof=1)) / math.sqrt(worth)
    return mean, error, error * float(student.ppf((1 + mass) / 2, max(worth, 2.0) - 1))
