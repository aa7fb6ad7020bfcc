"""Documents as files: round trips, and every way in which a file can be wrong."""

from __future__ import annotations

import json
import re

import pytest
from pydantic import ValidationError

from psi.core.errors import ConfigurationError
from psi.models import migrations
from psi.models.documents import KINDS, document_schema, dump_document, load_document, parse_document
from psi.models.migrations import register_migration
from psi.models.provenance import Provenance
from psi.models.rig import ChannelSpec, EngineSpec, OutputSpec, Rig, StageSpec
from psi.models.session import Session
from psi.models.task import SequenceSettings, SingleSettings, StopRules, Task

DOCUMENTS = [
    Task(
        paradigm="appetitive_gonogo",
        manifests=("water_dispenser",),
        items={"level": 60, "hold_duration": 0.2, "repeat": True, "delay": "2 * hold_duration", "side": "µ"},
        roving=("level",),
        selectors={
            "go": SequenceSettings(items=("level",), rows=((20,), ("2 * 10",)), order="shuffled"),
            "nogo": SingleSettings(values={"level": "-inf"}),
        },
        seed=7,
        stop=StopRules(trials=20, duration=3600.0),
    ),
    Rig(
        name="simulated",
        values={"file": None, "n": 3, "rate": 0.5, "on": True, "path": "C:\\data"},
        block_duration=0.01,
        engines=(
            EngineSpec(
                kind="SimulatedEngine",
                channels=(
                    ChannelSpec(
                        kind="AIChannel",
                        channel="Dev1/ai0",
                        fs=200e3,
                        inputs=(StageSpec(kind="IIRFilter", settings={"N": 4}, children=(StageSpec(kind="Edges"),)),),
                        outputs=(OutputSpec(kind="Toggle", name="light"),),
                    ),
                ),
            ),
        ),
    ),
    Session(subject="test1", experimenter="Bürger", date="2026-01-31", weight=21.5, notes="first\nday"),
    Provenance.collect(["psi", "run", "x"], seeds={"root": 7}),
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
def test_a_document_comes_back_as_it_was_written(document, tmp_path):
    path = tmp_path / "document.json"
    path.write_text(dump_document(document), encoding="utf-8")
    again = load_document(path, type(document))
    assert again == document
    assert dump_document(again) == dump_document(document)


def test_values_keep_their_type():
    task = Task(paradigm="x", items={"a": 1, "b": 1.0, "c": True, "d": "1"})
    again = parse_document(dump_document(task), Task)
    assert [type(value) for value in again.items.values()] == [int, float, bool, str]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
def test_a_document_is_frozen_and_closed(document):
    with pytest.raises(ValidationError):
        document.format_version = "2.0"
    with pytest.raises(ConfigurationError, match=r"unknown field 'surprise'"):
        parse_document(json.dumps({**document.model_dump(mode="json"), "surprise": 1}), type(document))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
def test_a_document_of_a_newer_version_is_refused_in_one_line(document):
    known = type(document).current_version
    text = json.dumps({**document.model_dump(mode="json"), "format_version": "9.9", "new_field": 1})
    with pytest.raises(ConfigurationError) as caught:
        parse_document(text, type(document), "x.json")
    assert str(caught.value) == (
        f"x.json: has format_version 9.9, newer than {known}, which this psi knows; update psi to open it"
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
def test_a_document_cut_anywhere_is_refused_with_line_and_column(document, tmp_path):
    text = dump_document(document).strip()
    path = tmp_path / "half.json"
    for length in range(0, len(text), max(1, len(text) // 60)):
        path.write_text(text[:length], encoding="utf-8")
        with pytest.raises(ConfigurationError) as caught:
            load_document(path, type(document))
        assert len(caught.value.findings) == 1
        assert ("line" in str(caught.value) and "column" in str(caught.value)) or length == 0, text[:length]


FAULTS = [
    ("", "is empty"),
    ("[1]", "holds a list"),
    ('{"paradigm": "x" "seed": 1}', "line 1, column 18: is no JSON"),
    ('{"paradigm": "x", "paradigm": "y"}', "'paradigm' stands twice"),
    ('{"paradigm": "x", "items": {"a": -Infinity}}', "-Infinity is no JSON"),
    ('{"kind": "rig", "name": "x"}', "is a document of kind 'rig', not 'task'"),
    ('{"paradigm": "x", "format_version": "0.3"}', "no way to 1.2"),
    ('{"paradigm": "x", "format_version": 1}', "format_version 1 is no version"),
    ("{}", "field 'paradigm' is missing"),
    ('{"paradigm": "x", "seeds": 1}', "unknown field 'seeds'; did you mean 'seed'?"),
    ('{"paradigm": "x", "stop": {"trails": 1}}', "unknown field 'stop.trails'; did you mean 'trials'?"),
    ('{"paradigm": "x", "stop": {"trials": 0}}', "field 'stop.trials' is 0: must be greater than or equal to 1"),
    ('{"paradigm": "x", "stop": {"duration": "5"}}', "field 'stop.duration' is '5': must be a valid number"),
    ('{"paradigm": "x", "seed": -1}', "field 'seed' is -1"),
    ('{"paradigm": "x", "seed": 1.5}', "field 'seed' is 1.5"),
    ('{"paradigm": "x", "items": {"a": null}}', "field 'items.a' is None: must be a number"),
    ('{"paradigm": "x", "items": {"a": [1]}}', "field 'items.a' is [1]: must be a number"),
    (
        '{"paradigm": "x", "selectors": {"go": {"kind": "sequence", "items": ["a"], "rows": [[1]], "ordr": "exact"}}}',
        "unknown field 'selectors.go.ordr'; did you mean 'order'?",
    ),
    (
        '{"paradigm": "x", "selectors": {"go": {"kind": "sequence", "items": ["a"], "rows": [[1], [2, 3]]}}}',
        "field 'selectors.go': row 2 has 2 values for 1 items",
    ),
    ('{"paradigm": "x", "selectors": {"go": {"kind": "single", "values": {"a": [1]}}}}', "'selectors.go.values.a'"),
    ('{"paradigm": "x", "selectors": {"go": {"kind": "stair"}}}', "field 'selectors.go'"),
    ("[" * 100_000, "nested"),
]


@pytest.mark.parametrize(("text", "message"), FAULTS)
def test_a_faulty_task_file_is_refused_with_one_line_that_names_the_file(text, message, tmp_path):
    path = tmp_path / "task.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_document(path, Task)
    lines = str(caught.value).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"{path}: ")
    assert message in lines[0]


def test_all_faults_come_at_once():
    text = '{"paradigm": 3, "seed": "x", "itms": {}, "stop": {"trials": 0, "trails": 1}}'
    with pytest.raises(ConfigurationError) as caught:
        parse_document(text, Task)
    assert len(caught.value.findings) == 5


def test_a_file_that_is_missing_a_folder_or_no_text_is_refused(tmp_path):
    (tmp_path / "binary.json").write_bytes(b"\x89PNG\xff\xfe")
    for path in (tmp_path / "missing.json", tmp_path, tmp_path / "binary.json"):
        with pytest.raises(ConfigurationError) as caught:
            load_document(path, Session)
        assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("subject", ["", " a", "a/b", "a\\b", "..", "a:b", "a\nb"])
def test_a_subject_that_cannot_name_a_folder_is_refused(subject):
    with pytest.raises(ConfigurationError, match="subject"):
        parse_document(json.dumps({"subject": subject}), Session)


@pytest.mark.parametrize("date", ["31.1.2026", "2026-02-30", "today"])
def test_a_date_that_is_no_day_is_refused(date):
    with pytest.raises(ConfigurationError, match="no day"):
        parse_document(json.dumps({"subject": "a", "date": date}), Session)


def test_units_stand_in_the_schema():
    for kind in KINDS:
        assert document_schema(kind)["additionalProperties"] is False
    schema = document_schema("task")
    duration = schema["$defs"]["StopRules"]["properties"]["duration"]
    assert duration["anyOf"][0]["unit"] == "s"
    assert document_schema("rig")["$defs"]["ChannelSpec"]["properties"]["fs"]["unit"] == "Hz"
    with pytest.raises(ConfigurationError, match="did you mean 'task'"):
        document_schema("tsk")


def test_an_older_document_is_brought_up_to_date_step_by_step(monkeypatch):
    monkeypatch.setattr(migrations, "_MIGRATIONS", {})

    @register_migration("session", "0.8", "0.9")
    def rename(data):
        data["subject"] = data.pop("animal")
        return data

    @register_migration("session", "0.9", Session.current_version)
    def drop(data):
        del data["room"]
        return data

    old = {"kind": "session", "format_version": "0.8", "animal": "m1", "room": 3}
    assert parse_document(json.dumps(old), Session) == Session(subject="m1")
    with pytest.raises(ValueError, match="has a migration already"):
        register_migration("session", "0.9", "1.0")(drop)
    with pytest.raises(ValueError, match="goes up"):
        register_migration("session", "1.0", "0.9")


def test_documents_of_earlier_versions_mean_the_same_as_before():
    task = {"kind": "task", "format_version": "1.1", "paradigm": "x", "stop": {"trials": 5, "duration": 60.0}}
    assert parse_document(json.dumps(task), Task).stop == StopRules(trials=5, duration=60.0)
    session = {"kind": "session", "format_version": "1.0", "subject": "m1", "weight": 25.5}
    assert parse_document(json.dumps(session), Session) == Session(subject="m1", weight=25.5)
    circumstances = Provenance.collect(["psi"]).model_dump(mode="json")
    del circumstances["continues"]
    assert parse_document(json.dumps({**circumstances, "format_version": "1.0"}), Provenance).continues is None


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        ({"volume": -1.0}, "'stop.volume' is -1.0: must be greater than 0"),
        ({"minutes": "60"}, "'stop.minutes' is '60': must be a valid number"),
        ({"when": "  "}, "'stop.when' is '  ': is empty; write an expression"),
        ({"after": 3}, "unknown field 'stop.after'"),
    ],
)
def test_a_stop_rule_that_is_none_is_refused(stop, said):
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        parse_document(json.dumps({"paradigm": "x", "stop": stop}), Task)


@pytest.mark.parametrize(
    ("values", "percent", "light"),
    [
        ({}, None, False),
        ({"weight": 20.0}, None, False),
        ({"weight": 20.0, "baseline_weight": 25.0}, 80.0, False),
        ({"weight": 20.0, "baseline_weight": 25.0, "minimum_weight": 85.0}, 80.0, True),
        ({"weight": 21.25, "baseline_weight": 25.0, "minimum_weight": 85.0}, 85.0, False),
    ],
)
def test_weight_is_compared_with_the_baseline(values, percent, light):
    session = Session(subject="m1", **values)
    assert (session.weight_percent, session.is_too_light) == (percent, light)


def test_provenance_names_the_software_and_is_equal_in_equal_circumstances():
    first, second = Provenance.collect(["psi"]), Provenance.collect(["psi"])
    assert first == second
    assert first.packages["numpy"]
    assert first.python.startswith("3.")
