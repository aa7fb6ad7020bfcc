"""Values that are drawn: one number per trial from the item's own stream, on record, and nobody else's."""

from __future__ import annotations

import random

import pytest

from psi.context.checks import check_task
from psi.context.context import Context
from psi.context.items import Parameter, Result, RovingParameter
from psi.context.selectors import SequenceSelector
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.errors import RunFault
from psi.core.random_streams import RandomStreams
from psi.models.task import Task

ITEMS = [
    Parameter(name="wait", default="Exponential(0.5).truncate(1, 8)", limits=(0, 10)),
    Parameter(name="twice", default="2 * wait", limits=(0, 20)),
    Parameter(name="session", default="Uniform(0, 1)", scope="experiment"),
    Parameter(name="after", default="Uniform(1, 2) if score == 'HIT' else Uniform(10, 20)"),
    RovingParameter(name="level", default="Normal(60, 2)"),
    Result(name="score", dtype="text"),
]
SPECS = {item.name: item.spec() for item in ITEMS}
SELECTORS = {
    "go": SequenceSelector(name="go", items=["level"], rows=["Uniform(20, 30)", "Uniform(40, 50)"]),
    "nogo": SequenceSelector(name="nogo", items=["level"], rows=["Uniform(0, 1)"]),
}


def made(specs=SPECS, seed=7, **task):
    return Context(specs, SELECTORS, Task(paradigm="x", **task), BUILT_IN_SYMBOLS, RandomStreams(seed))


def rows(context, n=20, selector=None):
    given = []
    for _ in range(n):
        context.next_trial(selector)
        given.append(context.row())
    return given


def column(name, table):
    return [row[name] for row in table]


def test_a_value_is_drawn_once_per_trial_however_often_it_is_asked_for():
    context = made()
    seen = []
    for _ in range(30):
        context.next_trial()
        wait = context.value("wait")
        assert (context.value("wait"), context.evaluate("wait + 0"), context.row()["wait"]) == (wait, wait, wait)
        assert context.row()["twice"] == 2 * wait
        seen.append(wait)
    assert len(set(seen)) == 30
    assert all(1 <= wait <= 8 for wait in seen)


def test_with_the_scope_of_the_experiment_it_is_drawn_once_per_run():
    assert len(set(column("session", rows(made())))) == 1
    assert column("session", rows(made(), 1)) != column("session", rows(made(seed=8), 1))


def test_the_same_seed_draws_the_same_values_and_another_others():
    assert rows(made(), selector="go") == rows(made(), selector="go")
    assert column("wait", rows(made())) != column("wait", rows(made(seed=8)))


def test_another_item_shifts_nobodys_numbers_wherever_it_stands():
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    before = rows(made(seed=seed), selector="go")
    for _ in range(10):
        more = [Parameter(name=f"more{n}", default=rng.choice(["Uniform(0, 1)", "Poisson(3)"])) for n in range(3)]
        items = [*ITEMS, *more]
        rng.shuffle(items)
        specs = {item.name: item.spec() for item in items}
        after = rows(made(specs, seed), selector="go")
        for name in SPECS:
            assert column(name, after) == column(name, before), name


def test_asking_in_another_order_draws_the_same():
    one, other = made(), made()
    for _ in range(10):
        one.next_trial("go")
        other.next_trial("go")
        other.value("after")
        other.value("wait")
        assert one.row() == other.row()


def test_what_follows_a_result_is_computed_anew_from_the_same_random_number():
    context = made()
    context.next_trial()
    before = context.value("after")
    context.set_result("score", "HIT")
    after = context.value("after")
    assert after == pytest.approx(1 + (before - 10) / 10)
    context.set_result("score", None)
    assert context.value("after") == before


def test_a_repeat_has_the_level_of_the_setting_that_it_repeats():
    context = made()
    first = context.next_trial("go")["level"]
    assert 20 <= first <= 30
    assert 0 <= context.next_trial("nogo")["level"] <= 1
    waits = {context.value("wait")}
    for _ in range(3):
        assert context.next_trial("go", repeat=True) == {"level": first}
        waits.add(context.value("wait"))
    # Only what the selector gave is the setting.
    assert len(waits) == 4
    assert 40 <= context.next_trial("go")["level"] <= 50


def test_an_edit_of_the_distribution_does_not_shift_what_others_draw():
    plain, edited = made(), made()
    rows(plain, 5)
    rows(edited, 5)
    edited.apply(Task(paradigm="x", items={"wait": "Uniform(2, 3)"}))
    after, later = rows(plain, 5), rows(edited, 5)
    assert column("level", after) == column("level", later)
    assert column("session", after) == column("session", later)
    assert all(2 <= wait <= 3 for wait in column("wait", later))


def test_a_distribution_is_drawn_for_an_item_only():
    context = made()
    with pytest.raises(RunFault, match="only items are drawn"):
        context.evaluate("Uniform(0, 1)")


def test_parameters_that_follow_items_are_checked_when_they_are_known():
    specs = {**SPECS, "top": Parameter(name="top", default=1).spec()}
    specs["wait"] = Parameter(name="wait", default="Uniform(0, top if score is None else 30)", limits=(0, 10)).spec()
    context = made(specs)
    context.next_trial()
    assert 0 <= context.value("wait") <= 1
    context.set_result("score", "HIT")
    with pytest.raises(RunFault, match="gives 0 to 30; allowed is 0 to 10"):
        context.value("wait")


def test_a_chain_that_is_too_long_is_refused_and_one_that_is_not_works_from_either_end():
    def chain(n):
        items = [Parameter(name="x0", default=1)]
        items += [Parameter(name=f"x{i}", default=f"x{i - 1} + 1") for i in range(1, n)]
        return {item.name: item.spec() for item in items}

    longest = chain(100)
    assert check_task(longest, {}, BUILT_IN_SYMBOLS, Task(paradigm="x")) == []
    for ask in (lambda context: context.value("x99"), lambda context: context.row()["x99"]):
        assert ask(Context(longest, {}, Task(paradigm="x"), BUILT_IN_SYMBOLS, RandomStreams(1))) == 100
    [finding] = check_task(chain(101), {}, BUILT_IN_SYMBOLS, Task(paradigm="x"))
    assert finding.message == "item 'x100' needs a chain of more than 100 items; shorten it"
