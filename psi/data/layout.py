"""The format of a recording, in one place.

::

    /                 attributes: format, format_version, psi_version, run_id, start, end, finish_reason, ...
    /documents/NAME   UTF-8 JSON bytes (rig, task, session, provenance)
    /streams/NAME     array (n_samples, n_channels); attributes fs, unit, scale, labels, t0, delay, chain, dtype
    /events /outputs /audit /report /timing/clock      tables
    /trials           one column per context item; /trials/_valid/NAME says where a cell has a value
    /timing/latency   edges and counts of the histogram from block to command
    /epochs/NAME      a table, one row per epoch; data: array (n_samples of all, n_channels); attributes as a stream's
    /actors           group for what analyses leave

A table is a group with one array per column, all of one length. A text column is a group with
``bytes`` (UTF-8) and ``offsets`` (row i is ``bytes[offsets[i]:offsets[i + 1]]``): fixed-width
string columns cut silently. Texts that hold structure (info, labels, chain) are JSON.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

#: What the root attribute ``format`` says.
FORMAT = "psi recording"
#: Readers refuse a newer one than they know.
FORMAT_VERSION = "1.2"

#: The file in a recording's folder.
FILE_NAME = "recording.h5"
#: Counts that are safely in the file while it is being written; removed at the end.
COMMITTED_NAME = "committed.json"
#: Where the chunks lie that are safely in the file; as long as the counts.
CHUNKS_NAME = "committed.chunks"
#: Where the parts of a recording are put together, before it takes the place of the file.
JOINING_NAME = "recording.joining.h5"

#: Bytes that HDF5 allows for one attribute, with some to spare.
MAX_ATTRIBUTE_BYTES = 60_000

ColumnType = Literal["float64", "int64", "bool", "text"]


class Column(NamedTuple):
    """One column of a table."""

    name: str
    dtype: ColumnType
    unit: str = ""


#: Tables with fixed columns, by path.
TABLES: dict[str, tuple[Column, ...]] = {
    "/events": (
        # Seconds on the master clock.
        Column("time", "float64", "s"),
        # At the rate of the event's source; -1 where it has none.
        Column("sample", "int64"),
        Column("name", "text"),
        Column("source", "text"),
        Column("channel", "int64"),
        Column("clock", "text"),
        Column("info", "text"),
    ),
    "/outputs": (
        Column("time", "float64", "s"),
        Column("name", "text"),
        Column("sample", "int64"),
        Column("end_sample", "int64"),
        Column("fs", "float64", "1/s"),
        Column("info", "text"),
    ),
    "/audit": (
        Column("time", "float64", "s"),
        Column("what", "text"),
        Column("name", "text"),
        Column("who", "text"),
        Column("info", "text"),
    ),
    "/report": (Column("info", "text"),),
    "/timing/clock": (
        Column("engine", "text"),
        Column("sample", "int64"),
        Column("time", "float64", "s"),
        Column("monotonic", "float64", "s"),
    ),
}

#: The table of each stage that makes epochs, beside its ``data``.
EPOCH_COLUMNS: tuple[Column, ...] = (
    # Counts from 0; where one is missing, its row was lost.
    Column("number", "int64"),
    # First row of ``data`` and number of rows.
    Column("row0", "int64"),
    Column("n", "int64"),
    # Absolute index at ``fs`` of the first sample, and of the one at which it happened.
    Column("s0", "int64"),
    Column("sample", "int64"),
    Column("metadata", "text"),
)

EPOCHS = "/epochs"
TRIALS = "/trials"
#: Group of the trial columns' masks.
VALID = "_valid"
LATENCY = "/timing/latency"
GROUPS = ("/documents", "/streams", "/trials", "/epochs", "/timing", "/actors", *(path for path in TABLES))

#: Rows of a table that share one HDF5 chunk.
TABLE_CHUNK = 1024
TEXT_CHUNK_BYTES = 16_384


def part_file_name(part: int) -> str:
    """The file of part ``part``, counted from 1."""
    return FILE_NAME if part == 1 else f"recording.part{part}.h5"


def part_committed_name(part: int) -> str:
    """What counts part ``part``, from 1."""
    return COMMITTED_NAME if part == 1 else f"committed.part{part}.json"


def part_chunks_name(part: int) -> str:
    """What notes where the chunks of part ``part``, from 1, lie."""
    return CHUNKS_NAME if part == 1 else f"committed.part{part}.chunks"


def block_length(fs: float, n_channels: int, itemsize: int) -> int:
    """Samples of a stream in one HDF5 chunk, which is what the store writes at a time: about a second."""
    most = (16 << 20) // (n_channels * itemsize)
    return max(1, min(round(fs), most))


def version_number(text: str) -> tuple[int, ...]:
    """A format version as numbers to compare. Raises ``ValueError`` where it is none."""
    return tuple(int(part) for part in text.split("."))
