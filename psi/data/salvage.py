"""Reads what can be read of a damaged or unfinished recording, and copies it."""

from __future__ import annotations

import datetime
import json
from contextlib import nullcontext
from typing import Any

import numpy as np
import tables

from psi.core.errors import RecordingError
from psi.data.columns import TableWriter
from psi.data.damaged_parts import DamagedParts, Source
from psi.data.index_room import INDEXED_TABLE_BYTES, index_bytes, index_room
from psi.data.layout import EPOCHS, FORMAT, LATENCY, TABLES, TRIALS, VALID
from psi.data.missing import lost_spans
from psi.data.recorded_part import DAMAGED
from psi.data.recording import UNFINISHED
from psi.data.rows import to_cell
from psi.data.salvaged_tables import SalvagedTables, append_row, copy_attributes
from psi.data.sums import Span, SpanSums, row_count


class Salvage:
    """Reads node by node of ``parts`` and, with a ``target``, writes what it read there."""

    def __init__(self, parts: DamagedParts, target: tables.File | None) -> None:
        self._parts, self._to = parts, target
        self._tables = SalvagedTables(parts, target)
        self._kept: dict[str, int] = {}
        #: By path: what the samples of the copy sum to.
        self.sums: dict[str, SpanSums] = {}

    @property
    def kept(self) -> dict[str, int]:
        """Samples and rows by path."""
        return self._kept | self._tables.kept

    @property
    def lost(self) -> list[dict[str, Any]]:
        """Ranges of samples, numbers of rows, and nodes that are lost."""
        return self._parts.lost

    @property
    def altered(self) -> list[dict[str, Any]]:
        """Rows that can be read but are not what was written, where it cannot be said which of them."""
        return self._parts.comparison.altered(self.lost)

    @property
    def compared(self) -> bool:
        """Whether it was known what was written."""
        return self._parts.comparison.knows

    def run(self) -> None:
        """Everything. Raises ``RecordingError`` where it is no recording."""
        attributes = self._root()
        for group in ("/documents", "/streams", "/epochs", "/timing", "/actors"):
            self._make_group(group)
        streams = [
            name for name in self._parts.names("/streams") if not self._parts.is_dead(f"/streams/{name}", "stream")
        ]
        all_epochs = [
            name for name in self._parts.names(EPOCHS) if not self._parts.is_dead(f"{EPOCHS}/{name}", "epochs")
        ]
        samples = [(f"/streams/{name}", "streams", name) for name in streams]
        samples += [(f"{EPOCHS}/{name}/data", "epochs", name) for name in all_epochs]
        for name in all_epochs:
            self._make_group(f"{EPOCHS}/{name}")
        self._order("/streams", streams)
        self._order(EPOCHS, all_epochs)
        # The copy may be cut off one day: what is small, and says where the rest is, comes first.
        for path, _, _ in samples:
            if not self._parts.is_there(path):
                raise RecordingError(f"{path} is gone")
        with nullcontext() if self._to is None else index_room(self._to, self._index_bytes(samples)):
            for path, _, _ in samples:
                self._make_samples(path)
        for name in self._parts.names("/documents"):
            self._document(name)
        for name in all_epochs:
            columns = [column for column in self._parts.names(f"{EPOCHS}/{name}") if column != "data"]
            self._tables.table(f"{EPOCHS}/{name}", columns)
        for path in TABLES:
            self._make_group(path)
            if not self._parts.is_dead(path, "table"):
                self._tables.table(path, self._parts.names(path))
            elif self._to is not None:
                TableWriter(self._to, path, TABLES[path])
        self._make_group(TRIALS)
        self._make_group(f"{TRIALS}/{VALID}")
        if not self._parts.is_dead(TRIALS, "table"):
            columns = [name for name in self._parts.names(TRIALS) if name != VALID]
            self._tables.table(TRIALS, [*columns, *(f"{VALID}/{name}" for name in columns)])
        elif self._to is not None:
            self._to.get_node(TRIALS)._v_attrs["columns"] = "[]"
        self._make_group(LATENCY)
        self._tables.latency()
        if self._to is not None:
            for name, value in attributes.items():
                self._to.root._v_attrs[name] = value
            self._to.flush()
        for path, what, name in samples:
            self._samples(path, what, name)

    def _index_bytes(self, samples: list[tuple[str, str, str]]) -> int:
        """What the index of the copy's chunks will take."""
        room = INDEXED_TABLE_BYTES
        for path, what, name in samples:
            n = sum(self._n_samples(source, path, what, name) for source in self._parts.sources)
            like = self._parts.like.get_node(path)
            room += index_bytes(-(-n // int(like.chunkshape[0])), len(like.shape))
        return room

    def _root(self) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for source in self._parts.sources:
            if source.file is not None:
                found = source.file.root._v_attrs
                said |= {name: found[name] for name in found._v_attrnamesuser if name not in (*said, "part")}
        if str(said.get("format")) != FORMAT:
            raise RecordingError("it is an HDF5 file but not a psi recording")
        last = self._parts.sources[-1].said
        if "finish_reason" not in said:
            finish = (last.finish if last is not None else None) or {}
            said["finish_reason"] = finish.get("reason", UNFINISHED)
            said["end_time"] = finish.get("time", float("nan"))
            said["end"] = finish.get("utc", "")
            said["n_gaps"] = last.n_gaps if last is not None else 0
        if len(self._parts.sources) > 1:
            said["parts"] = len(self._parts.sources)
        said["recovered"] = datetime.datetime.now(datetime.UTC).isoformat()
        return said

    def _make_group(self, path: str) -> None:
        if self._to is not None and path not in self._to:
            parent, _, name = path.rpartition("/")
            group = self._to.create_group(parent or "/", name)
            if self._parts.is_there(path):
                copy_attributes(self._parts.like.get_node(path), group)

    def _order(self, path: str, names: list[str]) -> None:
        """Of the members of a group only those in ``names`` are in the copy."""
        if self._to is not None and "order" in self._to.get_node(path)._v_attrs:
            group = self._to.get_node(path)._v_attrs
            group["order"] = json.dumps([name for name in json.loads(group["order"]) if name in names])

    def _document(self, name: str) -> None:
        data = self._parts.read(
            self._parts.sources[0]._replace(file=self._parts.like), f"/documents/{name}", 0, 1 << 40
        )
        if data is None or (self._parts.sources[0].size and not data.all()):
            # A text without a zero, but for those that stand for the end of a file that was cut.
            self._parts.lost.append({"what": f"/documents/{name}", "unit": "document"})
            return
        self._parts.compare(self._parts.sources[0], f"/documents/{name}", data)
        if self._to is not None:
            self._to.create_array("/documents", name, data)

    # -- samples -----------------------------------------------------------------------------

    def _make_samples(self, path: str) -> None:
        like = self._parts.like.get_node(path)
        self._kept[path] = 0
        self.sums[path] = SpanSums(int(like.chunkshape[0]))
        if self._to is not None:
            parent, _, leaf = path.rpartition("/")
            made = self._to.create_earray(parent, leaf, like.atom, (0, *like.shape[1:]), chunkshape=like.chunkshape)
            copy_attributes(like, made, without="first")

    def _samples(self, path: str, what: str, name: str) -> None:
        like = self._parts.like.get_node(path)
        made = None if self._to is None else self._to.get_node(path)
        first, step, kept = 0, int(like.chunkshape[0]), 0
        for source in self._parts.sources:
            n = self._n_samples(source, path, what, name)
            said = self._parts.comparison.said(source.number, path)
            suspects = self._differing(source, path, said, n)
            for start in range(0, n, step):
                stop = min(start + step, n)
                block = self._parts.read(source, path, start, stop)
                if block is None or len(block) < stop - start:
                    block, gone = np.zeros((stop - start, *like.shape[1:]), like.dtype), [(0, stop - start)]
                else:
                    suspect = any(begin < stop and start < end for begin, end in suspects)
                    n_whole = self._parts.before_end(source, path, start, len(block))
                    gone = [(n_whole, len(block))] if n_whole < len(block) else lost_spans(block) if suspect else []
                for begin, end in gone:
                    block[begin:end] = np.nan if like.dtype.kind == "f" else 0
                    self._parts.lose(path, first + start + begin, first + start + end)
                kept += stop - start - sum(end - begin for begin, end in gone)
                self.sums[path].add(block)
                if made is not None:
                    made.append(block)
            if said is not None:
                told = [span for span in suspects if not self._parts.has_lost(path, first + span[0], first + span[1])]
                self._parts.comparison.note(path, told, first)
            first += n
        self._kept[path] = kept

    def _n_samples(self, source: Source, path: str, what: str, name: str) -> int:
        if source.said is not None:
            return int(getattr(source.said, what)[name] - getattr(source.said.first, what).get(name, 0))
        own = self._parts.comparison.said(source.number, path)
        if own is not None:
            return own.n
        try:
            return 0 if source.file is None else row_count(source.file.get_node(path))
        except DAMAGED:
            gone = {"what": path, "unit": "stream"}
            self._parts.lost += [] if gone in self._parts.lost else [gone]
            return 0

    def _differing(self, source: Source, path: str, said: SpanSums | None, n: int) -> list[Span]:
        """Where samples are not what was written, as far as anybody knows: a lost page is read as zeros."""
        if said is None:
            return []
        like = self._parts.like.get_node(path)
        found, step = SpanSums(said.step), int(like.chunkshape[0])
        for start in range(0, n, step):
            stop = min(start + step, n)
            block = self._parts.read(source, path, start, stop)
            if block is None or len(block) < stop - start:
                block = np.zeros((stop - start, *like.shape[1:]), like.dtype)
            found.add(block)
        return said.changed(found)

    # -- the copy's own word for it ----------------------------------------------------------

    def note_losses(self) -> None:
        """Write into the copy's audit a row ``gap`` for every lost range of samples, and ``altered`` for all else."""
        assert self._to is not None
        for gap in self._parts.lost:
            if gap["unit"] == "samples":
                name = gap["what"].removesuffix("/data").rpartition("/")[2]
                self._note("gap", name, {"s0": gap["s0"], "n": gap["n"], "unit": "samples"})
            else:
                self._note("altered", gap["what"], {key: gap[key] for key in gap if key != "what"} | {"lost": True})
        for each in self.altered:
            self._note("altered", each["what"], {key: each[key] for key in ("s0", "n", "unit")})

    def _note(self, what: str, name: str, info: dict[str, Any]) -> None:
        assert self._to is not None
        row = {"time": np.nan, "what": what, "name": name, "who": "psi", "info": to_cell(info, "text")}
        append_row(self._to, "/audit", row)
