"""The store: reads every ring and the journal, and writes them into the recording in bursts."""

from __future__ import annotations

import datetime
import os
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

import psi
from psi.core.errors import RunFault
from psi.data.durable_files import sync_folder, write_json
from psi.data.layout import COMMITTED_NAME, FILE_NAME, FORMAT_VERSION, block_length
from psi.data.plan import STORE_SLOT, RecordingPlan, StreamPlan
from psi.data.recording_file import RecordingFile
from psi.data.rows import Finish, RowBatch
from psi.stream.control import RunControl, RuntimeCondition, StoreCondition
from psi.stream.info import Gap
from psi.stream.journal import JournalReader
from psi.stream.ring import RingReader

#: Most bytes of one stream that one burst takes.
_BURST_BYTES = 32 << 20


class _StreamReader:
    """One stream's ring, read in whole blocks."""

    def __init__(self, plan: StreamPlan) -> None:
        self.plan = plan
        self.ring = RingReader(plan.segment, STORE_SLOT)
        #: Index one past the last sample that was taken.
        self.position = self.ring.position
        itemsize = self.ring.dtype.itemsize
        self.block = block_length(plan.fs, plan.n_channels, itemsize)
        self._most = max(1, _BURST_BYTES // (self.block * plan.n_channels * itemsize)) * self.block

    def has_block(self) -> bool:
        return self.ring.end - self.position >= self.block

    def fill(self) -> float:
        """Fraction of the ring that waits for the store."""
        return (self.ring.end - self.position) / self.ring.capacity

    def take(self, final: bool) -> tuple[NDArray[Any], Gap | None]:
        """The next whole blocks, or with ``final`` all that is there; lost samples are NaN or 0."""
        n = min(self.ring.end - self.position, self._most)
        if not final:
            n -= n % self.block
        data, gap = self.ring.read(self.position, n)
        if gap is not None:
            # A sample's index in the file stays its index in the stream.
            lost = np.full((data.shape[0], gap.n), np.nan if data.dtype.kind == "f" else 0, data.dtype)
            data = np.concatenate([lost, data], axis=1)
        self.position += data.shape[1]
        return data, gap


class Store:
    """Writes one recording. Call :meth:`open`, then :meth:`work` again and again, then :meth:`close`.

    All of it on one thread (PyTables is not safe on several). What it writes is acknowledged in
    the rings, and counted as committed, only once it is on the disk.

    ==============  ===================================================================
    after           state
    ==============  ===================================================================
    ``open``        the folder holds the file with every node and the readable documents
    ``work``        everything that was taken is on the disk and counted as committed
    ``close``       the file is complete and closed; ``committed.json`` is gone
    ``fail``        the file is closed as it stands; the run's control says why
    ==============  ===================================================================
    """

    def __init__(self, plan: RecordingPlan) -> None:
        self.plan = plan
        self.folder = Path(plan.folder)
        self.path = self.folder / FILE_NAME
        self._control: RunControl | None = None
        self._file: RecordingFile | None = None
        self._streams: list[_StreamReader] = []
        self._held = ExitStack()
        self._latency: tuple[list[float], list[int]] | None = None
        self._finish: Finish | None = None
        self._n_gaps = 0

    def open(self) -> None:
        """Attach the run's shared memory and make the recording.

        Raises
        ------
        ConfigurationError
            Names or attributes that a recording cannot have.
        RunFault
            The run is gone.
        RecordingError, OSError
            There is a recording in the folder already, or it cannot be written.
        """
        self.plan.require_writable()
        with ExitStack() as made, ExitStack() as held:
            self._control = held.enter_context(RunControl.attach(self.plan.control))
            for stream in self.plan.arrays:
                reader = _StreamReader(stream)
                held.callback(reader.ring.close)
                self._streams.append(reader)
            self._journal = held.enter_context(JournalReader(self.plan.journal, STORE_SLOT))
            if not self.folder.exists():
                self.folder.mkdir(parents=True)
                made.callback(self.folder.rmdir)
            self._file = RecordingFile(self.path, self.plan, self._start_attributes())
            made.callback(self.path.unlink)
            held.callback(self._file.close)
            for name, document in self.plan.documents.items():
                made.callback((self.folder / f"{name}.json").unlink, missing_ok=True)
                write_json(self.folder / f"{name}.json", document)
            made.callback((self.folder / COMMITTED_NAME).unlink, missing_ok=True)
            self._write_committed()
            sync_folder(self.folder)
            # From here on failing leaves what there is.
            made.pop_all()
            self._held = held.pop_all()
        self._control.store_created = round(psutil.Process().create_time() * 1000)
        self._control.store_pid = os.getpid()
        self._control.store_condition = StoreCondition.OPEN

    def _start_attributes(self) -> dict[str, Any]:
        start = datetime.datetime.now(datetime.UTC).isoformat()
        return {"psi_version": psi.__version__, "run_id": self.plan.run_id, "start": start, **self.plan.attributes}

    @property
    def control(self) -> RunControl:
        if self._control is None:
            raise RuntimeError("the store is not open")
        return self._control

    def has_work(self) -> bool:
        """Whether a whole block or any row waits."""
        return self._journal.waiting > 0 or any(stream.has_block() for stream in self._streams)

    def fill(self) -> float:
        """Fraction of the fullest ring (or the journal) that waits for the store."""
        return max([1 - self._journal.headroom(), *(stream.fill() for stream in self._streams)])

    def has_everything(self) -> bool:
        """Whether the runtime has finished and all that it wrote is committed."""
        control = self.control
        return (
            control.runtime_condition is RuntimeCondition.FINISHED
            and self._journal.waiting == 0
            and all(stream.position >= control.final(index) for index, stream in enumerate(self._streams))
        )

    def work(self, final: bool = False) -> bool:
        """Write what waits, in one burst: whole blocks, or with ``final`` everything. Whether there was any.

        Raises ``RecordingError`` or ``OSError`` where the disk does not take it.
        """
        control, file = self.control, self._open_file()
        blocks, batch = self._take(final)
        n_bytes = sum(block.nbytes for block in blocks)
        if n_bytes == 0 and batch is None:
            return False
        file.require_space(n_bytes)
        control.burst += 1
        file.append(blocks, batch or RowBatch())
        file.sync()
        control.burst += 1
        self._commit()
        return True

    def _take(self, final: bool) -> tuple[list[NDArray[Any]], RowBatch | None]:
        taken = [(stream, *stream.take(final)) for stream in self._streams]
        batch = RowBatch()
        rows = self._journal.read()
        any_rows = bool(rows)
        lost = [(stream.plan.name, gap) for stream, _, gap in taken if gap is not None]
        if self._journal.gap is not None:
            lost.append(("journal", self._journal.gap))
        while rows:
            batch.add(rows, self.plan.trial_columns, [epochs.name for epochs in self.plan.epochs])
            rows = self._journal.read()
            if self._journal.gap is not None:
                lost.append(("journal", self._journal.gap))
        for name, gap in lost:
            batch.audit("gap", name, {"s0": gap.s0, "n": gap.n, "unit": "rows" if name == "journal" else "samples"})
        self._n_gaps += len(lost)
        self._latency = batch.latency or self._latency
        self._finish = batch.finish or self._finish
        return [data for _, data, _ in taken], batch if any_rows or lost else None

    def _commit(self) -> None:
        control = self.control
        self._write_committed()
        for index, stream in enumerate(self._streams):
            control.set_committed(index, stream.position)
            stream.ring.acknowledge(stream.position)
        control.committed_rows = self._journal.next_row
        self._journal.acknowledge()

    def _write_committed(self) -> None:
        file = self._open_file()
        committed = {
            "format_version": FORMAT_VERSION,
            **self._positions(),
            "tables": {path: table.n_rows for path, table in (file.tables | file.epoch_tables).items()},
            "trials": file.trials.n_rows,
            "rows": self._journal.next_row,
        }
        write_json(self.folder / COMMITTED_NAME, committed, indent=None)

    def counts(self) -> dict[str, Any]:
        """What has been written: samples per stream and of all epochs of a name, and journal rows."""
        return {**self._positions(), "rows": self._journal.next_row}

    def _positions(self) -> dict[str, dict[str, int]]:
        n_streams = len(self.plan.streams)
        parts = {"streams": self._streams[:n_streams], "epochs": self._streams[n_streams:]}
        return {what: {reader.plan.name: reader.position for reader in readers} for what, readers in parts.items()}

    def close(self, reason: str = "runtime died") -> None:
        """Write everything that is left and complete the recording.

        ``reason`` is the finish reason of a run whose journal does not say one.
        """
        while self.work(final=True):
            pass
        control, file = self.control, self._open_file()
        if control.runtime_condition is RuntimeCondition.FINISHED:
            self._compare_with_final()
        finish = self._finish or Finish(reason)
        control.burst += 1
        file.finish(
            self._latency,
            {
                "finish_reason": finish.reason,
                "end": finish.utc or datetime.datetime.now(datetime.UTC).isoformat(),
                "end_time": finish.time,
                "n_gaps": self._n_gaps,
            },
        )
        control.burst += 1
        (self.folder / COMMITTED_NAME).unlink()
        sync_folder(self.folder)
        control.store_condition = StoreCondition.CLOSED
        self._held.close()

    def _compare_with_final(self) -> None:
        control = self.control
        batch = RowBatch()
        counted = [("journal", self._journal.next_row, control.final_rows)]
        counted += [(s.plan.name, s.position, control.final(index)) for index, s in enumerate(self._streams)]
        for name, here, said in counted:
            if here != said:
                message = f"{here} are in the recording, the runtime says that it wrote {said}"
                batch.audit("fault", name, {"message": message})
        self._open_file().append([np.empty((s.plan.n_channels, 0)) for s in self._streams], batch)

    def fail(self, message: str) -> None:
        """Say in the run's control why, and close what is open; fine in any state."""
        try:
            # A run that is gone has nobody left to be told.
            with suppress(RunFault), RunControl.attach(self.plan.control) as control:
                control.store_message = message
                control.store_condition = StoreCondition.FAILED
        finally:
            self._held.close()

    def _open_file(self) -> RecordingFile:
        if self._file is None:
            raise RuntimeError("the store is not open")
        return self._file
