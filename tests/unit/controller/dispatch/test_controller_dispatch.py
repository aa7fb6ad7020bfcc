"""What makes dispatching quick changes nothing: rows, flags, histogram, and what handlers are given."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest
from enaml.workbench.api import Workbench

from psi.controller.dispatch.action import ActionIndex, Command, ExperimentAction
from psi.controller.dispatch.arguments import expr
from psi.controller.dispatch.cascade import Cascade
from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import Event, EventNames
from psi.controller.dispatch.event_expression import EventExpression
from psi.controller.dispatch.event_plan import EventPlan
from psi.controller.dispatch.latency import LatencyHistogram
from psi.core.clock import ManualClock
from psi.core.errors import RunFault
from psi.core.rows import TextRow
from psi.stream.journal import JournalReader, JournalWriter


@pytest.mark.parametrize(
    "event",
    [
        Event("go", 0.1),
        Event("go", 12.3456789012345, 17, "nose_poke", 3, "master"),
        Event("go", 1e-300, -1, 'a "quoted" µ\n', -1, "Dev2"),
        Event("go", 2, 5),
        Event("go", np.float64(0.25), np.int64(9)),
        Event("go", math.inf),
        Event("go", 0.5, info={"engine": "card", "n": 3}),
    ],
)
def test_the_text_of_an_events_row_says_what_the_row_does(event: Event) -> None:
    plan = EventPlan("go", None, ())
    # the second time from what was kept of the first
    for _ in range(2):
        assert dict(plan.row(event)) == event.row()


def test_a_row_that_is_text_reads_as_a_row_and_is_journalled_as_it_is() -> None:
    row = TextRow('{"kind":"event","time":0.5}')
    assert (row["kind"], len(row), list(row)) == ("event", 2, ["kind", "time"])
    name = f"psi-test-{random.getrandbits(48):x}"
    with JournalWriter(name, 4096) as journal, JournalReader(name) as reader:
        journal.append(row)
        journal.append({"kind": "other"})
        assert reader.read() == [dict(row), {"kind": "other"}]


@pytest.mark.parametrize(
    ("text", "event", "left"),
    [
        ("a", "a", True),
        ("a or b", "b", True),
        ("a and b", "a", False),
        ("not a", "a", False),
        ("not a and not x_active", "b", "x_active"),
        ("a and (x_active or b)", "a", "x_active"),
        ("a and x_active and y_active", "a", "both"),
        ("a and not (x_active and b)", "a", True),
    ],
)
def test_an_expression_is_reduced_to_what_must_be_asked_of_the_flags(text: str, event: str, left: object) -> None:
    flags = {"x_active": True, "y_active": True}
    reduced = EventExpression(text).at(event, flags)
    if isinstance(left, bool):
        assert reduced is left
        return
    assert callable(reduced)
    for x in (False, True):
        for y in (False, True):
            given = {"x_active": x, "y_active": y}
            assert reduced(given) is EventExpression(text).holds(event, given)


def test_delays_are_counted_in_bins_of_an_eighth_of_an_octave() -> None:
    histogram = LatencyHistogram()
    delays = [0, 999, 1000, 1001, 1089, 1091, 1999, 2001, 10**6, 3 * 10**9, 10**15]
    for delay in delays:
        histogram.add(delay)
    edges = histogram.edges()
    expected = [0] * histogram.N_BINS
    for delay in delays:
        inside = [index for index in range(histogram.N_BINS) if edges[index] <= delay * 1e-9 < edges[index + 1]]
        expected[inside[0] if inside else 0 if delay < 1000 else histogram.N_BINS - 1] += 1
    assert histogram.counts == expected
    assert (histogram.n, histogram.max_ns) == (len(delays), 10**15)
    row = histogram.row()
    assert json.loads(json.dumps(row)) == row
    assert 1e-6 <= histogram.percentile(50) <= 2e-6


def test_more_delays_than_are_kept_are_all_counted() -> None:
    histogram = LatencyHistogram()
    for delay in range(3 * histogram.MOST_KEPT):
        histogram.add(delay)
    assert histogram.n == 3 * histogram.MOST_KEPT
    assert math.isnan(LatencyHistogram().percentile(99))


def dispatcher(*actions: ExperimentAction, evaluate=None, **handlers) -> tuple[Dispatcher, list]:
    names = EventNames()
    for name in ("go", "stop"):
        names.add_event(name, "test")
    commands = {
        name: Command(id=name, handler=handler, parameters={"n": int, "x": float, "on": bool, "word": str})
        for name, handler in handlers.items()
    }
    index = ActionIndex([("test", action) for action in actions], commands, names, Workbench())
    assert index.findings == []
    rows: list = []
    more = () if evaluate is None else (evaluate,)
    return Dispatcher(ManualClock(), rows.append, index, names, *more), rows


def test_a_handler_is_given_its_own_parameters_and_an_event_that_stays_as_it_is() -> None:
    given: list = []

    def keep(event) -> None:
        given.append(event)
        event.parameters["word"] += "!"

    made, _ = dispatcher(ExperimentAction(event="go", command="keep", kwargs={"word": "x"}), keep=keep)
    for time in (0.1, 0.2):
        made.post(Event("go", time))
    made.drain()
    assert [event.event.time for event in given] == [0.1, 0.2]
    assert [event.parameters["word"] for event in given] == ["x!", "x!"]
    assert all(event.trigger is event.event and event.command.id == "keep" for event in given)
    assert isinstance(given[0].workbench, Workbench)


def test_expressions_are_evaluated_at_each_call_and_become_their_kind() -> None:
    items = {"dose": 2}
    given: list = []
    kwargs = {"n": "dose", "x": "dose / 4", "on": "dose > 1", "word": expr("'a' * dose")}
    made, _ = dispatcher(
        ExperimentAction(event="go", command="keep", kwargs=kwargs),
        evaluate=lambda expression, kept: expression.evaluate({**items, **kept}),
        keep=lambda event: given.append(event.parameters),
    )
    for dose in (2, 1):
        items["dose"] = dose
        made.post(Event("go", 0.0))
        made.drain()
    made.post(Event("go", 0.0, info={"kept": {"dose": 4}}))
    made.drain()
    assert given == [
        {"n": 2, "x": 0.5, "on": True, "word": "aa"},
        {"n": 1, "x": 0.25, "on": False, "word": "a"},
        {"n": 4, "x": 1.0, "on": True, "word": "aaaa"},
    ]


def test_an_expression_that_is_of_another_kind_fails_as_its_command_does() -> None:
    made, rows = dispatcher(
        ExperimentAction(event="go", command="keep", kwargs={"n": "3 / 2"}), keep=lambda event: pytest.fail("called")
    )
    made.post(Event("go", 0.0))
    with pytest.raises(RunFault, match=r"'keep'.*on event 'go'.*parameter 'n' = '3 / 2' is 1.5; give a whole number"):
        made.drain()
    assert "give a whole number" in rows[-1]["info"]["outcome"]


def test_every_action_of_an_event_has_its_outcome_in_order_behind_the_event() -> None:
    made, rows = dispatcher(
        *(ExperimentAction(event="go", command=f"c{number}") for number in range(3)),
        **{f"c{number}": lambda event: None for number in range(3)},
    )
    made.post(Event("go", 0.5))
    made.post(Event("stop", 0.75))
    made.drain()
    assert [row["name"] for row in rows] == ["go", "c0", "c1", "c2", "stop"]
    for row in rows[1:4]:
        assert (row["kind"], row["what"], row["time"]) == ("audit", "action", 0.0)
        assert (row["info"]["event"], row["info"]["manifest"], row["info"]["outcome"]) == ("go", "test", "ok")
        assert 0 <= row["info"]["took_s"] < 10


@pytest.mark.parametrize("noise", [False, True])
def test_a_circle_is_told_by_who_caused_whom(noise: bool) -> None:
    cascade = Cascade("start")

    def go_round() -> None:
        cause = 0
        while True:
            for name in ("a", "", "b"):
                cause = cascade.grow(name, cause)
                if noise:
                    cascade.grow("noise", cause)

    with pytest.raises(RunFault, match=r"'([ab])' comes from itself.*\((a → b → a|b → a → b)\)"):
        go_round()


def test_timers_that_set_each_other_without_delay_are_a_circle() -> None:
    cascade = Cascade("")

    def go_round() -> None:
        cause = 0
        while True:
            cause = cascade.grow("", cause)

    with pytest.raises(RunFault, match=r"\(timer\)"):
        go_round()
