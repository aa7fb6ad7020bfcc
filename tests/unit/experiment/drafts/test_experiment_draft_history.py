"""The way back and forth: redo, steps over an Apply, and over what somebody else applies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from psi.experiment.drafts.draft import TaskDraft
from psi.models.items import ItemSpec
from psi.models.task import Task

SPECS = [
    ItemSpec(name="hold", unit="s", default=0.2, limits=(0, 10)),
    ItemSpec(name="trials", dtype="int64", default=3),
    ItemSpec(name="level", unit="dB SPL", default=60, kind="roving_parameter"),
    ItemSpec(name="frequency", unit="Hz", default=4000, kind="roving_parameter"),
]
TASK = Task.model_validate(
    {
        "paradigm": "p",
        "items": {"hold": 0.2, "trials": 3, "level": 60, "frequency": 4000},
        "roving": ["level"],
        "selectors": {
            "go": {"kind": "sequence", "items": ["level"], "rows": [[20], [40]]},
            "nogo": {"kind": "single", "values": {"level": "-inf"}},
        },
    }
)


def fresh() -> TaskDraft:
    draft = TaskDraft()
    draft.declare(SPECS)
    draft.rebase(TASK)
    return draft


def sets(**texts: str) -> Callable[[TaskDraft], None]:
    """Each text typed letter by letter, then the field left."""

    def step(draft: TaskDraft) -> None:
        for name, text in texts.items():
            for end in range(1, len(text) + 1):
                draft.set_item(name, text[:end])
            draft.seal()

    return step


def applies(draft: TaskDraft) -> None:
    """Apply, and the trial after it."""
    draft.sent()
    draft.rebase(draft.held, draft.task())
    draft.rebase(draft.base)


def another_applies(**items: Any) -> Callable[[TaskDraft], None]:
    def step(draft: TaskDraft) -> None:
        draft.rebase(draft.base.model_copy(update={"items": {**draft.base.items, **items}}))

    return step


def undo(draft: TaskDraft) -> None:
    draft.undo()


def redo(draft: TaskDraft) -> None:
    draft.redo()


def revert(draft: TaskDraft) -> None:
    draft.revert()


def rove(draft: TaskDraft) -> None:
    assert draft.rove("frequency", ["go", "nogo"]) == ""


#: Steps, what differs afterwards (item -> text), whether there is a way back, and whether one forth.
COURSES: list[tuple[str, list[Callable[[TaskDraft], None]], dict[str, str], bool, bool]] = [
    ("nothing was done", [], {}, False, False),
    ("undo and redo without steps do nothing", [undo, redo], {}, False, False),
    ("letters are one step", [sets(hold="0.55"), undo], {}, False, True),
    ("what was undone is done again", [sets(hold="0.5"), undo, redo], {"hold": "0.5"}, True, False),
    ("redo goes step by step", [sets(hold="0.5", trials="5"), undo, undo, redo], {"hold": "0.5"}, True, True),
    ("redo past the last does nothing", [sets(hold="0.5"), undo, redo, redo], {"hold": "0.5"}, True, False),
    ("a new edit forgets what was undone", [sets(hold="0.5"), undo, sets(trials="5")], {"trials": "5"}, True, False),
    (
        "the same text again forgets nothing",
        [sets(hold="0.5"), undo, lambda d: d.set_item("hold", "0.2")],
        {},
        False,
        True,
    ),
    (
        "typed and typed back is no step",
        [lambda d: d.set_item("hold", "0"), lambda d: d.set_item("hold", "0.2")],
        {},
        False,
        False,
    ),
    ("revert is a step", [sets(hold="0.5", trials="5"), revert], {}, True, False),
    ("revert is undone", [sets(hold="0.5", trials="5"), revert, undo], {"hold": "0.5", "trials": "5"}, True, True),
    ("revert of nothing is no step", [revert], {}, False, False),
    ("undo over Apply is an edit", [sets(hold="0.5"), applies, undo], {"hold": "0.2"}, False, True),
    ("redo over Apply takes that edit back", [sets(hold="0.5"), applies, undo, redo], {}, True, False),
    ("undo over Apply leaves later edits alone", [sets(hold="0.5"), applies, sets(trials="5"), undo], {}, True, True),
    ("undo applied is another Apply", [sets(hold="0.5"), applies, undo, applies], {}, False, True),
    ("redo after that is an edit", [sets(hold="0.5"), applies, undo, applies, redo], {"hold": "0.5"}, True, False),
    (
        "an edit stays when another console applies",
        [sets(hold="0.5"), another_applies(trials=9)],
        {"hold": "0.5"},
        True,
        False,
    ),
    ("undo leaves what another console applied", [sets(hold="0.5"), another_applies(trials=9), undo], {}, False, True),
    (
        "what another console applies is its own, also where it was typed here before",
        [sets(hold="0.9"), sets(hold="0.2"), another_applies(hold=0.9), undo, redo],
        {},
        False,
        False,
    ),
    ("redo leaves it too", [sets(hold="0.5"), another_applies(trials=9), undo, redo], {"hold": "0.5"}, True, False),
    ("undo of an edit over it is what holds", [sets(hold="0.5"), another_applies(hold=0.9), undo], {}, False, True),
    (
        "redo of it is the edit again",
        [sets(hold="0.5"), another_applies(hold=0.9), undo, redo],
        {"hold": "0.5"},
        True,
        False,
    ),
    (
        "undo over Apply and over it",
        [sets(hold="0.5"), applies, another_applies(hold=0.9), undo],
        {"hold": "0.2"},
        False,
        True,
    ),
    ("redo then is what holds", [sets(hold="0.5"), applies, another_applies(hold=0.9), undo, redo], {}, True, False),
    (
        "what was undone can be redone after it",
        [sets(hold="0.5"), undo, another_applies(trials=9), redo],
        {"hold": "0.5"},
        True,
        False,
    ),
    (
        "typing goes on over an Apply that comes true",
        [sets(hold="0.5"), lambda d: applied_while_typing(d)],
        {"hold": "0.7"},
        True,
        False,
    ),
    (
        "and its steps lead back to both",
        [sets(hold="0.5"), lambda d: applied_while_typing(d), undo, undo],
        {"hold": "0.2"},
        False,
        True,
    ),
]


def applied_while_typing(draft: TaskDraft) -> None:
    """The field is edited on between Apply and the runtime's word that it holds."""
    task = draft.task()
    draft.sent()
    sets(hold="0.7")(draft)
    draft.rebase(TASK, task)


@pytest.mark.parametrize(("steps", "differs", "back", "forth"), [c[1:] for c in COURSES], ids=[c[0] for c in COURSES])
def test_steps_lead_back_and_forth(steps, differs, back, forth) -> None:
    draft = fresh()
    for step in steps:
        step(draft)
    assert {name: pair[1] for name, pair in draft.differs().items()} == differs
    assert (draft.can_undo, draft.can_redo) == (back, forth)


def test_every_step_of_a_long_course_is_undone_and_redone() -> None:
    draft = fresh()
    states = [draft.task()]
    for step in (
        sets(hold="0.5"),
        rove,
        lambda d: d.set_cell("go", 1, 1, "8000"),
        lambda d: d.add_row("go"),
        lambda d: d.set_order("go", "shuffled"),
        lambda d: d.unrove("frequency"),
        sets(trials="9"),
        revert,
    ):
        step(draft)
        states.append(draft.task())
    back = []
    while draft.can_undo:
        back.append(draft.task())
        draft.undo()
    assert [*back, draft.task()] == states[::-1]
    forth = [draft.task()]
    while draft.can_redo:
        draft.redo()
        forth.append(draft.task())
    assert forth == states


def test_what_is_declared_no_longer_has_no_way_back() -> None:
    draft = fresh()
    sets(trials="5", hold="0.5")(draft)
    draft.declare([spec for spec in SPECS if spec.name != "trials"])
    assert set(draft.differs()) == {"hold"}
    draft.undo()
    draft.undo()
    assert draft.differs() == {}
    assert "trials" not in draft.texts


# -- what the runtime has taken --------------------------------------------------------------


def said(**items: Any) -> Task:
    return TASK.model_copy(update={"items": {**TASK.items, **items}})


#: Of 'hold': what the runtime says before its answer and after it, the text then, whether that is an edit, and where
#: Undo leads.
TAKEN: list[tuple[str, list[float], list[float], str, bool, str]] = [
    ("answered, then said", [], [0.5], "0.5", False, "0.2"),
    ("said, then answered", [0.5], [], "0.5", False, "0.2"),
    ("answered, then overtaken by another console", [], [0.9], "0.9", False, "0.2"),
    ("overtaken before the answer", [0.9], [], "0.9", False, "0.9"),
    ("said, overtaken, then answered", [0.5, 0.9], [], "0.9", False, "0.2"),
    ("answered, and nothing said yet", [], [], "0.5", True, "0.2"),
]


@pytest.mark.parametrize(
    ("before", "after", "text", "is_edit", "back"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN]
)
def test_edits_that_were_taken_are_followed(
    before: list[float], after: list[float], text: str, is_edit: bool, back: str
) -> None:
    draft = fresh()
    sets(hold="0.5")(draft)
    sent = draft.sent()
    for value in before:
        draft.rebase(TASK, said(hold=value))
    draft.were_taken(sent)
    for value in after:
        draft.rebase(TASK, said(hold=value))
    assert (draft.texts["hold"], "hold" in draft.differs()) == (text, is_edit)
    draft.undo()
    assert draft.texts["hold"] == back


@pytest.mark.parametrize("answered_first", [True, False])
def test_what_was_undone_in_the_air_stays_undone(answered_first: bool) -> None:
    draft = fresh()
    sets(hold="0.5")(draft)
    sent = draft.sent()
    draft.undo()
    if answered_first:
        draft.were_taken(sent)
    draft.rebase(TASK, said(hold=0.5))
    if not answered_first:
        draft.were_taken(sent)
    assert draft.differs() == {"hold": ("0.5", "0.2")}
    draft.redo()
    assert not draft.differs()


def test_what_was_typed_since_stays_an_edit() -> None:
    draft = fresh()
    sets(hold="0.5", trials="5")(draft)
    sent = draft.sent()
    sets(hold="0.7")(draft)
    draft.were_taken(sent)
    draft.rebase(TASK, said(hold=0.9, trials=6))
    assert draft.differs() == {"hold": ("0.9", "0.7")}
    assert draft.texts["trials"] == "6"
