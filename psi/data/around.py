"""Pieces of a stream around events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from psi.core.errors import RecordingError
from psi.core.names import did_you_mean
from psi.data.saved_stream import Stream

if TYPE_CHECKING:
    import pandas as pd

Edges = Literal["leave out", "nan"]


def event_times(known: pd.DataFrame, events: str | pd.DataFrame | Sequence[float] | NDArray[Any]) -> pd.DataFrame:
    """``events`` as a table with a column ``time`` in s.

    ``known`` are the recording's events, of which a name chooses some. Raises ``RecordingError`` for an unknown one.
    """
    import pandas as pd

    if isinstance(events, str):
        chosen = known[known["name"] == events]
        if chosen.empty:
            names = sorted(set(known["name"]))
            raise RecordingError(f"the recording has no event {events!r}{did_you_mean(events, names)}")
        return chosen
    if isinstance(events, pd.DataFrame):
        if "time" not in events:
            raise ValueError("the table of events has no column 'time'; rename the one with the time in s")
        return events
    return pd.DataFrame({"time": np.asarray(events, float)})


def cut_around(
    stream: Stream, events: pd.DataFrame, before: float, after: float, edges: Edges = "leave out"
) -> tuple[NDArray[Any], pd.DataFrame]:
    """See :meth:`psi.data.recording.Recording.epochs_around`. Times that are NaN are left out."""
    if edges not in get_args(Edges):
        raise ValueError(f"edges {edges!r} is none of {', '.join(map(repr, get_args(Edges)))}")
    n = round((before + after) * stream.fs) if np.isfinite(before + after) else 0
    if n < 1:
        raise ValueError(f"before = {before:g} s and after = {after:g} s leave no sample at {stream.fs:g} samples/s")
    events = events[events["time"].notna()]
    times = events["time"].to_numpy(float)
    nearest = np.rint((times - stream.t0) * stream.fs).astype(np.int64)
    first = nearest - round(before * stream.fs)
    n_samples, n_channels = stream.shape
    inside = (first >= 0) & (first + n <= n_samples)
    if edges == "leave out":
        events, times, nearest, first = events[inside], times[inside], nearest[inside], first[inside]
    dtype = stream.dtype if edges == "leave out" or stream.dtype.kind == "f" else np.dtype("float64")
    pieces = np.empty((len(first), n_channels, n), dtype)
    for piece, begin in zip(pieces, first.tolist(), strict=True):
        low, high = min(max(begin, 0), n_samples), max(min(begin + n, n_samples), 0)
        if high - low < n:
            piece[:] = np.nan
        if high > low:
            piece[:, low - begin : high - begin] = stream.data[low:high].T
    table = events.assign(sample=nearest, first=first, late=stream.t0 + nearest / stream.fs - times)
    return pieces, table
