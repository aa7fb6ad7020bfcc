"""What differs from the last session: one line each, with units, and nothing where nothing does."""

from __future__ import annotations

from typing import Any

import pytest

from psi.experiment.drafts.differences import differences, differences_from_defaults
from psi.models.items import ItemSpec
from psi.models.task import Task

SPECS = {
    spec.name: spec
    for spec in (
        ItemSpec(name="hold", label="Hold duration", unit="s", default=0.2),
        ItemSpec(name="level", label="Level", unit="dB SPL", default=60.0, kind="roving_parameter"),
        ItemSpec(name="note", dtype="text", default=""),
    )
}
ROWS = [[20.0], [40.0], [60.0], [80.0]]
GO = {"kind": "sequence", "items": ["level"], "rows": ROWS, "order": "shuffled"}
TASK: dict[str, Any] = {
    "paradigm": "p",
    "items": {"hold": 0.2, "level": 60.0, "note": ""},
    "roving": ["level"],
    "selectors": {"go": GO, "remind": {"kind": "single", "values": {"level": 80.0}}},
}
RIG = {"name": "booth1", "values": {"fs": 20e3, "light": "on"}, "units": {"fs": "samples/s", "light": ""}}
BEFORE: dict[str, Any] = {"task": TASK, "rig": RIG, "psi": "0.1.0", "recording": "/r/a_p_01"}


def found(task: dict[str, Any] | None = None, rig: Any = RIG, psi: str = "0.1.0", before: Any = BEFORE) -> list[str]:
    now = Task.model_validate({**TASK, **(task or {})})
    return list(differences(before, now, SPECS, rig, psi))


def go(**changed: Any) -> dict[str, Any]:
    return {"selectors": {**TASK["selectors"], "go": {**GO, **changed}}}


CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"items": {**TASK["items"], "hold": 0.5}}, ["Hold duration: 0.2 → 0.5 s"]),
    ({"items": {**TASK["items"], "hold": "0.1 * 2"}}, ["Hold duration: 0.2 → 0.1 * 2 s"]),
    ({"items": {**TASK["items"], "note": "loud"}}, ["note: – → loud"]),
    ({"items": {"level": 60, "note": ""}}, []),
    ({"roving": []}, ["Level roves: yes → no"]),
    ({"roving": None}, []),
    ({"roving": ["level", "hold"]}, ["Hold duration roves: no → yes"]),
    (go(order="exact"), ["Selector go, order: shuffled → exact"]),
    (go(rows=[[20.0], [45.0], [60.0], [80.0]]), ["Selector go, row 2, Level: 40.0 → 45.0 dB SPL"]),
    (go(rows=[*ROWS, [90.0], [95.0]]), ["Selector go: 2 rows added"]),
    (go(rows=ROWS[1:]), ["Selector go: 1 row removed"]),
    (go(rows=[[1.0], [2.0], [3.0], [4.0]]), ["Selector go: 4 rows changed"]),
    (go(rows=[[15.0], *ROWS[1:], [90.0]]), ["Selector go: 1 row added, 1 row changed"]),
    (
        go(items=["level", "hold"], rows=[[20.0, 0.1]]),
        ["Selector go, columns: Level → Level, Hold duration"],
    ),
    ({"selectors": {"go": GO}}, ["Selector remind: removed"]),
    ({"selectors": {**TASK["selectors"], "catch": GO}}, ["Selector catch: added"]),
    ({"stop": {"trials": 100}}, ["Stops after: – → 100 trials"]),
    ({"manifests": ["room_light"]}, ["Manifest room_light: added"]),
    ({"seed": 12}, []),
]


@pytest.mark.parametrize(("task", "lines"), CASES, ids=lambda value: str(value)[:60])
def test_each_difference_of_a_task_is_one_line(task: dict[str, Any], lines: list[str]) -> None:
    assert found(task) == lines


def test_what_is_gone_is_said_as_well() -> None:
    before = {**BEFORE, "task": {**TASK, "items": {**TASK["items"], "old": 3}, "manifests": ["pump"]}}
    assert found(before=before) == ["old: 3 → –", "Manifest pump: removed"]


def test_a_value_of_the_rig_and_another_rig() -> None:
    assert found(rig={**RIG, "values": {"fs": 25e3, "light": "on"}}) == ["Rig's fs: 20000.0 → 25000.0 samples/s"]
    assert found(rig={"name": "booth2", "values": {"fs": 25e3}}) == ["Rig: booth1 → booth2"]


def test_another_psi_is_said() -> None:
    assert found(psi="0.2.0") == ["psi: 0.1.0 → 0.2.0"]


def test_several_come_in_one_order() -> None:
    task = {**go(order="exact"), "items": {**TASK["items"], "hold": 1.0}, "roving": []}
    assert found(task, rig={"name": "x", "values": {}}, psi="0.2.0") == [
        "Rig: booth1 → x",
        "Hold duration: 0.2 → 1.0 s",
        "Level roves: yes → no",
        "Selector go, order: shuffled → exact",
        "psi: 0.1.0 → 0.2.0",
    ]


def test_defaults_are_those_of_the_paradigm() -> None:
    task = Task.model_validate(TASK)
    assert differences_from_defaults(task, SPECS) == ()
    changed = task.model_copy(update={"items": {**task.items, "hold": 0.4}})
    assert differences_from_defaults(changed, SPECS) == ("Hold duration: 0.2 → 0.4 s",)
