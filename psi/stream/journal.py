"""A run's rows in shared memory: numbered, of any length, written before anything acts on them."""

from __future__ import annotations

import json
import mmap
import struct
import threading
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import numpy as np

from psi.core.errors import RunFault
from psi.core.rows import TextRow
from psi.stream.header import HEADER_BYTES, Header
from psi.stream.info import Gap
from psi.stream.shared_memory import Segment

_MAGIC = 0x31_4C_4E_52_4A_49_53_50  # 'PSIJRNL1'
_N_ROWS = 0

# Each row is a frame: its number and the bytes of its text, then the text, padded to whole frame
# heads, so that no head ever wraps around the end of the memory.
_HEAD = struct.Struct("=qq")
_ALIGN = _HEAD.size

#: Of how many parts of the memory the oldest is given up at once; in a small one row by row.
_SHARES = 1024

#: Bytes that a read copies at once, more only where a single row is longer.
_READ_BYTES = 1 << 20


def _plain(value: Any) -> Any:
    """NumPy's scalars and arrays as JSON knows them."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"a row cannot hold a {type(value).__name__}: {value!r}")


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_plain).encode
_decode = json.JSONDecoder().decode


def _frame_bytes(n_text: int) -> int:
    return _ALIGN + -(-n_text // _ALIGN) * _ALIGN


def _touch(memory: memoryview) -> None:
    """Have every page there before the run: later none has to be fetched on the way of a row, and memory stays flat."""
    bytes(memory[:: mmap.PAGESIZE])


class JournalWriter:
    """Creates the journal ``name`` and appends rows to it, from any thread.

    Parameters
    ----------
    capacity_bytes
        Bytes of rows that are held; the oldest are overwritten.
    keepers
        Number of readers that may never lose, each with a slot of its own from row 0 on.
    """

    def __init__(self, name: str, capacity_bytes: int = 16 << 20, keepers: int = 0) -> None:
        self.name = name
        self.capacity = -(-capacity_bytes // _ALIGN) * _ALIGN
        self._segment = Segment.create(name, HEADER_BYTES + self.capacity)
        self._header = Header(self._segment)
        self._header.prepare(_MAGIC, self.capacity, keepers)
        self._bytes = self._segment.buf[HEADER_BYTES : HEADER_BYTES + self.capacity]
        _touch(self._bytes)
        self._lock = threading.Lock()
        # The header's counters: nobody else changes them.
        self._n_rows = self._begin = self._end = 0
        # Frames at which reading may begin, one for each small share of the memory, oldest first.
        self._frames: deque[int] = deque()
        self._next_frame = 0

    def append(self, row: Mapping[str, Any]) -> int:
        """Write ``row`` and return its number, counted from 0. Never waits for a reader.

        Key order is kept; NaN and infinities are allowed.

        Raises
        ------
        TypeError
            A value that JSON has no form for.
        RunFault
            The row is larger than the journal.
        """
        encoded = row.text if type(row) is TextRow else _encode(row)
        # Half of a surrogate pair (a file name that is not UTF-8) stays what it is, as a JSON escape.
        text = encoded.encode("utf-8", "backslashreplace")
        n_text = len(text)
        size = _ALIGN + (n_text + _ALIGN - 1) // _ALIGN * _ALIGN
        memory, capacity = self._bytes, self.capacity
        if size > capacity:
            raise RunFault(f"a row of {n_text} bytes does not fit into journal {self.name!r} of {capacity} bytes")
        with self._lock:
            number, end = self._n_rows, self._end
            if end >= self._next_frame:
                self._frames.append(end)
                self._next_frame = end + capacity // _SHARES
            if end + size - capacity > self._begin:
                self._make_room(end + size - capacity)
            at = end % capacity
            if at + _ALIGN + n_text <= capacity:
                memory[at : at + _ALIGN + n_text] = _HEAD.pack(number, n_text) + text
            else:
                _HEAD.pack_into(memory, at, number, n_text)
                at += _ALIGN
                first = capacity - at
                memory[at:] = text[:first]
                memory[: n_text - first] = text[first:]
            self._n_rows, self._end = number + 1, end + size
            self._header.publish(end + size, _N_ROWS, number + 1)
        return number

    def _make_room(self, position: int) -> None:
        """Let go of the rows before ``position``; readers are told before they are overwritten."""
        frames = self._frames
        while frames and frames[0] < position:
            frames.popleft()
        self._begin = self._header.begin = frames[0] if frames else self._end

    @property
    def n_rows(self) -> int:
        """Rows written so far."""
        return self._n_rows

    def free(self) -> int:
        """Bytes that can be written before the slowest keeper loses a row; negative once it has."""
        return self._header.free()

    def headroom(self) -> float:
        """:meth:`free` as a fraction of the capacity."""
        return self._header.free() / self.capacity

    def close(self, unlink: bool = True) -> None:
        """Give up the journal and, with ``unlink``, its name; again is fine."""
        self._bytes.release()
        self._header.close()
        self._segment.close()
        if unlink:
            self._segment.unlink()

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class JournalReader:
    """Reads the journal ``name`` row by row, each once.

    With a ``slot`` it goes on where that keeper stands, which is before row ``next_row``.
    Raises ``RunFault`` where there is no such journal.
    """

    def __init__(self, name: str, slot: int | None = None, next_row: int = 0) -> None:
        self.name = name
        self._segment = Segment.attach(name)
        self._header = Header(self._segment)
        try:
            self._header.expect(_MAGIC, "journal")
            self._position = 0 if slot is None else self._header.kept(slot)
        except (RunFault, ValueError):
            self._header.close()
            self._segment.close()
            raise
        self._slot = slot
        self.capacity = self._header.capacity
        self._bytes = self._segment.buf[HEADER_BYTES : HEADER_BYTES + self.capacity]
        _touch(self._bytes)
        #: Number of the row that comes next, as far as this reader knows.
        self.next_row = next_row
        #: Rows that were overwritten before the last :meth:`read` could have them: ``Gap(row, n)`` or ``None``.
        self.gap: Gap | None = None

    @property
    def n_rows(self) -> int:
        """Rows written so far."""
        return self._header.own(_N_ROWS)

    @property
    def waiting(self) -> int:
        """Bytes of rows that are written and not yet read."""
        return self._header.end - self._position

    def headroom(self) -> float:
        """Fraction of the journal that can be written before this reader loses a row."""
        return 1 - self.waiting / self.capacity

    def read(self, max_rows: int = 1_000_000) -> list[dict[str, Any]]:
        """The next rows, up to ``max_rows`` and about a megabyte; none where nothing new is there.

        They have consecutive numbers, the last being ``next_row - 1``. What was lost before them
        stands in ``gap``.
        """
        copied = self._copy()
        self.gap = None
        rows: list[dict[str, Any]] = []
        at = 0
        while at + _ALIGN <= len(copied) and len(rows) < max_rows:
            number, n_text = _HEAD.unpack_from(copied, at)
            size = _frame_bytes(n_text)
            if at + size > len(copied):
                break
            if number != self.next_row:
                self.gap = Gap(self.next_row, number - self.next_row)
                self.next_row = number
            rows.append(_decode(copied[at + _ALIGN : at + _ALIGN + n_text].decode("utf-8")))
            self.next_row += 1
            at += size
        self._position += at
        return rows

    def skip_to(self, row: int) -> None:
        """Leave out the rows before number ``row``, as far as there are any.

        For a keeper whose slot is behind what it has on disk, or whose number nobody knows.
        """
        while (copied := self._copy()) and self._leave_out(copied, row):
            continue
        self.next_row = row if self.next_row < row else self.next_row

    def _leave_out(self, copied: bytes, row: int) -> bool:
        """Whether every whole row in ``copied`` comes before ``row``."""
        at = 0
        while at + _ALIGN <= len(copied):
            number, n_text = _HEAD.unpack_from(copied, at)
            size = _frame_bytes(n_text)
            if number >= row:
                self.next_row = row
                return False
            if at + size > len(copied):
                break
            at += size
            self._position += size
        return True

    def _copy(self) -> bytes:
        """Bytes from the reader's position on, whole and unchanged; moves the position over what is lost."""
        header = self._header
        while True:
            position, end = self._position, header.end
            if header.begin <= position:
                if position == end:
                    return b""
                n_text = _HEAD.unpack_from(self._bytes, position % self.capacity)[1]
                n = min(end - position, max(_frame_bytes(max(n_text, 0)), _READ_BYTES), self.capacity)
                start = position % self.capacity
                first = min(n, self.capacity - start)
                copied = bytes(self._bytes[start : start + first]) + bytes(self._bytes[: n - first])
                # The writer announces before it overwrites, so an unmoved `begin` vouches for the copy.
                if header.begin <= position:
                    return copied
            # `begin` is always at a frame, whose number says how many rows were left out.
            self._position = header.begin

    def acknowledge(self) -> None:
        """Publish that this keeper is done with every row that it has read."""
        if self._slot is None:
            raise ValueError(f"this reader of journal {self.name!r} has no slot and keeps nothing")
        self._header.keep_from(self._slot, self._position)

    def close(self) -> None:
        """Give up the mapping; again is fine."""
        self._bytes.release()
        self._header.close()
        self._segment.close()

    def __enter__(self) -> JournalReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
