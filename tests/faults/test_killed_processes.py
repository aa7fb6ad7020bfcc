"""Processes that are killed with SIGKILL: what must happen to the run and its recording."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import psi

LiveRuns = Callable[..., Any]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")

RECORD = ("record", "--rig", "simulated_array", "--out", "r")


def test_what_a_killed_runtime_acquired_is_kept(place: Path, live_run: LiveRuns) -> None:
    run = live_run(*RECORD)
    os.kill(run.pids["runtime"], signal.SIGKILL)
    status, summary, err = run.end()
    assert status == 3
    assert "the runtime died" in err
    assert summary["finish_reason"] == "runtime died"
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "runtime died"
        # three rings are written one after the other: the last block may be in the first of them only
        lengths = [stream.shape[0] for stream in recording.streams.values()]
        assert min(lengths) > 0
        assert max(lengths) - min(lengths) <= 250


def test_a_killed_store_ends_the_run_with_a_clear_line_and_a_file_that_opens(place: Path, live_run: LiveRuns) -> None:
    run = live_run(*RECORD)
    os.kill(run.pids["store"], signal.SIGKILL)
    status, summary, err = run.end()
    assert status == 3
    assert f"the store process {run.pids['store']} is gone" in err
    assert summary["finish_reason"] == "fault"
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "unfinished"
        assert set(recording.streams) == {"lfp", "spikes", "raw_signal"}


def test_a_run_goes_on_to_its_end_when_the_warden_is_killed(place: Path, live_run: LiveRuns) -> None:
    run = live_run(*RECORD, "--duration", "7")
    os.kill(run.pids["warden"], signal.SIGKILL)
    run.process.wait()
    run.wait_for("runtime")
    run.wait_for("store")
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "duration"
        assert {stream.shape[0] >= 7 * 25000 for stream in recording.streams.values()} == {True}
    # whoever looks next clears what the warden could not
    listed = subprocess.run(
        [sys.executable, "-m", "psi.application.cli", "status"], capture_output=True, text=True, check=True
    )
    assert "no run" in listed.stdout


def test_when_runtime_and_warden_are_killed_the_store_cleans_up(place: Path, live_run: LiveRuns) -> None:
    run = live_run(*RECORD)
    os.kill(run.pids["warden"], signal.SIGKILL)
    os.kill(run.pids["runtime"], signal.SIGKILL)
    run.process.wait()
    run.wait_for("store")
    with psi.open_recording("r") as recording:
        assert recording.finish_reason == "runtime died"
    subprocess.run([sys.executable, "-m", "psi.application.cli", "status"], capture_output=True, check=True)
