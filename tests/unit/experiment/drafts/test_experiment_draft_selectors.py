"""Selectors of every kind in a draft, items that go into them and out again, and tasks that are loaded into it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from psi.core.errors import ConfigurationError
from psi.experiment.drafts.draft import TaskDraft
from psi.models.items import ItemSpec
from psi.models.selectors import SelectorSettings
from psi.models.task import Task

SPECS = [
    ItemSpec(name="hold", unit="s", default=0.2, limits=(0, 10)),
    ItemSpec(name="level", unit="dB SPL", default=60, limits=(-20, 120), kind="roving_parameter"),
    ItemSpec(name="frequency", unit="Hz", default=4000, limits=(20, 90000), kind="roving_parameter"),
    ItemSpec(name="depth", default=0.5, kind="roving_parameter"),
    ItemSpec(name="score", dtype="text", kind="result"),
]
QUEST = {"kind": "quest_plus", "item": "level", "correct": "score", "levels": {"start": 0, "stop": 80, "step": 10}}
QUEST |= {"thresholds": [20, 40, 60], "slopes": [1, 3]}
STAIRCASE = {"kind": "staircase", "item": "level", "correct": "score == 'HIT'", "start": [60], "steps": [8, 4]}
STAIRCASE |= {"limits": [0, 80]}
SEQUENCE = {"kind": "sequence", "items": ["level", "depth"], "rows": [[20, 0.1], [40, 0.2]]}
BLOCKS = {"kind": "blocks", "trials": 5, "blocks": {"quiet": SEQUENCE, "loud": {**SEQUENCE, "rows": [[80, 1.0]]}}}
KINDS: dict[str, dict[str, Any]] = {
    "sequence": SEQUENCE,
    "single": {"kind": "single", "values": {"level": 20, "depth": 0.1}},
    "product": {
        "kind": "product",
        "factors": [{"item": "level", "values": [20, 40]}, {"item": "depth", "values": [0, 1]}],
    },
    "blocks": BLOCKS,
    "staircase": {**STAIRCASE, "values": {"depth": 0.1}},
    "quest_plus": {**QUEST, "values": {"depth": 0.1}},
    "custom": {"kind": "custom", "type": "Mine", "items": ["level", "depth"], "rows": [[20, 0.1]]},
}
#: Another setting of each kind.
EDITS: dict[str, dict[str, Any]] = {
    "sequence": {"rows": [[25, 0.1]], "order": "shuffled"},
    "single": {"values": {"level": 25, "depth": 0.1}},
    "product": {"order": "shuffled"},
    "blocks": {"trials": 7},
    "staircase": {"n_down": 3},
    "quest_plus": {"slopes": [1, 2, 3]},
    "custom": {"settings": {"speed": 3}},
}
#: A fault of each kind that its model allows, and the words for it.
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "sequence": ({"rows": [[200, 0.1]]}, "row 1: item 'level' is 200 dB SPL; allowed is -20 to 120"),
    "single": ({"values": {"level": "2 +", "depth": 0.1}}, "column 4"),
    "product": ({"factors": [{"item": "levle", "values": [1]}]}, "did you mean 'level'?"),
    "blocks": ({"until": "correct_rate >"}, "until: "),
    "staircase": ({"limits": [0, 200]}, "item 'level' is 200 dB SPL"),
    "quest_plus": ({"correct": "score =="}, "correct: "),
    "custom": ({"rows": [[500, 0.1]]}, "item 'level' is 500 dB SPL"),
}


def settings(kind: str, **update: Any) -> SelectorSettings:
    return TypeAdapter(SelectorSettings).validate_python({**KINDS[kind], **update})


def draft_of(**selectors: SelectorSettings) -> TaskDraft:
    roving = dict.fromkeys(item for held in selectors.values() for item in held.items)
    items = {spec.name: spec.default for spec in SPECS if spec.kind != "result"}
    draft = TaskDraft()
    draft.declare(SPECS)
    draft.rebase(Task(paradigm="p", items=items, selectors=selectors, roving=tuple(roving)))
    return draft


@pytest.mark.parametrize("kind", KINDS)
def test_a_selector_of_any_kind_is_edited_applied_reverted_and_undone(kind: str) -> None:
    held, edited = settings(kind), settings(kind, **EDITS[kind])
    draft = draft_of(go=held)
    assert (draft.selector("go"), draft.differs(), draft.findings()) == (held, {}, [])
    assert draft.set_selector("go", edited) == []
    assert draft.selector("go") == edited
    assert list(draft.differs()) == ["selector.go"]
    assert draft.task().selectors["go"] == edited
    draft.undo()
    assert (draft.selector("go"), draft.differs()) == (held, {})
    draft.redo()
    draft.revert()
    assert draft.task() == draft.base
    draft.undo()
    draft.sent()
    draft.rebase(draft.held, draft.task())
    assert (draft.differs(), draft.waiting()) == ({}, {"selector.go"})
    # Over the Apply.
    draft.undo()
    assert (draft.selector("go"), list(draft.differs())) == (held, ["selector.go"])


@pytest.mark.parametrize("kind", FAULTS)
def test_what_is_wrong_with_a_selector_of_any_kind_is_said(kind: str) -> None:
    draft = draft_of(go=settings(kind))
    update, words = FAULTS[kind]
    findings = draft.set_selector("go", settings(kind, **update))
    assert findings == draft.findings()
    assert len([line for line in findings if words in line and line.startswith("selector 'go'")]) == 1
    with pytest.raises(ConfigurationError):
        draft.task()
    draft.undo()
    assert draft.findings() == []


def test_a_selector_keeps_its_kind() -> None:
    draft = draft_of(go=settings("sequence"))
    with pytest.raises(ConfigurationError, match="selector 'go' is of kind 'sequence'; these settings are 'product'"):
        draft.set_selector("go", settings("product"))
    assert not draft.can_undo


def test_a_table_that_has_faults_has_no_settings() -> None:
    draft = draft_of(go=settings("sequence"))
    draft.set_cell("go", 0, 0, "20 +")
    with pytest.raises(ConfigurationError, match="column 5"):
        draft.selector("go")


def test_an_order_that_takes_fewer_rows_is_said() -> None:
    draft = draft_of(go=settings("sequence", rows=[[level % 100, 0] for level in range(250)]))
    draft.set_order("go", "latin_square")
    (line,) = draft.findings()
    assert line == "selector 'go': the order 'latin_square' takes at most 200 rows; these are 250"


# -- roving ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "custom"])
def test_an_item_goes_into_a_selector_with_its_value_and_out_again_in_one_step_each(kind: str) -> None:
    draft = draft_of(go=settings(kind), other=settings("sequence"))
    before = draft.task()
    assert draft.selectors_without("frequency") == ["go", "other"]
    assert draft.rove("frequency", ["go"]) == ""
    go = draft.selector("go")
    assert go.items == ("level", "depth", "frequency")
    assert {row[2] for row in go.rows} == {4000}
    assert "frequency" in draft.roving
    assert set(draft.differs()) == {"selector.go", "roving"}
    assert (draft.selectors_with("frequency"), draft.findings()) == (["go"], [])
    assert draft.unrove("frequency") == ""
    assert draft.differs() == {}
    draft.undo()
    draft.undo()
    assert draft.task() == before
    assert not draft.can_undo


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("custom",)])
def test_unticking_takes_an_item_out_of_every_selector(kind: str) -> None:
    draft = draft_of(go=settings(kind), other=settings("sequence"))
    assert draft.unrove("depth") == ""
    assert [draft.selector(name).items for name in ("go", "other")] == [("level",), ("level",)]
    assert "depth" not in draft.roving
    draft.undo()
    assert draft.differs() == {}


ONLY_LEVEL = {"kind": "sequence", "items": ["level"], "rows": [[20]]}
REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("sequence", {"items": ["level"], "rows": [[20]]}, "selector 'go' would be left without items"),
    ("single", {"values": {"level": 20}}, "would be left without items"),
    ("product", {"factors": [{"item": "level", "values": [20]}]}, "would be left without items"),
    ("blocks", {"blocks": {"a": ONLY_LEVEL}}, "would be left without items"),
    ("staircase", {}, "follows the answers with it"),
    ("quest_plus", {}, "follows the answers with it"),
    ("custom", {}, "is a Mine, which says itself which items it gives"),
]


@pytest.mark.parametrize(("kind", "update", "words"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_an_item_that_a_selector_cannot_be_without_stays(kind: str, update: dict[str, Any], words: str) -> None:
    draft = draft_of(go=settings(kind, **update), other=settings("sequence"))
    assert words in draft.unrove("level")
    # Not out of the other one either.
    assert (draft.differs(), draft.can_undo) == ({}, False)


def test_what_is_in_a_selector_already_roves_whatever_is_typed_for_it() -> None:
    draft = draft_of(go=settings("sequence"))
    draft.set_roving("level", False)
    draft.set_item("level", "60 +")
    # Its own text is put nowhere; what is wrong with it stays said.
    assert draft.rove("level") == ""
    assert "level" in draft.roving
    assert draft.item_error("level")


ROVE_REFUSALS = [
    ("hold", ["go"], "", "only those rove"),
    ("score", ["go"], "", "only those rove"),
    ("frequency", [], "", "no selector has 'frequency'"),
    ("frequency", ["go"], "100000", "allowed is 20 to 90000 Hz"),
]


@pytest.mark.parametrize(("name", "selectors", "text", "words"), ROVE_REFUSALS)
def test_what_cannot_rove_is_refused_in_words(name: str, selectors: list[str], text: str, words: str) -> None:
    draft = draft_of(go=settings("sequence"))
    if text:
        draft.set_item(name, text)
    before = draft.version
    assert words in draft.rove(name, selectors)
    assert draft.version == before


def test_an_expression_goes_into_a_selector_as_it_is_written() -> None:
    draft = draft_of(go=settings("sequence"), product=settings("product"))
    draft.set_item("frequency", "1000 * (1 + hold)")
    assert draft.rove("frequency", ["go", "product"]) == ""
    assert draft.tables["go"].rows[0] == ("20", "0.1", "1000 * (1 + hold)")
    assert draft.selector("product").rows[0] == (20, 0, "1000 * (1 + hold)")


def test_a_custom_selector_is_not_offered() -> None:
    draft = draft_of(go=settings("sequence"), mine=settings("custom"))
    assert draft.selectors_without("frequency") == ["go"]


def test_a_column_that_was_added_is_an_edit_and_those_beside_it_are_none() -> None:
    draft = draft_of(go=settings("sequence"))
    draft.rove("frequency", ["go"])
    assert [draft.cell_differs("go", 1, column) for column in range(3)] == [False, False, True]


# -- loading ---------------------------------------------------------------------------------


def test_a_task_is_loaded_as_edits_in_one_step() -> None:
    draft = draft_of(go=settings("sequence"), product=settings("product"))
    base = draft.base
    draft.set_item("hold", "0.9")
    other = base.model_copy(
        update={
            "items": {**base.items, "hold": "depth / 2", "level": 60},
            "roving": ("level",),
            "selectors": {**base.selectors, "product": settings("product", order="shuffled")},
        }
    )
    assert draft.load(other) == []
    assert set(draft.differs()) == {"hold", "roving", "selector.product"}
    assert draft.task() == other
    draft.undo()
    assert {name: pair[1] for name, pair in draft.differs().items()} == {"hold": "0.9"}


def test_what_a_task_has_no_place_for_is_said_and_left_out() -> None:
    draft = draft_of(go=settings("sequence"))
    task = Task(
        paradigm="p",
        items={"hold": 0.7, "gone": 1},
        selectors={"go": settings("product"), "old": settings("single")},
    )
    said = draft.load(task)
    assert said == [
        "there is no item 'gone'",
        "selector 'go' is of kind 'sequence', there it is 'product'",
        "there is no selector 'old'",
    ]
    assert draft.differs() == {"hold": ("0.2", "0.7")}
