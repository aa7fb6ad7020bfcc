"""The context of one run: values, results, trials, rows."""

from __future__ import annotations

import math

import pytest

from psi.context.context import Context
from psi.context.items import BoolParameter, EnumParameter, Parameter, Result, RovingParameter
from psi.context.selectors import SequenceSelector, SingleSetting
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.errors import ConfigurationError, RunFault
from psi.core.expressions import parse
from psi.core.random_streams import RandomStreams
from psi.models.task import SequenceSettings, SingleSettings, Task

ITEMS = [
    Parameter(name="hold", unit="s", default=0.2, limits=(0, 10)),
    Parameter(name="window", unit="s", default="2 * hold + delay", limits=(0, 10)),
    Parameter(name="delay", unit="s", default="counted(0.1)"),
    Parameter(name="once", default="counted(5)", scope="experiment"),
    Parameter(name="count", dtype="int", default=3),
    BoolParameter(name="easy", default="level > 40"),
    EnumParameter(name="side", choices=["left", "right"]),
    RovingParameter(name="level", unit="dB SPL", default=60, limits=(-math.inf, 120)),
    RovingParameter(name="frequency", unit="Hz", default="1000 * count", limits=(20, 90e3)),
    Parameter(name="penalty", default="10 if score == 'FA' else 1"),
    Result(name="score", dtype="text"),
    Result(name="reaction_time", unit="s", limits=(0, None)),
    Result(name="correct", dtype="int64", default=0),
]
SELECTORS = {
    "go": SequenceSelector(name="go", items=["level"], rows=[20, 30, "hold * 200"]),
    "nogo": SingleSetting(name="nogo", values={"level": "-inf", "frequency": 500}),
}


@pytest.fixture
def counts():
    return []


@pytest.fixture
def make(counts):
    def counted(value):
        counts.append(value)
        return value

    def make(seed=1, specs=None, **task):
        specs = {item.name: item.spec() for item in ITEMS} if specs is None else specs
        symbols = {**BUILT_IN_SYMBOLS, "counted": counted}
        return Context(specs, SELECTORS, Task(paradigm="x", **task), symbols, RandomStreams(seed))

    return make


def test_before_the_first_trial_items_have_their_own_values(make):
    context = make(items={"hold": 0.5})
    assert context.value("level") == 60.0
    assert context.value("window") == 1.1
    assert context.value("frequency") == 3000.0
    assert context.value("side") == "left"
    assert context.value("count") == 3
    assert context.value("easy") is True


def test_a_value_is_computed_when_asked_for_once_per_trial_or_once_per_run(make, counts):
    context = make()
    context.next_trial()
    assert counts == []
    for _ in range(3):
        assert (context.value("delay"), context.value("window"), context.value("once")) == (0.1, 0.5, 5)
    assert counts == [0.1, 5]
    context.next_trial()
    context.row()
    context.row()
    assert counts == [0.1, 5, 0.1]


def test_roved_items_have_the_selectors_values_and_others_their_own(make):
    context = make()
    assert context.next_trial("go") == {"level": 20.0}
    assert (context.value("level"), context.value("easy"), context.value("frequency")) == (20.0, False, 3000.0)
    assert context.next_trial("nogo") == {"level": -math.inf, "frequency": 500.0}
    assert context.next_trial("go") == {"level": 30.0}
    assert context.next_trial("go") == {"level": 40.0}
    assert context.setting == {"level": "hold * 200"}
    assert context.next_trial(None) == {}
    assert context.value("level") == 60.0


def test_repeat_keeps_the_selectors_last_setting_whatever_came_between(make):
    context = make()
    # Nothing to repeat yet, so the first setting is taken.
    assert context.next_trial("go", repeat=True) == {"level": 20.0}
    assert context.next_trial("go", repeat=True) == {"level": 20.0}
    context.next_trial("nogo")
    assert context.next_trial("go", repeat=True) == {"level": 20.0}
    assert context.next_trial("go") == {"level": 30.0}


def test_an_item_that_is_not_in_roving_keeps_its_own_value(make):
    context = make(roving=("frequency",))
    assert context.next_trial("go") == {}
    assert context.next_trial("nogo") == {"frequency": 500.0}
    assert context.value("level") == 60.0


def test_the_tasks_selector_settings_hold_over_the_declared_ones(make):
    context = make(selectors={"go": SequenceSettings(items=("level",), rows=((99,),))})
    assert context.next_trial("go") == {"level": 99.0}
    assert context.next_trial("nogo")["level"] == -math.inf


def test_a_result_is_set_for_one_trial_and_what_depends_on_it_follows(make):
    context = make()
    context.next_trial("go")
    assert context.value("score") is None
    assert context.value("penalty") == 1.0
    context.set_result("score", "FA")
    assert context.value("penalty") == 10.0
    context.set_result("score", None)
    assert context.value("penalty") == 1.0
    context.set_result("score", "FA")
    context.set_result("correct", 1.0)
    assert context.row()["correct"] == 1
    context.next_trial("go")
    assert (context.value("score"), context.value("penalty"), context.value("correct")) == (None, 1.0, 0)


def test_a_row_has_every_item_in_the_order_of_the_columns(make):
    context = make()
    context.next_trial("go")
    context.set_result("score", "HIT")
    row = context.row()
    assert list(row) == [name for name, _, _ in context.columns()] == [item.name for item in ITEMS]
    assert row == {
        "hold": 0.2, "window": 0.5, "delay": 0.1, "once": 5.0, "count": 3, "easy": False, "side": "left",
        "level": 20.0, "frequency": 3000.0, "penalty": 1.0, "score": "HIT", "reaction_time": None, "correct": 0,
    }  # fmt: skip
    assert context.columns()[0] == ("hold", "float64", "s")
    assert context.columns()[4] == ("count", "int64", "")


def test_expressions_may_have_symbols_of_their_moment(make):
    context = make()
    moment = {"event_time": 3.0, "hold": 1.0}
    assert context.evaluate("event_time - hold", moment) == 2.0
    assert context.evaluate(parse("event_time + level"), moment) == 63.0
    assert context.evaluate("db(10) + level") == 80.0
    with pytest.raises(RunFault, match="unknown name 'event_time'"):
        context.evaluate("event_time")
    with pytest.raises(ConfigurationError, match="column 7"):
        context.evaluate("hold + ")


@pytest.mark.parametrize(
    ("items", "name", "message"),
    [
        ({"window": "hold * 100"}, "window", "item 'window' = 'hold * 100' is 20 s; allowed is 0 to 10 s"),
        ({"window": "1 / (hold - hold)"}, "window", "item 'window' = '1 / (hold - hold)' has no value: float division"),
        ({"window": "1 / (hold - hold)", "hold": "window"}, "hold", "depends on itself: hold → window → hold"),
        ({"delay": "1 / 0", "window": "delay"}, "window", "item 'delay' = '1 / 0' has no value: division by zero"),
        ({"count": "hold"}, "count", "item 'count' = 'hold' is 0.2; it must be a whole number"),
        ({"side": "'up'"}, "side", "item 'side' = \"'up'\" is 'up'; allowed are 'left', 'right'"),
        ({"level": 130}, "level", "item 'level' is 130 dB SPL; allowed is 120 dB SPL or less"),
        ({"penalty": "reaction_time * 2"}, "penalty", "item 'penalty' = 'reaction_time * 2' has no value: unsupported"),
    ],
)
def test_a_value_that_cannot_be_is_a_fault_that_names_item_and_expression(make, items, name, message):
    context = make(items=items)
    with pytest.raises(RunFault) as caught:
        context.value(name)
    assert message in str(caught.value)
    with pytest.raises(RunFault):
        context.row()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("hold", 1, "item 'hold' is no Result"),
        ("scor", "HIT", "did you mean 'score'?"),
        ("score", 3, "result 'score' is 3; it must be a text"),
        ("correct", 0.5, "result 'correct' is 0.5; it must be a whole number"),
        ("reaction_time", -1, "result 'reaction_time' is -1 s; allowed is 0 s or more"),
    ],
)
def test_only_results_can_be_set_and_only_to_what_they_are(make, name, value, message):
    with pytest.raises(RunFault) as caught:
        make().set_result(name, value)
    assert message in str(caught.value)


def test_names_that_are_not_there_come_with_the_nearest(make):
    context = make()
    with pytest.raises(KeyError, match="did you mean 'level'"):
        context.value("levl")
    with pytest.raises(KeyError):
        context.value("np")
    with pytest.raises(RunFault, match="did you mean 'nogo'"):
        context.next_trial("nogoo")


def test_two_runs_from_the_same_declarations_share_nothing(make):
    first, second = make(), make()
    first.next_trial("go")
    first.next_trial("go")
    first.set_result("score", "HIT")
    assert second.next_trial("go") == {"level": 20.0}
    assert second.value("score") is None


def test_another_item_or_selector_shifts_no_sequence(make):
    shuffled = {"go": SequenceSettings(items=("level",), rows=tuple((x,) for x in range(10)), order="shuffled")}

    def sequence(context):
        return [context.next_trial("go")["level"] for _ in range(30)]

    specs = {item.name: item.spec() for item in [Parameter(name="new", default=1), *ITEMS]}
    plain = sequence(make(selectors=shuffled))
    assert sequence(make(selectors=shuffled, specs=specs)) == plain
    more = {**shuffled, "nogo": SingleSettings(values={"level": 0})}
    assert sequence(make(selectors=more)) == plain
    assert sequence(make(selectors=shuffled, seed=2)) != plain


def test_a_long_chain_of_expressions_is_computed():
    chain = [Parameter(name="x0", default=1), *(Parameter(name=f"x{i}", default=f"x{i - 1} + 1") for i in range(1, 60))]
    specs = {item.name: item.spec() for item in chain}
    context = Context(specs, {}, Task(paradigm="x"), BUILT_IN_SYMBOLS, RandomStreams(0))
    assert context.value("x59") == 60.0
