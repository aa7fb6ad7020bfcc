"""The console's model without Qt: mirrors, asks without waiting, and says what was refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from psi.context.edits import carried_over
from psi.core.errors import ConfigurationError
from psi.experiment.console import Console
from psi.experiment.start.start import date_text, start_facts
from psi.experiment.strips.headline import clock_text, headline
from psi.experiment.strips.health import applied_text, bytes_per_second, health_words, lamp
from psi.experiment.worker import Answer
from psi.link.errors import LinkError
from psi.link.state import StateSource
from psi.models.task import Task

TASK = {"paradigm": "p", "items": {"hold": 0.2}}
STATE = {
    "paradigm": {"name": "p", "title": "A paradigm"},
    "rig": {"name": "simulated", "title": "Simulated booth", "values": {}, "units": {}},
    "session": {"subject": "G-1"},
    "specs": [{"name": "hold", "label": "Hold", "unit": "s", "default": 0.2, "limits": [0, 10]}],
    "selectors": ["go", "remind"],
    "condition": "closed",
    "task": TASK,
    "pending": None,
}


class Runtime:
    """What a console can be connected to, in this process."""

    def __init__(self) -> None:
        self.source = StateSource()
        self.source.update(STATE)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.silent = False
        #: Commands that are lost on their way, once each.
        self.lost: set[str] = set()
        self.closed = False

    def request(self, command: str, /, timeout: float = 5.0, **params: Any) -> dict[str, Any]:
        if self.silent:
            raise LinkError("no answer")
        if command in self.lost:
            self.lost.remove(command)
            raise LinkError("no answer")
        if command == "state":
            return self.source.since(params["epoch"], params["number"]).model_dump()
        self.asked.append((command, params))
        if command == "check":
            return {"findings": [{"message": "item 'hold' is odd", "where": "", "severity": "error"}]}
        if command == "repeat":
            raise ConfigurationError("there was no trial yet")
        return {"did": command}

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def runtime() -> Runtime:
    return Runtime()


@pytest.fixture
def console(runtime: Runtime) -> Iterator[Console]:
    made = Console(runtime)
    poll_until(made, lambda: made.connected)
    yield made
    made.close()
    assert runtime.closed


def poll_until(console: Console, holds: Callable[[], object]) -> None:
    """Look as a window does, until ``holds``; pytest's own limit ends one that never does."""
    tick = threading.Event()
    for _ in range(5000):
        console.poll()
        if holds():
            return
        tick.wait(0.002)
    raise AssertionError("waited in vain")


def test_what_changed_is_said_once(console: Console, runtime: Runtime) -> None:
    heard: list[set[str]] = []
    console.observe("changed", lambda change: heard.append(change["value"]))
    runtime.source.update({"condition": "open"})
    poll_until(console, lambda: console.get("condition") == "open")
    assert heard == [{"condition"}]
    assert console.get("nothing", 3) == 3


def test_answers_come_back_when_polled(console: Console) -> None:
    answers: list[Answer] = []
    console.request("pause", callback=answers.append)
    poll_until(console, lambda: answers)
    assert (answers[0].result, answers[0].error) == ({"did": "pause"}, None)


def test_a_refusal_stays_until_the_next_success(console: Console) -> None:
    console.request("repeat")
    poll_until(console, lambda: console.message == "there was no trial yet")
    console.request("pause")
    poll_until(console, lambda: console.message == "")


def test_a_silent_runtime_is_known_and_comes_back(console: Console, runtime: Runtime) -> None:
    runtime.silent = True
    poll_until(console, lambda: not console.connected)
    assert headline(console).word == "NO CONTACT"
    assert headline(console).enabled == frozenset()
    assert "does not answer" in health_words(console)[1]
    runtime.silent = False
    poll_until(console, lambda: console.connected)


def test_apply_sends_the_draft_and_nothing_that_is_wrong(console: Console, runtime: Runtime) -> None:
    console.draft.set_item("hold", "11")
    console.apply()
    assert "allowed is 0 to 10 s" in console.message
    console.draft.set_item("hold", "0.5")
    console.apply()
    poll_until(console, lambda: any(command == "apply" for command, _ in runtime.asked))
    (params,) = [params for command, params in runtime.asked if command == "apply"]
    assert params["task"]["items"] == {"hold": 0.5}
    assert params["who"] == "console"


def test_what_is_typed_back_before_the_runtime_has_spoken_is_an_edit_of_what_it_took(
    console: Console, runtime: Runtime
) -> None:
    def applied() -> list[dict[str, Any]]:
        return [params for command, params in runtime.asked if command == "apply"]

    console.draft.set_item("hold", "0.5")
    console.apply()
    poll_until(console, lambda: applied() and not console.applying)
    console.draft.set_item("hold", "0.2")
    console.apply()
    poll_until(console, lambda: len(applied()) == 2)
    task, base = (Task.model_validate(applied()[1][name]) for name in ("task", "base"))
    held = Task.model_validate({**TASK, "items": {"hold": 0.5}})
    assert carried_over(task, base, held).items == {"hold": 0.2}


def test_the_runtime_checks_each_new_draft(console: Console) -> None:
    console.draft.set_item("hold", "0.5")
    poll_until(console, lambda: console.checked == ["item 'hold' is odd"])
    console.draft.revert()
    poll_until(console, lambda: console.checked == [])


def test_a_check_that_was_not_answered_is_asked_for_again(console: Console, runtime: Runtime) -> None:
    runtime.lost = {"check"}
    console.draft.set_item("hold", "0.5")
    poll_until(console, lambda: console.checked == ["item 'hold' is odd"])
    assert not runtime.lost


@pytest.mark.parametrize(
    ("state", "word", "warning"),
    [
        ({"condition": "closed"}, "CLOSED", ""),
        ({"condition": "open"}, "OPEN", "not recording"),
        ({"condition": "monitoring"}, "MONITORING", "not recording"),
        ({"condition": "running", "recording": "/r"}, "RUNNING", ""),
        ({"condition": "running", "recording": "/r", "paused": True}, "PAUSED", ""),
        ({"condition": "closed", "fault": "the card is gone"}, "FAULT", ""),
    ],
)
def test_conditions_have_their_words(console: Console, state: dict[str, Any], word: str, warning: str) -> None:
    console.state = {**console.state, **state}
    said = headline(console)
    assert (said.word, said.warning) == (word, warning)
    assert said.recording == ("recording" in state)
    assert ("remind" in said.enabled) == (state["condition"] == "running")
    assert said.pause_word == ("Resume" if state.get("paused") else "Pause")


@pytest.mark.parametrize(
    ("state", "enabled"),
    [
        ({"condition": "closed", "events": ["deliver_reward"], "machine": [{}]}, False),
        ({"condition": "open", "events": ["deliver_reward"]}, True),
        ({"condition": "monitoring", "events": ["deliver_reward"]}, True),
        ({"condition": "running", "events": ["deliver_reward"], "machine": [{}]}, True),
        ({"condition": "running", "events": ["deliver_reward"], "machine": []}, False),
        ({"condition": "open", "events": ["trial_start"]}, False),
    ],
)
def test_a_reward_can_be_given_where_somebody_listens_for_it(
    console: Console, state: dict[str, Any], enabled: bool
) -> None:
    console.state = {**console.state, **state}
    assert ("reward" in headline(console).enabled) == enabled


def test_the_quiet_line_says_what_there_is(console: Console) -> None:
    streams = [{"fs": 25e3, "n_channels": 2, "dtype": "float32"}]
    assert bytes_per_second(streams) == 200e3
    console.disk_free = 720_000_000
    console.state = {
        **console.state,
        "condition": "running",
        "recording": "/data/2026-01-01/G-1_p_01",
        "status": {"latency": {"p99": 0.0003}, "headroom": 0.99, "segments": {"streams": streams}},
        "applied": {"trial": 7, "time": 1.0, "changes": {"hold": [0.2, 0.5], "selector.go": [{}, {}]}},
    }
    assert health_words(console) == [
        "Simulated booth rig",
        "block to command 0.30 ms p99",
        "ring headroom 99 %",
        "disk 1 h left",
        "2026-01-01/G-1_p_01",
        "applied at trial 7: hold 0.2 → 0.5 s, selector go",
    ]
    console.state = {**console.state, "applied": {}}
    assert applied_text(console) == ""


LAST = {
    "subject": "G-1",
    "paradigm": "p",
    "recording": "/r/2026-11-20/G-1_p_03",
    "started": "2026-11-20T14:03",
    "rig": {"name": "simulated", "values": {}},
    "task": TASK,
    "psi": "0.1.0",
}


def test_start_says_who_what_where_and_what_differs_from_the_last_session(console: Console, runtime: Runtime) -> None:
    facts = start_facts(console)
    assert (facts.subject, facts.paradigm, facts.rig) == ("G-1", "A paradigm", "Simulated booth")
    assert (facts.heading, facts.differences) == ("Looking for the last session of G-1 …", ())
    assert facts.looking
    runtime.source.update({"last_session": LAST, "psi": "0.1.0"})
    poll_until(console, lambda: not start_facts(console).looking)
    assert start_facts(console).heading == "Nothing differs since Friday 2026-11-20, 14:03: G-1_p_03"
    runtime.source.update({"task": {**TASK, "items": {"hold": 0.5}}})
    poll_until(console, lambda: console.draft.texts["hold"] == "0.5")
    console.draft.set_item("hold", "0.7")
    facts = start_facts(console)
    assert facts.heading == "1 difference since Friday 2026-11-20, 14:03: G-1_p_03"
    assert facts.differences == ("Hold: 0.2 → 0.5 s",)
    assert facts.warning == "1 edit is not applied and will not hold"
    assert start_facts(console, "G-2").looking, "what is known of one animal is not said of another"


def test_the_first_session_is_compared_with_the_defaults(console: Console, runtime: Runtime) -> None:
    runtime.source.update({"last_session": {"subject": "G-1", "paradigm": "p", "recording": ""}})
    poll_until(console, lambda: not start_facts(console).looking)
    assert start_facts(console).heading == "First session of G-1 with A paradigm: all settings are the defaults"
    runtime.source.update({"task": {**TASK, "items": {"hold": 0.5}}})
    poll_until(console, lambda: console.draft.texts["hold"] == "0.5")
    facts = start_facts(console)
    assert facts.heading == "First session of G-1 with A paradigm: differs from the defaults"
    assert facts.differences == ("Hold: 0.2 → 0.5 s",)


def test_days_are_said_with_their_weekday() -> None:
    assert date_text("2026-11-20") == "Friday 2026-11-20"


def test_a_run_that_nobody_watches_over_says_so(console: Console, runtime: Runtime) -> None:
    runtime.source.update({"condition": "running", "recording": "/r", "watched_over": True})
    poll_until(console, lambda: console.get("condition") == "running")
    assert headline(console).warning == ""
    assert not any("watches" in word for word in health_words(console))
    runtime.source.update({"watched_over": False})
    poll_until(console, lambda: not console.get("watched_over"))
    assert headline(console).warning == "unwatched"
    assert "stop" in headline(console).enabled
    assert "nobody watches over this run" in health_words(console)[1]


def test_a_command_that_hangs_or_failed_is_said_where_eyes_are(console: Console, runtime: Runtime) -> None:
    hanging = {"command": "refill", "event": "go", "manifest": "pump", "where": "pump.enaml:7", "seconds": 5.2}
    failure = {"time": 9.0, "text": "command 'a' failed"}
    runtime.source.update({"condition": "running", "recording": "/r", "status": {"time": 10.0}})
    poll_until(console, lambda: console.get("condition") == "running")
    assert (headline(console).warning, lamp(console)) == ("", "good")
    runtime.source.update({"status": {"time": 10.0, "failures": [failure]}})
    poll_until(console, lambda: bool(console.status.get("failures")))
    assert (headline(console).warning, lamp(console)) == ("", "notice")
    assert "at 9.0 s command 'a' failed" in health_words(console)
    runtime.source.update({"status": {"time": 10.0, "hanging": hanging}})
    poll_until(console, lambda: bool(console.status.get("hanging")))
    assert (headline(console).warning, headline(console).alarming) == ("command hangs", True)
    assert lamp(console) == "bad"
    runtime.source.update({"status": {"time": 80.0, "failures": [failure]}})
    poll_until(console, lambda: not console.status.get("hanging"))
    assert (headline(console).warning, lamp(console)) == ("", "good"), "an old failure is no news"


def test_a_disk_that_runs_full_is_no_good_health(console: Console, runtime: Runtime) -> None:
    status = {"time": 10.0, "disk_seconds": 3600.0, "headroom": 1.0}
    runtime.source.update({"condition": "running", "recording": "/r", "status": status})
    poll_until(console, lambda: console.get("condition") == "running" and "headroom" in console.status)
    assert lamp(console) == "good"
    runtime.source.update({"status": {**status, "disk_seconds": 300.0}})
    poll_until(console, lambda: console.status.get("disk_seconds") == 300.0)
    assert (headline(console).warning, lamp(console)) == ("disk: 5 min left", "notice")


def test_times_are_read_as_clocks() -> None:
    assert [clock_text(seconds) for seconds in (0, 61.9, 3661)] == ["00:00:00", "00:01:01", "01:01:01"]
