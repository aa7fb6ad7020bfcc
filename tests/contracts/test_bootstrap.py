"""What bootstrap.py does before psi is there, without installing anything."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bootstrap():
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def installed(bootstrap, monkeypatch, tmp_path):
    """The pip commands that were asked for; nothing is run."""
    asked = []

    def run(command, **kwargs):
        asked.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(bootstrap, "make_environment", lambda env: env.mkdir(exist_ok=True))
    monkeypatch.setattr(bootstrap, "refuse_other_psi", lambda env: None)
    monkeypatch.setattr(bootstrap, "check_system_libraries", lambda env: True)
    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    return asked


def test_the_second_time_installs_nothing(bootstrap, installed, tmp_path):
    for _ in range(2):
        bootstrap.set_up(tmp_path / "env", ["test"])
    assert [command[-1] for command in installed] == [f"{ROOT}[test]"]


def test_extras_add_up(bootstrap, installed, tmp_path):
    for extras in ([], ["test"], [], ["serial"]):
        bootstrap.set_up(tmp_path / "env", extras)
    assert [command[-1] for command in installed] == [str(ROOT), f"{ROOT}[test]", f"{ROOT}[serial,test]"]


def test_a_changed_project_is_installed_again(bootstrap, installed, tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    (tmp_path / "setup.py").write_text("")
    for text in ("one", "two"):
        (tmp_path / "pyproject.toml").write_text(text)
        bootstrap.set_up(tmp_path / "env", [])
    assert len(installed) == 2


def test_what_was_incomplete_is_tried_again(bootstrap, installed, tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "check_system_libraries", lambda env: False)
    for _ in range(2):
        bootstrap.set_up(tmp_path / "env", [])
    assert len(installed) == 2


def test_a_failed_installation_is_status_2_and_tried_again(bootstrap, installed, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.subprocess, "run", lambda command, **kw: subprocess.CompletedProcess(command, 1))
    assert bootstrap.main(["--env", str(tmp_path / "env"), "setup"]) == 2
    assert "pip could not install psi" in capsys.readouterr().err
    assert not (tmp_path / "env" / bootstrap.STAMP).exists()


@pytest.mark.skipif(os.name == "nt", reason="about Debian")
@pytest.mark.parametrize(
    ("apt", "user", "line"),
    [
        ("/usr/bin/apt-get", 1000, "sudo sh -c 'apt-get update && apt-get install -y .* libportaudio2'"),
        (None, 0, "install what Debian calls libportaudio2"),
    ],
)
def test_where_it_may_not_install_it_names_the_line(bootstrap, monkeypatch, apt, user, line):
    import re

    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: apt)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: user)
    monkeypatch.setattr(bootstrap.subprocess, "run", lambda *a, **k: pytest.fail("nothing may be run"))
    assert re.fullmatch(line, bootstrap.apt_install("libportaudio2"))


@pytest.mark.skipif(os.name == "nt", reason="about Debian")
def test_missing_ensurepip_names_the_line(bootstrap, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bootstrap, "succeeds", lambda python, code: False)
    monkeypatch.setattr(bootstrap, "apt_install", lambda packages: f"sudo apt-get install {packages}")
    assert bootstrap.main(["--env", str(tmp_path / "env"), "run"]) == 2
    assert "sudo apt-get install python3-venv" in capsys.readouterr().err


def test_a_folder_that_holds_something_else_is_left_alone(bootstrap, tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    assert bootstrap.main(["--env", str(tmp_path), "run"]) == 2
    assert "holds something else" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("files", ["top_level", "record"])
def test_another_distribution_called_psi_is_found(bootstrap, tmp_path, files):
    info = tmp_path / "psiexperiment-0.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: psiexperiment\nVersion: 0.5\n")
    if files == "top_level":
        (info / "top_level.txt").write_text("psi\n")
    else:
        (info / "RECORD").write_text("psi/__init__.py,,\npsiexperiment-0.5.dist-info/RECORD,,\n")
    done = subprocess.run(
        [sys.executable, "-c", bootstrap.OTHERS],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == ["psiexperiment"]


def test_another_distribution_called_psi_is_refused(bootstrap, tmp_path, monkeypatch):
    answer = subprocess.CompletedProcess([], 0, stdout='["psiexperiment"]')
    monkeypatch.setattr(bootstrap.subprocess, "run", lambda *a, **k: answer)
    with pytest.raises(bootstrap.SetupError, match=r"psiexperiment in (.|\n)* pip uninstall psiexperiment"):
        bootstrap.refuse_other_psi(tmp_path)


def test_the_tests_get_what_follows_the_dashes(bootstrap):
    chosen = bootstrap.parser().parse_args(["test", "--", "-p", "no:cacheprovider", "-k", "ring"])
    assert chosen.arguments == ["-p", "no:cacheprovider", "-k", "ring"]
