"""The draft: follows what holds, keeps what was edited, says what is wrong, and goes back."""

from __future__ import annotations

import pytest

from psi.core.errors import ConfigurationError
from psi.experiment.drafts.draft import TaskDraft
from psi.models.items import ItemSpec
from psi.models.task import Task

SPECS = [
    ItemSpec(name="hold", label="Hold", unit="s", default=0.2, limits=(0, 10)),
    ItemSpec(name="trials", dtype="int64", default=3),
    ItemSpec(name="level", unit="dB SPL", default=60, kind="roving_parameter"),
    ItemSpec(name="mode", dtype="text", choices=("easy", "hard"), default="easy"),
    ItemSpec(name="score", dtype="text", kind="result"),
]
TASK = Task.model_validate(
    {
        "paradigm": "p",
        "items": {"hold": 0.2, "trials": 3, "level": 60, "mode": "easy"},
        "roving": ["level"],
        "selectors": {
            "go": {"kind": "sequence", "items": ["level"], "rows": [[20], [40]], "order": "shuffled"},
            "nogo": {"kind": "single", "values": {"level": "-inf"}},
        },
    }
)


@pytest.fixture
def draft() -> TaskDraft:
    made = TaskDraft()
    made.declare(SPECS)
    made.rebase(TASK)
    return made


def test_a_fresh_draft_is_the_task_that_holds(draft: TaskDraft) -> None:
    assert draft.task() == TASK
    assert draft.differs() == {}
    assert "score" not in draft.texts


def test_an_edit_is_known_with_what_holds(draft: TaskDraft) -> None:
    assert draft.set_item("hold", "0.5") == ""
    assert draft.differs() == {"hold": ("0.2", "0.5")}
    assert draft.task().items["hold"] == 0.5
    assert draft.set_item("hold", "level / 100") == ""
    assert draft.task().items["hold"] == "level / 100"
    draft.set_item("hold", " 0.20")
    assert draft.differs() in ({}, {"hold": ("0.2", " 0.20")})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("hold", "11", "allowed is 0 to 10 s"),
        ("hold", "0.", ""),
        ("hold", "0.5 +", "hold"),
        ("hold", "", "needs a value"),
        ("hold", "1/0", "has no value: division by zero"),
        ("hold", "9**9**9", "more than 1024 bits"),
        ("hold", "[1][3]", "out of range"),
        ("hold", "(" * 500 + ")" * 500, "nested"),
        ("hold", "9" * 3000, "2000 are allowed"),
        ("hold", "\x07", "invisible character"),
        ("trials", "2.5", "whole number"),
        ("mode", "hardest", ""),
        ("nothing", "1", "no item"),
    ],
)
def test_what_is_wrong_is_said_while_typing(draft: TaskDraft, name: str, text: str, words: str) -> None:
    said = draft.set_item(name, text)
    assert words in said
    assert bool(said) == bool(words)


def test_a_draft_with_faults_is_no_task(draft: TaskDraft) -> None:
    draft.set_item("hold", "11")
    draft.set_cell("go", 0, 0, "(")
    assert len(draft.findings()) == 2
    with pytest.raises(ConfigurationError) as refusal:
        draft.task()
    assert len(refusal.value.findings) == 2


def test_rows_are_edited_added_moved_and_deleted(draft: TaskDraft) -> None:
    draft.set_cell("go", 0, 0, "25")
    assert draft.add_row("go", 0) == 1
    draft.set_row("go", 1, ["30 + 5"])
    draft.move_row("go", 2, 0)
    assert list(draft.task().selectors["go"].rows) == [(40,), (25,), ("30 + 5",)]
    draft.delete_row("go", 0)
    draft.set_order("go", "exact")
    settings = draft.task().selectors["go"]
    assert (settings.rows, settings.order) == (((25,), ("30 + 5",)), "exact")
    assert list(draft.differs()) == ["selector.go"]


def test_the_last_row_stays(draft: TaskDraft) -> None:
    draft.delete_row("nogo", 0)
    draft.add_row("nogo")
    assert draft.differs() == {}


def test_roving_is_an_edit_of_its_own(draft: TaskDraft) -> None:
    draft.set_roving("level", False)
    assert draft.differs() == {"roving": (("level",), ())}
    assert draft.task().roving == ()


def test_undo_goes_back_step_by_step(draft: TaskDraft) -> None:
    for text in ("0", "0.", "0.5"):
        draft.set_item("hold", text)
    draft.seal()
    draft.set_item("hold", "0.7")
    draft.set_cell("go", 0, 0, "30")
    draft.undo()
    assert list(draft.differs()) == ["hold"]
    draft.undo()
    assert draft.texts["hold"] == "0.5"
    draft.undo()
    assert draft.differs() == {}
    assert not draft.can_undo


def test_undo_after_apply_is_an_edit_to_be_applied(draft: TaskDraft) -> None:
    draft.set_item("hold", "0.5")
    draft.sent()
    draft.rebase(TASK, draft.task())
    assert draft.differs() == {}
    assert draft.waiting() == {"hold"}
    draft.rebase(draft.base)
    assert draft.waiting() == set()
    draft.undo()
    assert draft.differs() == {"hold": ("0.5", "0.2")}


def test_what_somebody_else_applies_leaves_edits_alone(draft: TaskDraft) -> None:
    draft.set_item("hold", "0.5")
    other = TASK.model_copy(update={"items": {**TASK.items, "hold": 0.9, "trials": 5}})
    draft.rebase(other)
    assert draft.texts["trials"] == "5"
    assert draft.differs() == {"hold": ("0.9", "0.5")}


def test_revert_forgets_every_edit(draft: TaskDraft) -> None:
    draft.set_item("hold", "nonsense(")
    draft.set_cell("go", 0, 0, "30")
    draft.revert()
    assert draft.differs() == {}
    assert draft.task() == TASK


def test_a_row_that_was_put_in_does_not_make_those_below_it_edits(draft: TaskDraft) -> None:
    def edited() -> list[str]:
        rows = draft.tables["go"].rows
        return [texts[0] for row, texts in enumerate(rows) if draft.cell_differs("go", row, 0)]

    row = draft.add_row("go", 0)
    draft.set_cell("go", row, 0, "30")
    assert [texts[0] for texts in draft.tables["go"].rows] == ["20", "30", "40"]
    assert edited() == ["30"]
    draft.delete_row("go", 0)
    draft.set_cell("go", 1, 0, "45")
    assert edited() == ["30", "45"]
    draft.revert()
    draft.delete_row("go", 0)
    assert edited() == []
