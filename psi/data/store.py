"""The store: reads every ring and the journal, and writes them into the recording in bursts."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psutil
import tables
from numpy.typing import NDArray

import psi
from psi.core.errors import RunFault
from psi.core.processes import created
from psi.data.committed import last_committed
from psi.data.disk import Disk
from psi.data.durable_files import sync_folder, write_json
from psi.data.intake import Intake
from psi.data.kill_points import passing
from psi.data.layout import part_chunks_name, part_committed_name, part_file_name
from psi.data.ledger import Ledger
from psi.data.plan import DISK_FULL, RecordingPlan
from psi.data.recording_file import RecordingFile
from psi.data.rows import Finish, RowBatch
from psi.data.signal_check import checks_of
from psi.data.sums import sums_report
from psi.stream.control import RunControl, RuntimeCondition, StoreCondition


class Store:
    """Writes one part of a recording. Call :meth:`open`, then :meth:`work` again and again, then :meth:`close`.

    All of it on one thread (PyTables is not safe on several). What it writes is acknowledged in
    the rings, and counted as committed, only once it is on the disk. A store of part 2 or later goes
    on from the counts that the one before it, which was killed, had committed.

    ==============  ===================================================================
    after           state
    ==============  ===================================================================
    ``open``        the folder holds the file with every node and the readable documents
    ``work``        everything that was taken is on the disk and counted as committed
    ``complete``    the file is complete and closed; of the only part nothing else is left
    ``let_go``      the run knows that it is, and its shared memory is no longer used
    ``close``       both
    ``fail``        the file is closed as it stands; the run's control says why
    ==============  ===================================================================
    """

    def __init__(self, plan: RecordingPlan) -> None:
        self.plan = plan
        self.folder = Path(plan.folder)
        self.path = self.folder / part_file_name(plan.part)
        self._disk = Disk(plan)
        self._control: RunControl | None = None
        self._file: RecordingFile | None = None
        self._intake: Intake | None = None
        self._signals = checks_of(plan)
        self._held = ExitStack()

    def open(self) -> None:
        """Attach the run's shared memory and make the part's file.

        Raises
        ------
        ConfigurationError
            Names or attributes that a recording cannot have.
        RunFault
            The run is gone.
        RecordingError, OSError
            There is a recording in the folder already, it is another one, or it cannot be written.
        """
        self.plan.require_writable()
        before = last_committed(self.folder, self.plan.part, self.plan.run_id) if self.plan.part > 1 else None
        if before is None and not (self.folder / part_file_name(1)).exists():
            # The first store was killed before it had begun.
            self.plan = self.plan.model_copy(update={"part": 1})
            self.path = self.folder / part_file_name(1)
        with ExitStack() as made, ExitStack() as held:
            self._control = held.enter_context(RunControl.attach(self.plan.control))
            ends = None if before is None else before.end
            intake = self._intake = held.enter_context(Intake(self.plan, self._control, ends))
            self._ledger = Ledger(self.plan, intake, before)
            if not self.folder.exists():
                self.folder.mkdir(parents=True)
                made.callback(self.folder.rmdir)
            if self.plan.part > 1 and not self._disk.has_room(0):
                self._disk.free_reserve()
            passing("part")
            self._file = self._make_file()
            made.callback(self.path.unlink)
            held.callback(self._file.close)
            self._disk.keep_reserve()
            made.callback(self._disk.free_reserve)
            for name, document in self.plan.documents.items():
                if self.plan.part == 1:
                    made.callback((self.folder / f"{name}.json").unlink, missing_ok=True)
                write_json(self.folder / f"{name}.json", document)
            if self.plan.part > 1:
                self._file.append(intake.no_samples(), self._restart_row())
                self._file.sync()
            notes = self.folder / part_chunks_name(self.plan.part)
            # Of a store that was killed here, before it had counted anything.
            notes.unlink(missing_ok=True)
            made.callback(notes.unlink, missing_ok=True)
            self._notes = self._file.note_chunks(notes)
            held.callback(self._notes.close)
            made.callback((self.folder / part_committed_name(self.plan.part)).unlink, missing_ok=True)
            passing("part committed")
            self._write_counts()
            sync_folder(self.folder)
            # From here on failing leaves what there is.
            made.pop_all()
            self._held = held.pop_all()
        # One that was killed in the middle of a burst has left the counter odd.
        self._control.burst += self._control.burst % 2
        self._control.store_created = created(psutil.Process())
        self._control.store_pid = os.getpid()
        self._beat()
        self._control.store_condition = StoreCondition.OPEN

    def _make_file(self) -> RecordingFile:
        start = datetime.datetime.now(datetime.UTC).isoformat()
        attributes: dict[str, Any] = {"psi_version": psi.__version__, "run_id": self.plan.run_id, "start": start}
        attributes |= self.plan.attributes
        if self.plan.part == 1:
            return RecordingFile(self.path, self.plan, attributes)
        first = [reader.position for reader in self.intake.streams]
        return RecordingFile(self.path, self.plan, attributes | {"part": self.plan.part}, first)

    def _restart_row(self) -> RowBatch:
        """Says in the audit that this store took over, when in the run that was, and where it goes on."""
        batch = RowBatch()
        streams = self.intake.streams
        now = max((reader.ring.end / reader.plan.fs + reader.plan.t0 for reader in streams), default=None)
        info = {"part": self.plan.part, "after": self._ledger.before, **self._ledger.first.model_dump()}
        batch.audit("restart", "store", info, now)
        return batch

    @property
    def is_full(self) -> bool:
        """Whether the disk cannot take any more: what is taken from now on is rows only."""
        return self._intake is not None and self._intake.rows_only

    @property
    def intake(self) -> Intake:
        """What comes from the run."""
        if self._intake is None:
            raise RuntimeError("the store is not open")
        return self._intake

    @property
    def control(self) -> RunControl:
        if self._control is None:
            raise RuntimeError("the store is not open")
        return self._control

    def _beat(self) -> None:
        self.control.store_beat = time.monotonic_ns()

    def watch_disk(self) -> None:
        """Tell the run for how long the disk lasts."""
        self.control.disk_seconds = 0.0 if self.is_full else self._disk.seconds_left()

    @property
    def disk_is_full(self) -> bool:
        """Whether what waits does not fit on the disk: a burst that failed has failed for that."""
        return not self._disk.has_room(self.intake.waiting_bytes())

    def has_work(self) -> bool:
        """Whether a whole block or any row waits."""
        return self.intake.has_work()

    def fill(self) -> float:
        """Fraction of the fullest ring (or the journal) that waits for the store."""
        return self.intake.fill()

    def has_everything(self) -> bool:
        """Whether the runtime has finished and all that it wrote is committed; on a full disk, all rows."""
        return self.intake.has_everything()

    def work(self, final: bool = False) -> bool:
        """Write what waits, in one burst: whole blocks, or with ``final`` everything. Whether there was any.

        Of a disk that is nearly full the reserve is given back; where that is not enough, the store is full.
        Raises ``RecordingError`` or ``OSError`` where the disk does not take it.
        """
        self._find_room()
        blocks, batch = self.intake.take(final)
        if batch is None and not any(block.size for block in blocks):
            return False
        self._ledger.take(batch)
        self._burst(blocks, batch or RowBatch())
        return True

    def _find_room(self) -> None:
        file = self._open_file()
        if not self._disk.hold(self.intake.waiting_bytes(), file):
            self._disk.free_reserve()
            if not self.is_full and not self._disk.hold(self.intake.waiting_bytes(), file):
                self._leave_samples()
                self._disk.hold(self.intake.waiting_bytes(), file)

    def _leave_samples(self) -> None:
        """The disk is full: what is left of it is for rows, and the run does not wait until it has ended."""
        self.intake.leave_samples()
        self.watch_disk()

    def _burst(self, blocks: list[NDArray[Any]], batch: RowBatch) -> None:
        control, file = self.control, self._open_file()
        control.burst += 1
        file.append(blocks, batch)
        file.sync()
        control.burst += 1
        self._ledger.add(blocks)
        # Epochs come after the streams and are not looked at.
        for stream, block in zip(self.plan.streams, blocks, strict=False):
            if stream.name in self._signals:
                self._signals[stream.name].add(block.T)
        self._commit()
        self._beat()

    def _commit(self) -> None:
        passing("commit")
        self._write_counts()
        passing("committed")
        self.intake.acknowledge()

    def _write_counts(self) -> None:
        self._notes.write()
        self._ledger.write(self.folder, self._open_file(), self._notes.n)

    def counts(self) -> dict[str, Any]:
        """What has been written: samples per stream and of all epochs of a name, and journal rows."""
        return self.intake.positions().model_dump()

    def close(self, reason: str = "runtime died") -> None:
        """:meth:`complete` the recording and :meth:`let_go`."""
        self.complete(reason)
        self.let_go()

    def complete(self, reason: str = "runtime died") -> None:
        """Write everything that is left and complete the file.

        ``reason`` is the finish reason of a run whose journal does not say one.
        """
        while self.work(final=True):
            continue
        passing("close")
        control, file = self.control, self._open_file()
        if control.runtime_condition is RuntimeCondition.FINISHED or self.is_full:
            missing = self.intake.missing()
            if missing is not None:
                self._burst(self.intake.no_samples(), missing)
        finish = self._ledger.finish or Finish(DISK_FULL if self.is_full else reason)
        finish.utc = finish.utc or datetime.datetime.now(datetime.UTC).isoformat()
        self._ledger.finish = finish
        # A store that has to go on from here knows how the run ended.
        self._write_counts()
        self._disk.free_reserve()
        report = self._report if self._disk.hold(0, file) else None
        control.burst += 1
        end = {"finish_reason": finish.reason, "end": finish.utc, "end_time": finish.time}
        file.finish(self._ledger.latency, {**end, "n_gaps": self._ledger.n_gaps}, report)
        control.burst += 1
        if self.plan.part == 1:
            (self.folder / part_committed_name(1)).unlink()
            (self.folder / part_chunks_name(1)).unlink()
        sync_folder(self.folder)
        passing("closed")

    def _report(self, file: tables.File) -> list[dict[str, Any]]:
        # Late: pandas takes its time, and nothing waits for it before the end.
        from psi.data.quality import quality_at_stop

        found = quality_at_stop(self.folder, file, {name: check.finish() for name, check in self._signals.items()})
        # The sums of a later part are those of its counts, until it is joined with the others.
        return [sums_report(file, self._ledger.sums()), found] if self.plan.part == 1 else [found]

    def let_go(self) -> None:
        """Say that the recording is closed, and give up the run's shared memory."""
        self.control.store_condition = StoreCondition.CLOSED
        self._held.close()

    def wait_for(self, done: Callable[[], bool], interval: float = 0.05) -> None:
        """Wait until ``done``, and let the run see that something goes on."""
        while not done():
            self._beat()
            time.sleep(interval)

    def fail(self, message: str) -> None:
        """Say in the run's control why, and close what is open; fine in any state."""
        try:
            # A run that is gone has nobody left to be told.
            with suppress(RunFault), RunControl.attach(self.plan.control) as control:
                control.store_message = message
                control.store_condition = StoreCondition.FAILED
        finally:
            self._held.close()
            self._disk.free_reserve()

    def _open_file(self) -> RecordingFile:
        if self._file is None:
            raise RuntimeError("the store is not open")
        return self._file
