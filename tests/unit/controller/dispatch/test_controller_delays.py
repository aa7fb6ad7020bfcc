"""Delayed actions: what is the trial's stands still in a pause, everything else comes on time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from psi.controller.dispatch.delays import Delays
from psi.controller.dispatch.event import Event
from psi.controller.dispatch.timers import Timer, Timers
from psi.testing import ScriptedSession


class Story:
    """Delays on timers that ring when they are told to."""

    def __init__(self) -> None:
        self.timers = Timers()
        self.now = 0.0
        self.called: list[tuple[float, str]] = []
        self.delays = Delays(self._call_at)

    def _call_at(self, due: float, action: Any) -> Timer:
        timer = Timer(due, action)
        self.timers.add(timer)
        return timer

    def add(self, due: float, word: str, pauses: bool = True) -> None:
        self.delays.add(due, lambda: self.called.append((self.now, word)), pauses)

    def advance(self, until: float) -> None:
        while (timer := self.timers.take(until, strictly=False)) is not None:
            self.now = max(self.now, timer.due)
            timer.action()
        self.now = until


def test_a_pause_holds_what_is_the_trials_and_nothing_else() -> None:
    story = Story()
    story.add(1.0, "trial")
    story.add(1.0, "device", pauses=False)
    story.advance(0.75)
    story.delays.hold(0.75)
    story.advance(10.75)
    assert story.called == [(1.0, "device")]
    story.delays.go_on(10.75)
    story.advance(20.0)
    assert story.called == [(1.0, "device"), (11.0, "trial")]


def test_they_come_in_the_order_of_their_times_after_one_pause_and_after_two() -> None:
    story = Story()
    for due, word in ((3.0, "third"), (1.0, "first"), (2.0, "second")):
        story.add(due, word)
    for begin, end in ((0.5, 4.5), (5.5, 7.5)):
        story.advance(begin)
        story.delays.hold(begin)
        story.advance(end)
        story.delays.go_on(end)
    story.advance(20.0)
    assert story.called == [(5.0, "first"), (8.0, "second"), (9.0, "third")]


def test_what_is_asked_for_while_it_stands_still_begins_to_count_when_it_goes_on() -> None:
    story = Story()
    story.delays.hold(0.0)
    story.add(0.5, "trial")
    story.add(0.5, "device", pauses=False)
    story.advance(2.0)
    story.delays.go_on(2.0)
    story.advance(5.0)
    assert story.called == [(0.5, "device"), (2.5, "trial")]


def test_what_was_due_when_the_pause_began_comes() -> None:
    story = Story()
    story.add(1.0, "late")
    story.delays.hold(1.0)
    story.advance(2.0)
    assert story.called == [(1.0, "late")]


def test_stop_drops_what_is_held_and_what_is_not() -> None:
    story = Story()
    story.add(1.0, "held")
    story.add(1.0, "going", pauses=False)
    story.delays.hold(0.5)
    story.delays.forget()
    story.delays.go_on(0.75)
    story.advance(5.0)
    assert story.called == []


def test_what_a_hand_posts_is_not_the_trials() -> None:
    delays = Story().delays
    delays.trial_events = {"deliver_reward"}
    assert delays.is_trials(Event("deliver_reward", 0.0, source="logic"))
    assert not delays.is_trials(Event("deliver_reward", 0.0, clock="console", info={"by": "console"}))
    assert not delays.is_trials(Event("lick_rising", 0.0))


PARADIGM = """
from psi.api import Command, ExperimentAction, ExperimentEvent, Extension, Paradigm, Region, State, StateMachine


def note(event):
    pass


enamldef Delays(Paradigm):
    id = 'delays'
    Extension:
        id = 'events'
        point = 'psi.controller.events'
        ExperimentEvent:
            name = 'deliver_reward'
    Extension:
        id = 'commands'
        point = 'enaml.workbench.core.commands'
        Command:
            id = 'by_trial'
            handler = note
        Command:
            id = 'in_any_case'
            handler = note
        Command:
            id = 'by_hand'
            handler = note
        Command:
            id = 'by_region'
            handler = note
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'waiting'
                posts = ['next_trial']
                duration = '0.5'
                target = 'going'
            State:
                name = 'going'
                posts = ['trial_start', 'trial_end']
                duration = '0.5'
                target = 'waiting'
        Region:
            name = 'pouring'
            begins = 'trial_end'
            State:
                name = 'open'
                duration = '0.1'
    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
        ExperimentAction:
            event = 'trial_end'
            command = 'by_trial'
            delay = 0.75
        ExperimentAction:
            event = 'trial_end'
            command = 'in_any_case'
            delay = 0.75
            pauses = False
        ExperimentAction:
            event = 'deliver_reward'
            command = 'by_hand'
            delay = 0.5
        ExperimentAction:
            event = 'open_end'
            command = 'by_region'
            delay = 0.75
"""


def test_in_a_session_a_pause_holds_the_delays_of_the_trial(tmp_path: Path) -> None:
    path = tmp_path / "delays.enaml"
    path.write_text(PARADIGM)

    def script(run: Any) -> None:
        run.dispatcher.call_at(0.625, run.controls.pause)
        run.dispatcher.call_at(2.0, lambda: run.controls.post("deliver_reward"))
        run.dispatcher.call_at(4.0, run.controls.resume)

    # Trial 1 ends at 0.5 s; the pause begins with the next one, at 1 s, and lasts for 3 s.
    with ScriptedSession(str(path), "simulated", tmp_path / "out", duration=4.5).run(script) as recording:
        audit = recording.audit
        pause = audit[(audit["what"] == "pause") & (audit["name"] == "end")]["info"].iloc[0]
        called = audit[audit["what"] == "action"].groupby("name")["time"].first().to_dict()
    assert (pause["began"], pause["duration"]) == pytest.approx((1.0, 3.0))
    assert called == pytest.approx({"in_any_case": 1.25, "by_region": 1.35, "by_hand": 2.5, "by_trial": 4.25})
