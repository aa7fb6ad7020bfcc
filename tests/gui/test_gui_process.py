"""The console as a process: greeted on its standard input, ready when it says so, ended politely."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from psi.application.console import declared_panels, layouts_dir, read_greeting
from psi.core.errors import ConfigurationError

COMMAND = [sys.executable, "-m", "psi.application.console"]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PSI_CONFIG_DIR": str(folder)}


@pytest.mark.parametrize("line", ["", "hello", "[]", '{"port": 1}'])
def test_a_greeting_that_says_nothing_is_refused(line: str) -> None:
    with pytest.raises(ConfigurationError, match="psi attach"):
        read_greeting(line)


def test_a_console_that_is_told_nothing_says_so(tmp_path: Path) -> None:
    done = subprocess.run(COMMAND, input="", capture_output=True, text=True, env=environment(tmp_path), timeout=60)
    assert done.returncode == 2
    assert "psi attach" in done.stderr
    assert "Traceback" not in done.stderr


def test_layouts_are_kept_where_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PSI_CONFIG_DIR", str(tmp_path))
    assert layouts_dir() == tmp_path / "layouts"


def test_manifests_that_cannot_be_loaded_leave_psis_own_panels() -> None:
    assert set(declared_panels("no_such", "simulated")) == set(declared_panels())


@pytest.mark.skipif(sys.platform == "win32", reason="ended by a signal")
def test_a_console_opens_on_a_rig_and_ends_politely(rig: Any, tmp_path: Path) -> None:
    process = subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(tmp_path)
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps({"port": rig.port, "token": rig.token}) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"console": "ready"}
        assert rig.state.since(0, 0).snapshot["condition"] == "closed"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert (tmp_path / "layouts" / "appetitive_gonogo.json").is_file()
    finally:
        process.kill()
        process.communicate()
