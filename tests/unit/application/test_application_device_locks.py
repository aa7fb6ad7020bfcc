"""Locks of devices: held by one process, named to others, and gone with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from psi.application.device_locks import DeviceLocks, holders, left_locks, lock_folder
from psi.core.errors import ConfigurationError

HOLDER = """
import sys
from psi.application.device_locks import DeviceLocks
locks = DeviceLocks(sys.argv[1:], 'run-7', 'booth1')
print('held', flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PSI_STATE_DIR", str(tmp_path))


def hold(*devices: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, *devices], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_device_that_another_process_has_is_refused_with_its_name_until_it_is_killed() -> None:
    holder = hold("NI device Dev1", "serial port /dev/ttyUSB0")
    try:
        with pytest.raises(ConfigurationError) as raised:
            DeviceLocks(["sound output x", "NI device dev1", "serial port /dev/ttyUSB0"], "mine", "booth2")
        lines = [finding.message for finding in raised.value.findings]
        assert len(lines) == 2
        assert lines[0].startswith("NI device dev1 is in use by run run-7 on rig 'booth1' (user ")
        assert f"process {holder.pid}, since " in lines[0]
        assert {found.device for found in holders()} == {"NI device Dev1", "serial port /dev/ttyUSB0"}
        assert left_locks() == []
        # What could be had is not kept.
        DeviceLocks(["sound output x"], "other", "booth3").release()
    finally:
        end(holder)
    assert holders() == []
    assert len(left_locks()) == 2
    locks = DeviceLocks(["NI device Dev1", "serial port /dev/ttyUSB0"], "mine", "booth2")
    assert {found.pid for found in holders()} == {os.getpid()}
    locks.release()
    assert not lock_folder().exists()


def test_one_device_under_two_spellings_is_one() -> None:
    locks = DeviceLocks(["NI device Dev1", "NI device dev1"], "mine", "booth1")
    assert [found.device for found in holders()] == ["NI device dev1"]
    locks.release()
    locks.release()
    assert holders() == []


def test_devices_with_names_of_any_kind_are_told_apart() -> None:
    locks = DeviceLocks(["a/b", "a:b", "µ" * 200, ""], "mine", "booth1")
    assert len(holders()) == 4
    locks.release()


def test_locks_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file")
    with pytest.raises(ConfigurationError, match="the lock of a device cannot be opened"):
        DeviceLocks(["x"], "mine", "booth1")
    assert holders() == []


def test_a_run_without_devices_takes_no_locks() -> None:
    DeviceLocks([], "mine", "simulated").release()
    assert not lock_folder().exists()
