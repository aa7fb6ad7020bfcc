"""Disks that run full, on a real file system that is small; and a store that stands still for a while."""

from __future__ import annotations

import errno
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import psi
from psi.application.registry import live_runs
from psi.link.client import LinkClient

LiveRuns = Callable[..., Any]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts a small file system")


@pytest.fixture
def small_disk(place: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a file system of so many MiB in memory."""
    mounted: list[Path] = []

    def mount(size: int) -> Path:
        folder = place / f"disk{size}"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}m", "psi-test", str(folder)], capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"cannot mount a file system: {done.stderr.strip() or 'not allowed'}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Take every byte that is left."""
    with open(folder / f"filler{time.monotonic_ns()}", "wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def assert_whole(folder: Path) -> int:
    """The recording is closed, says why, and its streams agree; how many samples it has."""
    assert not (folder / ".reserve").exists()
    with psi.open_recording(folder) as recording:
        # A burst that found no room leaves parts: there is none to join them.
        assert len(recording.files) == 1 + len(list(folder.glob("recording.part*")))
        assert recording.finish_reason == "disk full"
        assert "end" in recording.attributes
        lengths = {len(stream.data) for stream in recording.streams.values()}
        raw = recording.streams["raw_signal"].data[:]
        assert np.isfinite(raw).all()
        # Noise: what was written is there, and not zeros.
        assert (np.abs(raw).sum(axis=1) > 0).all()
        assert max(lengths) - min(lengths) <= 250
        return min(lengths)


def test_a_run_ends_well_before_its_disk_is_full(
    place: Path, small_disk: Callable[[int], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    from psi.application.cli import main

    disk = small_disk(160)
    out = str(disk / "r")
    status = main(["run", "record", "--rig", "simulated_array", "--speed", "max", "--duration", "900", "--out", out])
    err = capfd.readouterr().err
    assert status == 3
    assert f"the disk of {disk / 'r'} is full; the run was ended, and what it has recorded is whole" in err
    assert assert_whole(disk / "r") > 25_000
    assert not list((disk / "r").glob("*committed*"))
    with psi.open_recording(disk / "r") as recording:
        assert "experiment_end" in recording.events["name"].tolist()


def test_a_disk_that_somebody_else_fills_ends_the_run_and_the_file_is_closed(
    place: Path, small_disk: Callable[[int], Path], live_run: LiveRuns
) -> None:
    disk = small_disk(300)
    run = live_run("record", "--rig", "simulated_array", "--out", str(disk / "r"))
    fill(disk)
    status, summary, err = run.end()
    assert (status, summary["finish_reason"]) == (3, "disk full"), err
    assert assert_whole(disk / "r") > 0


@pytest.mark.long
def test_a_store_that_stands_still_is_ridden_out_by_the_rings(place: Path, live_run: LiveRuns) -> None:
    run = live_run("record", "--rig", "simulated_array", "--out", "r")
    (entry,) = (found.entry for found in live_runs())
    store = psutil.Process(run.pids["store"])
    with LinkClient(entry.port, entry.token) as link:

        def until(holds: Callable[[dict[str, Any]], bool]) -> None:
            deadline = time.monotonic() + 60
            while not holds(link.request("status")):
                assert time.monotonic() < deadline

        store.suspend()
        until(lambda status: status["headroom"] < 0.2)
        store.resume()
        until(lambda status: status["headroom"] > 0.9)
        link.request("stop")
    status, summary, err = run.end()
    assert (status, summary["finish_reason"]) == (0, "stopped"), err
    with psi.open_recording("r") as recording:
        assert recording.gaps == []
        (behind,) = recording.events[recording.events["name"] == "store_behind"].to_dict("records")
        assert behind["info"]["headroom"] < 0.25
