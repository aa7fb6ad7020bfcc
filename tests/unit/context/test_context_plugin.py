"""The context plugin on a bare workbench."""

from __future__ import annotations

import math
import sys

import enaml
import pytest
from enaml.workbench.api import Extension, PluginManifest, Workbench

from psi.context.items import BoolParameter, EnumParameter, Parameter, Result, RovingParameter
from psi.context.selectors import SequenceSelector
from psi.context.symbols import Symbol
from psi.core.errors import ConfigurationError
from psi.models.task import Task

with enaml.imports():
    from psi.context.manifest import ContextManifest

PARTIAL = Task(paradigm="x")


def contribute(workbench, manifest_id, **points):
    manifest = PluginManifest(id=manifest_id)
    for index, (point, children) in enumerate(points.items()):
        extension = Extension(manifest, id=f"part{index}", point=f"psi.context.{point}")
        extension.insert_children(None, children)
    workbench.register(manifest)
    return manifest


@pytest.fixture
def workbench():
    workbench = Workbench()
    workbench.register(ContextManifest())
    yield workbench
    workbench.unregister("psi.context")


@pytest.fixture
def plugin(workbench):
    contribute(
        workbench,
        "task",
        items=[
            Parameter(name="hold", default=0.2, unit="s", limits=(0, 10)),
            RovingParameter(name="level", default="twice(10)", unit="dB SPL", limits=(-math.inf, 120)),
            Result(name="score", dtype="text"),
        ],
        selectors=[SequenceSelector(name="go", items=["level"], rows=[20, "twice(15)"], order="shuffled")],
        symbols=[Symbol(name="twice", value=lambda x: 2 * x)],
    )
    return workbench.get_plugin("psi.context")


def test_it_gathers_items_selectors_and_symbols(plugin):
    assert list(plugin.specs()) == ["hold", "level", "score"]
    assert list(plugin.selectors()) == ["go"]
    assert plugin.symbols()["twice"](2) == 4
    assert "np" in plugin.symbols()
    with pytest.raises(TypeError):
        plugin.specs()["new"] = None


def test_the_default_task_is_written_out_whole_and_right(plugin):
    task = plugin.default_task("x")
    assert task.items == {"hold": 0.2, "level": "twice(10)"}
    assert task.roving == ("level",)
    assert task.selectors["go"].order == "shuffled"
    assert task.seed is None
    assert plugin.check(task) == []


def test_a_partial_task_is_completed_and_what_it_says_is_kept(plugin):
    partial = plugin.default_task("x").model_copy(update={"items": {"hold": 1}, "roving": (), "seed": 7})
    whole = plugin.complete(partial)
    assert whole.items == {"hold": 1, "level": "twice(10)"}
    assert whole.roving == ()
    assert whole.seed == 7
    assert plugin.complete(whole) == whole


def test_a_run_from_its_task_alone_repeats_the_sequence(plugin):
    task = plugin.default_task("x").model_copy(update={"seed": 7})
    runs = []
    for _ in range(2):
        context = plugin.build(task)
        runs.append([context.next_trial("go")["level"] for _ in range(20)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {20.0, 30.0}


def test_an_item_declared_twice_names_both_extensions(workbench, plugin):
    contribute(workbench, "other", items=[Parameter(name="hold", default=1)])
    for ask in (plugin.specs, lambda: plugin.default_task("x")):
        with pytest.raises(ConfigurationError) as caught:
            ask()
        assert "'hold' is declared twice, by 'task.part0' and 'other.part0'" in str(caught.value)
    assert len(plugin.check(PARTIAL)) == 1


def test_wrong_declarations_are_findings_all_at_once(workbench, plugin):
    contribute(
        workbench,
        "other",
        items=[
            Parameter(name="a"),
            Parameter(name="b", default=1, dtype="flot"),
            Parameter(name="c", default=1, limits=(3, 1)),
            Parameter(name="d", default=[1]),
            EnumParameter(name="e"),
            SequenceSelector(name="misplaced"),
        ],
        selectors=[SequenceSelector()],
        symbols=[Symbol(name="np", value=1)],
    )
    messages = [finding.message for finding in plugin.check(PARTIAL)]
    expected = [
        "SequenceSelector cannot be contributed to 'psi.context.items'",
        "item 'a' has no default",
        "item 'b' has the unknown dtype 'flot'; did you mean 'float'",
        "item 'c': limits",
        "item 'd': default",
        "item 'e' has no default",
        "a SequenceSelector has no name",
        "symbol 'np' is built in",
    ]
    assert len(messages) == len(expected)
    for message, start in zip(messages, expected, strict=True):
        assert message.startswith(start)


def test_a_manifest_that_goes_takes_its_items_with_it(workbench, plugin):
    contribute(workbench, "other", items=[BoolParameter(name="extra")])
    before = plugin.specs()
    workbench.unregister("other")
    assert list(plugin.specs()) == ["hold", "level", "score"]
    assert list(before) == ["hold", "level", "score", "extra"]


def test_findings_point_to_where_the_value_was_given(plugin):
    task = plugin.default_task("x")
    wrong = task.model_copy(update={"items": {**task.items, "hold": 11, "nothing": 1}})
    findings = plugin.check(wrong, {"hold": "--set hold"}, "task.json")
    assert sorted(str(finding).partition(": ")[0] for finding in findings) == ["--set hold", "task.json"]


def test_an_enaml_manifest_declares_all_of_it_and_findings_have_its_lines(workbench, tmp_path, monkeypatch, request):
    source = """\
from enaml.workbench.api import Extension, PluginManifest
from psi.context.items import BoolParameter, EnumParameter, Parameter, Result, RovingParameter
from psi.context.selectors import SequenceSelector, SingleSetting


enamldef Declared(PluginManifest):
    id = 'declared'
    Extension:
        id = 'items'
        point = 'psi.context.items'
        Parameter:
            name = 'hold'
            default = 'levl * 2'
        EnumParameter:
            name = 'side'
            choices = ['left', 'right']
        RovingParameter:
            name = 'level'
            default = 60
            limits = (-float('inf'), 120)
    Extension:
        id = 'selectors'
        point = 'psi.context.selectors'
        SingleSetting:
            name = 'nogo'
            values = {'level': '-inf'}
"""
    (tmp_path / "context_plugin_example.enaml").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with enaml.imports():
        from context_plugin_example import Declared
    request.addfinalizer(lambda: sys.modules.pop("context_plugin_example"))
    workbench.register(Declared())
    plugin = workbench.get_plugin("psi.context")
    [finding] = plugin.check(plugin.default_task("x"))
    assert finding.where.endswith("context_plugin_example.enaml:13")
    assert "unknown name 'levl'; did you mean 'level'?" in finding.message
    assert plugin.build(plugin.default_task("x")).next_trial("nogo") == {"level": -math.inf}
