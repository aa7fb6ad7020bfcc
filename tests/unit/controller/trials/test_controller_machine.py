"""Trial logic at work, trials and their rows, and what is found wrong with logic and wiring before a run."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from enaml.workbench.api import Extension, PluginManifest, Workbench

from psi.api import (
    AIChannel,
    AOChannel,
    ContinuousOutput,
    DIChannel,
    DOChannel,
    EpochOutput,
    Input,
    NextTrial,
    Parameter,
    Result,
    RovingParameter,
    SequenceSelector,
    SimulatedEngine,
    State,
    StateMachine,
    Toggle,
    Tone,
    Transition,
    Trigger,
)
from psi.assembly.workbench import make_workbench
from psi.context.context import Context
from psi.controller.dispatch.action import ActionIndex
from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import Event, EventNames
from psi.controller.trials.machine import Machine
from psi.controller.trials.trial_sequence import default_chooser
from psi.controller.trials.trials import TrialLog, standard_results
from psi.controller.wiring import Wiring, make_wiring
from psi.core.clock import ManualClock
from psi.core.errors import ConfigurationError, RunFault
from psi.core.random_streams import RandomStreams
from psi.models.task import Task
from psi.testing import ScriptedSession


def make_context(*items: Any, selectors: Sequence[SequenceSelector] = (), **values: Any) -> Context:
    """A context of ``items`` and the standard results, with ``values`` for some."""
    specs = {item.name: item.spec() for item in (*items, *standard_results(Workbench()))}
    task = Task(paradigm="test", items=values)
    return Context(specs, {item.name: item for item in selectors}, task, {}, RandomStreams(1))


class Story:
    """A state machine on a clock that moves when it is told to."""

    def __init__(self, *states: State, items: Sequence[Any] = (), **values: Any) -> None:
        declared = StateMachine()
        for state in states:
            state.set_parent(declared)
        names = EventNames()
        for name in ("poke", "lick"):
            names.add_state(name, "test", "rising", "falling")
        names.add_event("next_trial", "test")
        for name in ("trial", *declared.states()):
            names.add_state(name, "test")
            names.add_event(f"{name}_timeout", "test")
        self.rows: list[Mapping[str, Any]] = []
        #: Time in s up to which every edge is known.
        self.known = math.inf
        self.clock = ManualClock()
        self.context = make_context(*items, **values)
        self.dispatcher = Dispatcher(self.clock, self.rows.append, ActionIndex([], {}, names, Workbench()), names)
        self.trials = TrialLog(self.context, None, self.rows.append, lambda planned, roved: None)
        self.machine = Machine(declared, self.dispatcher, self.context, self.trials, lambda: self.known)
        self.dispatcher.listeners.append(self.machine.listen)
        self.machine.begin(Event("experiment_start", 0.0))
        self.dispatcher.drain()

    def edge(self, name: str, time: float, sample: int = -1) -> None:
        """An edge at ``time`` is told of now."""
        self.dispatcher.post(Event(name, time, sample, "poke", clock="master"))
        self.dispatcher.drain()

    def advance(self, until: float) -> None:
        self.dispatcher.advance(until, self.clock.set)
        self.clock.set(until)

    @property
    def events(self) -> list[tuple[str, float]]:
        """Name and time in s of each event that the machine posted."""
        return [(row["name"], row["time"]) for row in self.rows if row["kind"] == "event" and row["source"] == "logic"]

    def starts(self) -> list[tuple[str, float]]:
        """The states in which it has been, with the times in s at which they began."""
        return [(name.removesuffix("_start"), time) for name, time in self.events if name.endswith("_start")]


def state(name: str, *transitions: Transition, **more: Any) -> State:
    made = State(name=name, **more)
    for transition in transitions:
        transition.set_parent(made)
    return made


def waits(name: str, event: str, target: str) -> State:
    return state(name, Transition(event=event, target=target))


# -- timers -----------------------------------------------------------------------------------


def test_a_timer_counts_from_the_time_of_the_event_however_late_it_was_told() -> None:
    story = Story(
        waits("waiting", "poke_rising", "hold"),
        state("hold", duration="hold_duration", target="done"),
        waits("done", "lick_rising", "waiting"),
        items=[Parameter(name="hold_duration", unit="s", default=0.25)],
    )
    story.advance(0.0625)
    story.edge("poke_rising", 0.03125)
    story.advance(0.5)
    assert story.starts() == [("waiting", 0.0), ("hold", 0.03125), ("done", 0.28125)]


def test_the_end_of_a_timer_is_an_event_of_its_own_between_cause_and_consequence() -> None:
    story = Story(state("a", duration="0.5", target="b"), waits("b", "poke_rising", "a"))
    story.advance(1.0)
    assert story.events == [("a_start", 0.0), ("a_timeout", 0.5), ("a_end", 0.5), ("b_start", 0.5)]
    story.edge("poke_rising", 0.75)
    assert story.events[4:] == [("b_end", 0.75), ("a_start", 0.75)]


def test_a_state_that_is_left_takes_its_timer_with_it() -> None:
    story = Story(
        state("a", Transition(event="poke_rising", target="b"), duration="0.5", target="late"),
        waits("b", "poke_falling", "a"),
        waits("late", "poke_falling", "a"),
    )
    story.edge("poke_rising", 0.25)
    story.advance(2.0)
    assert story.starts() == [("a", 0.0), ("b", 0.25)]


RESPONSE = [
    state("response", Transition(event="lick_rising", target="hit"), duration="0.5", target="none"),
    state("none", Transition(event="lick_rising", target="tardy")),
    waits("hit", "poke_rising", "response"),
    waits("tardy", "poke_rising", "response"),
]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (0.5, [("response", 0.0), ("hit", 0.5)]),
        (0.5078125, [("response", 0.0), ("none", 0.5), ("tardy", 0.5078125)]),
    ],
)
def test_an_edge_after_the_end_of_a_state_comes_after_it_although_the_timer_is_told_later(
    time: float, expected: list[tuple[str, float]]
) -> None:
    story = Story(*RESPONSE)
    story.clock.set(0.484375)
    story.edge("lick_rising", time)
    story.advance(1.0)
    assert story.starts() == expected


def test_an_edge_goes_past_every_state_that_was_over_before_it() -> None:
    story = Story(
        state("a", duration="0.25", target="b"),
        state("b", duration="0.25", target="c"),
        waits("c", "poke_rising", "d"),
        waits("d", "lick_rising", "a"),
    )
    story.edge("poke_rising", 0.75)
    assert story.starts() == [("a", 0.0), ("b", 0.25), ("c", 0.5), ("d", 0.75)]


def test_a_state_may_wait_until_every_edge_up_to_its_end_is_known() -> None:
    story = Story(
        state("response", Transition(event="lick_rising", target="hit"), duration="0.5", target="none",
              waits_for_inputs=True),
        waits("none", "poke_rising", "response"),
        waits("hit", "poke_rising", "response"),
    )  # fmt: skip
    story.known = 0.484375
    story.advance(0.53125)
    assert story.machine.state == "response"
    story.edge("lick_rising", 0.4921875)
    assert story.starts() == [("response", 0.0), ("hit", 0.4921875)]
    story.edge("poke_rising", 1.0)
    story.known = 1.484375
    story.advance(1.53125)
    assert story.machine.state == "response"
    story.known = 1.5
    story.advance(1.5625)
    # It ends at the time at which it was due, not when that was known.
    assert story.starts()[-1] == ("none", 1.5)


def test_a_negative_duration_is_a_fault_that_names_the_state() -> None:
    with pytest.raises(RunFault, match=r"state 'hold' has a duration of -1.0 s; it must be 0 or more"):
        Story(state("hold", duration="-1", target="hold"))


# -- transitions ------------------------------------------------------------------------------


def test_the_first_transition_whose_condition_holds_is_taken() -> None:
    story = Story(
        state(
            "waiting",
            Transition(event="poke_rising", condition="level > 50", target="loud"),
            Transition(event="poke_rising and not lick_active", condition="event_time > 0.5", target="late"),
            Transition(event="poke_rising or lick_rising", target="other"),
        ),
        *(waits(name, "poke_falling", "waiting") for name in ("loud", "late", "other")),
        items=[Parameter(name="level", default=40)],
    )
    for name, time in (
        ("poke_rising", 0.25),
        ("poke_falling", 0.375),
        ("poke_rising", 0.625),
        ("poke_falling", 0.75),
        ("lick_rising", 0.875),
        ("poke_falling", 0.9375),
        ("poke_rising", 1.0),
    ):
        story.edge(name, time)
    left = [entry for entry in story.starts() if entry[0] != "waiting"]
    assert left == [("other", 0.25), ("late", 0.625), ("other", 0.875), ("other", 1.0)]


def test_a_transition_without_a_target_is_taken_once_per_visit_and_lets_later_ones_have_the_event() -> None:
    story = Story(
        state(
            "response",
            Transition(event="poke_falling", sets={"first_left": "event_time - state_start"}),
            Transition(event="poke_falling", condition="event_time > 1", target="over"),
        ),
        waits("over", "lick_rising", "response"),
        items=[Result(name="first_left")],
    )
    story.edge("poke_falling", 0.25)
    story.edge("poke_falling", 0.5)
    assert story.context.value("first_left") == 0.25
    assert story.machine.state == "response"
    story.edge("poke_falling", 1.5)
    assert story.machine.state == "over"
    assert story.context.value("first_left") == 0.25
    story.edge("lick_rising", 2.0)
    story.edge("poke_falling", 2.125)
    assert story.context.value("first_left") == 0.125


def test_a_transition_marks_the_events_time_and_sample_as_stimulus_and_response() -> None:
    story = Story(
        state("present", Transition(event="poke_rising", marks="stimulus", target="response")),
        state("response", Transition(event="lick_rising", marks="response", target="present")),
    )
    story.edge("poke_rising", 0.25, sample=50000)
    story.edge("lick_rising", 0.5, sample=500)
    values = {name: story.context.value(name) for name in ("stimulus_onset", "stimulus_sample")}
    assert values == {"stimulus_onset": 0.25, "stimulus_sample": 50000}
    values = {name: story.context.value(name) for name in ("response_onset", "response_sample")}
    assert values == {"response_onset": 0.5, "response_sample": 500}


def test_entry_sets_results_then_posts_its_start_and_then_its_events() -> None:
    story = Story(
        waits("waiting", "poke_rising", "reward"),
        state("reward", Transition(event="poke_falling", target="waiting"), sets={"score": '"HIT"'},
              posts=["lick_rising", "lick_falling"]),
        items=[Result(name="score", dtype="text")],
    )  # fmt: skip
    assert story.context.value("score") is None
    story.edge("poke_rising", 0.25)
    assert story.context.value("score") == "HIT"
    names = [name for name, _ in story.events]
    assert names == ["waiting_start", "waiting_end", "reward_start", "lick_rising", "lick_falling"]
    assert {time for name, time in story.events if name != "waiting_start"} == {0.25}


def test_after_the_end_nothing_moves_it() -> None:
    story = Story(
        state("a", Transition(event="poke_rising", target="b"), duration="1", target="b"),
        waits("b", "lick_rising", "a"),
    )
    story.machine.end(Event("experiment_end", 0.5))
    story.edge("poke_rising", 0.75)
    story.advance(2.0)
    assert story.events == [("a_start", 0.0), ("a_end", 0.5)]
    assert story.machine.state == ""


# -- trials -----------------------------------------------------------------------------------


class Scripted:
    """Chooses what it was told to, and remembers which rows it was shown."""

    def __init__(self, *trials: NextTrial) -> None:
        self._trials = list(trials)
        self.seen: list[Any] = []

    def next(self, context: Context, last: Mapping[str, Any] | None) -> NextTrial:
        self.seen.append(None if last is None else last["trial_number"])
        return self._trials.pop(0)


LEVELS = RovingParameter(name="level", unit="dB SPL", default=60)


def trial_log(chooser: Any) -> tuple[TrialLog, Context, list[Mapping[str, Any]], list[Any]]:
    """A log with a selector 'go' of the levels 10, 20, 30; its rows and the settings that it announced."""
    selector = SequenceSelector(name="go", items=["level"], rows=[[10], [20], [30]])
    context = make_context(LEVELS, selectors=[selector])
    rows: list[Mapping[str, Any]] = []
    announced: list[Any] = []
    return (
        TrialLog(context, chooser, rows.append, lambda planned, roved: announced.append(roved)),
        context,
        rows,
        announced,
    )


def test_a_row_is_committed_once_and_only_for_a_trial_that_began() -> None:
    log, _, rows, _ = trial_log(default_chooser("go"))
    assert not log.commit(Event("trial_end", 0.5))
    log.plan_next()
    assert not log.commit(Event("trial_end", 0.75))
    log.begin(Event("trial_start", 1.0))
    assert log.commit(Event("trial_end", 2.0))
    assert not log.commit(Event("trial_end", 2.5))
    assert not log.abort(Event("experiment_end", 3.0))
    (row,) = rows
    assert row["kind"] == "trial"
    values = row["values"]
    assert (values["trial_number"], values["trial_type"], values["level"]) == (1, "go", 10)
    assert (values["trial_start"], values["trial_end"]) == (1.0, 2.0)
    assert (values["completed"], values["aborted"], values["repeat"]) == (True, False, False)
    assert values["stimulus_onset"] is None
    assert (log.counts.committed, log.counts.completed) == (1, 1)


def test_results_of_a_trial_are_not_those_of_the_next() -> None:
    log, context, rows, _ = trial_log(default_chooser("go"))
    for number in (1, 2):
        log.plan_next()
        log.begin(Event("trial_start", float(number)))
        if number == 1:
            log.mark("stimulus", Event("target_start", 1.25, 250))
            log.mark("response", Event("lick_rising", 1.5, 1500))
        log.commit(Event("trial_end", number + 0.75))
    first, second = (row["values"] for row in rows)
    assert (first["stimulus_onset"], first["stimulus_sample"], first["response_sample"]) == (1.25, 250, 1500)
    assert (second["stimulus_onset"], second["response_sample"]) == (None, None)
    assert context.value("trial_number") == 2


def test_an_aborted_trial_keeps_its_row_and_is_not_completed() -> None:
    log, _, rows, _ = trial_log(default_chooser("go"))
    log.plan_next()
    log.begin(Event("trial_start", 1.0))
    assert log.abort(Event("experiment_end", 1.5))
    values = rows[0]["values"]
    assert (values["aborted"], values["completed"], values["trial_end"]) == (True, False, 1.5)
    assert (log.counts.committed, log.counts.completed) == (1, 0)


def test_a_repeat_and_a_kept_setting_present_the_same_again_and_only_a_repeat_is_marked() -> None:
    chooser = Scripted(
        NextTrial("go", "go"),
        NextTrial("go", "go", repeat=True),
        NextTrial("go", "go", keep_setting=True),
        NextTrial("go", "go", reminder=True),
        NextTrial("nogo", None),
    )
    log, _, rows, announced = trial_log(chooser)
    for number in range(5):
        log.plan_next()
        log.begin(Event("trial_start", float(number)))
        log.commit(Event("trial_end", number + 0.5))
    values = [row["values"] for row in rows]
    assert [row["level"] for row in values] == [10, 10, 10, 20, 60]
    assert [row["repeat"] for row in values] == [False, True, False, False, False]
    assert [row["reminder"] for row in values] == [False, False, False, True, False]
    assert [row["trial_number"] for row in values] == [1, 2, 3, 4, 5]
    assert announced == [{"level": 10}, {"level": 10}, {"level": 10}, {"level": 20}, {}]
    assert chooser.seen == [None, 1, 2, 3, 4]


def test_a_trial_that_begins_without_a_plan_is_planned_then() -> None:
    log, _, rows, _ = trial_log(default_chooser("go"))
    for number in (1, 2):
        log.begin(Event("trial_start", float(number)))
        log.commit(Event("trial_end", number + 0.5))
    assert [row["values"]["level"] for row in rows] == [10, 20]


# -- findings in the logic --------------------------------------------------------------------

FAULTY = """\
from psi.api import Extension, Paradigm, Parameter, State, StateMachine, Transition

enamldef Faulty(Paradigm):
    id = 'faulty'
    Extension:
        id = 'items'
        point = 'psi.context.items'
        Parameter:
            name = 'hold_duration'
            default = 1
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'waiting'
                duration = 'hold_duraton'  # unknown name 'hold_duraton'; did you mean 'hold_duration'
                target = 'hold'
            State:
                name = 'hold'
                posts = ['trial_begin']  # unknown event 'trial_begin'; did you mean 'trial_
                Transition:
                    event = 'nose_poke_risin'  # unknown event 'nose_poke_risin'; did you mean 'nose_poke_rising'
                    target = 'waiting'
                Transition:
                    event = 'nose_poke_rising'
                    target = 'wait'  # unknown state 'wait'; did you mean 'waiting'
                Transition:
                    event = 'nose_poke_falling'
                    condition = 'event_tim > 0'  # unknown name 'event_tim'; did you mean 'event_time'
                    sets = {'hold_duration': '1'}  # sets 'hold_duration', which is no declared Result
                    target = 'end'
                Transition:
                    event = 'spout_rising +'  # cannot be read
                    target = 'half'
            State:  # state 'end' is a dead end; give it a timer or a transition
                name = 'end'
            State:  # state 'half' has a timer without target; give both
                name = 'half'
                duration = '1'
                Transition:
                    event = 'spout_rising'
                    target = 'waiting'
            State:  # state 'island' is never reached
                name = 'island'
                duration = '0.5'
                target = 'waiting'
            State:
                name = 'waiting'  # state 'waiting' is declared twice
                duration = '1'
                target = 'hold'
"""


def test_everything_wrong_with_the_logic_is_found_at_once_each_at_its_line(tmp_path: Path) -> None:
    """Each comment of the manifest above is what is to be said about its line."""
    path = tmp_path / "faulty.enaml"
    path.write_text(FAULTY, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        ScriptedSession(str(path), "simulated", tmp_path / "recording")
    said = [str(finding) for finding in refused.value.findings]
    expected = {number: line.split("  # ")[1] for number, line in enumerate(FAULTY.splitlines(), 1) if "  # " in line}
    for number, words in expected.items():
        there = [text for text in said if f"faulty.enaml:{number}: " in text]
        assert any(words in text for text in there), f"line {number}, {words!r}: {there or said}"
    assert len(said) == len(expected), said


def test_a_machine_without_a_state_and_two_machines_are_findings(tmp_path: Path) -> None:
    text = """\
        from psi.api import Extension, Paradigm, State, StateMachine

        enamldef Twice(Paradigm):
            id = 'twice'
            Extension:
                id = 'logic'
                point = 'psi.controller.logic'
                StateMachine:
                    pass
                StateMachine:
                    State:
                        name = 'a'
                        duration = '1'
                        target = 'a'
    """
    path = tmp_path / "twice.enaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        ScriptedSession(str(path), "simulated", tmp_path / "recording")
    said = [str(finding) for finding in refused.value.findings]
    assert any("twice.enaml:10: 2 of StateMachine are declared; keep one" in text for text in said), said
    assert any("twice.enaml:8: the state machine has no State; declare one" in text for text in said), said


# -- wiring -----------------------------------------------------------------------------------


def family(parent: Any, *children: Any) -> Any:
    for child in children:
        child.set_parent(parent)
    return parent


def wiring(engines: Sequence[Any], io: Sequence[Any] = ()) -> Wiring:
    """The wiring of a workbench with these engines and contributions."""
    workbench = make_workbench()
    hardware = family(Extension(id="hardware", point="psi.controller.hardware"), *engines)
    outputs = family(Extension(id="io", point="psi.controller.io"), *io)
    workbench.register(family(PluginManifest(id="test"), hardware, outputs))
    return make_wiring(workbench)


def card(*channels: Any, name: str = "card") -> SimulatedEngine:
    return family(
        SimulatedEngine(name=name),
        family(AOChannel(channel="Dev1/ao0", name="speaker", fs=1e5), EpochOutput(name="target")),
        AIChannel(channel="Dev1/ai0", name="microphone", fs=1e5),
        DOChannel(channel="Dev1/port0/line0", name="food_dispense"),
        DOChannel(channel="Dev1/port0/line1", name="marker", fs=1e4),
        *channels,
    )


def test_outputs_find_their_channels_under_them_and_by_name() -> None:
    found = wiring(
        [card()],
        [
            ContinuousOutput(name="background", channel="speaker"),
            Trigger(name="pellet", channel="food_dispense"),
            Toggle(name="flag", channel="marker"),
            Tone(output="target"),
        ],
    )
    assert found.findings == []
    assert {name: channel.reference for name, (_, channel) in found.outputs.items()} == {
        "target": "speaker",
        "background": "speaker",
        "pellet": "food_dispense",
        "flag": "marker",
    }
    assert list(found.inputs) == ["microphone"]
    assert list(found.stimuli) == ["target"]


@pytest.mark.parametrize(
    ("engines", "io", "message"),
    [
        ([card()], [Toggle(name="x", channel="markr")], "output 'x' needs the channel 'markr'; did you mean 'marker'?"),
        ([card()], [Trigger(name="target", channel="marker")], "output 'target' is declared twice; rename one"),
        (
            [card()],
            [Trigger(name="x", channel="marker", max_duration=0.05)],
            "output 'x' has a duration of 0.1 s, but a max_duration of 0.05 s; make one fit the other",
        ),
        ([card()], [Trigger(channel="marker")], "a Trigger on 'marker' has no name; give it one"),
        ([card()], [EpochOutput(name="x", channel="microphone")], "'x' is on 'microphone', which is an input channel"),
        ([card()], [EpochOutput(name="x", channel="marker")], "'x' does not fit 'marker', which is digital"),
        ([card()], [Trigger(name="x", channel="speaker")], "'x' does not fit 'speaker', which is analog"),
        (
            [card()],
            [ContinuousOutput(name="x", channel="food_dispense")],
            "'x' needs a channel with a sample rate; 'food_dispense' has fs = 0",
        ),
        (
            [card()],
            [Input(name="x")],
            "input 'x' stands alone; nest it in a channel, or name the input that it reads as source",
        ),
        ([card()], [Input(name="x", source="x")], "Input 'x' reads the unknown input 'x'"),
        (
            [card(family(AIChannel(channel="y", fs=1e3), Input(name="y", source="z")))],
            [],
            "Input 'y' is nested and has a source, 'z'; leave it out",
        ),
        ([card()], [Tone(output="taget")], "stimulus for the unknown output 'taget'; did you mean 'target'?"),
        ([card()], [Tone(output="target"), Tone(output="target")], "output 'target' has two stimuli; remove one"),
        (
            [card(DIChannel(channel="Dev1/port0/line9", name="marker", fs=1e3))],
            [],
            "channel 'marker' is declared twice; rename one",
        ),
        (
            [card(), family(SimulatedEngine(name="other"), DOChannel(channel="x", name="marker"))],
            [],
            "channel 'marker' is declared twice; rename one",
        ),
        ([card(), SimulatedEngine(name="card")], [], "engine 'card' is declared twice; rename one"),
        ([card(), SimulatedEngine()], [], "engine number 2 has no name; a rig with several needs them"),
        (
            [card(family(DOChannel(channel="x", fs=1e3), Input(name="y")))],
            [],
            "'x' is an output channel and takes no inputs",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_in_the_wiring_is_one_finding(engines: list[Any], io: list[Any], message: str) -> None:
    (finding,) = wiring(engines, io).findings
    assert message in finding.message


def test_all_faults_in_the_wiring_are_found_at_once() -> None:
    found = wiring(
        [card()], [Toggle(name="a", channel="lost"), Trigger(name="target", channel="marker"), Tone(output="b")]
    )
    assert len(found.findings) == 3
