"""What is wrong with a task is found before a run, all at once."""

from __future__ import annotations

import pytest

from psi.context.checks import check_task
from psi.context.edits import apply_settings
from psi.context.items import BoolParameter, EnumParameter, Parameter, Result, RovingParameter
from psi.context.selectors import SequenceSelector, SingleSetting
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.errors import ConfigurationError
from psi.models.task import SequenceSettings, SingleSettings, Task

ITEMS = [
    Parameter(name="hold", unit="s", default=0.2, limits=(0, 10)),
    Parameter(name="window", unit="s", default="2 * hold", limits=(0, 10)),
    Parameter(name="count", dtype="int64", default=3),
    Parameter(name="fixed", default=1, scope="experiment"),
    BoolParameter(name="easy", default=True),
    EnumParameter(name="side", choices=["left", "right"]),
    Parameter(name="note", dtype="text", default=""),
    RovingParameter(name="level", unit="dB SPL", default=60, limits=(-100, 120)),
    RovingParameter(name="frequency", unit="Hz", default=1000, limits=(20, 90e3)),
    Result(name="score", dtype="text"),
    Result(name="latency", unit="s"),
]
SPECS = {item.name: item.spec() for item in ITEMS}
SELECTORS = {
    "go": SequenceSelector(name="go", items=["level"], rows=[20, 30]),
    "remind": SingleSetting(name="remind", values={"level": 70}),
}


def found(**task):
    findings = check_task(SPECS, SELECTORS, BUILT_IN_SYMBOLS, Task(paradigm="x", **task))
    return [finding.message for finding in findings]


def sequence(items, *rows, order="exact"):
    return SequenceSettings(items=items, rows=rows, order=order)


def test_a_task_as_declared_is_right():
    assert found() == []
    assert found(items={"hold": "min(1, window / 4)", "window": 3, "level": "latency * 2"}) == []


CASES = [
    ({"items": {"hold": "2 *"}}, "item 'hold': '2 *', column 4: ends too early"),
    ({"items": {"hold": "__import__('os')"}}, "begin with _"),
    ({"items": {"hold": "windw * 2"}}, "column 1: unknown name 'windw'; did you mean 'window'?"),
    ({"items": {"hold": "np.sqr(4)"}}, "np has no 'sqr' for expressions; did you mean 'sqrt'"),
    ({"items": {"hold": 11}}, "item 'hold' is 11 s; allowed is 0 to 10 s"),
    ({"items": {"hold": "5 + 6"}}, "item 'hold' = '5 + 6' is 11 s; allowed is 0 to 10 s"),
    ({"items": {"window": "hold * count * 20"}}, "item 'window' = 'hold * count * 20' is 12 s; allowed is 0 to 10 s"),
    ({"items": {"hold": "1 / (count - 3)"}}, "item 'hold' = '1 / (count - 3)' has no value: division by zero"),
    ({"items": {"hold": "9 ** 9 ** 9"}}, "has no value: gives a whole number of more than"),
    ({"items": {"count": 1.5}}, "item 'count' is 1.5; it must be a whole number"),
    ({"items": {"count": "hold"}}, "item 'count' = 'hold' is 0.2; it must be a whole number"),
    ({"items": {"easy": "maybe"}}, "unknown name 'maybe'"),
    ({"items": {"easy": 2}}, "item 'easy' is 2; it must be True or False"),
    ({"items": {"side": "lft"}}, "unknown name 'lft'"),
    ({"items": {"side": "'up'"}}, "allowed are 'left', 'right'"),
    ({"items": {"note": "hello"}}, "a text is written in quotes: \"'hello'\""),
    ({"items": {"score": 1}}, "item 'score' is a Result, which is never set by the user; remove it"),
    ({"items": {"hodl": 1}}, "task sets the unknown item 'hodl'; did you mean 'hold'?"),
    ({"items": {"hold": "hold + 1"}}, "item 'hold' depends on itself: hold → hold"),
    ({"items": {"hold": "window", "window": "count + hold"}}, "depends on itself: hold → window → hold"),
    ({"items": {"fixed": "score == 'HIT'"}}, "item 'fixed' is computed once for the experiment but uses 'score'"),
    ({"items": {"fixed": "level"}}, "item 'fixed' is computed once for the experiment but uses 'level'"),
    ({"roving": ("hold",)}, "task roves 'hold', which is a Parameter, which is never roved"),
    ({"roving": ("score",)}, "task roves 'score', which is a Result"),
    ({"roving": ("levl",)}, "task roves the unknown item 'levl'; did you mean 'level'?"),
    ({"roving": ("frequency",)}, "task roves 'frequency', which no selector has"),
    ({"selectors": {"goo": sequence(("level",), (1,))}}, "unknown selector 'goo'; did you mean 'go'?"),
    ({"selectors": {"go": SingleSettings(values={"level": 1})}}, "selector 'go' is of kind 'sequence'"),
    (
        {"selectors": {"go": sequence(("levl",), (1,))}},
        "selector 'go' roves the unknown item 'levl'; did you mean 'level'?",
    ),
    ({"selectors": {"go": sequence(("hold",), (1,))}}, "selector 'go' roves 'hold', which is a Parameter"),
    ({"selectors": {"go": sequence(("score",), (1,))}}, "selector 'go' roves 'score', which is a Result"),
    ({"selectors": {"go": sequence(("level",), (1,), (130,))}}, "selector 'go', row 2: item 'level' is 130 dB SPL"),
    (
        {"selectors": {"go": sequence(("level",), ("hold *",))}},
        "selector 'go', row 1: item 'level': 'hold *', column 7",
    ),
    (
        {"selectors": {"go": sequence(("level",), ("hold * 1000",))}},
        "row 1: item 'level' = 'hold * 1000' is 200 dB SPL",
    ),
    ({"selectors": {"go": sequence(("level",), ("hld",))}}, "unknown name 'hld'; did you mean 'hold'?"),
    ({"selectors": {"go": sequence(("level",), ("level + 1",))}}, "with selector 'go', item 'level' depends on itself"),
    ({"selectors": {"go": sequence(("level",), ("hold",), (1,), order="ascending")}}, "cannot be sorted"),
]


@pytest.mark.parametrize(("task", "message"), CASES)
def test_one_fault_makes_one_line_that_says_which_and_what_is_allowed(task, message):
    findings = found(**task)
    assert len(findings) == 1
    assert message in findings[0]
    assert "\n" not in findings[0]


def test_all_faults_come_at_once():
    findings = found(
        items={"hold": "2 *", "window": "x", "count": 1.5, "score": 1, "hodl": 1, "side": 3},
        roving=("hold",),
        selectors={"go": sequence(("level", "frequency"), (130, 3), ("a", "b")), "zz": sequence(("level",), (1,))},
    )
    assert len(findings) == 12


def test_a_name_that_expressions_cannot_use_is_a_fault():
    named = {name: Parameter(name=name, default=1).spec() for name in ("hold time", "_x", "if", "np", "max", "fine")}
    findings = check_task(named, {}, BUILT_IN_SYMBOLS, Task(paradigm="x"))
    assert [finding.message.split("'")[1] for finding in findings] == ["hold time", "_x", "if", "np", "max"]


def test_findings_say_where_the_value_was_written():
    task = Task(paradigm="x", items={"hold": 11, "hodl": 1})
    findings = check_task(SPECS, SELECTORS, BUILT_IN_SYMBOLS, task, lambda name: {"hold": "a.enaml:3"}.get(name, ""))
    assert {finding.where for finding in findings} == {"", "a.enaml:3"}


SETTINGS = [
    ("hold=0.5", 0.5),
    ("hold=2 * window", "2 * window"),
    ("hold = 1", 1),
    ("count=7", 7),
    ("easy=False", False),
    ("side=right", "right"),
    ("side='left' if easy else 'right'", "'left' if easy else 'right'"),
    ("note='a=b'", "'a=b'"),
    ("note=", ""),
    ("frequency=2e3", "2e3"),
    ("level=-10 * np.pi", "-10 * np.pi"),
    ("hold=Uniform(1, 2)", "Uniform(1, 2)"),
]


@pytest.mark.parametrize(("text", "value"), SETTINGS)
def test_a_setting_of_the_command_line_is_kept_as_it_was_written(text, value):
    task = apply_settings(Task(paradigm="x", items={"hold": 3}), [text], SPECS)
    kept = task.items[text.partition("=")[0].strip()]
    assert kept == value
    assert type(kept) is type(value)


REFUSED = [
    ("hold", "--set hold: write NAME=EXPR"),
    ("hodl=1", "--set hodl: there is no item 'hodl'; did you mean 'hold'?"),
    ("score='HIT'", "--set score: item 'score' is a Result, which is never set by the user"),
    ("hold=2 *", "--set hold: item 'hold': '2 *', column 4: ends too early"),
    ("hold=", "--set hold: item 'hold': expression is empty"),
    ("hold=11", "--set hold: item 'hold' = '11' is 11 s; allowed is 0 to 10 s"),
    ("count=1.5", "--set count: item 'count' = '1.5' is 1.5; it must be a whole number"),
    ("hold=windw", "--set hold: item 'hold' = 'windw', column 1: unknown name 'windw'; did you mean 'window'?"),
    ("side=lft", "allowed are left, right"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_wrong_setting_of_the_command_line_is_refused_in_one_line(text, message):
    with pytest.raises(ConfigurationError) as caught:
        apply_settings(Task(paradigm="x"), [text], SPECS, BUILT_IN_SYMBOLS)
    assert message in str(caught.value)
    assert len(caught.value.findings) == 1


def test_wrong_settings_are_refused_all_at_once_and_none_is_applied():
    task = Task(paradigm="x", items={"hold": 1})
    with pytest.raises(ConfigurationError) as caught:
        apply_settings(task, ["hold=2", "hold=3", "hodl=1", "score=1", "count"], SPECS)
    assert len(caught.value.findings) == 4
    assert task.items == {"hold": 1}


def test_an_item_that_every_selector_gives_cannot_be_set_where_it_would_have_no_effect():
    selectors = {name: declared.settings() for name, declared in SELECTORS.items()}
    task = Task(paradigm="x", selectors=selectors)
    with pytest.raises(ConfigurationError, match="gets its value from every selector"):
        apply_settings(task, ["level=3"], SPECS)
    assert apply_settings(task, ["frequency=300"], SPECS).items == {"frequency": 300}
    assert apply_settings(task.model_copy(update={"roving": ()}), ["level=3"], SPECS).items == {"level": 3}
