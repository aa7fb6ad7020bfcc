"""What the arrays of a recording sum to: noted when it is completed, compared whenever somebody asks.

A disk that gives back other bytes than it was given says nothing of it, and HDF5 does not look. The row of kind
``sums`` in ``/report`` says of every array of the file (but of ``/report`` itself) how many rows it has and what they
sum to, by spans of equal length, so that one knows where something has changed. The sums of samples are those that the
store made before it wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

from psi.data.committed import Committed
from psi.data.layout import EPOCHS
from psi.data.stream_reader import sum_of

#: ``kind`` of the row in ``/report``.
KIND = "sums"

#: Spans of one array at most; the row's size is bounded by them. Even.
MOST_SPANS = 256

#: How many times shorter zlib makes what is all the same, at most.
_BEST_PACKED = 1100

#: Bytes that are read at a time.
_READ_BYTES = 16 << 20

#: First row, and one past the last.
Span = tuple[int, int]


class SpanSums:
    """Sums of an array whose rows come one block after the other; the first axis of each is the array's.

    ``step`` is the length of a span in rows. When there would be more than :data:`MOST_SPANS`, two become one.
    """

    def __init__(self, step: int, n: int = 0, sums: list[int] | None = None) -> None:
        self.step = step
        #: Rows so far.
        self.n = n
        #: Of each span, modulo 2**64.
        self.sums: list[int] = sums or []

    @property
    def total(self) -> int:
        """Of all rows, modulo 2**64."""
        return sum(self.sums) % 2**64

    def add(self, rows: NDArray[Any]) -> None:
        """Take the rows that follow."""
        at = 0
        while at < len(rows):
            if self.n % self.step == 0 and len(self.sums) == MOST_SPANS:
                pairs = zip(self.sums[::2], self.sums[1::2], strict=True)
                self.sums, self.step = [(one + other) % 2**64 for one, other in pairs], 2 * self.step
            if self.n % self.step == 0:
                self.sums.append(0)
            piece = rows[at : at + self.step - self.n % self.step]
            self.sums[-1] = (self.sums[-1] + sum_of(piece)) % 2**64
            self.n += len(piece)
            at += len(piece)

    def changed(self, found: SpanSums) -> list[Span]:
        """Where the same array, as it was ``found``, differs from this; neighbouring spans as one.

        ``found`` was made with this one's ``step``.
        """
        if found.step != self.step:
            # It is longer than it can be.
            return [(0, max(self.n, found.n))]
        pairs = zip(self.sums, found.sums, strict=False)
        bad = {number for number, (said, there) in enumerate(pairs) if said != there}
        if found.n < self.n:
            bad |= set(range(found.n // self.step, len(self.sums)))
        spans: list[Span] = []
        for number in sorted(bad):
            start, stop = number * self.step, min((number + 1) * self.step, self.n)
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], stop)
            else:
                spans.append((start, stop))
        if found.n > self.n:
            spans.append((self.n, found.n))
        return spans

    def as_dict(self) -> dict[str, Any]:
        return {"n": self.n, "step": self.step, "sums": self.sums}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> SpanSums:
        """Raises ``LookupError``, ``TypeError`` or ``ValueError`` where it is none."""
        return cls(max(1, int(said["step"])), int(said["n"]), [int(each) for each in said["sums"]])


def summed_arrays(file: tables.File) -> Iterator[Any]:
    """The arrays whose sums are noted: all but those of ``/report``, in which they are."""
    for node in file.walk_nodes("/", "Array"):
        if not node._v_pathname.startswith("/report/"):
            yield node


def row_count(node: Any) -> int:
    """Rows of an ``Array``. Raises ``ValueError`` for more than its file can hold, which HDF5 would read as zeros."""
    n, most = len(node), int(node._v_file.get_filesize())
    row_bytes = max(1, node.dtype.itemsize * int(np.prod(node.shape[1:], dtype=np.int64)))
    if isinstance(node, tables.EArray) and node.filters.complevel:
        most *= _BEST_PACKED
    if n * row_bytes > most:
        raise ValueError(f"{node._v_pathname} says that it has {n} rows, which its file cannot hold")
    return n


def read_sums(
    node: Any,
    step: int = 0,
    stop: int | None = None,
    heard: Callable[[int], object] = lambda n_bytes: None,
    rows_of: Callable[[int, int], NDArray[Any]] | None = None,
) -> SpanSums:
    """The sums of an ``Array`` in spans of ``step`` rows, by default a chunk; of its first ``stop`` rows where given.

    ``heard`` is told how many bytes were read; ``rows_of`` reads rows from one to another in place of the array. Raises
    what PyTables raises for what cannot be read.
    """
    n_rows = row_count(node) if stop is None else min(stop, row_count(node))
    chunk = int((node.chunkshape or (0,))[0]) or max(1, len(node))
    found = SpanSums(step or chunk)
    row_bytes = max(1, node.dtype.itemsize * int(np.prod(node.shape[1:], dtype=np.int64)))
    length = max(1, _READ_BYTES // row_bytes // chunk) * chunk
    for start in range(0, n_rows, length):
        end = min(start + length, n_rows)
        rows = np.asarray(node[start:end]) if rows_of is None else rows_of(start, end)
        found.add(rows)
        heard(rows.nbytes)
    return found


def sums_report(file: tables.File, known: Mapping[str, SpanSums]) -> dict[str, Any]:
    """The row about ``file``, which is complete but for this row: JSON-able.

    ``known`` are the sums, by path, of what was written into it; the other arrays are read. A row that cannot be made
    has no ``arrays`` and says why: it must not keep a recording from being closed.
    """
    try:
        found = {
            node._v_pathname: known[node._v_pathname] if node._v_pathname in known else read_sums(node)
            for node in summed_arrays(file)
        }
    except (tables.HDF5ExtError, tables.NodeError, OSError, ValueError) as error:
        return {"kind": KIND, "version": 1, "arrays": {}, "error": str(error).strip().splitlines()[-1]}
    return {"kind": KIND, "version": 1, "arrays": {path: sums.as_dict() for path, sums in found.items()}}


def said_sums(file: tables.File) -> dict[str, SpanSums]:
    """By path, what the arrays of ``file`` sum to by its own word; empty where it says nothing of that.

    Raises what PyTables raises for what cannot be read.
    """
    if "/report/info/offsets" not in file:
        return {}
    column = file.get_node("/report/info")
    ends, text = column.offsets[:].tolist(), column.bytes[:].tobytes()
    for begin, end in zip(reversed(ends[:-1]), reversed(ends[1:]), strict=True):
        try:
            row = json.loads(text[begin:end])
            if row["kind"] == KIND:
                return {str(path): SpanSums.from_dict(said) for path, said in row["arrays"].items()}
        except (ValueError, LookupError, TypeError, AttributeError):
            # Of another kind, or damaged.
            continue
    return {}


def committed_sums(counts: Committed) -> dict[str, SpanSums]:
    """By path, what was committed of a part that is not finished: of each array of samples one sum."""
    said = {}
    if counts.sums is not None:
        for what, path in (("streams", "/streams/{}"), ("epochs", f"{EPOCHS}/{{}}/data")):
            for name, total in getattr(counts.sums, what).items():
                n = getattr(counts, what)[name] - getattr(counts.first, what).get(name, 0)
                said[path.format(name)] = SpanSums(max(1, n), n, [total])
    return said
