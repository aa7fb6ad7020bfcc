"""README says what is true: its commands, folders and examples are those of this checkout."""

import importlib.util
import re
import shlex
import sys
from pathlib import Path

import pytest
import typer

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title):
    return README.split(f"## {title}\n")[1].split("\n## ")[0]


def commands(text):
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def load_bootstrap():
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def psi_commands():
    from psi.application.cli import app

    return typer.main.get_command(app)


def test_the_quick_start_is_two_commands_that_bootstrap_understands():
    first, second = commands(section("Quick start"))
    jobs = []
    for line in (first, second):
        python, script, *arguments = shlex.split(line)
        assert (python, script) == ("python3", "bootstrap.py")
        jobs.append(load_bootstrap().parser().parse_args(arguments).job)
    assert jobs == ["run", "test"]


def test_ci_runs_the_quick_start():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for line in commands(section("Quick start")):
        assert re.search(rf"^step {re.escape(line)}\b", script, re.MULTILINE)


def test_every_command_of_psi_is_listed_and_no_other():
    listed = re.findall(r"^\| `psi ([\w-]+)", README, re.MULTILINE)
    assert sorted(listed) == sorted(psi_commands().commands)


def test_every_option_that_is_named_exists():
    options = {name for command in psi_commands().commands.values() for p in command.params for name in p.opts}
    bootstrap = set(load_bootstrap().parser().format_help().split())
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert named
    assert named <= options | bootstrap | {"--help"}


@pytest.mark.parametrize("line", commands(section("Run a session")))
def test_examples_name_what_is_there(line):
    from psi.assembly.discovery import find

    program, _, paradigm, *options = shlex.split(line)
    assert program == "psi"
    find("paradigm", paradigm)
    find("rig", options[options.index("--rig") + 1])


def test_folders_that_are_named_exist():
    folders = re.findall(r"^\| `(\w+)/`", section("Where things are"), re.MULTILINE)
    assert len(folders) >= 5
    for folder in folders:
        assert (ROOT / folder).is_dir()


def test_reading_a_recording_is_shown_as_it_is():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    from psi.data.recording import Recording, Stream

    for name in re.findall(r"recording\.(\w+)", example):
        if name not in ("recording", "py"):
            assert hasattr(Recording, name), name
    for name in re.findall(r"poke\.(\w+)", example):
        assert name in dir(Stream) or name in Stream.__annotations__, name


def test_an_older_python_is_told_what_is_needed(monkeypatch, capsys):
    bootstrap = load_bootstrap()
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert bootstrap.main(["run"]) == 2
    assert "psi needs Python 3.11 or newer" in capsys.readouterr().err


def test_bootstrap_can_be_read_by_an_older_python():
    import ast

    ast.parse((ROOT / "bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 9))
