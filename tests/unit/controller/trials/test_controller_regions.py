"""Regions beside the trial: each with a current state of its own, begun and ended by events, in order, and lossless."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from enaml.workbench.api import Workbench

from psi.api import Entry, Exit, Parameter, Region, Result, State, StateMachine, Transition
from psi.context.context import Context
from psi.controller.dispatch.action import ActionIndex
from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import Event, EventNames
from psi.controller.trials.trial_logic import TrialLogic
from psi.controller.trials.trial_sequence import NextTrial
from psi.controller.trials.trials import TrialLog, standard_results
from psi.core.clock import ManualClock
from psi.core.random_streams import RandomStreams
from psi.models.task import Task
from psi.testing import ScriptedSession


def with_children(parent: Any, *children: Any) -> Any:
    for child in children:
        child.set_parent(parent)
    return parent


def state(name: str, *transitions: Transition, **more: Any) -> State:
    made: State = with_children(State(name=name, **more), *transitions)
    return made


def on(event: str, target: str = "", **more: Any) -> Transition:
    return Transition(event=event, target=target, **more)


class Story:
    """A state machine and regions on a clock that moves when it is told to."""

    def __init__(self, machine: Sequence[State], *regions: Region, items: Sequence[Any] = ()) -> None:
        declared = [with_children(StateMachine(), *machine), *regions]
        names = EventNames()
        for name in ("reward", "cue", "stop_it", "next_trial", "experiment_start"):
            names.add_event(name, "test")
        names.add_state("poke", "rig", "rising", "falling")
        names.add_state("trial", "psi")
        for region in declared:
            for name in (region.name, *region.states()):
                names.add_state(name, "logic")
                names.add_event(f"{name}_timeout", "logic")
        self.rows: list[Mapping[str, Any]] = []
        self.clock = ManualClock()
        specs = {item.name: item.spec() for item in (*items, *standard_results(Workbench()))}
        context = self.context = Context(specs, {}, Task(paradigm="test"), {}, RandomStreams(1))
        self.dispatcher = Dispatcher(self.clock, self.rows.append, ActionIndex([], {}, names, Workbench()), names)
        self.trials = TrialLog(context, None, self.rows.append, lambda planned, roved: None)
        self.logic = TrialLogic(declared, self.dispatcher, context, self.trials, lambda: math.inf)
        self.dispatcher.listeners.append(self.logic.listen)
        self.post("experiment_start")

    def post(self, name: str, at: float | None = None) -> None:
        self.dispatcher.post(Event(name, self.clock.now() if at is None else at, clock="master"))
        self.dispatcher.drain()

    def advance(self, until: float) -> None:
        self.dispatcher.advance(until, self.clock.set)
        self.clock.set(until)

    def told(self, *names: str) -> list[tuple[str, float]]:
        """Name and time of the events ``names`` that the logic posted."""
        return [(row["name"], row["time"]) for row in self.rows if row["kind"] == "event" and row["name"] in names]

    @property
    def states(self) -> dict[str, str]:
        return {name: found["state"] for name, found in self.logic.status().items()}


def waiting(*more: State) -> list[State]:
    return [state("waiting", on("poke_rising", "busy")), state("busy", on("poke_falling", "waiting")), *more]


def pouring(**more: Any) -> Region:
    made: Region = with_children(
        Region(name="rewarding", begins="reward", **more),
        state("pouring", duration="0.5"),
    )
    return made


def test_a_region_runs_while_the_trial_goes_on() -> None:
    story = Story(waiting(), pouring())
    assert story.states == {"logic": "waiting", "rewarding": ""}
    story.post("reward")
    story.advance(0.25)
    story.post("poke_rising")
    assert story.states == {"logic": "busy", "rewarding": "pouring"}
    assert story.dispatcher.flags["rewarding_active"]
    story.advance(1.0)
    assert story.states == {"logic": "busy", "rewarding": ""}
    assert story.told("rewarding_start", "pouring_start", "pouring_timeout", "pouring_end", "rewarding_end") == [
        ("rewarding_start", 0.0), ("pouring_start", 0.0),
        ("pouring_timeout", 0.5), ("pouring_end", 0.5), ("rewarding_end", 0.5),
    ]  # fmt: skip
    assert not story.dispatcher.flags["rewarding_active"]


@pytest.mark.parametrize(
    ("again", "ends"),
    [("queue", [0.5, 1.0, 1.5]), ("restart", [0.7]), ("ignore", [0.5])],
)
def test_what_comes_while_a_region_is_at_work(again: str, ends: list[float]) -> None:
    story = Story(waiting(), pouring(again=again))
    for time in (0.0, 0.1, 0.2):
        story.advance(time)
        story.post("reward")
    story.advance(3.0)
    assert [time for _, time in story.told("rewarding_end")] == pytest.approx(ends)


def test_a_reward_of_a_hand_is_the_hands_when_its_turn_comes() -> None:
    story = Story(waiting(), pouring())
    story.post("reward")
    story.dispatcher.post(Event("reward", 0.0, clock="console"))
    story.post("reward")
    story.advance(2.0)
    starts = [(row["time"], row["clock"]) for row in story.rows if row.get("name") == "pouring_start"]
    assert starts == [(0.0, "master"), (0.5, "console"), (1.0, "timer")]


def test_what_waits_for_its_turn_keeps_what_it_was_asked_for_with() -> None:
    region = with_children(
        Region(name="rewarding", begins="reward", keeps=["side", "size"]),
        state("pouring", duration="size", sets={"given": "side"}),
    )
    items = [Result(name="side", dtype="int64"), Parameter(name="size", default="side / 4"), Result(name="given")]
    story = Story(waiting(), region, items=items)
    for side in (1, 2, 3):
        story.context.set_result("side", side)
        story.post("reward")
    story.advance(0.3)
    assert story.context.value("given") == 2
    story.advance(9.0)
    told = [
        (row["name"], row["time"], row["info"])
        for row in story.rows
        if row.get("name") in ("rewarding_start", "pouring_start", "rewarding_end")
    ]
    assert told == [
        (name, time, {"kept": {"side": side, "size": side / 4}})
        for side, begin, end in ((1, 0.0, 0.25), (2, 0.25, 0.75), (3, 0.75, 1.5))
        for name, time in (("rewarding_start", begin), ("pouring_start", begin), ("rewarding_end", end))
    ]


def test_one_that_begins_again_keeps_what_it_was_asked_for_with_last() -> None:
    region = with_children(
        Region(name="rewarding", begins="reward", keeps=["side"], again="restart"), state("pouring", duration="0.5")
    )
    story = Story(waiting(), region, items=[Result(name="side", dtype="int64")])
    for side in (1, 2):
        story.context.set_result("side", side)
        story.post("reward")
    story.advance(1.0)
    kept = [row["info"]["kept"]["side"] for row in story.rows if row.get("name") in ("pouring_start", "pouring_end")]
    assert kept == [1, 1, 2, 2]


def test_an_event_ends_a_region_with_the_exit_of_its_state() -> None:
    region = with_children(
        Region(name="rewarding", begins="reward", ends="stop_it"),
        state("pouring", duration="5", exit_posts=["cue"]),
    )
    story = Story(waiting(), region)
    for _ in range(2):
        story.post("reward")
    story.advance(1.0)
    story.post("stop_it")
    assert story.told("pouring_end", "cue", "rewarding_end") == [
        ("pouring_end", 1.0), ("cue", 1.0), ("rewarding_end", 1.0),
    ]  # fmt: skip
    story.advance(20.0)
    assert story.states["rewarding"] == "", "what waited for its turn was ended with it"
    story.post("reward")
    assert story.states["rewarding"] == "pouring"


def test_without_begins_a_region_begins_with_the_experiment() -> None:
    region = with_children(
        Region(name="cueing"), state("dark", duration="1", target="lit"), state("lit", duration="1", target="dark")
    )
    story = Story(waiting(), region)
    story.advance(2.5)
    assert story.states == {"logic": "waiting", "cueing": "dark"}


def test_events_go_to_the_trial_first_and_then_to_the_regions_as_declared() -> None:
    regions = [
        with_children(Region(name=name), state(f"{name}_off", on("cue", f"{name}_on")), state(f"{name}_on"))
        for name in ("second", "first")
    ]
    story = Story([state("off", on("cue", "lit")), state("lit", on("poke_rising", "off"))], *regions)
    story.post("cue")
    started = [name for name, _ in story.told("lit_start", "second_on_start", "first_on_start")]
    assert started == ["lit_start", "second_on_start", "first_on_start"]


def test_exits_are_done_however_a_state_is_left() -> None:
    story = Story(
        [
            state("a", on("poke_rising", "b"), duration="1", target="b", exit_posts=["cue"], exit_sets={"left": "1"}),
            state("b", on("poke_falling", "a"), exit_posts=["reward"]),
        ],
        items=[Result(name="left", dtype="int64")],
    )
    story.post("poke_rising")
    assert story.context.value("left") == 1
    story.post("poke_falling")
    story.advance(2.0)
    assert story.told("cue", "reward") == [("cue", 0.0), ("reward", 0.0), ("cue", 1.0)]
    story.logic.end(Event("experiment_end", 2.0))
    story.dispatcher.drain()
    assert story.told("reward")[-1] == ("reward", 2.0)


def test_a_pause_holds_the_trials_timers_and_lets_what_has_begun_come_to_its_end() -> None:
    story = Story(
        [state("a", duration="1", target="b"), state("b", on("poke_rising", "a"))],
        pouring(),
        with_children(
            Region(name="cueing", pauses=True), state("lit", duration="1", target="dark"), state("dark", on("cue"))
        ),
    )
    story.post("reward")
    story.advance(0.25)
    story.logic.stand(True, story.clock.now())
    story.advance(10.0)
    story.post("poke_rising")
    assert story.states == {"logic": "a", "rewarding": "", "cueing": "lit"}
    assert story.logic.status()["logic"]["ends"] is None
    story.logic.stand(False, story.clock.now())
    assert story.logic.status()["logic"]["ends"] == 10.75
    story.advance(10.7)
    assert story.states["logic"] == "a"
    story.advance(10.8)
    assert story.states == {"logic": "b", "rewarding": "", "cueing": "dark"}


def test_an_aborted_trial_leaves_regions_alone() -> None:
    story = Story(waiting(), pouring())
    story.post("reward")
    story.post("poke_rising")
    assert story.logic.machine is not None
    story.logic.machine.restart(Event("trial_end", 0.1))
    story.dispatcher.drain()
    assert story.states == {"logic": "waiting", "rewarding": "pouring"}


def test_a_result_that_comes_after_its_row_is_on_record() -> None:
    region = with_children(
        Region(name="drinking", begins="reward"), state("sipping", duration="0.5", exit_sets={"sips": "3"})
    )
    story = Story(waiting(), region, items=[Result(name="sips", dtype="int64")])
    story.trials.plan_next()
    story.trials.begin(Event("trial_start", 0.0))
    story.post("reward")
    story.trials.commit(Event("trial_end", 0.25))
    story.advance(1.0)
    (late,) = [row for row in story.rows if row["kind"] == "audit"]
    assert (late["what"], late["name"], late["info"]["value"], late["info"]["trial"]) == ("late result", "sips", 3, 1)


def test_what_a_chooser_sets_is_in_the_trial_and_in_its_repeat() -> None:
    story = Story(waiting(), items=[Result(name="side", dtype="int64"), Parameter(name="at", default="2 * side")])
    story.trials.request(NextTrial("x", None, sets={"side": 2}))
    story.trials.plan_next()
    assert (story.context.value("side"), story.context.value("at")) == (2, 4)
    story.trials.request_repeat()
    story.trials.plan_next()
    assert (story.context.value("side"), story.context.value("repeat")) == (2, True)


# -- in a paradigm ------------------------------------------------------------------------------

PARADIGM = """
from psi.api import Command, Entry, Exit, Extension, ExperimentEvent, Paradigm, Parameter, Region, State, StateMachine

CALLED = []


def light(event):
    CALLED.append((event.event.name, event.event.time, event.parameters['on']))


enamldef Regions(Paradigm):
    id = 'regions'
    Extension:
        id = 'items'
        point = 'psi.context.items'
        Parameter:
            name = 'pause'
            unit = 's'
            default = 'Uniform(0.1, 0.3)'
    Extension:
        id = 'events'
        point = 'psi.controller.events'
        ExperimentEvent:
            name = 'deliver_reward'
    Extension:
        id = 'commands'
        point = 'enaml.workbench.core.commands'
        Command:
            id = 'light'
            parameters = {'on': bool}
            handler = light
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        Region:
            name = 'reward'
            begins = 'deliver_reward'
            State:
                name = 'pouring'
                duration = '0.25'
                Entry:
                    command = 'light'
                    kwargs = {'on': True}
                Exit:
                    command = 'light'
                    kwargs = {'on': False}
        StateMachine:
            State:
                name = 'waiting'
                posts = ['next_trial']
                duration = 'pause'
                target = 'going'
            State:
                name = 'going'
                posts = ['trial_start', 'deliver_reward', 'trial_end']
                duration = '0.05'
                target = 'waiting'
"""


def test_a_session_with_a_region_keeps_its_states_its_commands_and_its_drawn_durations(tmp_path: Path) -> None:
    path = tmp_path / "regions.enaml"
    path.write_text(PARADIGM)
    session = ScriptedSession(str(path), "simulated", tmp_path / "out", trials=3)
    with session.run() as recording:
        events = recording.events
        pours = events[events["name"] == "pouring_start"]["time"].tolist()
        ends = events[events["name"] == "pouring_end"]["time"].tolist()
        trials, audit = recording.trials, recording.audit
        waited = events[events["name"] == "going_start"]["time"].to_numpy()
        before = events[events["name"] == "waiting_start"]["time"].to_numpy()[: len(waited)]
    # Each begins in its turn, and none is lost but what Stop cuts.
    assert pours[1] == pytest.approx(max(ends[0], trials["trial_end"][1]))
    assert len(pours) == len(ends)
    assert len({round(pause, 6) for pause in trials["pause"]}) == 3
    assert (waited - before)[:3] == pytest.approx(trials["pause"].to_numpy(), abs=1e-9)
    called = audit[(audit["what"] == "action") & (audit["name"] == "light")]
    assert [info["event"] for info in called["info"]] == ["pouring_start", "pouring_end"] * len(pours)
    said = session.last_run.logic.status()  # type: ignore[union-attr]
    assert said == {"logic": {"state": "", "ends": None}, "reward": {"state": "", "ends": None}}


def test_a_region_works_where_there_are_no_trials(tmp_path: Path) -> None:
    machine = PARADIGM.index("        StateMachine:")
    path = tmp_path / "regions.enaml"
    path.write_text(PARADIGM[:machine].replace("begins = 'deliver_reward'", "begins = 'experiment_start'"))
    with ScriptedSession(str(path), "simulated", tmp_path / "out", duration=0.5).run() as recording:
        events = recording.events.set_index("name")["time"]
        assert (events["pouring_start"], events["pouring_end"], events["reward_end"]) == (0.0, 0.25, 0.25)


def test_entry_and_exit_are_actions_on_the_states_events() -> None:
    entry, leave = Entry(command="light"), Exit(command="light")
    made = with_children(State(name="pouring"), entry, leave)
    assert (entry.event, leave.event) == ("pouring_start", "pouring_end")
    assert made.actions() == [entry, leave]


def test_a_state_that_chooses_the_next_trial_lasts_as_that_trial_says() -> None:
    pause = Parameter(name="pause", unit="s", default="0.5 if trial_number is None else trial_number")
    story = Story(
        [
            state("waiting", posts=["next_trial"], duration="pause", target="b"),
            state("b", on("poke_rising", "waiting")),
        ],
        items=[pause],
    )
    # As the run does it: the trial is chosen before the logic hears of the event.
    story.dispatcher.listeners.insert(0, lambda e: story.trials.plan_next() if e.name == "next_trial" else None)
    story.post("poke_rising")
    story.advance(5.0)
    story.post("poke_rising")
    story.logic.stand(True, story.clock.now())
    story.advance(6.0)
    assert story.told("waiting_start", "b_start") == [("waiting_start", 0.0), ("b_start", 0.5), ("waiting_start", 5.0)]
