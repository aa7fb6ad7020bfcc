"""Runtimes and wardens that are killed with SIGKILL, again and again: what was acquired is in a closed file."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import psi
from psi.application.child import Child
from psi.application.store_keeper import StoreKeeper
from psi.stream.control import RunControl
from psi.stream.journal import JournalReader
from psi.stream.ring import RingReader
from psi.stream.shared_memory import unlink_segment

#: The fixtures of this folder.
Runs = Callable[..., Any]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")

KILLS = pytest.mark.parametrize("kills", [5, pytest.param(200, marks=pytest.mark.long)])

#: Seconds after which something that should have happened has not.
PATIENCE = 60.0

#: What the feeder of this folder feeds, in a process that can be killed.
RUNTIME = """
import sys
import numpy as np
from psi.data.recording_rings import RecordingRings
from psi.stream.info import Chunk, StreamInfo

streams = [StreamInfo('fast', 20e3, 2, 'int64', unit=''), StreamInfo('slow', 100.0, 1, 'int32', unit='')]
columns = [('n', 'int64', ''), ('text', 'text', '')]
rings = RecordingRings(sys.argv[1], [(s, s.dtype) for s in streams], columns, {}, sys.argv[2], 10.0, 0.05)
print(rings.plan.model_dump_json(), flush=True)
at = 0
while True:
    rings.wait_for_room(0.05, 60)
    for info in streams:
        n = round(0.05 * info.fs)
        index = np.arange(at * n, (at + 1) * n)
        data = np.stack([index, -index])[:info.n_channels].astype(info.dtype)
        rings.sink(info.name)(Chunk(data, at * n, info))
    rings.append({'kind': 'event', 'time': at * 0.05, 'sample': at, 'name': 'tick'})
    at += 1
"""


def kill_one(tmp_path: Path, number: int, rng: np.random.Generator, both: bool) -> tuple[Path, int, int]:
    """Kill a runtime (and its store where ``both``); the recording, and the samples and rows that were acquired."""
    folder, run_id = tmp_path / f"run{number}", f"killed-{secrets.token_hex(6)}"

    def make() -> Child:
        return Child("store", "psi.data.process", tmp_path / f"store{number}.log")

    store = make()
    runtime = subprocess.Popen([sys.executable, "-c", RUNTIME, run_id, str(folder)], stdout=subprocess.PIPE)
    assert runtime.stdout is not None
    plan = json.loads(runtime.stdout.readline())
    keeper = StoreKeeper(plan, store, make, lambda line: None)
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    try:
        wanted = int(rng.integers(1, 300))
        with RingReader(plan["streams"][0]["segment"]) as ring, JournalReader(plan["journal"]) as journal:
            with RunControl.attach(plan["control"]) as control:
                while journal.n_rows < wanted or control.store_pid == 0:
                    assert time.monotonic() < deadline
                    pause.wait(0.001)
            runtime.kill()
            runtime.wait()
            samples, rows = ring.end, journal.n_rows
        if both:
            with contextlib.suppress(ProcessLookupError):
                os.kill(keeper.store.pid, signal.SIGKILL)
        keeper.drain()
        while not keeper.over:
            assert time.monotonic() < deadline
            keeper.look()
            pause.wait(0.01)
    finally:
        runtime.kill()
        runtime.communicate()
        keeper.close()
        left = [segment for segment in keeper.segments if unlink_segment(segment)]
    assert left == [], "the store gives back the memory of a runtime that died"
    assert keeper.error == ""
    return folder, samples, rows


@KILLS
@pytest.mark.parametrize("both", [False, True], ids=["runtime", "runtime and store"])
def test_what_killed_runtimes_had_acquired_is_in_a_closed_file(
    tmp_path: Path, figures: Runs, rng: np.random.Generator, both: bool, kills: int
) -> None:
    said = figures("runtime and store" if both else "runtime")
    while said.kills < kills:
        folder, samples, rows = kill_one(tmp_path, said.kills, rng, both)
        said.kills += 1
        said.look(folder, None, (samples, rows))
        with psi.open_recording(folder) as recording:
            assert recording.finish_reason == "runtime died"
        assert not list(folder.glob("*part*"))
    said.assert_nothing_lost()


@pytest.mark.parametrize("kills", [1, pytest.param(200, marks=pytest.mark.long)])
def test_runs_whose_warden_is_killed_go_on_to_their_end(place: Path, rng: np.random.Generator, kills: int) -> None:
    command = [sys.executable, "-m", "psi.application.cli"]
    for number in range(kills):
        run = subprocess.Popen(
            [*command, "run", "record", "--rig", "simulated_array", "--speed", "20", "--duration", "20", "--out",
             f"r{number}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert run.stderr is not None
        assert any("running" in line for line in run.stderr)
        children = psutil.Process(run.pid).children(recursive=True)
        threading.Event().wait(float(rng.uniform(0, 0.5)))
        run.kill()
        run.communicate()
        _, alive = psutil.wait_procs(children, timeout=PATIENCE)
        assert alive == []
        with psi.open_recording(f"r{number}") as recording:
            assert recording.finish_reason == "duration"
            assert {len(stream.data) for stream in recording.streams.values()} == {20 * 25_000}
            assert recording.gaps == []
    subprocess.run([*command, "status"], capture_output=True, check=True)
    print(f"warden: {kills} kills, every run came to its end and is whole")
