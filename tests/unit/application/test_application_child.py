"""How children are started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from psi.application.child import STANDS_BACK, stand_back


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_who_draws_and_who_writes_stand_back_behind_the_runtime() -> None:
    assert STANDS_BACK.get("runtime", 0) == 0 < STANDS_BACK["store"] < STANDS_BACK["console"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has classes of priority")
def test_a_process_stands_back(sleeper: subprocess.Popen[bytes]) -> None:
    before = os.getpriority(os.PRIO_PROCESS, sleeper.pid)
    stand_back(sleeper.pid, 0)
    assert psutil.Process(sleeper.pid).nice() == before
    stand_back(sleeper.pid, before + 5)
    assert psutil.Process(sleeper.pid).nice() == before + 5


def test_a_process_that_is_gone_is_no_fault(sleeper: subprocess.Popen[bytes]) -> None:
    sleeper.kill()
    sleeper.wait()
    stand_back(sleeper.pid, 5)
