"""One HDF5 file of a recording, closed or being written at this moment, and what of it counts."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Protocol

import tables

from psi.core.errors import RecordingError, RunFault
from psi.core.processes import lives
from psi.data.chunk_places import ChunkPlaces
from psi.data.part_access import PartAccess
from psi.stream.control import RunControl, StoreCondition
from psi.stream.shared_memory import segment_name

#: What a file of which a piece is missing or overwritten leads to: nodes that are not there are LookupErrors.
DAMAGED = (tables.HDF5ExtError, OSError, ValueError, LookupError, AttributeError)

#: Seconds that a question to a live file may take; the store leaves room between its bursts.
PATIENCE = 60.0


class Part(Protocol):
    """What answers the questions of :mod:`psi.data.part_access`."""

    path: Path

    @property
    def live(self) -> bool:
        """Whether it is being written."""
        ...

    def ask(self, question: str, *arguments: Any) -> Any: ...

    def read_at(self, places: ChunkPlaces | None) -> None:
        """Take what lies at ``places`` from there, without HDF5's index."""
        ...

    def close(self) -> None: ...


class ClosedPart:
    """A file that nobody writes: opened once."""

    live = False

    def __init__(self, path: Path, file: tables.File) -> None:
        self.path = path
        self._file = file
        self._access = PartAccess(file)

    def read_at(self, places: ChunkPlaces | None) -> None:
        self._access = PartAccess(self._file, places)

    def ask(self, question: str, *arguments: Any) -> Any:
        try:
            return self._access.ask(question, *arguments)
        except DAMAGED:
            raise RecordingError(f"{self.path} is damaged there; 'psi recover' keeps what is whole") from None

    def close(self) -> None:
        if self._file.isopen:
            self._file.close()


class OwnPart(ClosedPart):
    """A file that this very process writes, and is not writing into at this moment. It stays open."""

    def read_at(self, places: ChunkPlaces | None) -> None:
        """Nothing: this process knows the index."""

    def close(self) -> None:
        return


class LivePart:
    """A file that a store writes: each answer is taken only if no burst began or ended meanwhile.

    It is asked in a process of its own (see :mod:`psi.data.live_reader`). When its run ends it can be read as before.
    """

    def __init__(self, path: Path, run_id: str) -> None:
        self.path = path
        try:
            self._control: RunControl | None = RunControl.attach(segment_name(run_id, "control"))
        except RunFault:
            raise RecordingError(
                f"{path} is being written by a run that cannot be seen from here; wait for its end"
            ) from None
        self._reader: subprocess.Popen[bytes] | None = None
        #: Process id of the store, and when it was made (ms since 1970).
        self._writer = (self._control.store_pid, self._control.store_created)

    def ask(self, question: str, *arguments: Any) -> Any:
        give_up = time.monotonic() + PATIENCE
        why = ""
        while time.monotonic() < give_up:
            before = self._burst()
            if before % 2:
                time.sleep(0.0005)
                continue
            well, answer = self._ask_once(question, arguments)
            if well and self._burst() == before:
                return answer
            if not well:
                why = str(answer)
                if not self.path.exists():
                    raise RecordingError(f"{self.path} was completed meanwhile; open the recording again")
                time.sleep(0.001)
        raise RecordingError(
            f"{self.path} is being written all the time and could not be read within {PATIENCE:g} s; "
            f"wait for the end of its run{f' ({why})' if why else ''}"
        )

    @property
    def live(self) -> bool:
        control = self._control
        if control is None or control.store_condition is not StoreCondition.OPEN:
            return False
        return control.store_pid == self._writer[0] and lives(*self._writer)

    def read_at(self, places: ChunkPlaces | None) -> None:
        """Nothing: a machine that has just written the file has its index whole."""

    def _burst(self) -> int:
        """Counts bursts: odd while one goes on, 0 once nobody writes into this file any more."""
        control = self._control
        if control is None or control.store_pid != self._writer[0]:
            return 0
        burst = control.burst
        # One that was killed in a burst has left it odd; what it had committed is whole.
        return 0 if burst % 2 and not lives(*self._writer) else burst

    def _ask_once(self, question: str, arguments: tuple[Any, ...]) -> tuple[bool, Any]:
        reader = self._start() if self._reader is None else self._reader
        assert reader.stdin is not None
        assert reader.stdout is not None
        try:
            pickle.dump((str(self.path), question, arguments), reader.stdin, protocol=5)
            reader.stdin.flush()
            return tuple(pickle.load(reader.stdout))
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            # What was read had been half written, and took HDF5 with it.
            self._end_reader()
            return False, f"the reader ended ({type(error).__name__})"

    def _start(self) -> subprocess.Popen[bytes]:
        self._reader = subprocess.Popen(
            [sys.executable, "-m", "psi.data.live_reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        return self._reader

    def _end_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            for pipe in (reader.stdin, reader.stdout):
                if pipe is not None:
                    pipe.close()
            reader.kill()
            reader.wait()

    def close(self) -> None:
        self._end_reader()
        if self._control is not None:
            self._control.close()
            self._control = None


def open_part(path: Path, run_id: str) -> Part:
    """The file at ``path``; ``run_id`` is that of the run which may be writing it, empty where none can be.

    Raises ``RecordingError`` where it is no HDF5 file, cannot be read, or is written by a run on another machine.
    """
    try:
        return ClosedPart(path, tables.open_file(str(path), "r"))
    except tables.HDF5ExtError as error:
        if "unable to lock file" not in str(error):
            raise RecordingError(f"{path} is not a psi recording: it is not a readable HDF5 file") from None
    except ValueError as error:
        # The store works in this very process.
        if "already opened" not in str(error):
            raise
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from None
    if not run_id:
        raise RecordingError(f"{path} is being written; wait for the end of its run")
    return LivePart(path, run_id)
