"""How far a run and its recording are: a few counters in shared memory that outlive whoever set them."""

from __future__ import annotations

from enum import IntEnum
from types import TracebackType
from typing import overload

from psi.core.errors import RunFault
from psi.stream.header import HEADER_BYTES, Header
from psi.stream.shared_memory import Segment

_MAGIC = 0x31_4C_54_52_4E_4F_43_50  # 'PCONTRL1'
_MESSAGE_BYTES = 1024
#: Where the per-stream counters begin.
_STREAMS = HEADER_BYTES + _MESSAGE_BYTES


class RuntimeCondition(IntEnum):
    """What the runtime says of itself."""

    STARTING = 0
    RUNNING = 1
    #: The final counts are set; nothing more will be written.
    FINISHED = 2


class StoreCondition(IntEnum):
    """What the store says of itself."""

    WAITING = 0
    OPEN = 1
    CLOSED = 2
    FAILED = 3


class _Counter:
    """One 8-byte field of the header, as an attribute."""

    def __init__(self, index: int) -> None:
        self._index = index

    @overload
    def __get__(self, control: None, owner: type[RunControl]) -> _Counter: ...
    @overload
    def __get__(self, control: RunControl, owner: type[RunControl]) -> int: ...
    def __get__(self, control: RunControl | None, owner: type[RunControl]) -> _Counter | int:
        return self if control is None else control._header.own(self._index)

    def __set__(self, control: RunControl, value: int) -> None:
        control._header.set_own(self._index, value)


class RunControl:
    """The run's control segment; make one with :meth:`create` (runtime) or :meth:`attach` (everybody else).

    Each field has one process that sets it. Streams are counted in the plan's order.
    """

    #: Runtime: its process id, and when that process was made (ms since 1970), so that a reused id is told apart.
    runtime_pid = _Counter(0)
    runtime_created = _Counter(1)
    #: Runtime: ``time.monotonic_ns()`` of its last sign of life.
    heartbeat = _Counter(2)
    _runtime_condition = _Counter(3)
    #: Runtime: journal rows in all; holds once the condition is FINISHED.
    final_rows = _Counter(4)
    #: Store: its process id, and when that process was made (ms since 1970).
    store_pid = _Counter(5)
    store_created = _Counter(6)
    _store_condition = _Counter(7)
    #: Store: odd while it writes into the file; a live reader accepts only an even, unchanged one.
    burst = _Counter(8)
    #: Store: journal rows that are safely on disk.
    committed_rows = _Counter(9)
    _n_streams = _Counter(10)
    _n_message = _Counter(11)
    #: Store: ``time.monotonic_ns()`` of when it last got something done.
    store_beat = _Counter(12)
    _disk = _Counter(13)
    #: Runtime: the process that started it, and will start another store; 0 where it does not say.
    parent_pid = _Counter(14)
    parent_created = _Counter(15)

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._header = Header(segment)
        self._counts_view = segment.buf[_STREAMS:]
        self._counts = self._counts_view[: self._counts_view.nbytes // 8 * 8].cast("q")

    @classmethod
    def create(cls, name: str, n_streams: int) -> RunControl:
        """A new control segment, every counter zero, for a run of ``n_streams`` streams."""
        control = cls(Segment.create(name, _STREAMS + 16 * n_streams))
        control._n_streams = n_streams
        control._header.prepare(_MAGIC, n_streams, 0)
        return control

    @classmethod
    def attach(cls, name: str) -> RunControl:
        """The control segment of a run that was made elsewhere. Raises ``RunFault`` where there is none."""
        control = cls(Segment.attach(name))
        try:
            control._header.expect(_MAGIC, "run's control")
        except RunFault:
            control.close()
            raise
        return control

    @property
    def name(self) -> str:
        return self._segment.name

    @property
    def runtime_condition(self) -> RuntimeCondition:
        return RuntimeCondition(self._runtime_condition)

    @runtime_condition.setter
    def runtime_condition(self, value: RuntimeCondition) -> None:
        self._runtime_condition = int(value)

    @property
    def store_condition(self) -> StoreCondition:
        return StoreCondition(self._store_condition)

    @store_condition.setter
    def store_condition(self, value: StoreCondition) -> None:
        self._store_condition = int(value)

    @property
    def disk_seconds(self) -> float | None:
        """Store: for how long the disk has room at the run's rate, in s; 0: it is full; ``None``: not said yet."""
        return None if self._disk == 0 else (self._disk - 1) / 1000

    @disk_seconds.setter
    def disk_seconds(self, seconds: float) -> None:
        # A new segment is all zeros, which must not read as a full disk.
        self._disk = 1 + round(min(max(seconds, 0.0), 1e9) * 1000)

    @property
    def store_message(self) -> str:
        """One line from the store about why it failed; empty while all is well."""
        n = self._n_message
        return bytes(self._segment.buf[HEADER_BYTES : HEADER_BYTES + n]).decode("utf-8", "ignore")

    @store_message.setter
    def store_message(self, text: str) -> None:
        data = text.encode("utf-8", "backslashreplace")[:_MESSAGE_BYTES]
        self._segment.buf[HEADER_BYTES : HEADER_BYTES + len(data)] = data
        self._n_message = len(data)

    def final(self, stream: int) -> int:
        """Samples of ``stream`` in all; holds once the runtime's condition is FINISHED."""
        return self._counts[self._index(stream)]

    def set_final(self, stream: int, n_samples: int) -> None:
        self._counts[self._index(stream)] = n_samples

    def committed(self, stream: int) -> int:
        """Samples of ``stream`` that are safely on disk."""
        return self._counts[self._index(stream) + 1]

    def set_committed(self, stream: int, n_samples: int) -> None:
        self._counts[self._index(stream) + 1] = n_samples

    def _index(self, stream: int) -> int:
        if not 0 <= stream < self._n_streams:
            raise IndexError(f"the run has {self._n_streams} streams, no number {stream}")
        return 2 * stream

    def close(self, unlink: bool = False) -> None:
        """Give up the mapping and, with ``unlink``, the name; again is fine."""
        self._counts.release()
        self._counts_view.release()
        self._header.close()
        self._segment.close()
        if unlink:
            self._segment.unlink()

    def __enter__(self) -> RunControl:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
