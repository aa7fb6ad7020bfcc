"""Fixtures for tests that start psi's processes: what they leave behind is a failure."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from psi.core.errors import RunFault
from psi.stream.control import RunControl

PSI = [sys.executable, "-m", "psi.application.cli"]

#: Seconds after which shared memory that nobody has cleared counts as left.
PATIENCE = 20.0


def _orphans() -> set[str]:
    """Runs whose shared memory is there although their runtime is not; other tests' runs may be going on."""
    shm = Path("/dev/shm")
    runs = {path.name.rpartition("-")[0] for path in shm.glob("psi-*")} if shm.is_dir() else set()
    # Tests that kill a run's processes themselves look for what is left of it themselves.
    runs = {run for run in runs if not run.startswith("psi-killed-")}
    return {run for run in runs if not _lives(run)}


def _orphans_that_stay(before: set[str]) -> set[str]:
    """Orphans that were not there ``before``, once other sessions on this machine have cleared their own."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while (left := _orphans() - before) and time.monotonic() < deadline:
        pause.wait(0.1)
    return left


def _lives(run: str) -> bool:
    try:
        with RunControl.attach(f"{run}-control") as control:
            return psutil.pid_exists(control.runtime_pid)
    except RunFault:
        return False


@pytest.fixture(autouse=True)
def _no_server_stays() -> Iterator[None]:
    """A simulated device server that a test's own process has started ends with the test."""
    yield
    if own_server := sys.modules.get("psi.engines.nidaqmx.own_server"):
        own_server.end_all()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in; afterwards no process, no shared memory and no registered run is left."""
    monkeypatch.setenv("PSI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    before = _orphans()
    yield tmp_path
    assert _orphans_that_stay(before) == set()
    assert [child.cmdline() for child in psutil.Process().children(recursive=True)] == []
    assert list((tmp_path / "state").glob("*")) == []


@dataclass
class LiveRun:
    """``psi run`` in processes of its own, known to be running."""

    process: subprocess.Popen[str]
    #: Role -> process id.
    pids: dict[str, int]

    def end(self) -> tuple[int, dict[str, Any], str]:
        """Wait for the end: exit status, the summary that was printed, and standard error."""
        out, err = self.process.communicate(timeout=90)
        lines = out.strip().splitlines()
        return self.process.returncode, json.loads(lines[-1]) if lines else {}, err

    def wait_for(self, role: str) -> None:
        """Wait until the process of ``role`` is gone."""
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(self.pids[role]).wait(timeout=90)


@pytest.fixture
def live_run(place: Path) -> Iterator[Callable[..., LiveRun]]:
    """Starts ``psi run`` with the given arguments and returns when it says that it runs."""
    started: list[LiveRun] = []

    def start(*arguments: str) -> LiveRun:
        process = subprocess.Popen(
            [*PSI, "run", *arguments, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        run = LiveRun(process, {"warden": process.pid})
        started.append(run)
        assert process.stderr is not None
        said = next((line for line in process.stderr if "running" in line), "")
        assert said, f"the run ended with {process.wait()} before it ran"
        status = subprocess.run([*PSI, "status", "--json"], capture_output=True, text=True, check=True)
        (entry,) = json.loads(status.stdout)["runs"]
        run.pids = {found["role"]: found["pid"] for found in entry["processes"]}
        return run

    yield start
    for run in started:
        for pid in run.pids.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()
        run.process.communicate()
