"""The runtime's side of a recording: the rings, the journal, and the plan that tells the store of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import psutil

from psi.core.errors import ConfigurationError, RunFault
from psi.core.processes import created
from psi.data.plan import RecordingPlan, TrialColumn
from psi.data.recorded_stream import RecordedStream, dtype_findings, plan_of, ring_capacity
from psi.data.store_life import StoreLife
from psi.stream.control import RunControl, RuntimeCondition, StoreCondition
from psi.stream.info import Chunk, Epoch
from psi.stream.journal import JournalWriter
from psi.stream.ring import RingWriter
from psi.stream.shared_memory import segment_name

#: Fraction of the journal that must be free for the next block's rows.
_JOURNAL_ROOM = 0.25


class RecordingRings:
    """Makes a run's shared memory and writes into it; one per run, made at Start.

    Parameters
    ----------
    streams
        :class:`RecordedStream`, or plain tuples in its order.
    trial_columns
        ``(name, dtype, unit)`` with dtype ``'float64'``, ``'int64'``, ``'bool'`` or ``'text'``.
    documents
        rig, task, session and provenance as JSON-able mappings.
    seconds
        What a ring holds at least.
    block_duration
        Seconds that the engines hand over at a time.
    stored
        Whether a store must have everything; without, rings are there for others to look into.
    epochs
        Stages that make epochs, as ``streams``.

    Raises
    ------
    ConfigurationError
        Streams or columns that cannot be recorded, all at once; or not enough shared memory.
    """

    def __init__(
        self,
        run_id: str,
        streams: Iterable[RecordedStream | tuple[Any, ...]],
        trial_columns: Iterable[TrialColumn | Sequence[str]],
        documents: Mapping[str, dict[str, Any]],
        folder: str | os.PathLike[str],
        seconds: float = 10.0,
        block_duration: float = 0.01,
        stored: bool = True,
        attributes: Mapping[str, str | int | float | bool] | None = None,
        epochs: Iterable[RecordedStream | tuple[Any, ...]] = (),
    ) -> None:
        recorded = [RecordedStream(*stream) for stream in streams]
        recorded_epochs = [RecordedStream(*stream) for stream in epochs]
        findings = [finding for stream in (*recorded, *recorded_epochs) for finding in dtype_findings(stream)]
        if findings:
            raise ConfigurationError(findings)
        plans = [plan_of(stream, segment_name(run_id, f"stream{index}")) for index, stream in enumerate(recorded)]
        epoch_plans = [
            plan_of(stream, segment_name(run_id, f"epochs{index}")) for index, stream in enumerate(recorded_epochs)
        ]
        columns = tuple(
            column
            if isinstance(column, TrialColumn)
            else TrialColumn.model_validate(dict(zip(("name", "dtype", "unit"), column, strict=False)))
            for column in trial_columns
        )
        #: What the store process is given.
        self.plan = RecordingPlan(
            run_id=run_id,
            folder=os.fspath(folder),
            control=segment_name(run_id, "control"),
            journal=segment_name(run_id, "journal"),
            streams=tuple(plans),
            epochs=tuple(epoch_plans),
            trial_columns=columns,
            documents=dict(documents),
            attributes=dict(attributes or {}),
        )
        self.plan.require_writable()
        with ExitStack() as made:
            self.control = RunControl.create(self.plan.control, len(self.plan.arrays))
            made.callback(self.control.close, unlink=True)
            keepers = 1 if stored else 0
            self._journal = JournalWriter(self.plan.journal, keepers=keepers)
            made.callback(self._journal.close)
            self._rings: dict[str, RingWriter] = {}
            self._epoch_rings: dict[str, RingWriter] = {}
            for rings, planned in ((self._rings, plans), (self._epoch_rings, epoch_plans)):
                for plan in planned:
                    capacity = ring_capacity(plan, seconds, block_duration)
                    ring = RingWriter(plan.segment, plan.n_channels, plan.dtype, capacity, keepers)
                    made.callback(ring.close)
                    rings[plan.name] = ring
            made.pop_all()
        self._n_epochs = dict.fromkeys(self._epoch_rings, 0)
        self._all_rings = [*self._rings.values(), *self._epoch_rings.values()]
        self._rates = [(ring, plan.fs) for ring, plan in zip(self._all_rings, self.plan.arrays, strict=True)]
        # A sink of epochs waits for room itself.
        self._watched = self._rates[: len(self._rings)]
        self._finished = False
        self._closed = False
        #: Whether the store is there, and waiting for it.
        self.store = StoreLife(self.control, self.plan.folder)
        parent = psutil.Process().parent()
        if parent is not None:
            self.control.parent_created = created(parent)
            self.control.parent_pid = parent.pid
        self.control.runtime_created = created(psutil.Process())
        self.control.runtime_pid = os.getpid()
        self.beat()

    def sink(self, name: str) -> Callable[[Chunk], None]:
        """What writes the chunks of stream ``name`` into its ring.

        It raises ``RunFault`` where a chunk does not follow the one before: nothing is lost silently.
        """
        ring = self._rings[name]

        def write(chunk: Chunk) -> None:
            if chunk.s0 != ring.end:
                raise RunFault(
                    f"stream {name!r}: a chunk begins at sample {chunk.s0}, not {ring.end}: samples were lost"
                )
            ring.write(chunk.data)

        return write

    def epoch_sink(self, name: str, timeout: float = 30.0) -> Callable[[Epoch], None]:
        """What writes the epochs called ``name``: the samples into their ring, then a row into the journal.

        How many epochs come at once, and how long they are, nobody knows: an epoch that finds no room waits for the
        store. It raises as :meth:`wait_for_room` where there is none in time.
        """
        ring = self._epoch_rings[name]

        def write(epoch: Epoch) -> None:
            row0, at, n = ring.end, 0, epoch.n_samples
            while at < n:
                if ring.free() <= 0:
                    self.store.wait(lambda: ring.free() > 0, timeout, f"made no room for the epochs {name!r}")
                # In pieces, since an epoch may be longer than the ring.
                taken = min(n - at, ring.free())
                ring.write(epoch.data[:, at : at + taken])
                at += taken
            row = {"kind": "epoch", "name": name, "number": self._n_epochs[name], "row0": row0, "n": n}
            # The row comes after its samples: where there is a row, they are in the ring.
            self.append(row | {"s0": epoch.s0, "sample": epoch.sample, "metadata": dict(epoch.metadata)})
            self._n_epochs[name] += 1

        return write

    def append(self, row: Mapping[str, Any]) -> int:
        """Journal ``row`` (see :mod:`psi.data.rows`), from any thread; returns its number."""
        if self._finished:
            raise RunFault(f"a {row.get('kind')} row came after the end of the run: {row}")
        return self._journal.append(row)

    def beat(self) -> None:
        """Leave a sign of life."""
        self.control.heartbeat = time.monotonic_ns()

    def start(self) -> None:
        """Say that the run is on."""
        self.control.runtime_condition = RuntimeCondition.RUNNING

    def headroom(self) -> float:
        """Fraction of the fullest ring (or the journal) that is left until the store would lose something."""
        return min([self._journal.headroom(), *(ring.headroom() for ring in self._rings.values())])

    def wait_for_room(self, block_seconds: float, timeout: float = 30.0) -> None:
        """Wait until every ring has room for the next ``block_seconds``, and the journal for its rows.

        With ``timeout`` 0 it only looks: on the wall clock there is nothing to wait for.

        Raises
        ------
        RunFault
            The store failed, its process is gone, or it made no room in time.
        """
        if self._has_room(block_seconds) and self.control.store_condition is not StoreCondition.FAILED:
            return
        self.store.wait(lambda: self._has_room(block_seconds), timeout, "made no room in the rings")

    def require_store(self) -> None:
        """Raise ``RunFault`` where the store has failed, or is gone and none follows it; call it often.

        Until another follows, what the run acquires waits in the rings.
        """
        self.store.require()

    @property
    def store_is_gone(self) -> bool:
        """Whether the store's process is gone and none has followed it yet."""
        return self.store.gone

    def unwritten(self) -> float:
        """Seconds of the samples that are in the rings and not on the disk yet, of the stream that waits longest."""
        return max(((ring.capacity - ring.free()) / fs for ring, fs in self._rates), default=0.0)

    def wait_for_store(
        self, condition: StoreCondition, timeout: float = 30.0, waiting: Callable[[], None] = lambda: None
    ) -> None:
        """Wait until the store is ``OPEN`` or has ``CLOSED`` the recording. Raises as :meth:`wait_for_room`.

        ``waiting`` is called often meanwhile.
        """
        said = {StoreCondition.OPEN: "opened no recording", StoreCondition.CLOSED: "did not close the recording"}
        what = said.get(condition, "did nothing")
        self.store.wait(lambda: self.control.store_condition >= condition, timeout, what, waiting)

    def _has_room(self, block_seconds: float) -> bool:
        # One sample more: a block at a rate that does not divide it is sometimes one longer.
        return self._journal.headroom() >= _JOURNAL_ROOM and all(
            ring.free() >= block_seconds * fs + 1 for ring, fs in self._watched
        )

    def finish(self) -> None:
        """Say how much there is in all; nothing may be written after it. Again is fine."""
        if self._finished:
            return
        self._finished = True
        for index, ring in enumerate(self._all_rings):
            self.control.set_final(index, ring.end)
        self.control.final_rows = self._journal.n_rows
        self.control.runtime_condition = RuntimeCondition.FINISHED

    def close(self, unlink: bool = True) -> None:
        """Give up the shared memory and, with ``unlink``, its names; again is fine."""
        if self._closed:
            return
        self._closed = True
        for ring in self._all_rings:
            ring.close(unlink)
        self._journal.close(unlink)
        self.control.close(unlink)
