"""Reading a recording: ``with psi.open_recording(path) as recording: ...``."""

from __future__ import annotations

import json
import os
import weakref
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import tables

from psi.core.errors import RecordingError
from psi.data.columns import column_length, read_column
from psi.data.layout import COMMITTED_NAME, FILE_NAME, FORMAT, FORMAT_VERSION, TABLES, TRIALS, VALID, version_number
from psi.data.named import Named
from psi.data.recorded_epochs import Epochs, n_epoch_rows, read_epochs
from psi.data.samples import Samples

if TYPE_CHECKING:
    import pandas as pd

#: Finish reason of a recording that was not completed.
UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Stream:
    """One recorded stream."""

    name: str
    #: Samples per second.
    fs: float
    #: Unit of ``data``.
    unit: str
    #: Time of sample 0 in seconds on the master clock.
    t0: float
    #: Nominal delay in seconds of the stages that made it.
    delay: float
    labels: tuple[str, ...]
    #: The stages that made it, as they were described at Start; ``None`` where nothing was said.
    chain: Any
    data: Samples

    @property
    def shape(self) -> tuple[int, int]:
        """``(n_samples, n_channels)``."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.data.dtype


def _close(file: Any) -> None:
    if file.isopen:
        file.close()


class Recording:
    """One recording; samples are read as they are asked for, tables on first use.

    Close it, or use it in a ``with`` statement. Of a recording whose store was killed it shows
    what was committed.
    """

    def __init__(self, path: Path) -> None:
        #: The HDF5 file.
        self.path = path
        self._file = _open_file(path)
        # Who forgets to close it has it closed when it is no longer used, at the latest at the end.
        self._closing = weakref.finalize(self, _close, self._file)
        try:
            self._require_readable()
            self._committed = _read_committed(path.parent / COMMITTED_NAME)
        except RecordingError:
            self.close()
            raise

    def _require_readable(self) -> None:
        attributes = self.attributes
        if attributes.get("format") != FORMAT:
            raise RecordingError(f"{self.path} is an HDF5 file but not a psi recording")
        version = str(attributes["format_version"])
        if version_number(version) > version_number(FORMAT_VERSION):
            raise RecordingError(
                f"{self.path} has format version {version}; this psi reads up to {FORMAT_VERSION}: update psi"
            )

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
        return f"<Recording {self.path}>"

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """The root's attributes: run id, psi version, start, end, finish reason, ..."""
        attributes = self._file.root._v_attrs
        return {name: _plain(attributes[name]) for name in attributes._v_attrnamesuser}

    @property
    def finish_reason(self) -> str:
        """Why the run ended; ``'unfinished'`` where the recording was not completed."""
        return str(self.attributes.get("finish_reason", UNFINISHED))

    @cached_property
    def documents(self) -> dict[str, dict[str, Any]]:
        """``rig``, ``task``, ``session`` and ``provenance`` as the run was started with."""
        # PyTables holds groups weakly: the group must live as long as its children are asked for.
        group = self._file.root.documents
        return {name: json.loads(node[:].tobytes().decode("utf-8")) for name, node in group._v_children.items()}

    @cached_property
    def streams(self) -> Named[Stream]:
        """The recorded streams by name."""
        group = self._file.root.streams
        return Named("stream", {name: self._stream(group, name) for name in json.loads(group._v_attrs["order"])})

    def _stream(self, group: Any, name: str) -> Stream:
        node = group._f_get_child(name)
        said = _attributes(node)
        n_samples = self._whole(len(node), "streams", name)
        return Stream(
            name=name,
            fs=said["fs"],
            unit=said["unit"],
            t0=said["t0"],
            delay=said["delay"],
            labels=tuple(json.loads(said["labels"])),
            chain=json.loads(said["chain"]) if said["chain"] else None,
            data=Samples(node, n_samples, said["dtype"], said["scale"]),
        )

    @cached_property
    def epochs(self) -> Named[Epochs]:
        """The epochs of each stage that made some, by name."""
        group = self._file.root.epochs
        # Version 1.0 had no epochs.
        order = json.loads(group._v_attrs["order"]) if "order" in group._v_attrs._v_attrnamesuser else []
        return Named("epochs", {name: self._epochs(group._f_get_child(name), name) for name in order})

    def _epochs(self, group: Any, name: str) -> Epochs:
        n_rows = self._whole(n_epoch_rows(group), "tables", group._v_pathname)
        n_samples = self._whole(len(group.data), "epochs", name)
        return read_epochs(group, name, _attributes(group.data), n_rows, n_samples)

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
    def trials(self) -> pd.DataFrame:
        """One row per trial, one column per item.

        Cells without a value are NaN (float), ``<NA>`` (Int64, boolean) or ``None`` (text).
        """
        import pandas as pd

        group = self._file.root.trials
        columns = [name for name, _, _ in json.loads(group._v_attrs["columns"])]
        valid = group._f_get_child(VALID)
        n_rows = self._n_rows(group, columns)
        return pd.DataFrame(
            {
                name: _masked(
                    read_column(group._f_get_child(name), n_rows), read_column(valid._f_get_child(name), n_rows)
                )
                for name in columns
            }
        )

    @cached_property
    def gaps(self) -> list[dict[str, Any]]:
        """What was lost: ``stream``, first sample ``s0`` and number ``n``; empty in a whole recording."""
        lost = self.audit[self.audit["what"] == "gap"]
        return [{"stream": name, **info} for name, info in zip(lost["name"], lost["info"], strict=True)]

    def _table(self, path: str) -> pd.DataFrame:
        import pandas as pd

        group = self._file.get_node(path)
        names = [column.name for column in TABLES[path]]
        n_rows = self._n_rows(group, names)
        cells: dict[str, Any] = {}
        for name in names:
            column = read_column(group._f_get_child(name), n_rows)
            if name == "info":
                cells[name] = pd.Series([json.loads(text) for text in column], dtype="object")
            else:
                # An empty list has no type of its own.
                cells[name] = pd.Series(column, dtype="str") if isinstance(column, list) else column
        return pd.DataFrame(cells)

    def _n_rows(self, group: Any, columns: list[str]) -> int:
        lengths = [column_length(group._f_get_child(name)) for name in columns]
        path = group._v_pathname
        said = ("trials",) if path == TRIALS else ("tables", path)
        return self._whole(min(lengths, default=0), *said)

    def _whole(self, n: int, *keys: str) -> int:
        """``n``, or less where less was committed."""
        committed: Any = self._committed
        for key in keys:
            if committed is None:
                break
            committed = committed.get(key)
        return n if committed is None else min(n, int(committed))


def open_recording(path: str | os.PathLike[str]) -> Recording:
    """Open the recording at ``path``, its folder or its HDF5 file.

    Raises
    ------
    RecordingError
        There is none, it is not a psi recording, it is being written, or a newer psi wrote it.
    """
    path = Path(path)
    if path.is_dir():
        if not (path / FILE_NAME).exists():
            raise RecordingError(f"folder {path} holds no recording: it has no {FILE_NAME}")
        path /= FILE_NAME
    if not path.exists():
        raise RecordingError(f"no recording at {path}: there is no such file or folder")
    return Recording(path)


def _open_file(path: Path) -> tables.File:
    try:
        return tables.open_file(str(path), "r")
    except tables.HDF5ExtError as error:
        if "unable to lock file" in str(error):
            raise RecordingError(f"{path} is being written; wait for the end of its run") from None
        raise RecordingError(f"{path} is not a psi recording: it is not a readable HDF5 file") from None
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from None


def _read_committed(path: Path) -> dict[str, Any] | None:
    try:
        committed = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise RecordingError(f"{path} is damaged ({error}); move it away to see all that the file holds") from None
    return dict(committed)


def _attributes(node: Any) -> dict[str, Any]:
    return {key: _plain(node.attrs[key]) for key in node.attrs._v_attrnamesuser}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


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
