"""What is typed, and what becomes of it: one row for each case.

Expressions: the item, its text, other items, and its value in the first trial or the one message. Selectors: settings,
and the values of the first trials or the message. Edits: what is done to a draft, and what then differs and holds.
"""

from __future__ import annotations

import math

import pytest

from psi.context.checks import check_task
from psi.context.context import Context
from psi.context.items import (
    BoolParameter,
    EnumParameter,
    FileParameter,
    MultiSelectParameter,
    Parameter,
    Result,
    RovingParameter,
)
from psi.context.selectors import SequenceSelector, SingleSetting
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.errors import ConfigurationError
from psi.core.random_streams import RandomStreams
from psi.experiment.drafts.draft import TaskDraft
from psi.models.task import Task

ITEMS = [
    Parameter(name="hold", unit="s", default=0.2, limits=(0, 10)),
    Parameter(name="window", unit="s", default="2 * hold", limits=(0, 10)),
    Parameter(name="gain", unit="dB", default=20),
    Parameter(name="x", default=0),
    Parameter(name="count", dtype="int64", default=3),
    Parameter(name="once", default=1, scope="experiment"),
    BoolParameter(name="easy", default=True),
    EnumParameter(name="side", choices=["left", "right"]),
    EnumParameter(name="pitch", dtype="float64", choices=[1000, 2000], default=1000, unit="Hz"),
    MultiSelectParameter(name="lights", choices=["red", "green", "blue"], default=["red"]),
    FileParameter(name="sound", patterns=["*.wav"]),
    Parameter(name="note", dtype="text", default=""),
    RovingParameter(name="level", unit="dB SPL", default=60, limits=(-100, 120)),
    RovingParameter(name="frequency", unit="Hz", default="1000 * count", limits=(20, 90e3)),
    Result(name="score", dtype="text"),
    Result(name="latency", unit="s", default=0.5),
]
SPECS = {item.name: item.spec() for item in ITEMS}
SELECTORS = {
    "go": SequenceSelector(name="go", items=["level"], rows=[20, 30, 40]),
    "remind": SingleSetting(name="remind", values={"level": 70}),
}


def findings_of(**task):
    return [str(finding) for finding in check_task(SPECS, SELECTORS, BUILT_IN_SYMBOLS, Task(paradigm="x", **task))]


def context_of(seed=1, **task):
    return Context(SPECS, SELECTORS, Task(paradigm="x", **task), BUILT_IN_SYMBOLS, RandomStreams(seed))


#: Item, what it is set to, other items, its value.
VALUES = [
    ("x", 1, {}, 1.0),
    ("x", "1 + 2 * 3", {}, 7.0),
    ("x", "(1 + 2) * 3", {}, 9.0),
    ("x", "2 ** 10", {}, 1024.0),
    ("x", "-2 ** 2", {}, -4.0),
    ("x", "7 // 2 + 7 % 2", {}, 4.0),
    ("x", "1e3", {}, 1000.0),
    ("x", "0x10 + 1_000", {}, 1016.0),
    ("x", "  3  ", {}, 3.0),
    ("x", "(1 +\n 2)", {}, 3.0),
    ("x", "-inf", {}, -math.inf),
    ("x", "hold + window", {}, pytest.approx(0.6)),
    ("x", "hold + window", {"hold": 1}, 3.0),
    ("x", "hold + window", {"hold": 1, "window": 5}, 6.0),
    ("window", "hold * count", {"count": 4}, 0.8),
    ("x", "level", {}, 60.0),
    ("x", "frequency / 1000", {"count": 7}, 7.0),
    ("x", "once + 1", {}, 2.0),
    ("x", "latency * 2", {}, 1.0),
    ("x", "db(10)", {}, 20.0),
    ("x", "db(0)", {}, -math.inf),
    ("x", "dbi(gain)", {}, 10.0),
    ("x", "db(dbi(gain))", {"gain": 6}, pytest.approx(6)),
    ("x", "imul(1013, 25)", {}, 1025.0),
    ("x", "imul(1012, 25)", {}, 1000.0),
    ("x", "imul(12.5, 25)", {}, 25.0),
    ("x", "imul(frequency, 7)", {"count": 1}, 1001.0),
    ("x", "np.sqrt(16) + np.pi - pi", {}, 4.0),
    ("x", "np.log10(1000)", {}, 3.0),
    ("x", "np.interp(1.5, [1, 2], [10, 20])", {}, 15.0),
    ("x", "np.mean([hold, window])", {"hold": 1}, 1.5),
    ("x", "np.floor(-0.5)", {}, -1.0),
    ("x", "max(hold, window, 3)", {}, 3.0),
    ("x", "min([hold, window])", {}, 0.2),
    ("x", "round(2.345, 1)", {}, 2.3),
    ("x", "abs(-3)", {}, 3.0),
    ("x", "sum(i for i in range(5))", {}, 10.0),
    ("x", "[3, 1, 2][1]", {}, 1.0),
    ("x", "sorted([3, 1, 2])[-1]", {}, 3.0),
    ("x", "sorted([3, 1, 2], reverse=True)[-1]", {}, 1.0),
    ("x", "[i * hold for i in range(4) if i > 2][0]", {"hold": 2}, 6.0),
    ("x", "len(str(count)) + len(lights)", {}, 2.0),
    ("x", "1 if easy else 2", {}, 1.0),
    ("x", "1 if easy else unheard", {}, "item 'x' = '1 if easy else unheard', column 16: unknown name 'unheard'"),
    ("x", "1 if not easy and hold > 1 else 2", {"easy": False, "hold": 3}, 1.0),
    ("x", "1 if side == 'left' else 2", {"side": "right"}, 2.0),
    ("x", "1 if 0 < hold < 1 else 2", {}, 1.0),
    ("x", "2 if score == 'HIT' else 3", {}, 3.0),
    ("x", "5 if score is None else 6", {}, 5.0),
    ("x", "1 if 'red' in lights else 0", {}, 1.0),
    ("x", "1 if 'red' in lights else 0", {"lights": "['blue']"}, 0.0),
    ("count", 4, {}, 4),
    ("count", 4.0, {}, 4),
    ("count", "6 / 2", {}, 3),
    ("count", "int(hold * 10)", {}, 2),
    ("count", "Binomial(1, 1)", {}, 1),
    ("easy", "hold > 0.1", {}, True),
    ("easy", 0, {}, False),
    ("easy", "not easy or True", {}, "item 'easy' depends on itself: easy → easy"),
    ("easy", "Binomial(1, 0)", {}, False),
    ("side", "right", {}, "right"),
    ("side", "'left' if easy else 'right'", {"easy": False}, "right"),
    ("pitch", 2000, {}, 2000.0),
    ("pitch", "1000 * 2", {}, 2000.0),
    ("pitch", "Pdf([1000, 2000], [0, 1])", {}, 2000.0),
    ("lights", "['red', 'blue']", {}, ["red", "blue"]),
    ("lights", "[]", {}, []),
    ("lights", "['blue'] if easy else []", {}, ["blue"]),
    ("lights", "[c for c in ['red', 'green'] if c != 'red']", {}, ["green"]),
    ("sound", "stimuli/dog bark.wav", {}, "stimuli/dog bark.wav"),
    ("sound", "hold.wav", {}, "hold.wav"),
    ("sound", "", {}, ""),
    ("note", "", {}, ""),
    ("note", "'a = b'", {}, "a = b"),
    ("note", "'box ' + str(count)", {}, "box 3"),
    ("hold", "Scalar(0.3)", {}, 0.3),
    ("hold", "Uniform(2, 2)", {}, 2.0),
    ("x", "Uniform(hold, hold)", {"hold": 4}, 4.0),
    ("x", "Normal(count, 1).truncate(3, 3, 'clamp')", {}, 3.0),
    ("x", "Scalar(count).scale(2, 1)", {}, 7.0),
]

#: Item, what it is set to, other items, the message.
MESSAGES = [
    ("x", "", {}, "item 'x': expression is empty; give a number, a text in quotes, or a formula"),
    ("x", "2 *", {}, "item 'x': '2 *', column 4: ends too early"),
    ("x", "2 3", {}, "item 'x': '2 3', column 3: invalid syntax"),
    ("x", "(1", {}, "item 'x': '(1', column 1: '(' was never closed"),
    ("x", "x = 3", {}, "item 'x': 'x = 3', column 3: invalid syntax"),
    ("x", "3 ^ 2", {}, "item 'x': '3 ^ 2', column 1: ^ is not allowed; write '**' for a power"),
    ("x", "hold & 1", {}, "item 'x': 'hold & 1', column 1: & is not allowed; write 'and'"),
    ("x", "lambda: 0", {}, "item 'x': 'lambda: 0', column 1: functions cannot be made here"),
    ("x", "hold.real", {}, "item 'x' = 'hold.real', column 1: .real is allowed on symbols such as np only"),
    ("x", "holdd", {}, "item 'x' = 'holdd', column 1: unknown name 'holdd'; did you mean 'hold'?"),
    ("x", "1 + widow", {}, "item 'x' = '1 + widow', column 5: unknown name 'widow'; did you mean 'window'?"),
    (
        "x",
        "Uniformm(0, 1)",
        {},
        "item 'x' = 'Uniformm(0, 1)', column 1: unknown name 'Uniformm'; did you mean 'Uniform'?",
    ),
    (
        "x",
        "np.sqr(4)",
        {},
        "item 'x' = 'np.sqr(4)', column 1: np has no 'sqr' for expressions; did you mean 'sqrt' or 'square'?",
    ),
    ("x", "x", {}, "item 'x' depends on itself: x → x"),
    ("x", "gain", {"gain": "x + 1"}, "item 'gain' depends on itself: gain → x → gain"),
    ("hold", "window", {}, "item 'hold' depends on itself: hold → window → hold"),
    ("x", "1 / 0", {}, "item 'x' = '1 / 0' has no value: division by zero"),
    ("x", "1 / (count - 3)", {}, "item 'x' = '1 / (count - 3)' has no value: division by zero"),
    ("x", "[1, 2][5]", {}, "item 'x' = '[1, 2][5]' has no value: list index out of range"),
    (
        "x",
        "hold + note",
        {},
        "item 'x' = 'hold + note' has no value: unsupported operand type(s) for +: 'float' and 'str'",
    ),
    ("x", "9 ** 9 ** 9", {}, "item 'x' = '9 ** 9 ** 9' has no value: gives a whole number of more than 1024 bits"),
    ("x", "(-8) ** 0.5", {}, "item 'x' = '(-8) ** 0.5' has no value: has no real value"),
    ("x", "db(-1)", {}, "item 'x' = 'db(-1)' has no value: math domain error"),
    ("x", "imul(100, 0)", {}, "item 'x' = 'imul(100, 0)' has no value: imul takes a finite number and a base above 0"),
    ("x", "'a'", {}, "item 'x' = \"'a'\" is 'a'; it must be a number"),
    ("x", "[1]", {}, "item 'x' = '[1]' is [1]; it must be a number"),
    ("x", True, {}, "item 'x' is True; it must be a number"),
    ("x", "None", {}, "item 'x' = 'None' is None; it must be a number"),
    ("x", "hold > 0", {}, "item 'x' = 'hold > 0' is True; it must be a number"),
    ("hold", 11, {}, "item 'hold' is 11 s; allowed is 0 to 10 s"),
    ("hold", -0.1, {}, "item 'hold' is -0.1 s; allowed is 0 to 10 s"),
    ("hold", "nan", {}, "item 'hold' = 'nan' is nan s; allowed is 0 to 10 s"),
    ("hold", "5 + 6", {}, "item 'hold' = '5 + 6' is 11 s; allowed is 0 to 10 s"),
    ("hold", 9, {}, "item 'window' = '2 * hold' is 18 s; allowed is 0 to 10 s"),
    ("level", 130, {}, "item 'level' is 130 dB SPL; allowed is -100 to 120 dB SPL"),
    ("frequency", "count", {}, "item 'frequency' = 'count' is 3 Hz; allowed is 20 to 90000 Hz"),
    ("count", 1.5, {}, "item 'count' is 1.5; it must be a whole number"),
    ("count", "hold", {}, "item 'count' = 'hold' is 0.2; it must be a whole number"),
    ("easy", 2, {}, "item 'easy' is 2; it must be True or False"),
    ("easy", "maybe", {}, "item 'easy' = 'maybe', column 1: unknown name 'maybe'"),
    ("side", "lft", {}, "item 'side' = 'lft', column 1: unknown name 'lft'; allowed are left, right"),
    ("side", "'up'", {}, "item 'side' = \"'up'\" is 'up'; allowed are 'left', 'right'"),
    ("pitch", 1500, {}, "item 'pitch' is 1500.0; allowed are 1000, 2000"),
    (
        "lights",
        "['rde']",
        {},
        "item 'lights' = \"['rde']\" has 'rde'; allowed are 'red', 'green', 'blue'; did you mean 'red'?",
    ),
    ("lights", "['red', 'red']", {}, "item 'lights' = \"['red', 'red']\" has 'red' twice; give each once"),
    ("lights", "'red'", {}, "item 'lights' = \"'red'\" is 'red'; it must be a list of texts"),
    ("lights", "[1]", {}, "item 'lights' = '[1]' is [1]; it must be a list of texts"),
    ("lights", "red", {}, "item 'lights' = 'red', column 1: unknown name 'red'; allowed are red, green, blue"),
    ("sound", "dog.mp3", {}, "item 'sound' is 'dog.mp3'; its name must be like *.wav"),
    (
        "note",
        "hello",
        {},
        "item 'note' = 'hello', column 1: unknown name 'hello'; a text is written in quotes: \"'hello'\"",
    ),
    ("note", 3, {}, "item 'note' is 3; it must be a text"),
    ("score", "'HIT'", {}, "item 'score' is a Result, which is never set by the user; remove it"),
    ("latency", 1, {}, "item 'latency' is a Result, which is never set by the user; remove it"),
    ("hodl", 1, {}, "task sets the unknown item 'hodl'; did you mean 'hold'?"),
    (
        "once",
        "level",
        {},
        "item 'once' is computed once for the experiment but uses 'level', which changes from trial to trial; "
        "give it the scope 'trial'",
    ),
    (
        "once",
        "x + 1",
        {"x": "Uniform(0, 1)"},
        "item 'once' is computed once for the experiment but uses 'x', which changes from trial to trial; "
        "give it the scope 'trial'",
    ),
    (
        "hold",
        "Uniform(3, 1)",
        {},
        "item 'hold' = 'Uniform(3, 1)' has no value: Uniform goes from 3 to 1; give the lower one first",
    ),
    (
        "hold",
        "Normal(1, -1)",
        {},
        "item 'hold' = 'Normal(1, -1)' has no value: Normal has sd = -1; give a standard deviation above 0",
    ),
    (
        "hold",
        "Normal(1, 0.1)",
        {},
        "item 'hold' = 'Normal(1, 0.1)' gives every number; allowed is 0 to 10 s: "
        "append .truncate(0, 10) or narrower bounds",
    ),
    (
        "hold",
        "Exponential(1)",
        {},
        "item 'hold' = 'Exponential(1)' gives 0 to inf; allowed is 0 to 10 s: append .truncate(0, 10) or "
        "narrower bounds",
    ),
    (
        "hold",
        "Uniform(0, 1).truncate(2, 3)",
        {},
        "item 'hold' = 'Uniform(0, 1).truncate(2, 3)' has no value: keeps nothing of the distribution between 2 and 3 "
        "(probability 0); it gives mean 0.5, 0 to 1",
    ),
    (
        "hold",
        "Uniform(0, count)",
        {"count": 20},
        "item 'hold' = 'Uniform(0, count)' gives 0 to 20; allowed is 0 to 10 s: append .truncate(0, 10) or "
        "narrower bounds",
    ),
    (
        "hold",
        "2 * Uniform(0, 1)",
        {},
        "item 'hold' = '2 * Uniform(0, 1)' has no value: calculates with a distribution; "
        "write .scale(factor, offset), or give the distribution an item of its own",
    ),
    ("hold", "Uniform", {}, "item 'hold' = 'Uniform' is a function; it must be a number"),
    (
        "hold",
        "Uniform(0, 1).draw(2)",
        {},
        "item 'hold': 'Uniform(0, 1).draw(2)', column 1: .draw is allowed on symbols such as np only; "
        "distributions have .truncate() and .scale()",
    ),
    (
        "hold",
        "np.sqrt(4).scale(2)",
        {},
        "item 'hold' = 'np.sqrt(4).scale(2)' has no value: .scale is allowed on a distribution only, such as "
        "Uniform(0, 1)",
    ),
    (
        "count",
        "Uniform(1, 5)",
        {},
        "item 'count' = 'Uniform(1, 5)' gives numbers between the whole ones; use Pdf, Binomial or Poisson",
    ),
    (
        "easy",
        "Poisson(1)",
        {},
        "item 'easy' = 'Poisson(1)' gives more than 0 and 1; write Binomial(1, p) for True with the probability p",
    ),
    ("note", "Uniform(0, 1)", {}, "item 'note' = 'Uniform(0, 1)' is a distribution of numbers; it must be a text"),
    (
        "pitch",
        "Uniform(1000, 2000)",
        {},
        "item 'pitch' = 'Uniform(1000, 2000)' gives others than the choices; use Pdf over some of 1000, 2000",
    ),
    (
        "hold",
        "Uniform(1, 8)",
        {},
        "item 'window' = '2 * hold' is 15.986 s; allowed is 0 to 10 s, where it is drawn hold = 7.993; truncate that",
    ),
]


@pytest.mark.parametrize(("item", "value", "others", "expected"), VALUES)
def test_an_item_has_the_value_that_was_typed(item, value, others, expected):
    items = {item: value, **others}
    found = findings_of(items=items)
    if isinstance(expected, str) and expected.startswith("item "):
        assert found == [expected]
        return
    assert found == []
    result = context_of(items=items).value(item)
    assert result == expected
    assert type(result) in (type(expected), float)


@pytest.mark.parametrize(("item", "value", "others", "message"), MESSAGES)
def test_a_wrong_value_is_refused_with_this_message(item, value, others, message):
    assert findings_of(items={item: value, **others}) == [message]


def sequence(*rows, items=("level",), order="exact"):
    rows = [row if isinstance(row, (list, tuple)) else (row,) for row in rows]
    return {"kind": "sequence", "items": list(items), "rows": [list(row) for row in rows], "order": order}


#: Settings of the selector go, values of the item in the first trials, or the message.
SEQUENCES = [
    (sequence(20, 30), "level", [20, 30, 20, 30]),
    (sequence(30, 20, 25, order="ascending"), "level", [20, 25, 30, 20]),
    (sequence(30, 20, 25, order="descending"), "level", [30, 25, 20, 30]),
    (sequence("10 + 10", 30), "level", [20, 30, 20]),
    (sequence("hold * 100", 30), "level", [20, 30, 20]),
    (sequence("-100", "120"), "level", [-100, 120, -100]),
    (sequence("Scalar(33)"), "level", [33, 33]),
    (sequence((20, 500), (30, "count * 1000"), items=("level", "frequency")), "frequency", [500, 3000, 500]),
    (sequence(("gain", 500), items=("level", "frequency")), "level", [20, 20]),
    (sequence(20, items=("frequency",)), "level", [60, 60]),
    (sequence(130), "level", "selector 'go', row 1: item 'level' is 130 dB SPL; allowed is -100 to 120 dB SPL"),
    (sequence(20, "2 *"), "level", "selector 'go', row 2: item 'level': '2 *', column 4: ends too early"),
    (
        sequence(20, "hodl"),
        "level",
        "selector 'go', row 2: item 'level' = 'hodl', column 1: unknown name 'hodl'; did you mean 'hold'?",
    ),
    (sequence("'a'"), "level", "selector 'go', row 1: item 'level' = \"'a'\" is 'a'; it must be a number"),
    (
        sequence("hold * 1000"),
        "level",
        "selector 'go', row 1: item 'level' = 'hold * 1000' is 200 dB SPL; allowed is -100 to 120 dB SPL",
    ),
    (
        sequence("Normal(60, 5)"),
        "level",
        "selector 'go', row 1: item 'level' = 'Normal(60, 5)' gives every number; allowed is -100 to 120 dB SPL: "
        "append .truncate(-100, 120) or narrower bounds",
    ),
    (
        sequence("1 / (count - 3)"),
        "level",
        "selector 'go', row 1: item 'level' = '1 / (count - 3)' has no value: division by zero",
    ),
    (sequence("level + 1"), "level", "with selector 'go', item 'level' depends on itself: level → level"),
    (
        sequence(1, items=("hold",)),
        "hold",
        "selector 'go' roves 'hold', which is a Parameter, which is never roved; only a RovingParameter can be roved",
    ),
    (
        sequence("'HIT'", items=("score",)),
        "score",
        "selector 'go' roves 'score', which is a Result; only a RovingParameter can be roved",
    ),
    (sequence(1, items=("levl",)), "level", "selector 'go' roves the unknown item 'levl'; did you mean 'level'?"),
]


@pytest.mark.parametrize(("settings", "item", "expected"), SEQUENCES)
def test_a_selector_gives_what_was_typed(settings, item, expected):
    task = Task.model_validate({"paradigm": "x", "selectors": {"go": settings}})
    found = [str(finding) for finding in check_task(SPECS, SELECTORS, BUILT_IN_SYMBOLS, task)]
    if isinstance(expected, str):
        assert found == [expected]
        return
    assert found == []
    context = Context(SPECS, SELECTORS, task, BUILT_IN_SYMBOLS, RandomStreams(1))
    values = []
    for _ in expected:
        context.next_trial("go")
        values.append(context.row()[item])
    assert values == expected


START = {"hold": 0.2, "window": "2 * hold", "level": 60, "side": "left", "note": "", "lights": "['red']"}

#: What is done to a draft, what then differs, and what holds after Apply (None: it cannot be applied).
EDITS = [
    ([("hold", "0.3")], {"hold"}, {"hold": 0.3}),
    ([("hold", "0.3"), ("hold", "0.2")], set(), {}),
    ([("hold", "0.20")], {"hold"}, {"hold": "0.20"}),
    ([("hold", "0.1 + 0.1")], {"hold"}, {"hold": "0.1 + 0.1"}),
    ([("hold", " 0.5 ")], {"hold"}, {"hold": 0.5}),
    ([("hold", "0.3"), ("window", "1")], {"hold", "window"}, {"hold": 0.3, "window": 1}),
    ([("hold", "0.3"), "undo"], set(), {}),
    ([("hold", "0.3"), "seal", ("hold", "0.4"), "undo"], {"hold"}, {"hold": 0.3}),
    ([("hold", "0.3"), ("hold", "0.34"), "undo"], set(), {}),
    ([("hold", "0.3"), "seal", ("window", "1"), "undo", "undo"], set(), {}),
    ([("hold", "0.3"), "revert"], set(), {}),
    ([("hold", "0.3"), "revert", ("window", "3")], {"window"}, {"window": 3}),
    ([("hold", "Uniform(0, 1)")], {"hold"}, {"hold": "Uniform(0, 1)"}),
    ([("hold", "Uniform(0, 11)")], {"hold"}, None),
    ([("hold", "11")], {"hold"}, None),
    ([("hold", "2 *")], {"hold"}, None),
    ([("hold", "")], {"hold"}, None),
    ([("hold", "2 *"), ("hold", "2 * 2")], {"hold"}, {"hold": "2 * 2"}),
    ([("hold", "2 *"), "undo"], set(), {}),
    ([("side", "right")], {"side"}, {"side": "right"}),
    ([("side", "'right'")], {"side"}, {"side": "'right'"}),
    ([("side", "'up'")], {"side"}, None),
    ([("note", "'hello'")], {"note"}, {"note": "'hello'"}),
    ([("lights", "['red', 'blue']")], {"lights"}, {"lights": "['red', 'blue']"}),
    ([("lights", "['rde']")], {"lights"}, None),
    ([("level", "55")], {"level"}, {"level": 55}),
    ([("level", "hold * 100")], {"level"}, {"level": "hold * 100"}),
    (["rove"], {"roving"}, {"roving": ()}),
    (["rove", "undo"], set(), {}),
    (["rove", "rove"], set(), {}),
]


@pytest.mark.parametrize(("steps", "differs", "applied"), EDITS)
def test_an_edit_differs_until_it_is_applied_or_taken_back(steps, differs, applied):
    base = Task(
        paradigm="x",
        items=START,
        selectors={name: declared.settings() for name, declared in SELECTORS.items()},
        roving=("level",),
    )
    draft = TaskDraft()
    draft.declare([SPECS[name] for name in START])
    draft.rebase(base)
    for step in steps:
        if step == "rove":
            draft.set_roving("level", "level" not in draft.roving)
        elif isinstance(step, str):
            getattr(draft, step)()
        else:
            draft.set_item(*step)
    assert set(draft.differs()) == differs
    if applied is None:
        assert len(draft.findings()) == 1
        with pytest.raises(ConfigurationError):
            draft.task()
        return
    assert draft.findings() == []
    roving = applied.pop("roving", ("level",)) if "roving" in applied else ("level",)
    expected = base.model_copy(update={"items": {**START, **applied}, "roving": roving})
    assert draft.task() == expected
    # Applied, nothing differs any more.
    draft.rebase(draft.task())
    assert draft.differs() == {}


def test_the_tables_have_at_least_150_rows():
    assert len(VALUES) + len(MESSAGES) + len(SEQUENCES) + len(EDITS) >= 150
