"""Live runs: files of this process, of ended processes, and of nobody."""

import os
import stat
import subprocess
import sys

import pytest

from psi.application import registry
from psi.application.registry import ProcessEntry, RunEntry
from psi.core.errors import ConfigurationError


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    folder = tmp_path / "state"
    monkeypatch.setenv("PSI_STATE_DIR", str(folder))
    return folder


def entry(run_id="r1", processes=None, started="2026-01-01T10:00:00+00:00"):
    return RunEntry(
        run_id=run_id,
        paradigm="appetitive_gonogo",
        rig="simulated",
        subject="test1",
        recording="/data/r1",
        port=5555,
        token="secret",
        started=started,
        processes=(ProcessEntry.of("warden"),) if processes is None else processes,
    )


@pytest.fixture
def ended():
    """The entry of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        made = ProcessEntry.of("store", child.pid)
        child.communicate(b"\n")
    return made


def test_nothing_is_live_before_anything_was_registered(state):
    assert registry.live_runs() == []
    assert not state.exists()


def test_a_registered_run_is_live_with_all_that_was_said_of_it():
    registry.register(entry())
    (run,) = registry.live_runs()
    assert run.entry == entry()
    assert [process.pid for process in run.living] == [os.getpid()]
    assert run.ended == ()


def test_a_removed_run_is_not_live_and_removing_again_is_fine():
    registry.register(entry())
    registry.remove("r1")
    registry.remove("r1")
    assert registry.live_runs() == []


def test_an_ended_process_is_told_from_the_living(ended):
    registry.register(entry(processes=(ProcessEntry.of("warden"), ended)))
    (run,) = registry.live_runs()
    assert [process.role for process in run.living] == ["warden"]
    assert run.ended == (ended,)


def test_a_child_that_waits_to_be_collected_has_ended():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    made = ProcessEntry.of("store", child.pid)
    assert made.alive()
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT) if hasattr(os, "waitid") else child.wait()
    assert not made.alive()
    child.wait()


def test_another_process_with_the_same_id_is_not_taken_for_it():
    own = ProcessEntry.of("warden")
    assert own.alive()
    assert not own.model_copy(update={"create_time": own.create_time - 3600}).alive()


def test_a_run_of_which_nothing_lives_is_forgotten(state, ended):
    registry.register(entry(processes=(ended,)))
    assert registry.live_runs() == []
    assert list(state.iterdir()) == []


def test_runs_come_oldest_first():
    registry.register(entry("a", started="2026-01-02T00:00:00+00:00"))
    registry.register(entry("b", started="2026-01-01T00:00:00+00:00"))
    assert [run.entry.run_id for run in registry.live_runs()] == ["b", "a"]


def test_a_restarted_process_takes_the_place_of_the_old(ended):
    registry.register(entry(processes=(ProcessEntry.of("warden"), ended)))
    own = ProcessEntry.of("store")
    registry.update_processes("r1", [ProcessEntry.of("warden"), own])
    (run,) = registry.live_runs()
    assert run.living == (ProcessEntry.of("warden"), own)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a user's runtime folder from others by its own means")
def test_the_token_is_readable_by_its_owner_alone(state):
    registry.register(entry())
    assert stat.S_IMODE((state / "r1.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_registering_leaves_one_file(state):
    registry.register(entry())
    registry.register(entry())
    assert [path.name for path in state.iterdir()] == ["r1.json"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PSI_STATE_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(ConfigurationError, match="live runs are registered in .* set PSI_STATE_DIR"):
        registry.register(entry())


@pytest.mark.parametrize("text", ["", "{", '{"run_id": "r1"}', "[]"])
def test_a_file_that_is_no_runs_is_named(state, text):
    state.mkdir()
    (state / "odd.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"odd\.json: not a run's file"):
        registry.live_runs()


def test_what_is_shown_holds_no_token_and_only_living_processes(ended):
    registry.register(entry(processes=(ProcessEntry.of("warden", name="w"), ended)))
    (run,) = registry.live_runs()
    shown = registry.as_dict(run, "running")
    assert "secret" not in str(shown)
    assert shown == {
        "run_id": "r1",
        "paradigm": "appetitive_gonogo",
        "rig": "simulated",
        "subject": "test1",
        "recording": "/data/r1",
        "started": "2026-01-01T10:00:00+00:00",
        "processes": [{"role": "warden", "pid": os.getpid(), "name": "w"}],
        "ended": [{"role": "store", "pid": ended.pid}],
        "condition": "running",
    }
