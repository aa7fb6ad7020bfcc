"""The parts of a damaged recording, read so that whoever asks survives what HDF5 does not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import numpy as np
import tables
from numpy.typing import NDArray

from psi.core.errors import RecordingError
from psi.data.chunk_places import ChunkPlaces
from psi.data.committed import Committed
from psi.data.comparison import Comparison
from psi.data.reading_process import say
from psi.data.recorded_part import DAMAGED
from psi.data.sums import SpanSums, row_count


class Source(NamedTuple):
    """One part; ``file`` is ``None`` where it cannot be opened, ``said`` where everything in it counts."""

    number: int
    file: tables.File | None
    said: Committed | None
    #: Bytes of a file whose end is missing, and zeros stand there; 0 of others.
    size: int = 0
    #: Where its chunks lie, for an index that is torn.
    places: ChunkPlaces | None = None


class DamagedParts:
    """Reads nodes of the ``sources``, and says before each what it is about to read (see :mod:`psi.data.salvaging`).

    What is in ``skip`` ended a process before, and is not touched.
    """

    def __init__(self, sources: list[Source], skip: Collection[str]) -> None:
        files = [source.file for source in sources if source.file is not None]
        if not files:
            raise RecordingError("no file of it can be opened; the documents beside it are readable JSON")
        self.sources = sources
        #: The first that can be opened: the others have the same nodes.
        self.like = files[0]
        self._skip = skip
        #: Ranges of samples, numbers of rows, and nodes that are lost.
        self.lost: list[dict[str, Any]] = []
        self.comparison = Comparison(skip)
        for source in sources:
            say({"at": self.comparison.block(source.number)})
            self.comparison.learn(source.number, source.file, source.said)

    def _dead(self) -> list[str]:
        """Paths of nodes that ended a process before."""
        return [block.removeprefix("node:") for block in self._skip if block.startswith("node:")]

    def is_dead(self, path: str, unit: str) -> bool:
        """Whether the node at ``path``, or one below it, ended a process before; it is noted as lost then."""
        is_dead = any(f"{dead}/".startswith(f"{path}/") for dead in self._dead())
        if is_dead:
            self.lost.append({"what": path, "unit": unit})
        return is_dead

    def is_there(self, path: str) -> bool:
        """Whether there is a node at ``path``; looking for it may end this process."""
        if any(f"{path}/".startswith(f"{dead}/") for dead in self._dead()):
            return False
        say({"at": f"node:{path}"})
        try:
            return path in self.like
        except DAMAGED:
            return False

    def names(self, path: str) -> list[str]:
        return list(self.like.get_node(path)._v_children) if self.is_there(path) else []

    def read(self, source: Source, path: str, start: int, stop: int) -> NDArray[Any] | None:
        """Rows of an array, or ``None`` where they cannot be read."""
        if source.file is None:
            return None
        try:
            node = source.file.get_node(path)
            placed = None if source.places is None else source.places.rows(node, start, min(stop, len(node)))
            if placed is not None:
                return placed
        except DAMAGED:
            return None
        block = f"{source.number}:{path}:{start}"
        if block in self._skip:
            return None
        say({"at": block})
        try:
            return np.asarray(node[start:stop])
        except DAMAGED:
            return None

    def blocks(self, source: Source, path: str) -> Iterator[NDArray[Any]]:
        if source.file is None:
            return
        try:
            node = source.file.get_node(path)
            n, step = row_count(node), int(node.chunkshape[0])
        except DAMAGED:
            return
        for start in range(0, n, step):
            block = self.read(source, path, start, min(start + step, n))
            if block is None:
                return
            n_whole = self.before_end(source, path, start, len(block))
            yield block[:n_whole]
            if n_whole < len(block):
                return

    def prefix(self, source: Source, path: str, dtype: np.dtype[Any]) -> tuple[NDArray[Any], bool]:
        """What can be read of an array from its beginning, and whether it is all."""
        blocks = list(self.blocks(source, path))
        read = np.concatenate(blocks) if blocks else np.empty(0, dtype)
        try:
            whole = source.file is None or len(read) == len(source.file.get_node(path))
        except DAMAGED:
            return read, False
        if whole:
            self.compare(source, path, read)
        elif not source.size and (said := self.comparison.said(source.number, path)) is not None:
            self.comparison.note(path, [(len(read), max(said.n, len(read) + 1))])
        return read, whole

    def compare(self, source: Source, path: str, rows: NDArray[Any]) -> None:
        """All ``rows`` of an array, with what is said of them."""
        said = self.comparison.said(source.number, path)
        if said is not None:
            found = SpanSums(said.step)
            found.add(rows)
            self.comparison.note(path, said.changed(found))

    def before_end(self, source: Source, path: str, start: int, n: int) -> int:
        """How many of ``n`` rows of the chunk from row ``start`` on lie before the end of a file that was cut."""
        if not source.size or source.file is None:
            return n
        try:
            node = source.file.get_node(path)
            place = node.chunk_info((start, *(0 for _ in node.shape[1:]))).offset
        except DAMAGED:
            return 0
        if place is None:
            return 0
        if node.filters.complevel:
            # What is compressed cannot be read in part.
            return n
        row_bytes = node.dtype.itemsize * int(np.prod(node.shape[1:], dtype=np.int64))
        return min(n, max(0, source.size - place) // row_bytes)

    def lose(self, path: str, start: int, stop: int) -> None:
        last = self.lost[-1] if self.lost else {}
        if last.get("what") == path and last.get("unit") == "samples" and last["s0"] + last["n"] == start:
            last["n"] += stop - start
        else:
            self.lost.append({"what": path, "unit": "samples", "s0": int(start), "n": int(stop - start)})

    def has_lost(self, path: str, start: int, stop: int) -> bool:
        lost = (gap for gap in self.lost if gap["what"] == path and gap["unit"] == "samples")
        return any(gap["s0"] < stop and start < gap["s0"] + gap["n"] for gap in lost)
