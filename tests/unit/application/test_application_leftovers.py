"""What killed sessions leave: found, told from what lives, removed."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from psi.application.commands import doctor_command
from psi.application.leftovers import Leftover, find_leftovers
from psi.application.registry import ProcessEntry, RunEntry, live_runs, log_folder, register
from psi.core.errors import ConfigurationError
from psi.stream.shared_memory import Segment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="shared memory has names on Linux only")

SESSION = """
import sys
from psi.data.recording_rings import RecordingRings
from psi.stream.info import StreamInfo
rings = RecordingRings(sys.argv[1], [(StreamInfo('x', 100.0), 'float32')], [], {}, sys.argv[2])
print('made', flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PSI_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def found(kind: str) -> list[str]:
    return [left.name for left in find_leftovers() if left.kind == kind]


def entry(run_id: str, process: ProcessEntry) -> RunEntry:
    return RunEntry(
        run_id=run_id, paradigm="record", rig="booth", subject="", recording="", port=1, token="x",
        started="2026-01-01T00:00:00+00:00", processes=(process,),
    )  # fmt: skip


def test_the_memory_of_a_session_that_was_killed_is_found_and_removed_and_that_of_a_live_one_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = f"test-{secrets.token_hex(6)}"
    session = subprocess.Popen(
        [sys.executable, "-c", SESSION, run_id, str(tmp_path / "r")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert session.stdout is not None
    assert session.stdout.readline() == "made\n"
    assert run_id not in found("shared memory")
    session.kill()
    session.communicate()
    (left,) = [left for left in find_leftovers() if left.name == run_id]
    assert left.text.startswith(f"run {run_id} was killed and left 3 segments")
    assert left.clean is not None
    left.clean()
    assert run_id not in found("shared memory")
    assert not list(Path("/dev/shm").glob(f"psi-{run_id}-*"))


def test_memory_without_its_control_is_a_leftover() -> None:
    run_id = f"test-{secrets.token_hex(6)}"
    path = Path(f"/dev/shm/psi-{run_id}-stream0")
    path.write_bytes(b"x")
    (left,) = [left for left in find_leftovers() if left.name == run_id]
    assert left.clean is not None
    left.clean()
    assert not path.exists()


def test_memory_that_is_no_run_s_by_its_name_is_a_leftover_once_nobody_has_it_mapped() -> None:
    name = f"psi-bench-{secrets.token_hex(6)}"
    path = Path(f"/dev/shm/{name}")
    with Segment.create(name, 100) as segment:
        assert name not in found("shared memory"), "it was made just now"
        os.utime(path, (0, 0))
        assert name not in found("shared memory"), "it is mapped"
        segment.close()
    assert name in found("shared memory")
    (left,) = [left for left in find_leftovers() if left.name == name]
    assert left.clean is not None
    left.clean()
    assert not path.exists()


def test_registered_runs_and_logs_of_the_dead_are_found_and_those_of_the_living_are_not(state: Path) -> None:
    gone = ProcessEntry(role="warden", pid=2**22 + 1, create_time=1.0)
    register(entry("dead", gone))
    log_folder("dead")
    register(entry("alive", ProcessEntry.of("warden")))
    (log_folder("alive") / "runtime.log").touch()
    (log_folder("forgotten") / "runtime.log").touch()
    (state / "other.json").write_text("{}")
    assert found("state") == ["dead", "other.json", "forgotten"]
    for left in find_leftovers():
        if left.kind == "state" and left.clean is not None:
            left.clean()
    assert found("state") == []
    assert [run.entry.run_id for run in live_runs()] == ["alive"]
    assert sorted(path.name for path in state.iterdir()) == ["alive", "alive.json"]


def test_the_doctor_shows_and_cleans(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    register(entry("dead", ProcessEntry(role="warden", pid=2**22 + 1, create_time=1.0)))

    def lines(clean: bool) -> list[dict[str, object]]:
        assert doctor_command.show(servers=(), reset="", as_json=True, clean=clean) == 0
        said = json.loads(capsys.readouterr().out)["lines"]
        return [line for line in said if line["kind"] == "leftover" and line["name"] in ("dead", "")]

    def only_state() -> list[Leftover]:
        return [left for left in find_leftovers() if left.kind == "state"]

    with pytest.MonkeyPatch.context() as patched:
        # Other tests' sessions may live and die meanwhile.
        patched.setattr(doctor_command, "find_leftovers", only_state)
        (line,) = lines(clean=False)
        assert "run dead (record on booth) was killed and is still registered; 'psi doctor --clean' removes it" in str(
            line["text"]
        )
        assert (state / "dead.json").exists()
        (line,) = lines(clean=True)
        assert (line["found"], str(line["text"]).startswith("state: removed: run dead")) == (True, True)
        assert lines(clean=True) == [{"kind": "leftover", "name": "", "text": "none", "found": True}]


@pytest.mark.parametrize("server", ["nonsense", "host:", ":5", "host:x", "host:0", "host:70000"])
def test_a_server_that_is_none_is_refused(server: str) -> None:
    with pytest.raises(ConfigurationError, match="is no device server; give its host and its port"):
        doctor_command.show(servers=(server,), reset="", as_json=False)
