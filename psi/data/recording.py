"""Reading a recording: ``with psi.open_recording(path) as recording: ...``."""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import tables
from numpy.typing import NDArray

from psi.core.errors import RecordingError
from psi.data.around import Edges, cut_around, event_times
from psi.data.layout import FILE_NAME, LATENCY, TABLES, TRIALS, VALID
from psi.data.named import Named
from psi.data.recorded_epochs import Epochs, read_epochs
from psi.data.recorded_parts import RecordedParts, parsed
from psi.data.saved_stream import Stream, read_stream

if TYPE_CHECKING:
    import pandas as pd

#: Finish reason of a recording that was not completed.
UNFINISHED = "unfinished"


class Recording:
    """One recording; samples are read as they are asked for, tables on first use.

    Close it, or use it in a ``with`` statement. Of a recording whose store was killed it shows what was committed; of
    one that is being written, what was committed when it was opened (see :meth:`refresh`).
    """

    def __init__(self, path: Path, own: tables.File | None = None) -> None:
        #: The HDF5 file; the first one of a recording in parts.
        self.path = path
        # ``own`` is the file that this very process writes, for who asks it between two bursts.
        self._parts = RecordedParts(path, own)
        # Who forgets to close it has it closed when it is no longer used, at the latest at the end.
        self._closing = weakref.finalize(self, self._parts.close)

    @property
    def live(self) -> bool:
        """Whether it was being written when it was opened."""
        return self._parts.live

    def refresh(self) -> None:
        """Look again how far a live recording has come. Streams and tables are to be taken from it anew."""
        parts = RecordedParts(self.path, before=self._parts)
        self._closing()
        self._parts = parts
        self._closing = weakref.finalize(self, parts.close)
        for name, found in vars(type(self)).items():
            if isinstance(found, cached_property):
                self.__dict__.pop(name, None)

    def close(self) -> None:
        """Close the file; again is fine."""
        self._closing()

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Recording {self.path}{', being written' if self.live else ''}>"

    @property
    def files(self) -> list[Path]:
        """The HDF5 files that it is read from: one, unless there are parts that are still to be joined."""
        return self._parts.files

    @property
    def attributes(self) -> dict[str, Any]:
        """The root's attributes: run id, psi version, start, end, finish reason, ..."""
        return self._parts.attributes

    @property
    def finish_reason(self) -> str:
        """Why the run ended; ``'unfinished'`` where the recording was not completed."""
        return str(self.attributes.get("finish_reason", UNFINISHED))

    @cached_property
    def documents(self) -> dict[str, dict[str, Any]]:
        """``rig``, ``task``, ``session`` and ``provenance`` as the run was started with."""
        return {
            name: parsed(self._parts.bytes(f"/documents/{name}").decode("utf-8", "replace"), f"/documents/{name}")
            for name in self._parts.names("/documents")
        }

    @cached_property
    def streams(self) -> Named[Stream]:
        """The recorded streams by name."""
        order = parsed(self._parts.said_of("/streams")["order"], "/streams")
        return Named("stream", {name: read_stream(self._parts, name) for name in order})

    @cached_property
    def epochs(self) -> Named[Epochs]:
        """The epochs of each stage that made some, by name."""
        # Version 1.0 had no epochs.
        order = parsed(self._parts.said_of("/epochs").get("order", "[]"), "/epochs")
        return Named("epochs", {name: read_epochs(self._parts, name) for name in order})

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row per event: time (s), sample, name, source, channel, clock, info."""
        return self._table("/events")

    @cached_property
    def outputs(self) -> pd.DataFrame:
        """One row per presentation: time (s), name, sample, end_sample, fs, info."""
        return self._table("/outputs")

    @cached_property
    def audit(self) -> pd.DataFrame:
        """Commands, actions, changes, faults, gaps: time (s), what, name, who, info."""
        return self._table("/audit")

    @cached_property
    def clock_pairs(self) -> pd.DataFrame:
        """When samples were seen, once a second: engine, sample, time (s by its own clock), monotonic (s)."""
        return self._table("/timing/clock")

    @cached_property
    def latency(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Histogram of the time from the arrival of an event to the call of its commands: edges (s), and counts.

        Both are empty where none was written. ``counts[i]`` lies between ``edges[i]`` and ``edges[i + 1]``.
        """
        return self._parts.numbers(f"{LATENCY}/edges"), self._parts.numbers(f"{LATENCY}/counts")

    @cached_property
    def reports(self) -> list[dict[str, Any]]:
        """Rows of ``/report``, such as the one about quality (see :mod:`psi.data.quality`)."""
        return [parsed(text, "/report/info") for text in self._parts.table("/report", ["info"])["info"]]

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row per trial, one column per item.

        Cells without a value are NaN (float), ``<NA>`` (Int64, boolean) or ``None`` (text).
        """
        import pandas as pd

        columns = [name for name, _, _ in self.trial_columns]
        counts = self._parts.counts(TRIALS, columns)
        cells = self._parts.columns(TRIALS, columns, counts)
        valid = self._parts.columns(f"{TRIALS}/{VALID}", columns, counts)
        return pd.DataFrame({name: _masked(cells[name], valid[name]) for name in columns})

    @cached_property
    def trial_columns(self) -> list[tuple[str, str, str]]:
        """Name, dtype and unit of the columns of :attr:`trials`."""
        return [tuple(column) for column in parsed(self._parts.said_of(TRIALS)["columns"], TRIALS)]

    @cached_property
    def gaps(self) -> list[dict[str, Any]]:
        """What was lost: ``stream``, first sample ``s0`` and number ``n``; empty in a whole recording."""
        lost = self.audit[self.audit["what"] == "gap"]
        return [{"stream": name, **info} for name, info in zip(lost["name"], lost["info"], strict=True)]

    def epochs_around(
        self,
        stream: str,
        events: str | pd.DataFrame | Sequence[float] | NDArray[Any],
        before: float,
        after: float,
        edges: Edges = "leave out",
    ) -> tuple[NDArray[Any], pd.DataFrame]:
        """Pieces of ``stream`` around ``events``.

        Parameters
        ----------
        stream
            Its name.
        events
            Name of events; or rows of :attr:`events`, :attr:`trials` or another table with a column ``time``; or
            times in s on the run's clock.
        before, after
            Seconds before and after each event; ``before`` may be negative.
        edges
            What is done with an event that is too near to the beginning or the end of the stream: ``'leave out'``, or
            ``'nan'``, which fills up with NaN (and gives floating-point samples).

        Returns
        -------
        array of shape ``(n_events, n_channels, n_samples)`` in the stream's unit, and a table with one row for each:
        what was known of the event, and

        ``sample``  index in the stream of the sample nearest to the event
        ``first``   index of the first sample of its piece
        ``late``    seconds by which that nearest sample comes after the event

        Raises ``RecordingError`` for an unknown stream or event, and ``ValueError`` for a window that is none.
        """
        return cut_around(self.streams[stream], event_times(self.events, events), before, after, edges)

    def _table(self, path: str) -> pd.DataFrame:
        import pandas as pd

        cells = self._parts.table(path, [column.name for column in TABLES[path]])
        for name, column in cells.items():
            if name == "info":
                cells[name] = pd.Series([parsed(text, f"{path}/info") for text in column], dtype="object")
            elif isinstance(column, list):
                # An empty list has no type of its own.
                cells[name] = pd.Series(column, dtype="str")
        return pd.DataFrame(cells)


def open_recording(path: str | os.PathLike[str]) -> Recording:
    """Open the recording at ``path``, its folder or its HDF5 file. One that is being written is opened as far as it is.

    Raises
    ------
    RecordingError
        There is none, it is not a psi recording, it is damaged, or a newer psi wrote it.
    """
    path = Path(path)
    if path.is_dir():
        if not (path / FILE_NAME).exists():
            raise RecordingError(f"folder {path} holds no recording: it has no {FILE_NAME}")
        path /= FILE_NAME
    if not path.exists():
        raise RecordingError(f"no recording at {path}: there is no such file or folder")
    return Recording(path)


def _masked(column: Any, valid: Any) -> Any:
    import pandas as pd

    if isinstance(column, list):
        cells = [cell if there else None for cell, there in zip(column, valid, strict=True)]
        return pd.Series(cells, dtype="object")
    if column.dtype.kind == "f":
        return np.where(valid, column, np.nan)
    # The same type of column whether or not a cell is missing.
    kind = pd.arrays.BooleanArray if column.dtype.kind == "b" else pd.arrays.IntegerArray
    return kind(column, ~np.asarray(valid))
