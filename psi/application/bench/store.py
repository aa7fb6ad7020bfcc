"""``psi bench store``: how much the store keeps up with, beside a plain file on the same disk."""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import psutil

from psi.application.child import Child
from psi.core.errors import RunFault
from psi.data.recording import open_recording
from psi.data.recording_rings import RecordingRings
from psi.stream.control import StoreCondition
from psi.stream.info import Chunk, StreamInfo

#: A large session: 64 channels of spikes and two of sound.
STREAMS = (StreamInfo("spikes", 25_000.0, 64, unit="V"), StreamInfo("sound", 200_000.0, 2, unit="V"))
#: Seconds for which the store gets as much as it takes: gigabytes, of which more say nothing more.
MOST_FAST = 10.0
#: Seconds of samples that are handed over at a time.
BLOCK = 0.1
#: Seconds after which the store's memory is taken to be what it stays: the rings have gone round, all pages are there.
WARM_UP = 20.0
#: Seconds over which memory is averaged: a block of the larger stream comes and goes each second.
SPAN = 5.0

#: What is aimed at: of the plain file's rate; of one core.
RATIO_GOAL, CPU_GOAL = 0.5, 0.25

#: Bytes that the plain file gets between two fsyncs.
_RAW_BURST = 32 << 20


def show(seconds: float, *, as_json: bool) -> int:
    """Measure and print; returns the exit status. Raises ``RunFault`` where the store fails."""
    with tempfile.TemporaryDirectory(prefix="psi-bench-", dir=Path.cwd()) as folder:
        found = measure(seconds, Path(folder))
    print(json.dumps(found) if as_json else table(found))
    return 0


def measure(seconds: float, folder: Path) -> dict[str, Any]:
    """Figures of a store that gets as much as it takes (at most :data:`MOST_FAST` s), and of one in real time."""
    fast = _Recorder(folder / "fast")
    fast.record(min(seconds, MOST_FAST), real_time=False)
    shutil.rmtree(folder / "fast")
    raw = _raw_rate(folder / "raw", fast.n_bytes)
    slow = _Recorder(folder / "slow")
    slow.record(seconds, real_time=True)
    return {
        "mb_per_s": round(fast.n_bytes / fast.took / 1e6, 1),
        "raw_mb_per_s": round(raw / 1e6, 1),
        "ratio": round(fast.n_bytes / fast.took / raw, 3),
        "real_time": {
            "mb_per_s": round(slow.n_bytes / seconds / 1e6, 2),
            "cpu": round(slow.cpu, 4),
            "gaps": slow.gaps,
            "rss_mb": [round(each / 1e6, 1) for each in slow.memory],
        },
        "seconds": seconds,
        "cores": os.cpu_count(),
    }


def table(found: dict[str, Any]) -> str:
    """The figures as text, beside what is aimed at."""
    real = found["real_time"]
    return "\n".join(
        [
            f"store, to the disk     {found['mb_per_s']:g} MB/s",
            f"plain file, fsynced    {found['raw_mb_per_s']:g} MB/s",
            f"ratio                  {found['ratio']:.2f}  (goal {RATIO_GOAL:g} or more)",
            f"64 x 25 kHz and 2 x 200 kHz for {found['seconds']:g} s, {real['mb_per_s']:g} MB/s:",
            f"  share of a core      {real['cpu']:.3f}  (goal {CPU_GOAL:g} or less)",
            f"  gaps                 {real['gaps']}",
            f"  memory               {' -> '.join(f'{each:.0f}' for each in real['rss_mb'])} MB",
        ]
    )


class _Recorder:
    """A store process that writes :data:`STREAMS` from rings, and what that took."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.n_bytes, self.took, self.cpu, self.gaps = 0, math.nan, math.nan, 0
        #: Resident bytes after the warm-up, and at the end; each the mean of :data:`SPAN` s.
        self.memory: list[float] = []

    def record(self, seconds: float, real_time: bool) -> None:
        rings = RecordingRings(f"bench-{secrets.token_hex(4)}", [(info,) for info in STREAMS], (), {}, self._folder)
        store = Child("store", "psi.data.process", self._folder.with_suffix(".log"))
        try:
            store.send(rings.plan.model_dump(mode="json"))
            rings.wait_for_store(StoreCondition.OPEN)
            process = psutil.Process(store.process.pid)
            before, begin = _cpu(process), time.monotonic()
            rings.start()
            looks = self._write(rings, process, seconds, begin, real_time)
            self.cpu = (_cpu(process) - before) / (time.monotonic() - begin)
            settled = [look for look in looks if look[0] >= min(WARM_UP, seconds / 2)] or looks
            first, last = settled[0][0] + SPAN, settled[-1][0] - SPAN
            self.memory = [
                mean(rss for now, rss in settled if now <= first),
                mean(rss for now, rss in settled if now >= last),
            ]
            rings.finish()
            rings.wait_for_store(StoreCondition.CLOSED, 600.0)
            self.took = time.monotonic() - begin
        finally:
            store.close()
            rings.close()
        with open_recording(self._folder) as recording:
            self.gaps = len(recording.gaps)
            self.n_bytes = sum(stream.data.size * stream.dtype.itemsize for stream in recording.streams.values())

    def _write(
        self, rings: RecordingRings, process: psutil.Process, seconds: float, begin: float, real_time: bool
    ) -> list[tuple[float, int]]:
        """Write for ``seconds``; seconds since ``begin`` and the store's resident bytes, block by block."""
        looks: list[tuple[float, int]] = []
        sinks = [(rings.sink(info.name), info, block) for info, block in zip(STREAMS, _noise(), strict=True)]
        number = 0
        while (now := time.monotonic() - begin) < seconds:
            looks.append((now, process.memory_info().rss))
            if real_time and now < number * BLOCK:
                time.sleep(number * BLOCK - now)
            rings.wait_for_room(BLOCK)
            for sink, info, block in sinks:
                sink(Chunk(block, number * block.shape[1], info))
            number += 1
        return looks


def _noise() -> Sequence[Any]:
    generator = np.random.default_rng(1)
    return [generator.standard_normal((info.n_channels, round(info.fs * BLOCK))).astype(np.float32) for info in STREAMS]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _raw_rate(path: Path, n_bytes: int) -> float:
    """Bytes/s of a plain file that gets ``n_bytes`` in bursts with an fsync each."""
    burst = np.random.default_rng(1).integers(0, 256, _RAW_BURST, np.uint8).tobytes()
    begin = time.monotonic()
    with open(path, "wb", buffering=0) as file:
        left = n_bytes
        while left > 0:
            piece = memoryview(burst)[: min(left, len(burst))]
            written = file.write(piece)
            if written != len(piece):
                raise RunFault(f"the disk of {path.parent} took {written} of {len(piece)} bytes; is it full?")
            os.fsync(file.fileno())
            left -= len(piece)
    path.unlink(missing_ok=True)
    return n_bytes / (time.monotonic() - begin)
