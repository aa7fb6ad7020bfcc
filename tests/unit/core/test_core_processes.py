"""A process is known by its id and by when it was made."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from psi.core.processes import created, lives


def test_a_process_lives_until_it_has_ended_also_where_nobody_has_looked_at_it_yet() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    made = created(psutil.Process(child.pid))
    assert lives(child.pid, made)
    child.kill()
    if sys.platform != "win32":
        # Ended, but its number is kept until it is waited for.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert psutil.pid_exists(child.pid)
        assert not lives(child.pid, made)
    child.communicate()
    assert not lives(child.pid, made)


def test_another_process_with_the_id_of_one_that_has_ended_is_not_it() -> None:
    own = psutil.Process()
    assert lives(own.pid, created(own))
    assert not lives(own.pid, created(own) - 1000)


def test_a_process_that_may_not_be_asked_is_another_users(monkeypatch: pytest.MonkeyPatch) -> None:
    own = psutil.Process()
    made = created(own)

    def refuse(process: psutil.Process) -> float:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "create_time", refuse)
    assert not lives(own.pid, made)
