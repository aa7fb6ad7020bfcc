"""``psi graph --svg`` leaves a whole picture, or one clear line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from psi.application.cli import main

GRAPH = ("graph", "beat_locked", "--rig", "replay_ecg", "--svg")

ROGUE = """
from psi.api import AIChannel, Edges, Extension, Rig, SimulatedEngine, Threshold

enamldef Rogue(Rig):
    id = 'rogue'
    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
        SimulatedEngine:
            name = '<svg> & "more"'
            AIChannel:
                channel = 'Dev1/ai0'
                fs = 1000
                unit = 'µV'
                Threshold:
                    threshold = 0.5
                    Edges:
                        name = 'touch'
"""


def said_and_refused(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """The lines of a refusal."""
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_the_picture_is_written_whole_and_in_place_of_what_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "beat.svg"
    path.write_text("old")
    assert main([*GRAPH, str(path)]) == 0
    assert capsys.readouterr().out == f"drawn in {path}\n"
    svg = ElementTree.fromstring(path.read_bytes())
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert "ecg_filtered" in path.read_text(encoding="utf-8")
    assert [file.name for file in tmp_path.iterdir()] == ["beat.svg"]


def test_the_same_experiment_is_drawn_the_same(tmp_path: Path) -> None:
    paths = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for path in paths:
        assert main([*GRAPH, str(path)]) == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_names_that_look_like_markup_stay_names(tmp_path: Path) -> None:
    rig, path = tmp_path / "rogue.enaml", tmp_path / "rogue.svg"
    rig.write_text(ROGUE, encoding="utf-8")
    assert main(["graph", "record", "--rig", str(rig), "--svg", str(path)]) == 0
    texts = [element.text for element in ElementTree.fromstring(path.read_bytes()).iter()]
    assert '<svg> & "more"' in texts
    assert "1000 /s, µV, 1 channel" in texts


def test_a_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = said_and_refused(capsys, *GRAPH, str(tmp_path))
    assert (
        line == f"psi: error: --svg: {tmp_path} is a folder; give the name of a file, such as {tmp_path / 'graph.svg'}"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("above", "why"), [("none", "No such file or directory"), ("file", "Not a directory")])
def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], above: str, why: str
) -> None:
    (tmp_path / "file").touch()
    (line,) = said_and_refused(capsys, *GRAPH, str(tmp_path / above / "x.svg"))
    assert f"x.svg cannot be written: {why}; choose a file in a folder that is there and yours" in line
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_nobody_may_write_to_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o500)
    (line,) = said_and_refused(capsys, *GRAPH, str(tmp_path / "x.svg"))
    assert "x.svg cannot be written: Permission denied" in line
    tmp_path.chmod(0o700)
