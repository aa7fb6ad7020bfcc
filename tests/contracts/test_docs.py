"""docs/ says what is true: its examples run, its links lead somewhere, its tables are those of the code.

Each page is worked through from top to bottom in a folder of its own:

- ``sh``: every line is a ``psi`` command, which must end well, or sets a variable with ``export``.
- ``python``: runs; the blocks of a page share their names.
- ``enaml``: is a file; it is loaded and registered on a workbench.
- ``json``: is JSON.

A comment on the line before a block says what else is to be known of it: ``<!-- file: PATH -->`` (it is saved there
and not run), ``<!-- exit status N -->`` (how its last command ends), ``<!-- output -->`` (each line of it, up to a
``...``, was said by the last command).
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from enaml.workbench.api import PluginManifest

import psi.api
from psi.application.cli import app
from psi.assembly.loading import load, manifest_class
from psi.assembly.workbench import make_workbench
from psi.context import items
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.controller.dispatch.event import BUILT_IN_EVENTS, BUILT_IN_STATES, ENGINE_EVENTS, STORE_EVENTS
from psi.controller.plugin import POINT_KINDS
from psi.controller.trials.trials import STANDARD_RESULTS
from psi.core.contributions import unknown_points
from psi.core.distribution_families import FAMILIES
from psi.data.layout import EPOCH_COLUMNS, FORMAT, FORMAT_VERSION, TABLES
from psi.data.rows import ROW_KINDS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]*) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
#: Folders of a reader's own, by the variable that names them.
OWN_FOLDERS = ("PSI_STATE_DIR", "PSI_CONFIG_DIR", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")
KINDS = ("sh", "python", "enaml", "json", "text")


@dataclass
class Block:
    mark: str
    kind: str
    text: str

    @property
    def file(self) -> str:
        return self.mark.removeprefix("file: ") if self.mark.startswith("file: ") else ""

    @property
    def status(self) -> int:
        return int(self.mark.removeprefix("exit status ")) if self.mark.startswith("exit status ") else 0


def blocks(page):
    return [Block(m["mark"] or "", m["kind"], m["text"]) for m in BLOCK.finditer(TEXTS[page])]


def commands():
    """The commands of ``psi`` by name."""
    group: Any = typer.main.get_command(app)
    return group.commands


def name_of(page):
    return page.relative_to(DOCS).as_posix()


def section(page, title):
    """The part of ``page`` under the heading ``title``."""
    text = re.split(rf"^##+ {re.escape(title)}\n", TEXTS[DOCS / page], flags=re.MULTILINE)[1]
    return re.split(r"^##+ ", text, flags=re.MULTILINE)[0]


def first_column(text):
    """The code words in the first column of the tables in ``text``."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


# -- examples ---------------------------------------------------------------------------------


class Reader:
    """Somebody who works through a page in an empty folder."""

    def __init__(self, folder):
        self.folder = folder
        own = {name: str(folder / f".{name}") for name in OWN_FOLDERS}
        kept = {name: value for name, value in os.environ.items() if name != "PSI_PATH"}
        self.environment = {**kept, **own, "COLUMNS": "120", "PYTHONWARNINGS": "error"}
        self.names = {"__name__": "__page__"}
        self.said = ""
        self.status = 0

    def read(self, block):
        if block.file:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            exec(compile(block.text, "<page>", "exec"), self.names)
        if block.kind == "sh":
            for line in block.text.splitlines():
                assert self.status == 0, f"before {line!r}: {self.said}"
                self.do(shlex.split(line, comments=True))
            assert self.status == block.status, self.said
            self.status = 0
        elif block.kind == "enaml":
            self.register(self.folder / block.file)
        elif block.kind == "json":
            json.loads(block.text)
        elif block.mark == "output":
            for line in block.text.splitlines():
                assert line.split("...")[0].strip() in self.said, f"{line!r} is not in:\n{self.said}"

    def do(self, words):
        if words and words[0] == "export":
            name, _, value = words[1].partition("=")
            self.environment[name] = value.replace("$PWD", str(self.folder))
        elif words:
            # A command that does not end is a failed example, not a hung test.
            done = subprocess.run(
                [sys.executable, "-m", "psi.application.cli", *words[1:]],
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            self.said, self.status = done.stdout + done.stderr, done.returncode

    @staticmethod
    def register(path):
        workbench = make_workbench()
        manifest = manifest_class(load(path), PluginManifest)()
        workbench.register(manifest)
        assert workbench.get_manifest(manifest.id) is manifest
        assert [str(finding) for finding in unknown_points(workbench)] == []
        workbench.unregister(manifest.id)


@pytest.fixture
def reader(tmp_path, monkeypatch):
    modules = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    yield Reader(tmp_path)
    for name in set(sys.modules) - modules:
        if name.startswith("psi_user_"):
            del sys.modules[name]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=name_of)
def test_every_example_runs(page, reader):
    for block in blocks(page):
        reader.read(block)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_example_escapes_being_run(page):
    assert TEXTS[page].count("\n```") == 2 * len(blocks(page))
    for block in blocks(page):
        assert block.kind in KINDS, block
        assert not block.mark or block.file or block.mark == "output" or re.fullmatch(r"exit status \d", block.mark)
        assert block.kind != "enaml" or block.file.endswith(".enaml"), block.text
        if block.kind == "sh":
            lines = [shlex.split(line, comments=True) for line in block.text.splitlines()]
            assert {words[0] for words in lines if words} <= {"psi", "export"}, block.text


# -- links and names --------------------------------------------------------------------------


def anchors(text):
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    for link in LINK.finditer(TEXTS[page]):
        target, _, anchor = link["target"].partition("#")
        if target.startswith("https://"):
            continue
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), link[0]
        if anchor:
            assert anchor in anchors(path.read_text(encoding="utf-8")), link[0]


def test_the_index_names_every_page():
    named = {(DOCS / link["target"]).resolve() for link in LINK.finditer(TEXTS[DOCS / "README.md"])}
    assert {page for page in PAGES if page.name != "README.md"} <= named


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_and_import_that_is_named_exists(page):
    for word in re.findall(r"`psi ([a-z][\w-]*)", TEXTS[page]):
        assert word in commands() or word == FORMAT.split()[1], word
    for line in re.findall(r"from psi\.api import ([^(\n]+)$", TEXTS[page], re.MULTILINE):
        for name in line.split(","):
            assert hasattr(psi.api, name.strip()), name


def defined(path):
    """Names that the file ``path`` defines at its top level."""
    if path.suffix == ".enaml":
        return set(re.findall(r"^enamldef (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_link_to_a_class_is_to_the_file_that_defines_it(page):
    for link in LINK.finditer(TEXTS[page]):
        name = re.fullmatch(r"`(\w+)`", link["text"])
        if name and link["target"].endswith((".py", ".enaml")):
            assert name[1] in defined((page.parent / link["target"]).resolve()), link[0]


WORDS = (
    "engine, channel, input, output, event, action, command, context item, parameter, roving parameter, result, "
    "selector, paradigm, rig, run, recording, stream"
).split(", ")


def test_the_glossary_has_each_word_with_its_class():
    lines = TEXTS[DOCS / "glossary.md"].splitlines()
    for word in WORDS:
        (entry,) = [line for line in lines if line.startswith(f"- **{word}**")]
        links = [link for link in LINK.finditer(entry) if re.fullmatch(r"`\w+`", link["text"])]
        assert links, entry


# -- reference --------------------------------------------------------------------------------


def test_the_command_line_page_has_every_command_and_option():
    page = TEXTS[DOCS / "reference/command-line.md"]
    assert re.findall(r"^## `psi ([\w-]+)", page, re.MULTILINE) == list(commands())
    for words, command in each_command("psi", commands()):
        (title,) = re.findall(rf"^###? (`{words}(?: [A-Z[][^`]*)?`)$", page, re.MULTILINE)
        listed = {option.split()[0] for option in first_column(section("reference/command-line.md", title))}
        assert listed == {option for parameter in command.params for option in parameter.opts if option[0] == "-"}


def each_command(words, known):
    """What is typed for each command, those of a group after it, and the command."""
    for name, command in known.items():
        yield f"{words} {name}", command
        yield from each_command(f"{words} {name}", getattr(command, "commands", {}))


def test_the_events_page_has_every_built_in_name():
    page = "reference/events-and-items.md"
    built_in = {*BUILT_IN_EVENTS, *(f"{state}_{end}" for state in BUILT_IN_STATES for end in ("start", "end"))}
    assert set(first_column(section(page, "Events that every run has"))) == built_in
    assert first_column(section(page, "Events that engines report")) == list(ENGINE_EVENTS)
    assert first_column(section(page, "Events that the store reports")) == list(STORE_EVENTS)
    assert first_column(section(page, "Columns of every trial")) == [name for name, *_ in STANDARD_RESULTS]


def test_the_items_page_has_every_symbol_kind_and_member():
    page = "reference/items-and-expressions.md"
    members = BUILT_IN_SYMBOLS["np"].members
    listed = re.findall(r"`(?:np\.)?(\w+)`", section(page, "Symbols"))
    assert set(listed) >= {*BUILT_IN_SYMBOLS, *members}
    assert {word.split("(")[0] for word in first_column(section(page, "Distributions"))} >= set(FAMILIES)
    kinds = first_column(section(page, "Kinds of items"))
    assert {name for name in vars(items) if name.endswith(("Parameter", "Result"))} <= {*kinds}
    declared = {*vars(items.ContextItem), *vars(items.FileParameter)} & {*items.FileParameter.members()}
    assert declared <= {*kinds}


def test_the_extension_points_page_has_every_point():
    text = TEXTS[DOCS / "reference/extension-points.md"]
    workbench = make_workbench()
    points = {p.qualified_id for manifest in workbench._manifests.values() for p in manifest.extension_points}
    listed = set(re.findall(r"^\| `([\w.]+)`", text, re.MULTILINE))
    own = {point for point in points if point.startswith("psi.")} | {"enaml.workbench.core.commands"}
    assert listed == own
    for point, kinds in POINT_KINDS.items():
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{point}`")]
        assert all(f"`{kind.__name__}`" in row for kind in kinds), row


def test_every_word_of_the_grammar_is_listed():
    text = section("reference/extension-points.md", "The grammar")
    assert set(re.findall(r"`(\w+)`", text)) == set(psi.api.__all__)


def test_the_recording_page_has_the_tables_of_the_format():
    page = "reference/recording-format.md"
    assert f"Format version {FORMAT_VERSION}." in TEXTS[DOCS / page]
    for path, columns in TABLES.items():
        assert first_column(section(page, f"`{path}`")) == [column.name for column in columns]
    assert first_column(section(page, "Epochs")) == [column.name for column in EPOCH_COLUMNS]
    assert set(first_column(section(page, "Rows in the journal"))) == set(ROW_KINDS)
