"""The disk under a recording: how long it lasts, and a reserve that lets a recording be closed on a full one."""

from __future__ import annotations

import errno
import os
import shutil
import time
from pathlib import Path

import numpy as np

from psi.data.plan import RecordingPlan
from psi.data.recording_file import RecordingFile

#: Name of the file that holds the reserve, and its bytes.
RESERVE_NAME = ".reserve"
RESERVE_BYTES = 16 << 20
#: A run is ended when its disk has room for less than this many seconds more, and at least this many bytes.
LAST_SECONDS = 15.0
LAST_BYTES = 32 << 20
#: Bytes per second that a run's rows are reckoned to take.
ROW_BYTES = 4096
#: Bytes beyond the samples that a burst may take: rows of HDF5's own.
BURST_MARGIN = 1 << 20
#: Free bytes below which the space of each burst is taken before.
TIGHT = 128 << 20
#: Seconds between looks.
LOOK = 0.05


def byte_rate(plan: RecordingPlan) -> float:
    """Bytes per second that a run of ``plan`` is expected to write; epochs come in addition, nobody knows how many."""
    return ROW_BYTES + sum(s.fs * s.n_channels * np.dtype(s.dtype).itemsize for s in plan.streams)


class Disk:
    """Watches the free space of the folder of ``plan``."""

    def __init__(self, plan: RecordingPlan) -> None:
        self._folder = Path(plan.folder)
        self._reserve = self._folder / RESERVE_NAME
        self.rate = byte_rate(plan)
        #: What must stay free for a run to go on: it takes a while to end, and its pulses come to their end first.
        self.least = max(LAST_BYTES, LAST_SECONDS * self.rate)
        self._last_look = -LOOK
        self._seconds = 0.0

    def free(self) -> int:
        """Bytes that can still be written."""
        return shutil.disk_usage(self._folder).free

    def seconds_left(self) -> float:
        """For how long the disk lasts at the expected rate; 0 where the run should end. Looks now and then."""
        now = time.monotonic()
        if now - self._last_look >= LOOK:
            self._last_look = now
            self._seconds = max(0.0, (self.free() - self.least) / self.rate)
        return self._seconds

    def has_room(self, n_bytes: int) -> bool:
        """Whether a burst of ``n_bytes`` can be written."""
        return self.free() >= n_bytes + BURST_MARGIN

    def hold(self, n_bytes: int, file: RecordingFile) -> bool:
        """Whether a burst of ``n_bytes`` can be written into ``file``; where it is tight, that space is now its own."""
        free = self.free()
        if free < n_bytes + BURST_MARGIN:
            return False
        if free < n_bytes + TIGHT:
            try:
                file.hold_space(n_bytes + BURST_MARGIN)
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    return False
                raise
        return True

    def keep_reserve(self) -> None:
        """Take space that :meth:`free_reserve` gives back, where there is enough. Again is fine."""
        if self._reserve.exists() or not self.has_room(RESERVE_BYTES):
            return
        with open(self._reserve, "wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
            else:
                file.write(bytes(RESERVE_BYTES))

    def free_reserve(self) -> None:
        """Give the reserve back; again is fine."""
        self._reserve.unlink(missing_ok=True)
