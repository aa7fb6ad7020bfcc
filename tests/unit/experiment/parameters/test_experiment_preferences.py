"""Preferences in the window: kept, loaded as edits, made the default, deleted, refused in words."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from psi.application.preferences_service import PreferencesService
from psi.assembly.description import describe
from psi.assembly.next_run import NextRun
from psi.assembly.preparation import load_choice
from psi.assembly.request import RunRequest
from psi.experiment.console import Console
from psi.experiment.parameters.preferences import Preferences
from psi.link.state import StateSource
from psi.testing import ScriptedSession

PARADIGM = "appetitive_gonogo"


class Runtime:
    """Where preferences are kept, without the link."""

    def __init__(self, folder: Path) -> None:
        prepared = ScriptedSession(PARADIGM, "simulated", folder, rig_sets=["fs=20e3"]).prepared
        self.source = StateSource()
        self.source.update(describe(prepared))
        self.next_run = NextRun(prepared, self.source)
        self.handlers = PreferencesService(self.next_run).handlers

    def request(self, command: str, /, timeout: float = 5.0, **params: Any) -> dict[str, Any]:
        if command == "state":
            return self.source.since(params["epoch"], params["number"]).model_dump()
        if command == "check":
            return {"findings": []}
        return self.handlers[command](params)

    def close(self) -> None:
        self.source.update({"closed": True})


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return Runtime(tmp_path_factory.mktemp("recordings"))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PSI_CONFIG_DIR", str(tmp_path))
    return tmp_path / "preferences" / PARADIGM


@pytest.fixture
def kept(runtime: Runtime, settings: Path) -> Iterator[Preferences]:
    console = Console(runtime)
    made = Preferences(console=console)
    until(made, lambda: console.draft.texts)
    yield made
    console.close()


def until(preferences: Preferences, holds: Callable[[], object]) -> None:
    tick = threading.Event()
    for _ in range(5000):
        preferences.console.poll()
        if holds():
            return
        tick.wait(0.002)
    raise AssertionError("waited in vain")


def said(preferences: Preferences, words: str) -> None:
    until(preferences, lambda: words in preferences.said)


def test_what_the_panel_shows_is_kept_loaded_made_the_default_and_deleted(kept: Preferences, settings: Path) -> None:
    draft = kept.console.draft
    draft.set_item("hold_duration", "Uniform(0.1, 0.3)")
    draft.set_cell("go", 0, 0, "22")
    kept.save(" easy ")
    said(kept, "kept as 'easy'")
    assert (kept.names, kept.default) == (["easy"], "")
    document = json.loads((settings / "easy.json").read_text("utf-8"))
    assert document["items"]["hold_duration"] == "Uniform(0.1, 0.3)"
    assert document["seed"] is None

    # Loaded into another draft it is edits, in one step.
    draft.revert()
    kept.load("easy")
    said(kept, "'easy' is loaded: 2 edits")
    assert set(draft.differs()) == {"hold_duration", "selector.go"}
    draft.undo()
    assert not draft.differs()

    kept.make_default("easy")
    said(kept, "runs start from 'easy'")
    assert kept.default == "easy"
    request = RunRequest(run_id="", token="", paradigm=PARADIGM, rig="simulated", use_default=True)
    assert load_choice(request).task.items["hold_duration"] == "Uniform(0.1, 0.3)"
    kept.make_default(None)
    said(kept, "the declared values")
    assert kept.default == ""
    kept.delete("easy")
    said(kept, "'easy' is deleted")
    assert (kept.names, list(settings.glob("*.json"))) == ([], [])


def test_what_holds_already_is_loaded_as_no_edit(kept: Preferences) -> None:
    kept.save("same")
    said(kept, "kept")
    kept.load("same")
    said(kept, "'same' is what holds")
    assert not kept.console.draft.can_undo


def test_a_name_that_is_taken_is_replaced_only_on_purpose(kept: Preferences) -> None:
    kept.save("easy")
    said(kept, "kept as 'easy'")
    kept.console.draft.set_item("hold_duration", "0.7")
    kept.save("easy")
    said(kept, "refused: there are preferences 'easy'")
    assert kept.tone == "red"
    kept.save("easy", replace=True)
    said(kept, "kept as 'easy'")
    kept.console.draft.revert()
    kept.load("easy")
    said(kept, "1 edit")
    assert kept.console.draft.texts["hold_duration"] == "0.7"


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ({"hold_duration": "99"}, "not kept: item 'hold_duration' is 99 s; allowed is 0 to 10 s"),
        ({"hold_duration": "99", "max_nogo": "x +"}, ", and 1 more"),
        ({"hold_duration": "timeout_duratoin"}, "refused: "),
    ],
)
def test_what_could_not_be_run_is_not_kept(
    kept: Preferences, settings: Path, edits: dict[str, str], words: str
) -> None:
    for name, text in edits.items():
        kept.console.draft.set_item(name, text)
    kept.save("wrong")
    said(kept, words)
    assert (kept.tone, settings.exists()) == ("red", False)


def test_no_name_is_refused(kept: Preferences) -> None:
    kept.save("../elsewhere")
    said(kept, "is no name for preferences")


FILES: list[tuple[str, dict[str, Any], str, str]] = [
    ("an older one", {"format_version": "1.0"}, "brought up to date from format 1.0", ""),
    ("a newer one", {"format_version": "99.0"}, "'kept' is not loaded: ", "red"),
    ("another paradigm's", {"paradigm": "record"}, "is a task of paradigm 'record'", "red"),
    ("an item that is gone", {"items": {"hold_duration": 0.7, "gone": 1}}, "left out: there is no item 'gone'", "red"),
    (
        "a selector of another kind",
        {"selectors": {"go": {"kind": "single", "values": {"level": 20}}}},
        "left out: selector 'go' is of kind 'sequence', there it is 'single'",
        "red",
    ),
    ("stop rules", {"stop": {"trials": 5}}, "stop rules stay as they are", ""),
    ("manifests", {"manifests": ["water_dispenser"]}, "manifests stay as they are until the next launch", ""),
    ("a slip of the pen", {"item": {}}, "unknown field 'item'", "red"),
]


@pytest.mark.parametrize(("fields", "words", "tone"), [row[1:] for row in FILES], ids=[row[0] for row in FILES])
def test_files_that_people_edit_are_loaded_or_refused_in_words(
    kept: Preferences, settings: Path, fields: dict[str, Any], words: str, tone: str
) -> None:
    document = {"kind": "task", "paradigm": PARADIGM, "items": {"hold_duration": 0.7}, **fields}
    settings.mkdir(parents=True)
    (settings / "kept.json").write_text(json.dumps(document), "utf-8")
    kept.look()
    until(kept, lambda: kept.names == ["kept"])
    kept.load("kept")
    said(kept, words)
    assert kept.tone == tone
    refused = "not loaded" in kept.said
    assert kept.console.draft.texts["hold_duration"] == ("0.2" if refused else "0.7")


def test_a_file_that_is_gone_is_named(kept: Preferences) -> None:
    kept.load("nothing")
    said(kept, "there are no preferences 'nothing' of 'appetitive_gonogo'; none are kept")
