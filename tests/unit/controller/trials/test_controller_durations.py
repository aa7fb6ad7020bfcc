"""States whose duration is drawn: once for each entry, from numbers of their own, on record, checked before a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from enaml.workbench.api import Workbench

from psi.api import Parameter, Result, State, StateMachine, Transition
from psi.context.context import Context
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.controller.dispatch.action import ActionIndex
from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import Event, EventNames
from psi.controller.trials.durations import constant_findings, drawn_words, item_findings
from psi.controller.trials.machine import Machine
from psi.controller.trials.trials import TrialLog, standard_results
from psi.core.clock import ManualClock
from psi.core.errors import RunFault
from psi.core.random_streams import RandomStreams
from psi.models.task import Task
from psi.testing import ScriptedSession

SEED = 7


def machine_of(**durations: str) -> StateMachine:
    """States in a circle, each with its duration; any of them begins anew on ``poke_rising``."""
    declared, names = StateMachine(), list(durations)
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        state = State(name=name, duration=durations[name], target=following)
        Transition(event="poke_rising", target=name).set_parent(state)
        state.set_parent(declared)
    return declared


def context_of(*items: Any, **values: Any) -> tuple[Context, Task]:
    specs = {item.name: item.spec() for item in (*items, *standard_results(Workbench()))}
    task = Task(paradigm="test", items=values)
    return Context(specs, {}, task, BUILT_IN_SYMBOLS, RandomStreams(SEED)), task


class Story:
    """A state machine on a clock that moves when it is told to."""

    def __init__(self, declared: StateMachine, *items: Any) -> None:
        names = EventNames()
        for name in (*declared.states(), "trial"):
            names.add_state(name, "logic")
            names.add_event(f"{name}_timeout", "logic")
        for name in ("next_trial", "experiment_start", "poke_rising"):
            names.add_event(name, "psi")
        self.rows: list[Mapping[str, Any]] = []
        self.clock = ManualClock()
        context, _ = context_of(*items)
        self.dispatcher = Dispatcher(self.clock, self.rows.append, ActionIndex([], {}, names, Workbench()), names)
        trials = TrialLog(context, None, self.rows.append, lambda planned, roved: None)
        self.machine = Machine(declared, self.dispatcher, context, trials, lambda: 0.0)
        self.dispatcher.listeners.append(self.machine.listen)
        self.machine.begin(Event("experiment_start", 0.0))
        self.dispatcher.drain()

    def poke(self) -> None:
        self.dispatcher.post(Event("poke_rising", self.clock.now()))
        self.dispatcher.drain()

    def advance(self, until: float) -> None:
        self.dispatcher.advance(until, self.clock.set)
        self.clock.set(until)

    def told(self, name: str) -> list[tuple[float, Any]]:
        """Times of the events ``name``, and the duration that each says was drawn."""
        rows = [row for row in self.rows if row["kind"] == "event" and row["name"] == name]
        return [(row["time"], row["info"].get("duration")) for row in rows]


DRAWN = "Exponential(rate=0.5).truncate(1, 8)"


def test_each_entry_draws_anew_and_lasts_as_long_as_was_drawn() -> None:
    story = Story(machine_of(wait=DRAWN, rest="0.5"))
    story.advance(60.0)
    starts, ends = story.told("wait_start"), story.told("wait_end")
    assert len(ends) > 6
    assert len({drawn for _, drawn in starts}) == len(starts)
    for (begin, drawn), (end, said) in zip(starts, ends, strict=False):
        assert 1 <= drawn <= 8
        assert said == drawn
        assert end - begin == pytest.approx(drawn)
    assert {drawn for _, drawn in story.told("rest_start")} == {None}, "what is not drawn is not told"


def test_the_numbers_are_the_seeds_and_no_other_state_shifts_them() -> None:
    alone, beside = Story(machine_of(wait=DRAWN)), Story(machine_of(other="Uniform(0.1, 0.2)", wait=DRAWN))
    for story in (alone, beside):
        story.advance(40.0)
    drawn = [value for _, value in alone.told("wait_start")]
    again = [value for _, value in beside.told("wait_start")]
    n = min(len(drawn), len(again))
    assert n > 5
    assert drawn[:n] == again[:n]
    generator = RandomStreams(SEED).generator("state.wait")
    quantiles = BUILT_IN_SYMBOLS["Exponential"](rate=0.5).truncate(1, 8)
    assert drawn[:n] == [quantiles.draw(generator.random()) for _ in range(n)]


def test_a_state_that_is_left_early_says_what_it_would_have_lasted() -> None:
    story = Story(machine_of(wait="Uniform(2, 3)"))
    story.advance(1.0)
    story.poke()
    ((left, drawn),) = story.told("wait_end")
    assert left == 1.0
    assert 2 <= drawn <= 3
    assert story.told("wait_start")[1][1] not in (None, drawn)


def test_a_pause_keeps_what_was_drawn() -> None:
    story = Story(machine_of(wait="Uniform(2, 3)"))
    story.advance(0.5)
    story.machine.freeze(story.clock.now())
    story.advance(10.0)
    story.machine.thaw(story.clock.now())
    (_, drawn) = story.told("wait_start")[0]
    assert story.machine.ends == pytest.approx(drawn + 9.5)
    story.advance(14.0)
    assert story.told("wait_end")[0] == (pytest.approx(drawn + 9.5), drawn)


def test_its_parameters_may_be_items() -> None:
    story = Story(machine_of(wait="Uniform(low, 2 * low)"), Parameter(name="low", unit="s", default=3))
    ((_, drawn),) = story.told("wait_start")
    assert 3 <= drawn <= 6


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        ("Normal(-50, 1)", r"state 'wait' has a duration of -\d+.* s; it must be 0 or more"),
        ("[1, 2]", r"state 'wait' has a duration of \[1, 2\]; it must be a number of s"),
    ],
)
def test_what_is_no_duration_is_a_fault_that_names_the_state(duration: str, said: str) -> None:
    with pytest.raises(RunFault, match=said):
        Story(machine_of(wait=duration))


# -- before a run -------------------------------------------------------------------------------

LOW = Parameter(name="low", unit="s", default=3)


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        ("-1", "is -1 s; allowed is 0 s or more"),
        ("'long'", "is 'long'; it must be a number"),
        ("Normal(2, 1)", "gives every number; allowed is 0 s or more: append .truncate(0, inf) or narrower bounds"),
        ("Uniform(-2, 1)", "gives -2 to 1; allowed is 0 s or more: append .truncate(0, inf) or narrower bounds"),
        ("Exponential(rat=1)", "has no value: Exponential() got an unexpected keyword argument 'rat'"),
        ("2 * Uniform(0, 1)", "has no value: calculates with a distribution; write .scale(factor, offset)"),
        ("Uniform(low, 1)", "has no value: Uniform goes from 3 to 1; give the lower one first"),
        ("Normal(low, 1)", "gives every number; allowed is 0 s or more"),
        ("1 - low", "is -2 s; allowed is 0 s or more"),
    ],
)
def test_what_is_no_duration_is_found_before_a_run(duration: str, said: str) -> None:
    regions = [machine_of(wait=duration)]
    found = constant_findings(regions, BUILT_IN_SYMBOLS) + item_findings(regions, *context_of(LOW))
    (finding,) = found
    assert finding.message.startswith(f"state 'wait': duration = {duration!r} {said}")


@pytest.mark.parametrize(
    "duration",
    [
        DRAWN,
        "0",
        "inf",
        "low",
        "Uniform(low, low + 1)",
        "Normal(low, 1).truncate(0, 10)",
        "trial_number - 5",  # known in a run only
        "event_time - state_start",
        "late",
    ],
)
def test_what_is_a_duration_is_none(duration: str) -> None:
    regions = [machine_of(wait=duration)]
    late = Parameter(name="late", default="-1 - score"), Result(name="score")
    assert constant_findings(regions, BUILT_IN_SYMBOLS) == []
    assert item_findings(regions, *context_of(LOW, *late)) == []


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        ("Uniform(1, 3)", "drawn: mean 2, 1 to 3 s"),
        ("Uniform(low, 3)", "drawn"),
        ("2 * low", ""),
        ("", ""),
        ("Uniform(1", ""),
    ],
)
def test_what_is_drawn_is_said_in_words(duration: str, words: str) -> None:
    assert drawn_words(duration) == words


# -- in a session -------------------------------------------------------------------------------

PARADIGM = """
from psi.api import Extension, Paradigm, Parameter, State, StateMachine


enamldef Foreperiod(Paradigm):
    id = 'foreperiod'
    Extension:
        id = 'items'
        point = 'psi.context.items'
        Parameter:
            name = 'mean_pause'
            unit = 's'
            default = 0.1
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'waiting'
                posts = ['next_trial']
                duration = 'Exponential(rate=1 / mean_pause).truncate(0.05, 0.3)'
                target = 'foreperiod'
            State:
                name = 'foreperiod'
                posts = ['trial_start']
                duration = 'Uniform(0.1, 0.2)'
                target = 'go'
            State:
                name = 'go'
                posts = ['trial_end']
                duration = '0.05'
                target = 'waiting'
"""


def test_the_same_seed_gives_the_same_session_and_what_was_drawn_is_on_record(tmp_path: Path) -> None:
    path = tmp_path / "foreperiod.enaml"
    path.write_text(PARADIGM)
    tables = []
    for name in ("a", "b"):
        with ScriptedSession(str(path), "simulated", tmp_path / name, trials=4, seed=2).run() as recording:
            tables.append(recording.events)
    assert tables[0].equals(tables[1])
    for state, low, high in (("foreperiod", 0.1, 0.2), ("waiting", 0.05, 0.3)):
        begins = tables[0].loc[tables[0]["name"] == f"{state}_start", "time"].tolist()
        ends = tables[0][tables[0]["name"] == f"{state}_end"]
        drawn = [info["duration"] for info in ends["info"]]
        assert len(set(drawn)) >= 4
        assert all(low <= value <= high for value in drawn)
        assert (ends["time"] - begins[: len(ends)]).tolist()[:4] == pytest.approx(drawn[:4], abs=1e-9)
