"""Event expressions, and the order in which events, listeners, actions and timers happen."""

from __future__ import annotations

import threading

import pytest
from enaml.workbench.api import Workbench

from psi.controller.dispatch.action import ActionIndex, Command, ExperimentAction
from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import Event, EventNames
from psi.controller.dispatch.event_expression import EventExpression
from psi.core.clock import ManualClock, WallClock
from psi.core.errors import ConfigurationError, RunFault


@pytest.mark.parametrize(
    ("text", "event", "flags", "holds"),
    [
        ("poke_rising", "poke_rising", {}, True),
        ("poke_rising", "poke_falling", {}, False),
        ("poke_rising and trial_active", "poke_rising", {"trial_active": True}, True),
        ("poke_rising and trial_active", "poke_rising", {"trial_active": False}, False),
        ("poke_rising and not trial_active", "poke_rising", {"trial_active": False}, True),
        ("poke_rising or poke_falling", "poke_falling", {}, True),
        ("(a_rising or b_rising) and not c_active", "b_rising", {"c_active": True}, False),
        ("(a_rising or b_rising) and not c_active", "b_rising", {"c_active": False}, True),
    ],
)
def test_an_event_expression_holds(text: str, event: str, flags: dict[str, bool], holds: bool) -> None:
    assert EventExpression(text).holds(event, flags) is holds


@pytest.mark.parametrize("text", ["", "a b", "a()", "a + b", "a.b", "1", "lambda: a", "a and"])
def test_what_is_no_event_expression_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="event expression"):
        EventExpression(text)


class Story:
    """A dispatcher whose commands write down what happened."""

    def __init__(self, actions: list[ExperimentAction], clock=None, **handlers) -> None:
        self.said: list[str] = []
        self.rows: list[dict] = []
        self.clock = clock or ManualClock()
        names = EventNames()
        for event in ("go", "stop", "more"):
            names.add_event(event, "test")
        names.add_state("trial", "test")
        commands = {name: Command(id=name, handler=handler) for name, handler in handlers.items()}
        commands["say"] = Command(
            id="say", handler=lambda event: self.said.append(event.parameters["word"]), parameters={"word": str}
        )
        self.index = ActionIndex([("test", action) for action in actions], commands, names, Workbench())
        self.dispatcher = Dispatcher(self.clock, self.rows.append, self.index, names)

    def post(self, *names: str) -> None:
        for name in names:
            self.dispatcher.post(Event(name, self.clock.now()))

    def advance(self, until: float) -> None:
        self.dispatcher.advance(until, self.clock.set)


def say(event: str, word: str, **more) -> ExperimentAction:
    return ExperimentAction(event=event, command="say", kwargs={"word": word}, **more)


def test_actions_run_by_weight_then_in_order_of_declaration() -> None:
    story = Story([say("go", "c", weight=90), say("go", "a"), say("go", "b"), say("go", "first", weight=1)])
    story.post("go")
    story.dispatcher.drain()
    assert story.said == ["first", "a", "b", "c"]


def test_what_an_action_posts_is_handled_after_it_and_not_inside_it() -> None:
    def post_more(event) -> None:
        story.post("more")
        story.said.append("posted")

    story = Story(
        [ExperimentAction(event="go", command="post_more"), say("go", "after"), say("more", "more")],
        post_more=post_more,
    )
    story.post("go", "stop")
    story.dispatcher.drain()
    assert story.said == ["posted", "after", "more"]
    assert [row["name"] for row in story.rows if row["kind"] == "event"] == ["go", "stop", "more"]


def test_an_event_is_written_down_before_its_actions() -> None:
    seen: list[int] = []
    story = Story([ExperimentAction(event="go", command="look")], look=lambda event: seen.append(len(story.rows)))
    story.post("go")
    story.dispatcher.drain()
    assert seen == [1]
    assert [row["kind"] for row in story.rows] == ["event", "audit"]


def test_timers_run_in_the_order_of_their_time_with_the_clock_standing_at_it() -> None:
    story = Story([])
    for due in (0.3, 0.1, 0.2):
        story.dispatcher.call_at(due, lambda: story.said.append(f"{story.clock.now():.1f}"))
    story.advance(0.25)
    assert story.said == ["0.1", "0.2"]
    story.advance(1.0)
    assert story.said == ["0.1", "0.2", "0.3"]


def test_a_timer_due_at_the_end_of_a_block_comes_after_the_block() -> None:
    story = Story([])
    story.dispatcher.call_at(0.5, lambda: story.said.append("timer"))
    story.advance(0.5)
    assert story.said == []


def test_a_delayed_action_counts_from_the_time_of_its_event() -> None:
    story = Story([say("go", "late", delay=0.2)])
    story.dispatcher.post(Event("go", 0.05))
    story.advance(0.24)
    assert story.said == []
    story.advance(0.26)
    assert story.said == ["late"]
    assert story.clock.now() == pytest.approx(0.25)


def test_stop_cancels_what_is_pending() -> None:
    story = Story([say("go", "late", delay=0.2)])
    story.post("go")
    story.dispatcher.drain()
    story.dispatcher.cancel_pending()
    story.advance(10.0)
    assert story.said == []


def test_a_critical_command_that_raises_names_event_command_and_manifest() -> None:
    def explode(event) -> None:
        raise ValueError("the pump is dry")

    story = Story([ExperimentAction(event="go", command="explode")], explode=explode)
    story.post("go")
    with pytest.raises(RunFault, match=r"'explode' of manifest 'test' failed on event 'go'.*the pump is dry"):
        story.dispatcher.drain()
    assert story.rows[-1]["info"]["outcome"] == "ValueError: the pump is dry"


def test_a_command_that_is_not_critical_is_recorded_and_the_rest_goes_on() -> None:
    def explode(event) -> None:
        raise ValueError("no message was sent")

    story = Story([ExperimentAction(event="go", command="explode"), say("go", "on")], explode=explode)
    story.index.bound[0].command.critical = False
    story.post("go")
    story.dispatcher.drain()
    assert story.said == ["on"]
    outcomes = [row["info"]["outcome"] for row in story.rows if row["kind"] == "audit"]
    assert outcomes == ["ValueError: no message was sent", "ok"]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (say("goo", "x"), "unknown event 'goo'; did you mean 'go'"),
        (say("trial_active", "x"), "names only flags"),
        (ExperimentAction(event="go", command="sai", kwargs={}), "unknown command 'sai'; did you mean 'say'"),
        (ExperimentAction(event="go", command="say", kwargs={"wrod": "x"}), "no parameter 'wrod'; did you mean 'word'"),
        (ExperimentAction(event="go", command="say", kwargs={"word": 3}), "is 3; give text"),
    ],
)
def test_a_faulty_action_is_a_finding(action: ExperimentAction, message: str) -> None:
    findings = Story([action]).index.findings
    assert len(findings) == 1
    assert message in findings[0].message


def test_one_command_reached_twice_from_one_event_is_a_finding() -> None:
    findings = Story([say("go", "x"), say("go or stop", "x")]).index.findings
    assert len(findings) == 1
    assert "event 'go' reaches command 'say' twice" in findings[0].message
    assert Story([say("go", "x"), say("go", "y")]).index.findings == []


def test_events_posted_from_many_threads_are_all_handled_in_each_threads_order() -> None:
    story = Story([], clock=WallClock())
    story.clock.start()
    per_thread = 500

    def post(source: str) -> None:
        for number in range(per_thread):
            story.dispatcher.post(Event("go", 0.0, number, source))

    threads = [threading.Thread(target=post, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    while len(story.rows) < 4 * per_thread:
        story.dispatcher.wait(0.01)
    for thread in threads:
        thread.join()
    for name in "abcd":
        assert [row["sample"] for row in story.rows if row["source"] == name] == list(range(per_thread))
