"""A rig whose devices another run has: refused with that run's name, until it ends, however it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import psi
from psi.application.leftovers import find_leftovers
from psi.application.registry import live_runs
from psi.testing.ni_server.server import SimulatedServer

PSI = [sys.executable, "-m", "psi.application.cli"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")


def run_psi(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PSI, *arguments], capture_output=True, text=True, timeout=180, check=False)


def test_a_second_run_on_the_same_card_is_refused_until_the_first_is_killed(
    place: Path, live_run: Callable[..., Any]
) -> None:
    with SimulatedServer(["Dev1=USB-6343"]) as booth:
        rig = ["--rig", "ni_simulated", "--set-rig", f"server={booth.address}", "--set-rig", "look_ahead=1"]
        first = live_run("record", *rig, "--out", "first")
        (status,) = json.loads(run_psi("status", "--json").stdout)["runs"]
        assert status["devices"] == [f"NI device Dev1 at {booth.address}"]

        second = run_psi("run", "record", *rig, "--duration", "0.2", "--out", "second")
        assert second.returncode == 2
        (line,) = [line for line in second.stderr.splitlines() if "error" in line]
        assert f"NI device Dev1 at {booth.address} is in use by run {status['run_id']} on rig 'ni_simulated'" in line
        assert f"process {first.pids['runtime']}, since 20" in line
        assert not Path("second").exists()

        window = run_psi("launch", "record", *rig, "--out", "second")
        assert window.returncode == 2
        assert window.stderr == second.stderr, "a window is refused before it opens, in the same words"

        for role in ("store", "runtime"):
            psutil.Process(first.pids[role]).kill()
        assert first.end()[0] == 3
        third = run_psi("run", "record", *rig, "--duration", "0.2", "--out", "second")
        assert third.returncode == 0, third.stderr


def test_a_session_that_was_killed_whole_is_in_nobodys_way_and_the_doctor_clears_it(
    place: Path, live_run: Callable[..., Any]
) -> None:
    first = live_run("record", "--rig", "simulated_array", "--out", "first")
    (run_id,) = (found.entry.run_id for found in live_runs())
    for role in ("warden", "store", "runtime"):
        psutil.Process(first.pids[role]).kill()
    first.process.wait()
    first.wait_for("runtime")
    next_one = run_psi("run", "record", "--rig", "simulated_array", "--duration", "0.2", "--out", "second")
    assert next_one.returncode == 0, next_one.stderr
    with psi.open_recording("first") as recording:
        assert recording.finish_reason == "unfinished"
    # Only what is this test's own: others may be in the middle of something.
    left = [found for found in find_leftovers() if found.kind == "shared memory" and found.name == run_id]
    assert len(left) == 1
    assert left[0].clean is not None
    left[0].clean()
    assert live_runs() == [], "and who looks forgets what was registered"


def test_a_simulated_rig_is_held_by_nobody(place: Path, live_run: Callable[..., Any]) -> None:
    first = live_run("record", "--rig", "simulated_array", "--out", "first")
    second = run_psi("run", "record", "--rig", "simulated_array", "--duration", "0.2", "--out", "second")
    assert second.returncode == 0, second.stderr
    (run,) = json.loads(run_psi("status", "--json").stdout)["runs"]
    assert run["devices"] == []
    first.process.terminate()
    assert first.end()[0] == 130
