"""The file while it is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil

from psi.data.plan import RecordingPlan, StreamPlan
from psi.data.recording_file import RecordingFile
from psi.data.rows import RowBatch


def test_what_has_been_written_does_not_stay_in_memory(tmp_path: Path) -> None:
    """HDF5 keeps 16 MiB of chunks for each array of a file, unless it is told not to."""
    stream = StreamPlan(name="wide", segment="", fs=10_000, n_channels=100, dtype="float32", unit="V")
    plan = RecordingPlan(run_id="run", folder=str(tmp_path), control="", journal="", streams=(stream,))
    second = np.zeros((100, 10_000), np.float32)
    file = RecordingFile(tmp_path / "recording.h5", plan, {})
    resident = []
    for _ in range(8):
        file.append([second], RowBatch())
        file.sync()
        resident.append(psutil.Process().memory_info().rss)
    file.close()
    assert resident[-1] - resident[0] < second.nbytes
