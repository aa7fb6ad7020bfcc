"""Edits of two people to one task: each brings what was edited, not the rest."""

from __future__ import annotations

from typing import Any

import pytest

from psi.context.edits import carried_over, item_value
from psi.models.items import ItemSpec
from psi.models.task import Task


def selector(*levels: float) -> dict[str, Any]:
    return {"kind": "sequence", "items": ["level"], "rows": [[level] for level in levels]}


BASE: dict[str, Any] = {
    "paradigm": "p",
    "items": {"a": 1, "b": 2},
    "selectors": {"go": selector(20), "nogo": selector(0)},
    "roving": ["level", "rate"],
    "stop": {"trials": 10},
}

#: What the other has applied, what was edited here, and what then differs from BASE.
MERGES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("nothing", {}, {}, {}),
    ("only here", {}, {"items": {"a": 5, "b": 2}}, {"items": {"a": 5, "b": 2}}),
    ("only there", {"items": {"a": 1, "b": 7}}, {}, {"items": {"a": 1, "b": 7}}),
    ("different items", {"items": {"a": 1, "b": 7}}, {"items": {"a": 5, "b": 2}}, {"items": {"a": 5, "b": 7}}),
    ("the same item", {"items": {"a": 7, "b": 2}}, {"items": {"a": 5, "b": 2}}, {"items": {"a": 5, "b": 2}}),
    ("back to what held", {"items": {"a": 7, "b": 2}}, {"items": {"a": 1, "b": 2}}, {"items": {"a": 7, "b": 2}}),
    (
        "different selectors",
        {"selectors": {"go": selector(20), "nogo": selector(9)}},
        {"selectors": {"go": selector(50), "nogo": selector(0)}},
        {"selectors": {"go": selector(50), "nogo": selector(9)}},
    ),
    (
        "the same selector",
        {"selectors": {"go": selector(20, 30), "nogo": selector(0)}},
        {"selectors": {"go": selector(50), "nogo": selector(0)}},
        {"selectors": {"go": selector(50), "nogo": selector(0)}},
    ),
    (
        "roving more and less",
        {"roving": ["level"]},
        {"roving": ["level", "rate", "depth"]},
        {"roving": ["level", "depth"]},
    ),
    ("roving less twice", {"roving": ["level"]}, {"roving": ["level"]}, {"roving": ["level"]}),
    ("roving less of each", {"roving": ["level"]}, {"roving": ["rate"]}, {"roving": []}),
    (
        "roving the same more",
        {"roving": ["level", "rate", "x"]},
        {"roving": ["level", "rate", "x"]},
        {"roving": ["level", "rate", "x"]},
    ),
    (
        "stop there",
        {"stop": {"trials": 5}},
        {"items": {"a": 5, "b": 2}},
        {"stop": {"trials": 5}, "items": {"a": 5, "b": 2}},
    ),
    (
        "stop here",
        {"items": {"a": 5, "b": 2}},
        {"stop": {"trials": 5}},
        {"stop": {"trials": 5}, "items": {"a": 5, "b": 2}},
    ),
]


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.2", 0.2), (" 3 ", 3), ("True", True), ("1/2", "1/2"), ("1 / 0", "1 / 0"), ("9**9**9", "9**9**9"), ("a", "a")],
)
def test_a_text_is_a_constant_where_it_is_a_plain_one(text: str, value: Any) -> None:
    found = item_value(ItemSpec(name="hold"), text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("theirs", "mine", "expected"), [row[1:] for row in MERGES], ids=[row[0] for row in MERGES])
def test_edits_of_two_are_one_task(theirs: dict[str, Any], mine: dict[str, Any], expected: dict[str, Any]) -> None:
    base, current, task, held = (Task.model_validate({**BASE, **update}) for update in ({}, theirs, mine, expected))
    merged = carried_over(task, base, current)
    assert merged == held
