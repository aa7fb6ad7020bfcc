"""Selectors that are no tables, as lines of text; and the draft and the differences, which let them be."""

from __future__ import annotations

import pytest

from psi.experiment.differences import differences
from psi.experiment.draft import TaskDraft
from psi.experiment.selector_settings import kind_text, settings_lines
from psi.models.adaptive import StaircaseSettings
from psi.models.items import ItemSpec
from psi.models.selectors import BlocksSettings, CustomSettings, Factor, ProductSettings, SequenceSettings
from psi.models.task import Task

LEVEL = ItemSpec(name="level", kind="roving_parameter", default=60)
TRACK = StaircaseSettings(item="level", correct='score == "HIT"', start=(60,), steps=(8, 4), limits=(0, 80))
TABLE = SequenceSettings(items=("level",), rows=((1,), (2,)), order="blocked", per_block=3, cycles=2)


@pytest.mark.parametrize(
    ("settings", "kind", "lines"),
    [
        (
            TRACK,
            "staircase",
            [("item", "level"), ("correct", 'score == "HIT"'), ("start", "60"), ("steps", "8, 4"), ("limits", "0, 80")],
        ),
        (
            ProductSettings(
                factors=(
                    Factor(item="a", range={"start": 0, "stop": 100, "step": 10}, order="shuffled"),
                    Factor(item="b", values=(1, "x + 1")),
                ),
                cycles=3,
            ),
            "every combination",
            [("a", "0, 10, 20, …, 100 (shuffled)"), ("b", "1, x + 1"), ("cycles", "3")],
        ),
        (
            BlocksSettings(blocks={"left": {"kind": "single", "values": {"side": -1}}}, trials=20),
            "blocks",
            [("left", "single setting: values side = -1"), ("trials", "20")],
        ),
        (
            CustomSettings(type="Oddball", items=("level",), settings={"probability": 0.1}),
            "Oddball",
            [("items", "level"), ("probability", "0.1")],
        ),
    ],
)
def test_a_selector_is_said_in_lines(settings, kind, lines):
    assert (kind_text(settings), settings_lines(settings)) == (kind, lines)


def test_a_draft_keeps_what_is_no_table_and_what_a_table_does_not_show():
    task = Task(paradigm="x", items={"level": 60}, roving=("level",), selectors={"track": TRACK, "go": TABLE})
    draft = TaskDraft()
    draft.declare([LEVEL])
    draft.rebase(task)
    assert list(draft.tables) == ["go"]
    draft.set_cell("go", 0, 0, "5")
    edited = draft.task()
    assert edited.selectors["track"] == TRACK
    assert edited.selectors["go"] == TABLE.model_copy(update={"rows": ((5,), (2,))})
    draft.set_order("go", "exact")
    assert draft.task().selectors["go"].per_block == 1
    draft.set_order("go", "blocked")
    assert draft.task().selectors["go"].per_block == 3


def test_what_changed_in_a_selector_that_is_no_table_is_said():
    then = Task(paradigm="x", items={"level": 60}, selectors={"track": TRACK, "go": TABLE})
    track = TRACK.model_copy(update={"n_down": 3, "steps": (4.0,)})
    table = TABLE.model_copy(update={"cycles": 5})
    now = Task(paradigm="x", items={"level": 60}, selectors={"track": track, "go": table})
    rig = {"name": "r", "values": {}, "units": {}}
    before = {"task": then.model_dump(mode="json"), "rig": rig, "psi": "1"}
    assert differences(before, now, {"level": LEVEL}, rig, "1") == (
        "Selector track, n_down: 2 → 3",
        "Selector track: steps changed",
        "Selector go, cycles: 2 → 5",
    )
