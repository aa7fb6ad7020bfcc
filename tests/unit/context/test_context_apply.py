"""Apply and revert in a run that goes on: one row for each case, the values of successive trials."""

from __future__ import annotations

from typing import Any

import pytest

from psi.context.context import Context
from psi.context.items import BoolParameter, Parameter, Result, RovingParameter
from psi.context.selectors import SequenceSelector, SingleSetting
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.distribution_families import FAMILIES
from psi.core.errors import ConfigurationError
from psi.core.random_streams import RandomStreams
from psi.models.task import Task

ITEMS = [
    Parameter(name="hold", unit="s", default=1, limits=(0, 10)),
    Parameter(name="window", unit="s", default="2 * hold"),
    Parameter(name="once", default="hold + 0.5", scope="experiment"),
    Parameter(name="wait", default=0),
    BoolParameter(name="easy", default=True),
    RovingParameter(name="level", unit="dB SPL", default=60, limits=(0, 100)),
    RovingParameter(name="tone", default="level * 10"),
    Result(name="score", dtype="text"),
    Parameter(name="after", default="1 if score == 'HIT' else 2"),
]
SPECS = {item.name: item.spec() for item in ITEMS}
SELECTORS = {
    "go": SequenceSelector(name="go", items=["level"], rows=[20, 30, 40]),
    "remind": SingleSetting(name="remind", values={"level": 70}),
}


def sequence(*rows: Any, items: tuple[str, ...] = ("level",), order: str = "exact") -> dict[str, Any]:
    cells = [list(row) if isinstance(row, tuple) else [row] for row in rows]
    return {"kind": "sequence", "items": list(items), "rows": cells, "order": order}


def drawn(text: str, n: int, seed: int = 1, before: int = 0) -> list[Any]:
    """The values that the item wait draws: those of its own stream, after so many others."""
    family, _, arguments = text.partition("(")
    distribution = FAMILIES[family](*map(float, arguments.rstrip(")").split(",")))
    generator = RandomStreams(seed).generator("item.wait")
    numbers = [generator.random() for _ in range(before + n)]
    return [distribution.draw(number) for number in numbers[before:]]


#: Item; what is done (a number: so many trials; a dictionary: Apply of items, or of ``go`` or ``roving``); its values.
CASES: dict[str, tuple[str, list[Any], list[Any]]] = {
    "nothing": ("hold", [2], [1, 1]),
    "a constant": ("hold", [2, {"hold": 3}, 2], [1, 1, 3, 3]),
    "before the first trial": ("hold", [{"hold": 3}, 2], [3, 3]),
    "what follows from it follows": ("window", [1, {"hold": 3}, 1], [2, 6]),
    "an expression for a constant": ("hold", [1, {"hold": "level / 10"}, 3], [1, 3, 4, 2]),
    "a constant for an expression": ("window", [1, {"window": 5}, 1], [2, 5]),
    "two at once": ("window", [1, {"hold": 3, "window": "hold + 1"}, 1], [2, 4]),
    "one after the other between two trials": ("hold", [1, {"hold": 3}, {"hold": 4}, 1], [1, 4]),
    "the second leaves what the first changed": ("window", [1, {"hold": 3}, {"wait": 1}, 1], [2, 6]),
    "and back": ("hold", [1, {"hold": 3}, 1, {"hold": 1}, 1], [1, 3, 1]),
    "and back before a trial": ("hold", [1, {"hold": 3}, {"hold": 1}, 1], [1, 1]),
    "a default again": ("window", [{"window": 5}, 1, {"window": "2 * hold"}, 1], [5, 2]),
    "a truth": ("easy", [1, {"easy": False}, 1, {"easy": "hold > 0"}, 1], [True, False, True]),
    "what holds for the run is computed anew": ("once", [1, {"hold": 3}, 1], [1.5, 3.5]),
    "a distribution": ("wait", [1, {"wait": "Uniform(1, 2)"}, 3], [0, *drawn("Uniform(1, 2)", 3)]),
    "another distribution goes on in the stream": (
        "wait",
        [{"wait": "Uniform(1, 2)"}, 2, {"wait": "Uniform(5, 6)"}, 2],
        [*drawn("Uniform(1, 2)", 2), *drawn("Uniform(5, 6)", 2, before=2)],
    ),
    "a constant in between draws nothing": (
        "wait",
        [{"wait": "Uniform(1, 2)"}, 1, {"wait": 7}, 2, {"wait": "Uniform(1, 2)"}, 1],
        [*drawn("Uniform(1, 2)", 1), 7, 7, *drawn("Uniform(1, 2)", 1, before=1)],
    ),
    "an edit of another item does not shift it": (
        "wait",
        [{"wait": "Uniform(1, 2)"}, 1, {"hold": 5}, 2],
        drawn("Uniform(1, 2)", 3),
    ),
    "rows go on": ("level", [2, {"hold": 3}, 2], [20, 30, 40, 20]),
    "a cell that is yet to come": ("level", [1, {"go": sequence(20, 35, 40)}, 3], [20, 35, 40, 20]),
    "a cell that was given comes with its new value": (
        "level",
        [1, {"go": sequence(25, 30, 40)}, 4],
        [20, 25, 30, 40, 25],
    ),
    "a row more": ("level", [1, {"go": sequence(20, 30, 40, 50)}, 4], [20, 30, 40, 50, 20]),
    "a row less": ("level", [1, {"go": sequence(20, 30)}, 3], [20, 30, 20, 30]),
    "other rows": ("level", [2, {"go": sequence(1, 2)}, 3], [20, 30, 1, 2, 1]),
    "another order begins a cycle": (
        "level",
        [1, {"go": sequence(20, 30, 40, order="descending")}, 3],
        [20, 40, 30, 20],
    ),
    "what was taken out and put back is a new row": (
        "level",
        [1, {"go": sequence(30)}, {"go": sequence(20, 30)}, 2],
        [20, 20, 30],
    ),
    "a cell with an expression": ("level", [1, {"go": sequence(20, "hold * 33", 40)}, 2], [20, 33, 40]),
    "what its expression needs": ("level", [1, {"go": sequence(20, "hold * 33", 40), "hold": 2}, 2], [20, 66, 40]),
    "a column more is another table": (
        "tone",
        [1, {"go": sequence((20, 1), (30, 2), items=("level", "tone"))}, 2],
        [200, 1, 2],
    ),
    "a parameter that is roved no more": ("level", [2, {"roving": ()}, 2], [20, 30, 60, 60]),
    "and roved again": ("level", [1, {"roving": ()}, 1, {"roving": ("level",)}, 1], [20, 60, 40]),
    "what follows a result": ("after", [1, {"hold": 3}, 1], [2, 2]),
}


def run_of(task: Task) -> Context:
    return Context(SPECS, SELECTORS, task, BUILT_IN_SYMBOLS, RandomStreams(1))


def edited(task: Task, step: dict[str, Any]) -> Task:
    items = {name: value for name, value in step.items() if name in SPECS}
    plain = task.model_dump(mode="json")
    plain["items"].update(items)
    if "go" in step:
        plain["selectors"]["go"] = step["go"]
    if "roving" in step:
        plain["roving"] = step["roving"]
    return Task.model_validate(plain)


def declared() -> Task:
    return Task(paradigm="x", selectors={name: selector.settings() for name, selector in SELECTORS.items()})


@pytest.mark.parametrize("case", CASES)
def test_successive_trials_have(case: str) -> None:
    item, steps, expected = CASES[case]
    task, values = declared(), []
    context = run_of(task)
    for step in steps:
        if isinstance(step, dict):
            task = edited(task, step)
            context.apply(task)
            continue
        for _ in range(step):
            context.next_trial("go")
            values.append(context.row()[item])
    assert values == expected


WRONG = [
    ({"hold": "2 *"}, "ends too early"),
    ({"wait": 3, "hold": "(1"}, "never closed"),
    ({"go": sequence(20, "2 *")}, "ends too early"),
    ({"wait": 3, "go": sequence("a", order="ascending")}, "cannot be sorted"),
]


@pytest.mark.parametrize(("step", "message"), WRONG)
def test_what_cannot_be_taken_leaves_everything_as_it_was(step: dict[str, Any], message: str) -> None:
    contexts = [run_of(edited(declared(), {"wait": "Uniform(0, 1)"})) for _ in range(2)]
    touched, other = contexts
    for context in contexts:
        context.next_trial("go")
        context.set_result("score", "HIT")
    before = touched.row()
    with pytest.raises(ConfigurationError, match=message):
        touched.apply(edited(declared(), step))
    assert touched.row() == before == other.row()
    for _ in range(4):
        assert touched.next_trial("go") == other.next_trial("go")
        assert touched.row() == other.row()


def test_results_of_the_trial_before_are_kept_over_apply_and_forgotten_by_the_next_trial() -> None:
    task = declared()
    context = run_of(task)
    context.next_trial("go")
    context.set_result("score", "HIT")
    context.apply(edited(task, {"hold": 3}))
    assert (context.value("score"), context.value("after"), context.value("hold")) == ("HIT", 1, 3)
    context.next_trial("go")
    assert (context.value("score"), context.value("after")) == (None, 2)


def test_a_repeat_after_apply_presents_the_setting_that_it_repeats() -> None:
    task = declared()
    context = run_of(task)
    context.next_trial("go")
    context.apply(edited(task, {"go": sequence(55, 66), "hold": 4}))
    assert context.next_trial("go", repeat=True) == {"level": 20}
    assert context.value("hold") == 4
    assert context.next_trial("go") == {"level": 55}
