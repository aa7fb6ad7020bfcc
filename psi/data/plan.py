"""What the store is told before a run: which rings to read and what to make of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from psi.core.errors import ConfigurationError, Finding
from psi.data.layout import MAX_ATTRIBUTE_BYTES, ColumnType

SampleType = Literal[
    "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"
]

#: The one order that the store process takes after its plan, as a JSON line: the runtime is dead, write and close.
DRAIN = {"op": "drain"}

#: Exit statuses of the store process: the recording is closed; it failed for good; another store can go on.
CLOSED, FAILED, FULL = 0, 3, 4

#: Seconds that the disk lasts, below which that is said; each once, until there is room again.
DISK_LOW = (600.0, 120.0, 30.0)

#: Finish reason of a run whose disk could not take any more.
DISK_FULL = "disk full"

#: Slot in every ring and in the journal that is the store's.
STORE_SLOT = 0


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class StreamPlan(_Closed):
    """One stream to be recorded."""

    name: str
    #: Name of the ring's shared memory.
    segment: str
    #: Samples per second.
    fs: float
    n_channels: int
    dtype: SampleType
    unit: str
    #: A stored value times this is the value in ``unit``.
    scale: float = 1.0
    labels: tuple[str, ...] = ()
    #: JSON text: the stages that made the stream.
    chain: str = ""
    #: Nominal delay in seconds that they have added.
    delay: float = 0.0
    #: Time of sample 0 in seconds on the master clock.
    t0: float = 0.0


class TrialColumn(_Closed):
    """One column of the trial table."""

    name: str
    dtype: ColumnType
    unit: str = ""


class RecordingPlan(_Closed):
    """Everything that the store process needs, as one JSON document."""

    run_id: str
    #: The recording's folder.
    folder: str
    #: Which part of the recording this store writes: 1, or more for one that follows a store that was killed.
    part: int = 1
    #: Names of the shared memory of :class:`psi.stream.control.RunControl` and of the journal.
    control: str
    journal: str
    streams: tuple[StreamPlan, ...] = ()
    #: Stages that make epochs: the rings hold their samples one epoch after the other.
    epochs: tuple[StreamPlan, ...] = ()
    trial_columns: tuple[TrialColumn, ...] = ()
    #: rig, task, session, provenance.
    documents: dict[str, dict[str, Any]] = {}
    #: More attributes of the recording's root.
    attributes: dict[str, str | int | float | bool] = {}

    @property
    def arrays(self) -> tuple[StreamPlan, ...]:
        """Everything that has a ring, in the order of the run's counters."""
        return (*self.streams, *self.epochs)

    def segments(self) -> list[str]:
        """Every shared memory of the run, for the last survivor to unlink."""
        return [self.control, self.journal, *(array.segment for array in self.arrays)]

    def findings(self) -> list[Finding]:
        """What could not be written, all at once."""
        found = _names("stream", (stream.name for stream in self.streams))
        found += _names("epochs", (epochs.name for epochs in self.epochs))
        found += _names("trial column", (column.name for column in self.trial_columns))
        found += _names("document", self.documents)
        for stream in self.arrays:
            if not stream.fs > 0 or stream.n_channels < 1:
                found.append(
                    Finding(
                        f"stream {stream.name!r} has {stream.n_channels} channels at {stream.fs:g} samples/s; "
                        "a recorded stream has at least one channel and a rate above 0"
                    )
                )
            size = max(len(stream.chain.encode()), len(str(stream.labels).encode()))
            if size > MAX_ATTRIBUTE_BYTES:
                found.append(
                    Finding(
                        f"stream {stream.name!r} needs {size} bytes for its labels or chain; "
                        f"{MAX_ATTRIBUTE_BYTES} are possible; shorten the labels or split the channel"
                    )
                )
        return found

    def require_writable(self) -> None:
        """Raise ``ConfigurationError`` with all :meth:`findings`."""
        found = self.findings()
        if found:
            raise ConfigurationError(found)


def _names(what: str, names: Iterable[str]) -> list[Finding]:
    found, seen = [], set()
    for name in names:
        if not name or name in (".", "..") or name.startswith("_") or "/" in name or "\0" in name:
            found.append(Finding(f"{what} {name!r}: a recorded name is not empty, has no '/' and no '_' in front"))
        if name in seen:
            found.append(Finding(f"{what} {name!r} is there twice; rename one"))
        seen.add(name)
    return found
