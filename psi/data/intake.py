"""What the store takes from a run's shared memory: blocks from the rings, rows from the journal."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.data.committed import Positions
from psi.data.kill_points import passing
from psi.data.plan import STORE_SLOT, RecordingPlan
from psi.data.rows import RowBatch
from psi.data.stream_reader import StreamReader
from psi.stream.control import RunControl, RuntimeCondition
from psi.stream.journal import JournalReader


class Intake:
    """The rings and the journal of ``plan``, in the store's slots.

    ``ends`` says where a part before this one ends; without, everything is taken from where the slots stand.
    Raises ``RunFault`` where the run is gone.
    """

    def __init__(self, plan: RecordingPlan, control: RunControl, ends: Positions | None) -> None:
        self._plan = plan
        self._control = control
        self.streams: list[StreamReader] = []
        #: Whether samples are left where they are: there is no room for them.
        self.rows_only = False
        n_streams = len(plan.streams)
        with ExitStack() as held:
            for index, stream in enumerate(plan.arrays):
                known = None if ends is None else ends.streams if index < n_streams else ends.epochs
                reader = StreamReader(stream, None if known is None else known.get(stream.name, 0))
                held.callback(reader.ring.close)
                self.streams.append(reader)
            self.journal = held.enter_context(JournalReader(plan.journal, STORE_SLOT))
            self.journal.skip_to(0 if ends is None else ends.rows)
            self._held = held.pop_all()

    def positions(self) -> Positions:
        """Up to where everything has been taken."""
        n_streams = len(self._plan.streams)
        streams, epochs = (
            {reader.plan.name: reader.position for reader in readers}
            for readers in (self.streams[:n_streams], self.streams[n_streams:])
        )
        return Positions(streams=streams, epochs=epochs, rows=self.journal.next_row)

    def has_work(self) -> bool:
        """Whether a whole block or any row waits."""
        return self.journal.waiting > 0 or any(stream.has_block() for stream in self.streams)

    def fill(self) -> float:
        """Fraction of the fullest ring (or the journal) that waits."""
        return max([1 - self.journal.headroom(), *(stream.fill() for stream in self.streams)])

    def waiting_bytes(self) -> int:
        """Bytes of all that waits and will be taken."""
        samples = 0 if self.rows_only else sum(stream.waiting_bytes for stream in self.streams)
        return self.journal.waiting + samples

    def has_everything(self) -> bool:
        """Whether the runtime has finished and all that it wrote was taken."""
        control = self._control
        if control.runtime_condition is not RuntimeCondition.FINISHED or self.journal.waiting:
            return False
        return self.rows_only or all(
            stream.position >= control.final(index) for index, stream in enumerate(self.streams)
        )

    def take(self, final: bool) -> tuple[list[NDArray[Any]], RowBatch | None]:
        """A block ``(n_channels, n)`` of each array, and what waits of rows; ``None`` for none.

        Whole blocks, or with ``final`` all that is there. What was lost before it could be taken is in the batch.
        """
        taken = [] if self.rows_only else [(stream, *stream.take(final)) for stream in self.streams]
        batch = RowBatch()
        rows = self.journal.read()
        any_rows = bool(rows)
        lost = [(stream.plan.name, gap) for stream, _, gap in taken if gap is not None]
        if self.journal.gap is not None:
            lost.append(("journal", self.journal.gap))
        while rows:
            batch.add(rows, self._plan.trial_columns, [epochs.name for epochs in self._plan.epochs])
            rows = self.journal.read()
            if self.journal.gap is not None:
                lost.append(("journal", self.journal.gap))
        for name, gap in lost:
            batch.audit("gap", name, {"s0": gap.s0, "n": gap.n, "unit": "rows" if name == "journal" else "samples"})
        batch.n_gaps = len(lost)
        blocks = [data for _, data, _ in taken] or self.no_samples()
        return blocks, batch if any_rows or lost else None

    def no_samples(self) -> list[NDArray[Any]]:
        """An empty block of each array."""
        return [np.empty((stream.plan.n_channels, 0), stream.ring.dtype) for stream in self.streams]

    def acknowledge(self) -> None:
        """Everything that was taken is on the disk: the run may overwrite it."""
        for index, stream in enumerate(self.streams):
            self._control.set_committed(index, stream.position)
            if not self.rows_only:
                stream.ring.acknowledge(stream.position)
            passing("counters")
        self._control.committed_rows = self.journal.next_row
        self.journal.acknowledge()

    def leave_samples(self) -> None:
        """Take rows only from now on, and let the run go on without anybody who takes its samples."""
        self.rows_only = True
        for stream in self.streams:
            stream.ring.release()

    def missing(self) -> RowBatch | None:
        """Audit rows about what the runtime has written and nobody has taken; ``None`` where there is nothing."""
        control, batch = self._control, RowBatch()
        finished = control.runtime_condition is RuntimeCondition.FINISHED
        counted = [("journal", self.journal.next_row, control.final_rows if finished else self.journal.n_rows)]
        for index, stream in enumerate(self.streams):
            counted.append((stream.plan.name, stream.position, control.final(index) if finished else stream.ring.end))
        why = "; the disk was full" if self.rows_only else ""
        for name, here, said in counted:
            # The journal counts a row a moment after it can be read.
            if here < said:
                message = f"{here} are in the recording, the runtime says that it wrote {said}{why}"
                batch.audit("fault", name, {"message": message})
        return batch if batch.tables["/audit"] else None

    def __enter__(self) -> Intake:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()
