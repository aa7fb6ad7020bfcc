"""A recording as NWB: streams, trials, events, what was presented, and the documents. Needs the extra ``nwb``."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from psi.core.errors import ConfigurationError, Finding, RecordingError
from psi.data.recording import Recording
from psi.data.saved_stream import Stream
from psi.models.archives import missing_for_archives

if TYPE_CHECKING:
    import pandas as pd

#: Called with samples written, and samples in all.
Progress = Callable[[int, int], None]


def missing_fields(recording: Recording) -> list[Finding]:
    """What the session document lacks for an archive, all at once."""
    lacking = missing_for_archives(recording.documents.get("session", {}))
    return [Finding(line, "session.json") for line in lacking.values()]


def export_nwb(recording: Recording, target: Path, progress: Progress) -> None:
    """Write ``recording`` into the new file ``target``, and check it with pynwb's validator.

    Raises
    ------
    ConfigurationError
        pynwb is missing, or the session document lacks something (a finding for each).
    RecordingError
        What was written is not valid; it is not kept.
    """
    try:
        import pynwb
    except ImportError:
        raise ConfigurationError("pynwb is not installed; run: pip install 'psi[nwb]'") from None
    lacking = missing_fields(recording)
    if lacking:
        raise ConfigurationError(lacking)
    partial = target.with_name(f".{target.stem}.partial.nwb")
    try:
        with pynwb.NWBHDF5IO(str(partial), "w") as io:
            io.write(_nwb_file(recording, progress))
        faults = pynwb.validate(path=str(partial))
        if faults:
            raise RecordingError(f"what was written is no valid NWB: {faults[0]}; it is not kept")
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def _nwb_file(recording: Recording, progress: Progress) -> Any:
    from pynwb import NWBFile
    from pynwb.file import Subject

    session, task = recording.documents.get("session", {}), recording.documents.get("task", {})
    attributes = recording.attributes
    start = datetime.datetime.fromisoformat(str(attributes["start"]))
    paradigm = str(task.get("paradigm", "")).replace("_", " ")
    run_id = str(attributes["run_id"]).replace("/", "-")
    nwb = NWBFile(
        session_description=session.get("notes") or f"{paradigm} on rig {recording.documents['rig'].get('name', '')}",
        identifier=run_id,
        session_id=run_id,
        session_start_time=start,
        experimenter=[session["experimenter"]],
        experiment_description=f"{paradigm}, run by psi {attributes.get('psi_version', '')}",
        lab=session["lab"],
        institution=session["institution"],
        keywords=[word for word in (paradigm, "behavior") if word],
        notes=session.get("notes") or None,
        source_script=f"psi {attributes.get('psi_version', '')}",
        source_script_file_name="psi",
    )
    born = session.get("birth_date")
    nwb.subject = Subject(
        subject_id=str(session["subject"]),
        description=f"subject {session['subject']}{', ' + session['strain'] if session.get('strain') else ''}",
        sex=session["sex"],
        species=session["species"],
        strain=session.get("strain") or None,
        genotype=session.get("genotype") or None,
        age=session.get("age") or None,
        date_of_birth=datetime.datetime.fromisoformat(born).replace(tzinfo=datetime.UTC) if born else None,
        weight=f"{session['weight'] / 1000:g} kg" if session.get("weight") else None,
    )
    _add_streams(nwb, recording, progress)
    _add_trials(nwb, recording)
    _add_events(nwb, recording)
    for name, document in recording.documents.items():
        text = json.dumps(document, ensure_ascii=False)
        nwb.add_scratch(text, name=f"psi_{name}", description=f"psi's {name} document, as JSON")
    return nwb


def _add_streams(nwb: Any, recording: Recording, progress: Progress) -> None:
    from pynwb import TimeSeries

    total = sum(stream.data.size for stream in recording.streams.values())
    done = 0
    for name, stream in recording.streams.items():
        if not len(stream.data):
            continue
        before = done

        def tell(n: int, before: int = before) -> None:
            progress(before + n, total)

        labels = ", ".join(stream.labels)
        nwb.add_acquisition(
            TimeSeries(
                name=name,
                description=f"channels: {labels or stream.shape[1]}; delay of its stages: {stream.delay:g} s",
                data=_blocks(stream, tell),
                unit=stream.unit or "n.a.",
                rate=float(stream.fs),
                starting_time=float(stream.t0),
            )
        )
        done += stream.data.size


def _blocks(stream: Stream, tell: Callable[[int], None]) -> Any:
    """The samples, to be read piece by piece while they are written, compressed as every reader can."""
    from hdmf.backends.hdf5 import H5DataIO
    from hdmf.data_utils import GenericDataChunkIterator

    class Blocks(GenericDataChunkIterator):
        def _get_data(self, selection: tuple[slice, ...]) -> Any:
            tell(int(selection[0].stop) * stream.shape[1])
            return stream.data[selection]

        def _get_maxshape(self) -> tuple[int, ...]:
            return stream.shape

        def _get_dtype(self) -> Any:
            return stream.dtype

    return H5DataIO(Blocks(buffer_gb=0.05), compression="gzip", compression_opts=4, shuffle=True)


def _add_trials(nwb: Any, recording: Recording) -> None:
    trials = recording.trials
    if not {"trial_start", "trial_end"} <= set(trials):
        return
    trials = trials[trials["trial_start"].notna() & trials["trial_end"].notna()]
    if trials.empty:
        return
    units = {name: unit for name, _, unit in recording.trial_columns}
    names = [str(name) for name in trials if name not in ("trial_start", "trial_end")]
    columns = {name: _cells(trials[name]) for name in names}
    # What never had a value tells nothing.
    columns = {name: cells for name, cells in columns.items() if cells is not None}
    for name in columns:
        unit = f" ({units[name]})" if units.get(name) else ""
        nwb.add_trial_column(name=name, description=f"{name.replace('_', ' ')}{unit}")
    for row, (start, stop) in enumerate(zip(trials["trial_start"], trials["trial_end"], strict=True)):
        values = {name: cells[row] for name, cells in columns.items()}
        nwb.add_trial(start_time=float(start), stop_time=float(stop), **values)


def _cells(column: pd.Series[Any]) -> Any:
    """A trial column without missing values: NaN for numbers, an empty text; ``None`` where all are missing."""
    missing = column.isna()
    if missing.all():
        return None
    if column.dtype == object or str(column.dtype) in ("str", "string"):
        return column.astype(object).where(~missing, "").tolist()
    if missing.any():
        return column.astype("Float64").to_numpy(float, na_value=np.nan)
    return column.to_numpy(bool if str(column.dtype) == "boolean" else None)


def _add_events(nwb: Any, recording: Recording) -> None:
    """A table for the events of each name; those that happened once share one."""
    events = recording.events[recording.events["time"].notna()].sort_values("time", kind="stable")
    counts = events["name"].value_counts()
    single = events[events["name"].isin(counts[counts == 1].index)]
    tables = [(str(name), events[events["name"] == name], False) for name in counts[counts > 1].index]
    if len(single) > 1:
        tables.append(("other_events", single, True))
    for table in _tables(sorted(tables, key=lambda each: each[0])):
        nwb.add_events_table(table)


def _tables(tables: list[tuple[str, pd.DataFrame, bool]]) -> Iterator[Any]:
    from pynwb.core import VectorData
    from pynwb.event import EventsTable, TimestampVectorData

    for name, rows, annotated in tables:
        times = rows["time"].to_numpy(float)
        columns = [TimestampVectorData(name="timestamp", description="s since the first sample", data=times)]
        if annotated:
            columns.append(VectorData(name="annotation", description="name of the event", data=rows["name"].tolist()))
        elif (rows["sample"] >= 0).any():
            said = "index of the sample at the rate of the source"
            columns.append(VectorData(name="sample", description=said, data=rows["sample"].to_numpy()))
        sources = ", ".join(sorted({source for source in rows["source"] if source})) or "psi"
        yield EventsTable(name=name, description=f"{name}, from {sources}", columns=columns)
