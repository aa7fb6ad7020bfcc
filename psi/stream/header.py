"""The head of a shared segment: 8-byte counters that one side sets and others read without locks."""

from __future__ import annotations

from psi.core.errors import RunFault
from psi.stream.shared_memory import Segment

#: Most readers that a writer can be told to keep samples for.
MAX_KEEPERS = 8
#: Position of a keeper that has let go.
RELEASED = -1

HEADER_BYTES = 256
# Indexes of the 8-byte fields; the rest of the 32 are the kind's own.
_MAGIC, _CAPACITY, _BEGIN, _END, _N_KEEPERS = range(5)
_OWN = 8
_KEEPERS = 24


class Header:
    """Counters at the start of a segment.

    ``begin .. end`` is what can be read. The writer raises ``begin`` *before* it overwrites and
    ``end`` *after* it has written, so a reader that looks at ``begin`` again after copying knows
    what it lost. Aligned 8-byte loads and stores are atomic, and are seen in the order made on x86.

    A *keeper* is a reader that may never lose; it holds a numbered slot from the start (before its
    process is even there) and publishes the position up to which it needs nothing any more.
    """

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._view = segment.buf[:HEADER_BYTES]
        self._fields = self._view.cast("q")

    def prepare(self, magic: int, capacity: int, keepers: int) -> None:
        """Fill the header of a new segment. ``magic`` goes last: it says that the rest is there."""
        if not 0 <= keepers <= MAX_KEEPERS:
            raise ValueError(f"a ring has 0 to {MAX_KEEPERS} keepers, not {keepers}")
        self._fields[_CAPACITY] = capacity
        self._fields[_N_KEEPERS] = keepers
        self._fields[_MAGIC] = magic

    def expect(self, magic: int, what: str) -> None:
        """Raise ``RunFault`` where the segment does not hold a ``what``."""
        if self._fields[_MAGIC] != magic:
            raise RunFault(f"shared memory {self._segment.name!r} does not hold a {what} of this version of psi")

    @property
    def capacity(self) -> int:
        return self._fields[_CAPACITY]

    @property
    def begin(self) -> int:
        return self._fields[_BEGIN]

    @begin.setter
    def begin(self, value: int) -> None:
        self._fields[_BEGIN] = value

    @property
    def end(self) -> int:
        return self._fields[_END]

    @end.setter
    def end(self, value: int) -> None:
        self._fields[_END] = value

    def own(self, index: int) -> int:
        """The kind's own field number ``index`` (0 to 15)."""
        return self._fields[_OWN + index]

    def set_own(self, index: int, value: int) -> None:
        self._fields[_OWN + index] = value

    def publish(self, end: int, index: int, value: int) -> None:
        """Set ``end``, up to which can be read what is written, and then the kind's own field.

        In this order: of a process that is killed in between everything is read that the field speaks of.
        """
        fields = self._fields
        fields[_END] = end
        fields[_OWN + index] = value

    def kept(self, slot: int) -> int:
        """The position that the keeper in ``slot`` has published."""
        return self._fields[self._slot(slot)]

    def keep_from(self, slot: int, position: int) -> None:
        """Publish that the keeper in ``slot`` needs nothing below ``position`` (or ``RELEASED``)."""
        self._fields[self._slot(slot)] = position

    def _slot(self, slot: int) -> int:
        if not 0 <= slot < self._fields[_N_KEEPERS]:
            raise ValueError(
                f"shared memory {self._segment.name!r} has {self._fields[_N_KEEPERS]} keepers, no slot {slot}"
            )
        return _KEEPERS + slot

    def free(self) -> int:
        """How far ``end`` may move before the slowest keeper loses; ``capacity`` where nobody keeps."""
        fields = self._fields
        lowest = end = fields[_END]
        for index in range(_KEEPERS, _KEEPERS + fields[_N_KEEPERS]):
            position = fields[index]
            if position != RELEASED and position < lowest:
                lowest = position
        return fields[_CAPACITY] - (end - lowest)

    def close(self) -> None:
        """Drop the view, so that the segment can be closed; again is fine."""
        self._fields.release()
        self._view.release()
