"""Parameters as the window groups them, finds them, and steps through them; what is folded; the words of an Apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from psi.experiment.folded import Folded
from psi.experiment.parameters.applied import applied_line, apply_hint, apply_word
from psi.experiment.parameters.parameters import about, groups, is_found, lines, offered, stepped
from psi.models.items import ItemSpec

HOLD = ItemSpec(name="hold_duration", label="Hold", unit="s", step=0.05, limits=(0, 0.5), help="In the port.")
TRIALS = ItemSpec(name="trials", dtype="int64", limits=(1, None))


@pytest.mark.parametrize(
    ("spec", "text", "by", "expected"),
    [
        (HOLD, "0.2", 1, "0.25"),
        (HOLD, "0.2", -1, "0.15"),
        (HOLD, "0.05", -1, "0.0"),
        (HOLD, "0.05", -3, "0.0"),
        (HOLD, "0.48", 1, "0.5"),
        (HOLD, "0.1 + 0.2", 1, ""),
        (HOLD, "Uniform(0, 1)", 1, ""),
        (HOLD, "", 1, ""),
        (HOLD, "inf", 1, ""),
        (ItemSpec(name="x", step=0.1), "0.2", 1, "0.3"),
        (ItemSpec(name="x", step=0.5), "1", 1, "1.5"),
        (ItemSpec(name="x", step=1000), "4000", 1, "5000"),
        (ItemSpec(name="x", step=10), "-5.0", 1, "5.0"),
        (ItemSpec(name="x"), "1", 1, ""),
        (TRIALS, "3", 1, "4"),
        (TRIALS, "1", -1, "1"),
    ],
)
def test_arrows_go_by_the_step_within_limits(spec: ItemSpec, text: str, by: int, expected: str) -> None:
    assert stepped(spec, text, by) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [("", True), ("hold", True), ("HOLD", True), ("port", True), ("hold port", True), ("holds", False), ("tim", True)],
)
def test_an_item_is_found_by_its_words(text: str, found: bool) -> None:
    assert is_found(HOLD.model_copy(update={"group": ("Timing",)}), text) is found


@pytest.mark.parametrize(
    ("fields", "choices"),
    [
        ({"dtype": "bool"}, ["True", "False"]),
        ({"dtype": "text", "choices": ("left", "right")}, ["left", "right"]),
        ({"choices": (1, 2.5)}, ["1", "2.5"]),
        ({"dtype": "text", "choices": ("a", "b"), "multiple": True}, []),
        ({}, []),
    ],
)
def test_choices_are_offered_as_they_are_typed(fields: dict[str, Any], choices: list[str]) -> None:
    assert offered(ItemSpec(name="x", **fields)) == choices


def test_declared_groups_keep_their_order_and_come_after_what_is_in_none() -> None:
    specs = {
        name: ItemSpec(name=name, **fields)
        for name, fields in {
            "a": {"group": ("Target",)},
            "b": {"group": ("Timing",), "unit": "s"},
            "c": {"group": ("Target", "Ramps"), "row": "c"},
            "d": {"unit": "s"},
            "e": {},
            "f": {"visible": False},
            "g": {"kind": "result"},
            "h": {"group": ("Target",)},
        }.items()
    }
    found = {group: [spec.name for spec in members] for group, members in groups(specs).items()}
    assert found == {"Trial control": ["e"], "Target": ["a", "h"], "Timing": ["b", "d"], "Target › Ramps": ["c"]}


def test_items_of_one_row_stand_beside_each_other() -> None:
    specs = [ItemSpec(name=name, row=row) for name, row in (("a", ""), ("b", "b"), ("c", ""), ("d", "b"), ("e", "e"))]
    assert [[spec.name for spec in line] for line in lines(specs)] == [["a"], ["b", "d"], ["c"], ["e"]]


@pytest.mark.parametrize(
    ("message", "item"),
    [
        ("item 'a' = unknown name 'lvl'; did you mean 'level'?", "a"),
        ("item 'a' depends on itself: a → b → a", "a"),
        ("with selector 'go', item 'b' depends on itself: b → a → b", "b"),
        ("item 'a' is computed once for the experiment but uses 'b'", "a"),
        ("selector 'go', row 1: item 'a' is 200 dB SPL", ""),
        ("task roves 'a', which no selector has", ""),
    ],
)
def test_a_message_is_shown_at_the_field_that_it_is_about(message: str, item: str) -> None:
    assert [name for name in ("a", "b") if about(name, [message])] == ([item] if item else [])


# -- what is folded --------------------------------------------------------------------------


def test_folded_groups_are_remembered_per_paradigm(tmp_path: Path) -> None:
    folded = Folded(tmp_path / "layouts")
    assert folded.fold("my task", "Timing", True) == ""
    folded.fold("my task", "Ziel › Rampe", True)
    folded.fold("my task", "Timing", False)
    again = Folded(tmp_path / "layouts")
    assert again.groups("my task") == {"Ziel › Rampe"}
    assert again.groups("another") == frozenset()


@pytest.mark.parametrize("text", ["", "{", '{"a": 1}', "[1, 2]", "\xff"])
def test_a_file_that_cannot_be_read_folds_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.folded.json").write_text(text, "latin-1")
    assert Folded(tmp_path).groups("p") == frozenset()


def test_what_cannot_be_remembered_is_said_and_holds_for_this_window(tmp_path: Path) -> None:
    (tmp_path / "layouts").write_text("a file where the folder would be")
    folded = Folded(tmp_path / "layouts")
    assert "folded groups are not remembered" in folded.fold("p", "Timing", True)
    assert folded.groups("p") == {"Timing"}


# -- what became of an Apply -----------------------------------------------------------------


class Window:
    """What the words are made of."""

    def __init__(self, state: dict[str, Any], waiting: int = 0, applying: bool = False) -> None:
        self.state = state
        self.applying = applying
        self.draft = self
        self._waiting = {str(number) for number in range(waiting)}

    def get(self, key: str, default: Any = None) -> Any:
        return self.state.get(key, default)

    def waiting(self) -> set[str]:
        return self._waiting


APPLIED = {"trial": 12, "time": 205.3, "changes": {"hold": [0.2, 0.5], "level": [60, 65]}}


@pytest.mark.parametrize(
    ("window", "line"),
    [
        (Window({}), ""),
        (Window({"applied": {}}), ""),
        (Window({"applied": APPLIED}), "last Apply: 2 edits, since trial 12 at 00:03:25"),
        (Window({"applied": APPLIED}, applying=True), "applying…"),
        (Window({"applied": APPLIED}, waiting=1), "1 edit applied; holds from the next trial on"),
        (Window({}, waiting=2), "2 edits applied; they hold from the next trial on"),
        (Window({"paused": True}, waiting=2), "2 edits applied; they hold from the first trial after Resume on"),
    ],
)
def test_what_became_of_the_last_apply_is_said(window: Any, line: str) -> None:
    assert applied_line(window) == line


@pytest.mark.parametrize(
    ("state", "word", "hint"),
    [
        ({"condition": "closed"}, "Apply", "in the next run"),
        ({"condition": "running", "machine": True}, "Apply at next trial", "from the next trial on"),
        ({"condition": "running"}, "Apply", "no trials"),
    ],
)
def test_the_button_says_when_edits_would_hold(state: dict[str, Any], word: str, hint: str) -> None:
    assert apply_word(Window(state)) == word
    assert hint in apply_hint(Window(state))
