"""Channels of a stream, named by index, slice or label."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from psi.core.names import did_you_mean
from psi.signal.settings import Fault, is_number

#: What is allowed, as messages say it.
ALLOWED = "give an index (0 is the first), a label, a slice, or a list of those"


def find_channels(
    setting: str, wanted: Any, n_channels: int, labels: Sequence[str] = ()
) -> tuple[list[int], list[Fault]]:
    """Indices of the ``wanted`` channels in the order in which they are named, and what cannot be had.

    Parameters
    ----------
    setting
        Name of the setting that says what is wanted, for messages.
    wanted
        An index (negative ones count from the end), a slice, a label, or a list of those.
    n_channels, labels
        What the stream has; it may have no labels.
    """
    found: list[int] = []
    faults: list[Fault] = []
    for item in _listed(wanted):
        if isinstance(item, slice):
            try:
                found += range(*item.indices(n_channels))
            except (TypeError, ValueError):
                faults.append(Fault(setting, f"{setting}: {item!r} is no slice of channels; {ALLOWED}"))
        elif isinstance(item, str):
            if item in labels:
                found.append(list(labels).index(item))
            else:
                has = did_you_mean(item, labels) if labels else "; its channels have no labels: use indices"
                faults.append(Fault(setting, f"{setting}: no channel is labelled {item!r}{has}"))
        elif not is_number(item) or item != int(item):
            faults.append(Fault(setting, f"{setting}: {item!r} is no channel; {ALLOWED}"))
        elif not -n_channels <= item < n_channels:
            message = f"{setting}: there is no channel {int(item)}; use 0 to {n_channels - 1}"
            faults.append(Fault(setting, message))
        else:
            found.append(int(item) % n_channels)
    return found, faults


def spec_faults(setting: str, wanted: Any) -> list[Fault]:
    """What names no channel of any stream."""
    faults = []
    for item in _listed(wanted):
        if not isinstance(item, slice | str) and not (is_number(item) and item == int(item)):
            faults.append(Fault(setting, f"{setting}: {item!r} is no channel; {ALLOWED}"))
    return faults


def _listed(wanted: Any) -> Sequence[Any]:
    if isinstance(wanted, list | tuple | range):
        return wanted
    return wanted.tolist() if isinstance(wanted, np.ndarray) and wanted.ndim == 1 else [wanted]


def as_index(found: Sequence[int]) -> slice | list[int]:
    """``found`` as a slice where it is one, since that makes a view and no copy."""
    steps = {after - before for before, after in pairwise(found)}
    if len(found) == 1:
        return slice(found[0], found[0] + 1)
    step = steps.pop() if len(steps) == 1 else 0
    return slice(found[0], found[-1] + 1, step) if step > 0 else list(found)
