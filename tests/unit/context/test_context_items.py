"""Items as declared: what each kind is, where it is shown, and what is wrong with a declaration."""

from __future__ import annotations

import re

import pytest
from enaml.workbench.api import Extension, PluginManifest

from psi.api import (
    FileParameter,
    Group,
    MultiSelectParameter,
    Parameter,
    Result,
    RovingParameter,
    Row,
    SequenceSelector,
    Symbol,
)
from psi.assembly.workbench import make_workbench
from psi.context.checks import check_task
from psi.context.edits import apply_settings
from psi.core.errors import ConfigurationError
from psi.models.task import Task


@pytest.fixture
def gathered():
    """The context plugin of a workbench with these items."""

    def gathered(*items):
        workbench = make_workbench()
        manifest = PluginManifest(id="declared")
        Extension(id="items", point="psi.context.items").set_parent(manifest)
        for item in items:
            item.set_parent(manifest.children[0])
        workbench.register(manifest)
        return workbench.get_plugin("psi.context")

    return gathered


def inside(group, *items):
    for item in items:
        item.set_parent(group)
    return group


def test_groups_and_rows_say_where_an_item_is_shown_in_the_order_of_declaration(gathered):
    timing = inside(
        Group(label="Timing"),
        Parameter(name="hold", default=1),
        inside(Row(), Parameter(name="low", default=1), Parameter(name="high", default=2)),
        inside(Group(label="Response"), Parameter(name="window", default=1)),
    )
    plugin = gathered(Parameter(name="first", default=0), timing, RovingParameter(name="level", default=60))
    specs = {name: spec for name, spec in plugin.specs().items() if spec.kind != "result"}
    assert list(specs) == ["first", "hold", "low", "high", "window", "level"]
    assert {name: (spec.group, spec.row) for name, spec in specs.items()} == {
        "first": ((), ""),
        "hold": (("Timing",), ""),
        "low": (("Timing",), "low"),
        "high": (("Timing",), "low"),
        "window": (("Timing", "Response"), ""),
        "level": ((), ""),
    }
    assert plugin.check(Task(paradigm="x")) == []


def test_what_is_no_item_cannot_be_in_a_group_and_names_are_unique_through_groups(gathered):
    wrong = gathered(inside(Group(label="A"), SequenceSelector(name="go")))
    found = wrong.check(Task(paradigm="x"))
    assert "SequenceSelector cannot be in a Group; it takes items, groups and rows" in str(found[0])
    nested = gathered(inside(Row(), inside(Group(label="A"), Parameter(name="a", default=1))))
    with pytest.raises(ConfigurationError, match="Group cannot be in a Row; it takes items"):
        nested.specs()
    twice = gathered(Parameter(name="a", default=1), inside(Group(label="A"), Parameter(name="a", default=1)))
    with pytest.raises(ConfigurationError, match="item 'a' is declared twice"):
        twice.specs()


def test_label_step_visibility_and_help_are_kept():
    spec = Parameter(
        name="a", label="All of it", compact_label="All", default=1, step=0.5, visible=False, help="What it is for."
    ).spec()
    assert (spec.title, spec.compact_label, spec.step, spec.visible) == ("All of it", "All", 0.5, False)
    assert spec.help == "What it is for."


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (Parameter(name="a", default=1, step=0), "item 'a': step = 0: must be greater than 0"),
        (Parameter(name="a", default=1, step=float("inf")), "step"),
        (Parameter(name="a"), "item 'a' has no default; give it one"),
        (Parameter(name="a", default=1, dtype="flot"), "unknown dtype 'flot'; did you mean 'float'"),
        (Parameter(name="a", default=1, limits=(3, 1)), "the lower limit 3 is above the upper one 1"),
        (MultiSelectParameter(name="a", dtype="int64"), "several choices and files are texts"),
        (FileParameter(name="a", dtype="float64"), "several choices and files are texts"),
    ],
)
def test_a_wrong_declaration_is_refused_by_name(item, message):
    with pytest.raises(ConfigurationError) as caught:
        item.spec()
    assert message in str(caught.value)
    assert "item 'a'" in str(caught.value)


def test_several_choices_are_a_list_of_texts():
    spec = MultiSelectParameter(name="lights", choices=["red", "green"], default=["red"]).spec()
    assert spec.default == "['red']"
    assert spec.accept(("green", "red")) == ["green", "red"]
    assert MultiSelectParameter(name="lights", choices=["red"]).spec().default == "[]"
    formula = "['red'] if x else []"
    assert MultiSelectParameter(name="lights", choices=["red"], default=formula).spec().default == formula


def test_a_file_is_a_path_as_it_stands(tmp_path):
    sound = tmp_path / "dog bark.wav"
    sound.touch()
    spec = FileParameter(name="sound", must_exist=True, patterns=["*.wav", "*.flac"]).spec()
    assert spec.accept(str(sound)) == str(sound)
    refused = {
        "": "is empty; it must be the path of a file",
        str(tmp_path / "cat.wav"): "which is no file here; give the path of one",
        str(tmp_path): "its name must be like *.wav or *.flac",
        str(tmp_path / "dog.mp3"): "its name must be like *.wav or *.flac",
    }
    for path, message in refused.items():
        with pytest.raises(ValueError, match=re.escape(message)):
            spec.accept(path)
    task = apply_settings(Task(paradigm="x"), [f"sound={sound}"], {"sound": spec}, {})
    assert task.items == {"sound": str(sound)}
    with pytest.raises(ConfigurationError, match="no file here"):
        apply_settings(Task(paradigm="x"), [f"sound={tmp_path / 'cat.wav'}"], {"sound": spec}, {})


@pytest.mark.parametrize("value", [1, "1", "'HIT'", "Uniform(0, 1)", "other"])
def test_a_result_is_never_set_by_anybody_but_the_experiment(value):
    specs = {"r": Result(name="r").spec(), "other": Parameter(name="other", default=1).spec()}
    [finding] = check_task(specs, {}, {}, Task(paradigm="x", items={"r": value}))
    assert finding.message == "item 'r' is a Result, which is never set by the user; remove it"
    with pytest.raises(ConfigurationError, match="never set by the user"):
        apply_settings(Task(paradigm="x"), [f"r={value}"], specs)


def test_a_rate_is_known_by_the_name_of_an_output_or_input():
    from psi.assembly.workbench import load_workbench

    loaded, findings = load_workbench("appetitive_gonogo", "simulated")
    assert findings == []
    fs = loaded.context.symbols()["fs"]
    assert fs("target") == 200e3
    assert fs("nose_poke") > 0
    for name, message in {
        "targt": "no output or input 'targt'; did you mean 'target'?",
        "room_light_toggle": "is set on demand and has no rate",
        3: "in quotes",
    }.items():
        with pytest.raises(ValueError, match=re.escape(message)):
            fs(name)


def test_a_manifest_adds_symbols(gathered):
    plugin = gathered(Parameter(name="a", default="octave(1000, 2)"))
    manifest = PluginManifest(id="more")
    Extension(id="symbols", point="psi.context.symbols").set_parent(manifest)
    Symbol(name="octave", value=lambda f, n: f * 2.0**n).set_parent(manifest.children[0])
    [finding] = plugin.check(Task(paradigm="x"))
    assert "unknown name 'octave'" in finding.message
    plugin.workbench.register(manifest)
    assert plugin.check(Task(paradigm="x")) == []
    assert plugin.build(Task(paradigm="x")).value("a") == 4000
