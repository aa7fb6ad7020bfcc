"""A manifest's title and line, read from its source without importing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from psi.assembly.discovery import listing
from psi.assembly.loading import load, manifest_class
from psi.assembly.summary import Summary, summary_of

SOURCES = {
    "whole": (
        '"""Does this.\n\nAnd that."""\nenamldef X(Paradigm):\n    title = "A title"\n',
        Summary("A title", "Does this."),
    ),
    "empty": ("", Summary()),
    "no docstring": ("from psi.api import Rig\nenamldef X(Rig):\n    title = 'T'\n", Summary("T", "")),
    "no title": ('"""Line."""\nenamldef X(Rig):\n    id = "x"\n', Summary("", "Line.")),
    "a title further in is another thing's": (
        "enamldef X(Rig):\n    Extension:\n        Panel:\n            title = 'Rewards'\n",
        Summary(),
    ),
    "of several, the one with the file's name": (
        "enamldef MyTask(Paradigm):\n    title = 'mine'\nenamldef Helper(Paradigm):\n    title = 'other'\n",
        Summary("mine", ""),
    ),
    "of several without it, the last": (
        "enamldef A(Rig):\n    title = 'a'\nenamldef B(A):\n    title = 'b'\n",
        Summary("b", ""),
    ),
    "a title that is computed": ("enamldef X(Rig):\n    title = f'{1}'\n", Summary()),
    "what stands before a fault": (
        '"""Line."""\nenamldef X(Rig):\n    title = "T"\n    id = """never ended\n',
        Summary("T", "Line."),
    ),
}


@pytest.mark.parametrize("what", SOURCES)
def test_a_source_says_what_it_is(tmp_path: Path, what: str) -> None:
    source, summary = SOURCES[what]
    path = tmp_path / "my_task.enaml"
    path.write_text(source, encoding="utf-8")
    assert summary_of(path) == summary


def test_what_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "binary.enaml").write_bytes(b"\xff\xfe\x00")
    assert summary_of(tmp_path / "binary.enaml") == summary_of(tmp_path / "none.enaml") == Summary()


@pytest.mark.parametrize("found", [*listing("paradigm"), *listing("rig")], ids=lambda found: found.name)
def test_what_is_shipped_has_the_title_that_it_declares(found) -> None:
    summary = summary_of(found.path)
    assert summary.line.endswith(".")
    assert summary.title == manifest_class(load(found.path))().title
