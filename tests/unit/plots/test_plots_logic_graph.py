"""Trial logic is laid out in layers without boxes on boxes, and the current state is known."""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from psi.plots.logic_graph import Logic, lay_out


def machine(**targets: str) -> list[dict[str, Any]]:
    """States with the names of their targets, separated by spaces."""
    return [
        {"name": name, "color": "", "target": "", "transitions": [{"event": "e", "target": t} for t in text.split()]}
        for name, text in targets.items()
    ]


GO = machine(waiting="hold", hold="response waiting", response="reward timeout", reward="waiting", timeout="waiting")


def test_a_state_lies_below_those_that_lead_to_it() -> None:
    boxes = {box.name: box for box in lay_out(GO).boxes}
    assert [boxes[name].layer for name in ("waiting", "hold", "response", "reward", "timeout")] == [0, 1, 2, 3, 3]


def test_every_way_is_drawn_once_from_box_to_box() -> None:
    graph = lay_out(GO)
    boxes = {box.name: (box.x, box.layer) for box in graph.boxes}
    assert len(graph.lines) == len({(line.source, line.target) for line in graph.lines}) == 7
    for line in graph.lines:
        assert line.points[0] == boxes[line.source]
        assert line.points[-1] == boxes[line.target]
        assert all(abs(a[1] - b[1]) == 1 for a, b in pairwise(line.points))


def test_staying_in_a_state_and_unknown_targets_are_not_drawn() -> None:
    graph = lay_out(machine(a="a b nowhere", b="a"))
    assert {(line.source, line.target) for line in graph.lines} == {("a", "b"), ("b", "a")}


def test_no_logic_is_an_empty_picture() -> None:
    assert lay_out([]).boxes == ()


@st.composite
def machines(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = [f"state{number}" for number in range(draw(st.integers(1, 9)))]
    return machine(**{name: " ".join(draw(st.lists(st.sampled_from(names), max_size=4))) for name in names})


@settings(max_examples=60, deadline=None)
@given(machines())
def test_boxes_never_overlap_and_lie_within_the_picture(declared: list[dict[str, Any]]) -> None:
    graph = lay_out(declared)
    assert len(graph.boxes) == len(declared)
    for box in graph.boxes:
        assert box.room / 2 - 1e-6 <= box.x <= graph.width - box.room / 2 + 1e-6
        assert 0 <= box.layer < graph.n_layers
    for layer in range(graph.n_layers):
        row = sorted((box for box in graph.boxes if box.layer == layer), key=lambda box: box.x)
        for left, right in pairwise(row):
            assert right.x - left.x >= (left.room + right.room) / 2 - 1e-6


def test_the_current_state_and_how_long_it_has_been() -> None:
    rows = SimpleNamespace(run_id="a", n_events=1, trials=[], n_trials=0)
    rows.events = [{"name": "hold_start", "time": 2.0, "source": "logic"}]
    logic, state = Logic(), {"run_id": "a", "machine": GO, "status": {"state": "hold", "time": 2.51}}
    assert logic.refresh(state, rows)
    assert (logic.trial.current, logic.trial.time_in_state) == ("hold", 0.5)
    assert not logic.refresh(state, rows)
    assert logic.refresh({**state, "status": {"state": "response", "time": 2.6}}, rows)
    assert (logic.trial.previous, logic.trial.current, logic.trial.time_in_state) == ("hold", "response", None)
