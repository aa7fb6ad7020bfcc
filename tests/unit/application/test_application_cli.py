"""The command line's own part: what it understands, what it refuses, and how."""

import json
import subprocess
import sys
import types

import pytest

from psi.application import cli
from psi.application.registry import ProcessEntry, RunEntry, register
from psi.core.errors import ConfigurationError, Finding, RecordingError, RunFault
from psi.link.messages import new_token
from psi.link.server import LinkServer

RUN = ["run", "p", "--rig", "r"]


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("PSI_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def asked(monkeypatch):
    """What ``psi run`` hands on; set ``.raises`` or ``.status`` for what becomes of it."""
    module = types.ModuleType("psi.application.commands.run_command")
    module.options, module.raises, module.status = [], None, 0

    def run(options):
        module.options.append(options)
        if module.raises is not None:
            raise module.raises
        return module.status

    module.run = run
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("psi.application.commands.run_command", module, raising=False)
    return module


def test_help_comes_without_the_heavy_parts():
    code = (
        "import sys; from psi.application.cli import main; main(['--help']); "
        "heavy = {'numpy', 'enaml', 'pydantic', 'tables', 'zmq', 'pandas', 'scipy'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for command in ("run", "list", "check", "graph", "info", "status", "schema"):
        assert f"\n  {command} " in done.stdout


def test_every_option_reaches_the_run(asked, tmp_path):
    arguments = """run gonogo --rig booth --subject s1 --task t.json --session s.json --set a=1 --set b=a+1
        --set-rig file=x.npz --set-rig n=2 --manifest lamp --manifest pump --duration 1.5 --trials 20 --speed max
        --seed 7 --out rec --json"""
    assert cli.main(arguments.split()) == 0
    (options,) = asked.options
    shown = {name: str(getattr(options, name)) for name in ("task", "session", "out", "speed", "seed", "trials")}
    assert shown == {"task": "t.json", "session": "s.json", "out": "rec", "speed": "inf", "seed": "7", "trials": "20"}
    assert (options.paradigm, options.rig, options.subject) == ("gonogo", "booth", "s1")
    assert (options.sets, options.rig_sets) == (("a=1", "b=a+1"), ("file=x.npz", "n=2"))
    assert (options.manifests, options.duration, options.json) == (("lamp", "pump"), 1.5, True)


def test_what_is_not_said_is_left_open(asked):
    cli.main(RUN)
    (options,) = asked.options
    for name in ("task", "session", "duration", "trials", "speed", "seed", "out"):
        assert getattr(options, name) is None
    assert (options.sets, options.rig_sets, options.manifests, options.subject, options.json) == ((), (), (), "", False)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rnu"], "No such command 'rnu'"),
        (["run"], "Missing argument 'PARADIGM'"),
        (["run", "p"], "Missing option '--rig'"),
        ([*RUN, "--trails", "3"], "No such option"),
        ([*RUN, "--trials", "three"], "'--trials'"),
        ([*RUN, "--trials", "0"], "--trials: 0 is no end of a run"),
        ([*RUN, "--duration", "-1"], "--duration: -1.0 is no end of a run"),
        ([*RUN, "--duration", "nan"], "--duration: nan is no end of a run"),
        ([*RUN, "--speed", "fast"], "--speed: 'fast' is no speed"),
        ([*RUN, "--seed", "-3"], "--seed: -3 is no seed"),
        (["info"], "Missing argument 'PATH'"),
        (["schema", "taks"], "did you mean 'task'"),
    ],
)
def test_wrong_use_is_lines_on_standard_error_and_status_2(asked, capsys, arguments, says):
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines
    assert all(line.startswith("psi: error: ") for line in lines)
    assert says in captured.err
    assert asked.options == []


@pytest.mark.parametrize(
    ("raises", "status", "says"),
    [
        (ConfigurationError([Finding("one", "a.enaml:3"), Finding("two")]), 2, ["a.enaml:3: one", "two"]),
        (RecordingError("no recording at x"), 2, ["no recording at x"]),
        (RunFault("cable out"), 3, ["cable out"]),
    ],
)
def test_what_psi_refuses_is_a_line_for_each_finding(asked, capsys, raises, status, says):
    asked.raises = raises
    assert cli.main(RUN) == status
    assert capsys.readouterr().err.splitlines() == [f"psi: error: {line}" for line in says]


def test_ctrl_c_is_status_130(asked, capsys):
    asked.raises = KeyboardInterrupt()
    assert cli.main(RUN) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_the_runs_status_is_the_commands(asked):
    asked.status = 3
    assert cli.main(RUN) == 3


def test_a_bug_shows_where_it_is(asked):
    asked.raises = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError):
        cli.main(RUN)


def test_the_version_is_shown(capsys):
    import psi

    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"psi {psi.__version__}\n"


def test_nothing_asked_is_answered_with_help(capsys):
    assert cli.main([]) == 0
    assert "Usage: psi" in capsys.readouterr().out


def test_list_shows_names_and_where_they_come_from(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("PSI_PATH", str(tmp_path))
    mine = tmp_path / "paradigms" / "record.enaml"
    mine.parent.mkdir()
    mine.write_text("")
    assert cli.main(["list"]) == 0
    plain = capsys.readouterr().out.splitlines()
    assert plain.count("  record") == 1
    assert [line for line in plain if not line.startswith(" ")] == ["paradigms", "rigs", "manifests"]
    assert cli.main(["list", "--where"]) == 0
    records = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("  record ")]
    assert records[0] == ["record", "PSI_PATH:", str(mine)]
    assert records[-1][-1] == "(hidden)"
    assert cli.main(["list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"name": "record", "origin": "PSI_PATH", "path": str(mine)} in listed["paradigms"]


def test_schema_prints_json(capsys):
    assert cli.main(["schema", "session"]) == 0
    assert "subject" in json.loads(capsys.readouterr().out)["properties"]


def test_status_without_runs(capsys):
    assert cli.main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"runs": []}
    assert cli.main(["status"]) == 0
    assert capsys.readouterr().out == "no run\n"


def test_status_asks_each_run_how_it_is(capsys):
    token = new_token()
    with LinkServer(token, {"status": lambda params: {"condition": "running"}}) as server:
        entry = RunEntry(
            run_id="r1",
            paradigm="record",
            rig="simulated",
            subject="",
            recording="/data/r1",
            port=server.start(),
            token=token,
            started="2026-01-01T10:00:00+00:00",
            processes=(ProcessEntry.of("runtime"),),
        )
        register(entry)
        assert cli.main(["status", "--json"]) == 0
        (run,) = json.loads(capsys.readouterr().out)["runs"]
        assert run["condition"] == "running"
        assert [process["role"] for process in run["processes"]] == ["runtime"]
        assert cli.main(["status"]) == 0
        text = capsys.readouterr().out
        assert "r1  record on simulated, subject -: running" in text
        assert token not in text


def test_a_run_that_does_not_answer_is_shown_as_such(capsys, monkeypatch):
    monkeypatch.setattr("psi.application.commands.status_command._PATIENCE", 0.05)
    with LinkServer("theirs", {}) as server:
        entry = {"paradigm": "p", "rig": "r", "subject": "s", "recording": "", "started": "2026-01-01T10:00:00+00:00"}
        register(
            RunEntry(run_id="r1", port=server.start(), token="ours", processes=(ProcessEntry.of("warden"),), **entry)
        )
        assert cli.main(["status"]) == 0
    assert "subject s: no answer" in capsys.readouterr().out
