"""What kinds of selectors are called; and the draft and the differences, which let them be."""

from __future__ import annotations

from psi.experiment.drafts.differences import differences
from psi.experiment.drafts.draft import TaskDraft
from psi.experiment.selectors.settings import kind_text
from psi.models.adaptive import StaircaseSettings
from psi.models.items import ItemSpec
from psi.models.selectors import BlocksSettings, CustomSettings, Factor, ProductSettings, SequenceSettings
from psi.models.task import Task

LEVEL = ItemSpec(name="level", kind="roving_parameter", default=60)
TRACK = StaircaseSettings(item="level", correct='score == "HIT"', start=(60,), steps=(8, 4), limits=(0, 80))
TABLE = SequenceSettings(items=("level",), rows=((1,), (2,)), order="blocked", per_block=3, cycles=2)


def test_each_kind_has_a_word():
    product = ProductSettings(factors=(Factor(item="a", values=(1, 2)),))
    blocks = BlocksSettings(blocks={"left": {"kind": "single", "values": {"side": -1}}}, trials=20)
    custom = CustomSettings(type="Oddball", items=("level",))
    words = [kind_text(settings) for settings in (TRACK, TABLE, product, blocks, custom)]
    assert words == ["staircase", "table", "every combination", "blocks", "Oddball"]


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
