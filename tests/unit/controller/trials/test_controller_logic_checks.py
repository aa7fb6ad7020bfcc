"""What is wrong with trial logic is found before a run: all at once, with the nearest names."""

from __future__ import annotations

from typing import Any

import pytest

from psi.api import Region, State, StateMachine, Transition
from psi.controller.dispatch.event import EventNames
from psi.controller.trials.logic_checks import check_logic


def with_children(parent: Any, *children: Any) -> Any:
    for child in children:
        child.set_parent(parent)
    return parent


def state(name: str, *ways: tuple[str, str], **more: Any) -> State:
    """A state with transitions, each an event and a target."""
    made: State = with_children(State(name=name, **more), *(Transition(event=e, target=t) for e, t in ways))
    return made


def messages(*regions: Region) -> list[str]:
    names = EventNames()
    for name in ("poke", "lick"):
        names.add_state(name, "rig", "rising", "falling")
    names.add_state("tone", "rig")
    for name in ("next_trial", "trial_start", "trial_end", "deliver_reward", "experiment_start"):
        names.add_event(name, "psi")
    for region in regions:
        for name in region.states():
            names.add_state(name, "logic")
            names.add_event(f"{name}_timeout", "logic")
        if not region.owns_trial:
            names.add_state(region.name, "logic")
    return [finding.message for finding in check_logic(regions, names, {"hold"}, {"score"})]


def machine(*states: State, **more: Any) -> Region:
    made: Region = with_children(StateMachine(**more), *states)
    return made


def region(*states: State, name: str = "reward", **more: Any) -> Region:
    made: Region = with_children(Region(name=name, **more), *states)
    return made


A = state("a", ("poke_rising", "b"))
CASES = {
    "dead end": (machine(state("a")), "state 'a' is a dead end"),
    "dead end in a region": (region(state("x"), begins="deliver_reward"), "state 'x' is a dead end"),
    "unreachable": (
        machine(state("a", ("poke_rising", "a")), state("b", ("lick_rising", "a"))),
        "'b' is never reached",
    ),
    "unknown state": (machine(state("wait", ("poke_rising", "wiat"))), "unknown state 'wiat'; did you mean 'wait'?"),
    "unknown event": (
        machine(state("a", ("pok_rising", "a"))),
        "unknown event 'pok_rising'; did you mean 'poke_rising'",
    ),
    "timer without duration": (machine(state("a", target="a")), "state 'a' has a timer without duration; give both"),
    "timer without target": (machine(state("a", duration="1")), "state 'a' has a timer without target; give both"),
    "last without begins": (region(state("a", duration="1")), "state 'a' has a timer without target; give both"),
    "distribution": (
        machine(state("a", duration="1", target="a", sets={"score": "Uniform(0, 1)"})),
        "'Uniform(0, 1)' is a distribution; only items and durations are drawn",
    ),
    "circle of timers": (
        machine(state("a", duration="0", target="b"), state("b", duration="0.0", target="a")),
        "states a → b → a never end: no time passes in them",
    ),
    "circle through own start": (
        machine(state("a", ("a_start", "b")), state("b", duration="0", target="a")),
        "states a → b → a never end",
    ),
    "own end": (
        machine(state("a", ("poke_rising", "b"), ("a_end", "b")), state("b", ("lick_rising", "a"))),
        "state 'a': 'a_end' never fires: 'a_end' happens when the state has been left",
    ),
    "timeout without timer": (
        machine(state("a", ("b_timeout", "b"), ("poke_rising", "b")), state("b", ("lick_rising", "a"))),
        "state 'a': 'b_timeout' never fires: state 'b' has no timer",
    ),
    "flags only": (machine(state("a", ("poke_active", "a"))), "names only flags; name the event that fires it"),
    "covered": (
        machine(state("a", ("poke_rising", "b"), ("poke_rising", "a")), state("b", ("lick_rising", "a"))),
        "a transition on 'poke_rising' is never taken, since one before it",
    ),
    "exit of an unknown event": (machine(state("a", ("poke_rising", "a"), exit_posts=["rewrd"])), "event 'rewrd'"),
    "exit of no result": (
        machine(state("a", ("poke_rising", "a"), exit_sets={"scor": "1"})),
        "sets 'scor', which is no declared Result; did you mean 'score'?",
    ),
    "no state": (region(), "the region 'reward' has no State"),
    "no name": (region(state("x", ("poke_rising", "x")), name=""), "a Region has no name"),
    "never begins": (
        region(state("x", duration="1"), begins="x_end or reward_end"),
        "region 'reward' never begins: 'x_end or reward_end' happens only when it is at work",
    ),
    "unknown beginning": (region(state("x", duration="1"), begins="deliver_rewrd"), "did you mean 'deliver_reward'?"),
    "keeps what is no item": (
        region(state("x", duration="1"), begins="deliver_reward", keeps=["hodl"]),
        "region 'reward' keeps 'hodl', which is no item; did you mean 'hold'?",
    ),
    "machine with keeps": (machine(state("a", ("poke_rising", "a")), keeps=["hold"]), "take keeps out"),
    "machine with begins": (machine(state("a", ("poke_rising", "a")), begins="poke_rising"), "runs from Start to Stop"),
    "name of an output": (machine(state("tone", ("poke_rising", "tone"))), "'tone_start', which rig has; rename it"),
    "region named as its state": (
        region(state("reward", duration="1"), begins="deliver_reward"),
        "state 'reward' has the name of region 'reward'; rename one",
    ),
    "foreign trial": (
        region(state("x", duration="1", posts=["trial_end"]), begins="deliver_reward"),
        "posts 'trial_end' in region 'reward'; the StateMachine alone owns the trial",
    ),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_mistake_is_named(case: str) -> None:
    declared, message = CASES[case]
    said = messages(declared)
    assert any(message in line for line in said), said


def test_two_regions_may_not_share_a_state_s_name() -> None:
    trial = machine(state("a", ("poke_rising", "a")))
    said = messages(trial, region(state("a", duration="1"), begins="deliver_reward"))
    assert said == ["state 'a' has the name of a state of 'logic'; rename one"]


def test_nothing_is_said_of_what_is_right() -> None:
    trial = machine(
        state("wait", ("poke_rising", "held")),
        state("held", ("poke_falling", "wait"), duration="hold", target="told"),
        # The end of a state is told in the next one, and a state may follow itself.
        state("told", ("held_end", "wait"), ("poke_rising and reward_active", "told"), ("told_end", "wait")),
    )
    assert messages(trial, region(state("x", duration="1"), begins="deliver_reward", ends="lick_rising")) == []
    assert messages(trial, region(state("x"), begins="deliver_reward", ends="lick_rising")) == []


def test_all_mistakes_are_told_at_once() -> None:
    said = messages(machine(state("a", ("pok_rising", "c"))), region(state("x"), begins="deliver_reward"))
    assert len(said) == 3
