"""Preferences: kept by name as readable files, one of them the default, refused with every reason."""

from __future__ import annotations

import json

import pytest

from psi.application import cli
from psi.assembly import preferences
from psi.assembly.preparation import load_choice
from psi.assembly.request import RunRequest
from psi.core.errors import ConfigurationError
from psi.models.task import Task

PARADIGM = "appetitive_gonogo"


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("PSI_CONFIG_DIR", str(tmp_path / "settings"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "settings" / "preferences" / PARADIGM


def task(**items):
    return Task(paradigm=PARADIGM, items=items, seed=3)


def choice(**request):
    return load_choice(RunRequest(run_id="", token="", paradigm=PARADIGM, rig="simulated", **request))


def errors(found):
    return [finding for finding in found.findings if finding.severity == "error"]


def test_what_is_kept_comes_back_without_its_seed(settings):
    path = preferences.save(PARADIGM, "morning", task(hold_duration="Uniform(0.1, 0.3)"))
    assert path == settings / "morning.json"
    assert json.loads(path.read_text(encoding="utf-8"))["items"] == {"hold_duration": "Uniform(0.1, 0.3)"}
    assert preferences.load(PARADIGM, "morning") == task(hold_duration="Uniform(0.1, 0.3)").model_copy(
        update={"seed": None}
    )
    assert preferences.names(PARADIGM) == ["morning"]
    preferences.delete(PARADIGM, "morning")
    assert preferences.names(PARADIGM) == []


def test_a_name_is_not_taken_twice_unless_that_is_meant(settings):
    preferences.save(PARADIGM, "morning", task(hold_duration=1))
    with pytest.raises(ConfigurationError, match="already"):
        preferences.save(PARADIGM, "morning", task(hold_duration=2))
    assert preferences.load(PARADIGM, "morning").items == {"hold_duration": 1}
    preferences.save(PARADIGM, "morning", task(hold_duration=2), replace=True)
    assert preferences.load(PARADIGM, "morning").items == {"hold_duration": 2}


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "_default", "x" * 61, "end.", "a\nb"])
def test_a_name_that_is_no_file_name_is_refused(name):
    with pytest.raises(ConfigurationError, match="is no name for preferences"):
        preferences.save(PARADIGM, name, task())


def test_the_default_holds_where_nothing_else_is_given(settings):
    preferences.save(PARADIGM, "morning", task(hold_duration=0.3))
    preferences.save(PARADIGM, "evening", task(hold_duration=0.4))
    assert choice(use_default=True).task.items["hold_duration"] == 0.2
    preferences.set_default(PARADIGM, "morning")
    assert choice(use_default=True).task.items["hold_duration"] == 0.3
    assert choice(use_default=False).task.items["hold_duration"] == 0.2
    assert choice(use_default=True, task_file="evening").task.items["hold_duration"] == 0.4
    assert choice(use_default=True, sets=("hold_duration=0.5",)).task.items["hold_duration"] == 0.5
    assert not choice(use_default=True).seed_given
    preferences.delete(PARADIGM, "morning")
    assert preferences.default_name(PARADIGM) is None
    assert choice(use_default=True).task.items["hold_duration"] == 0.2


def test_a_path_of_a_paradigm_has_the_preferences_of_its_name():
    assert preferences.folder_of("some/where/mine.enaml").name == "mine"
    assert preferences.folder_of("some/where/mine/manifest.enaml").name == "mine"
    assert preferences.folder_of("some/where/mine").name == "mine"


def test_everything_that_does_not_fit_any_more_is_said_and_nothing_is_dropped(settings):
    preferences.save(PARADIGM, "old", task(hold_duratoin=1, gone=2, hold_duration=11, score=1))
    found = errors(choice(task_file="old"))
    assert all(str(settings / "old.json") in str(finding) for finding in found)
    text = "\n".join(map(str, found))
    for part in (
        "unknown item 'hold_duratoin'; did you mean 'hold_duration'",
        "unknown item 'gone'",
        "item 'hold_duration' is 11 s",
        "item 'score' is a Result",
    ):
        assert part in text
    assert len(found) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": "99.0"}, "has format_version 99.0, newer than"),
        ({"format_version": "0.1"}, "has format_version 0.1, from which this psi has no way to"),
        ({"kind": "rig"}, "is a document of kind 'rig', not 'task'"),
        ({"paradigm": "record"}, "is a task of paradigm 'record', not of 'appetitive_gonogo'"),
        ({"itmes": {}}, "unknown field 'itmes'; did you mean 'items'?"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(settings, change, message):
    path = preferences.save(PARADIGM, "old", task())
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ConfigurationError) as caught:
        preferences.load(PARADIGM, "old")
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_of_an_earlier_version_is_brought_up_to_date(settings):
    settings.mkdir(parents=True)
    old = {"kind": "task", "format_version": "1.0", "paradigm": PARADIGM, "items": {"hold_duration": 0.3}}
    (settings / "old.json").write_text(json.dumps(old))
    loaded = preferences.load(PARADIGM, "old")
    assert loaded.items == {"hold_duration": 0.3}
    assert loaded.format_version == Task.current_version


def test_a_default_that_is_gone_is_an_error_that_says_the_way_out(settings):
    preferences.save(PARADIGM, "morning", task())
    preferences.set_default(PARADIGM, "morning")
    (settings / "morning.json").unlink()
    with pytest.raises(ConfigurationError, match="are gone; choose others with psi preferences, or .* --no-default"):
        preferences.starting_task(PARADIGM, None, use_default=True)
    assert preferences.starting_task(PARADIGM, None, use_default=False) is None


def test_an_unknown_name_comes_with_the_nearest(settings):
    preferences.save(PARADIGM, "morning", task())
    for attempt in (preferences.load, preferences.delete, preferences.set_default):
        with pytest.raises(ConfigurationError, match="did you mean 'morning'"):
            attempt(PARADIGM, "mornin")


def test_the_command_keeps_lists_chooses_and_removes(settings, tmp_path, capsys):
    (tmp_path / "t.json").write_text(json.dumps({"paradigm": PARADIGM, "items": {"hold_duration": 0.3}}))
    assert cli.main(["preferences", PARADIGM]) == 0
    assert "no preferences are kept" in capsys.readouterr().err
    assert cli.main(["preferences", PARADIGM, "--save", "a", "--task", "t.json", "--default", "a"]) == 0
    assert capsys.readouterr().out == "a (default)\n"
    assert cli.main(["preferences", PARADIGM, "--json", "--no-default"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"preferences": {"a": str(settings / "a.json")}, "default": None}
    assert cli.main(["check", PARADIGM, "--rig", "simulated", "--task", "a"]) == 0
    assert cli.main(["preferences", PARADIGM, "--delete", "a"]) == 0
    capsys.readouterr()
    for wrong, message in (
        (["--save", "b"], "give both"),
        (["--default", "b"], "there are no preferences 'b'"),
        (["--default", "b", "--no-default"], "opposite"),
        (["--delete", "b"], "there are no preferences 'b'"),
    ):
        assert cli.main(["preferences", PARADIGM, *wrong]) == 2
        assert message in capsys.readouterr().err
    assert cli.main(["preferences", "appetitive_gonog"]) == 2
    assert "did you mean 'appetitive_gonogo'" in capsys.readouterr().err
