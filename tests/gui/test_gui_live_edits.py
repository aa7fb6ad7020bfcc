"""Edits with real keys and clicks while a session runs: each trial row agrees with what the audit says held in it."""

from __future__ import annotations

import json
import os
import random
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLineEdit, QWidget

import psi
from psi.context.rows import RowSelection
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.distributions import Distribution
from psi.core.expressions import parse
from psi.core.random_streams import RandomStreams
from psi.models.task import Task

Window = Any  # the fixture's, in conftest.py

PARADIGM = """
from psi.api import (
    BoolParameter, EnumParameter, Extension, FileParameter, MultiSelectParameter, Paradigm, Parameter, Result,
    RovingParameter, SequenceSelector, State, StateMachine
)

enamldef Edited(Paradigm):
    id = 'edited'
    title = 'Edited'
    Extension:
        id = 'items'
        point = 'psi.context.items'
        Parameter:
            name = 'hold'
            unit = 's'
            default = HOLD
            limits = (0, 2)
        Parameter:
            name = 'wait'
            unit = 's'
            default = 2
            limits = (0, 10)
        Parameter:
            name = 'window'
            unit = 's'
            default = 'wait + 1'
            limits = (0, 20)
        Parameter:
            name = 'gain'
            unit = 'dB'
            default = 20
        Parameter:
            name = 'tones'
            dtype = 'int64'
            default = 3
            limits = (1, 9)
        BoolParameter:
            name = 'easy'
        EnumParameter:
            name = 'side'
            choices = ['left', 'right']
        MultiSelectParameter:
            name = 'lights'
            choices = ['house', 'cue']
        FileParameter:
            name = 'sound'
            patterns = ['*.wav']
        RovingParameter:
            name = 'level'
            unit = 'dB SPL'
            default = 60
            limits = (0, 100)
        Result:
            name = 'score'
            dtype = 'text'
    Extension:
        id = 'selectors'
        point = 'psi.context.selectors'
        SequenceSelector:
            name = 'go'
            items = ['level']
            rows = [20, 30, 40]
            order = 'shuffled'
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'waiting'
                posts = ['next_trial']
                duration = 'HOLD'
                target = 'answer'
            State:
                name = 'answer'
                posts = ['trial_start']
                sets = {'score': '"HIT" if level > 25 else "MISS"'}
                duration = 'hold'
                target = 'over'
            State:
                name = 'over'
                posts = ['trial_end']
                duration = '0.001'
                target = 'waiting'
"""
ITEMS = ("hold", "wait", "window", "gain", "tones")
#: Items that are no numbers, and what they may be set to.
OTHERS = {
    "easy": ("True", "False", "hold > wait"),
    "side": ("left", "right"),
    "lights": ("[]", "['cue']", "['house', 'cue']", "['cue'] if easy else []"),
    "sound": ("", "dog bark.wav", "hold.wav"),
}
#: Texts that are no expressions.
LITERAL = ("side", "sound")


class Hands:
    """What a person does to the parameters and the selector of a window, and what they meant to hold."""

    def __init__(self, window: Window, seed: int, shortest: float) -> None:
        self.window, self.shortest = window, shortest
        self.random = random.Random(seed)
        #: The tasks that were applied, in the order of the clicks.
        self.applied: list[dict[str, Any]] = []
        self.refused = 0
        self.recording = ""

    @property
    def draft(self) -> Any:
        return self.window.console.draft

    # -- keys and clicks

    def click(self, name: str) -> None:
        button = self.window.button(name)
        self.window.wait_for(button.isEnabled, f"for the button {name!r}")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def type(self, item: str, text: str) -> None:
        field = self.window.field(f"item_{item}")
        write(field, text)
        # To leave a field ends what Undo takes back as one.
        QTest.keyClick(field, Qt.Key.Key_Return)

    def type_new(self, item: str) -> None:
        """Another value of an item, as somebody might type it; all of them go with each other."""
        number = round(self.random.uniform(0.1, 9), 2)
        hold = round(self.shortest * self.random.uniform(0.5, 1.5), 4)
        texts = {
            # Of two, one is another than the present one.
            "hold": [str(hold), f"{hold} + 0"],
            "wait": [str(number), f"Uniform(1, {number + 1})", "Exponential(1).truncate(0, 10)", "gain / 10"],
            "window": [str(number), "wait * 2", "hold + wait", "min(wait, tones)"],
            "gain": [str(number), f"db(1 + {number})", "Normal(20, 3).truncate(5, 40)", "10 * hold"],
            "tones": [str(self.random.randint(1, 9)), "Poisson(3).truncate(1, 9)"],
            **OTHERS,
        }
        self.type(item, self.random.choice([text for text in texts[item] if text != self.draft.texts[item]]))

    def edit_cell(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Another value in a cell; ``meanwhile`` something happens between typing it and Return."""
        table = self.window.table("selector_go")
        index = table.model().index(self.random.randrange(table.model().rowCount()), 0)
        table.scrollTo(index)
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(index).center())
        QTest.keyClick(table, Qt.Key.Key_F2)
        # Those of earlier edits wait for an event loop to delete them.
        (editor,) = (field for field in table.viewport().findChildren(QLineEdit) if field.isVisible())
        cells = [str(self.random.randint(0, 99)), "Uniform(10, 90)", "tones * 5", f"50 + {self.random.randint(1, 9)}"]
        before = self.draft.tables["go"]
        text = self.random.choice([cell for cell in cells if cell != before.rows[index.row()][0]])
        write(editor, text)
        meanwhile()
        assert (editor.isVisible(), editor.text()) == (True, text), "what is being typed stays under the hand"
        QTest.keyClick(editor, Qt.Key.Key_Return)
        self.window.wait_for(lambda: self.draft.tables["go"] != before, "for the cell")

    def apply(self) -> None:
        """Click Apply as soon as it can be clicked."""
        self.window.wait_for(lambda: self.window.button("apply").isEnabled(), "for Apply")
        self.applied.append(self.draft.task().model_dump(mode="json"))
        QTest.mouseClick(self.window.button("apply"), Qt.MouseButton.LeftButton)

    def settled(self) -> None:
        """What was applied last holds."""

        def holds() -> bool:
            return self.draft.held.model_dump(mode="json") == self.applied[-1] and not self.draft.differs()

        self.window.wait_for(holds, "for what was applied")

    def a_moment(self, longest: float) -> None:
        """Somewhere in this trial, or in the next ones."""
        until = self.window.console.status["time"] + self.random.uniform(0, longest)
        self.window.wait_for(lambda: self.window.console.status["time"] >= until, "for the run's clock")

    # -- what somebody may do, each from nothing edited to nothing edited

    def one_item(self) -> None:
        self.type_new(self.random.choice(ITEMS))
        self.apply()
        self.settled()

    def five_items_and_a_cell(self) -> None:
        for item in ITEMS:
            self.type_new(item)
        self.edit_cell()
        self.apply()
        self.settled()

    def what_is_no_number(self) -> None:
        for item in OTHERS:
            self.type_new(item)
        self.apply()
        self.settled()

    def apply_twice(self) -> None:
        for _ in range(2):
            self.type_new("wait")
            self.edit_cell()
            self.apply()
        self.settled()

    def revert(self) -> None:
        self.type_new("gain")
        self.edit_cell()
        self.click("revert")
        assert not self.draft.differs()

    def undo(self) -> None:
        self.type_new("tones")
        self.type_new("gain")
        self.click("undo")
        assert set(self.draft.differs()) == {"tones"}
        self.apply()
        self.settled()

    def type_while_an_apply_lands(self) -> None:
        self.type_new("gain")
        self.apply()
        self.edit_cell(meanwhile=self.settled)
        self.apply()
        self.settled()

    def undo_over_apply(self) -> None:
        self.one_item()
        self.click("undo")
        assert len(self.draft.differs()) == 1
        self.apply()
        self.settled()

    def what_is_refused(self) -> None:
        self.type("hold", "99")
        assert not self.window.button("apply").isEnabled()
        self.type("hold", "no_such_item + 1")
        # Before the runtime has said that it knows no such item, if this hand is as quick.
        QTest.mouseClick(self.window.button("apply"), Qt.MouseButton.LeftButton)
        self.window.wait_for(lambda: any("no_such_item" in found for found in self.window.console.checked))
        assert not self.window.button("apply").isEnabled()
        self.refused += 1
        self.click("revert")

    def while_paused(self) -> None:
        self.click("pause")
        self.window.wait_for(lambda: self.window.console.get("paused"), "to pause")
        self.type_new("window")
        self.edit_cell()
        self.apply()
        self.window.wait_for(lambda: not self.draft.differs() and self.draft.waiting(), "for the edit to wait")
        self.click("pause")
        self.settled()


WAYS: tuple[Callable[[Hands], None], ...] = (
    Hands.five_items_and_a_cell,
    Hands.what_is_no_number,
    Hands.apply_twice,
    Hands.revert,
    Hands.undo,
    Hands.type_while_an_apply_lands,
    Hands.undo_over_apply,
    Hands.what_is_refused,
    Hands.while_paused,
    Hands.one_item,
)


def write(field: QWidget, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def edited_session(window: Window, n_trials: int, shortest: float, calm: float) -> Hands:
    """Run for so many trials of ``2 * shortest`` s and edit all along, with pauses of up to ``calm`` s."""
    seed = int(os.environ.get("PSI_TEST_EDITS") or secrets.randbelow(2**32))
    print(f"edits by the seed {seed}; PSI_TEST_EDITS={seed} makes the same again")
    hands, rig = Hands(window, seed, shortest), window.rig
    rig.host.want("running")
    window.condition("running")
    hands.recording = window.console.get("recording")
    ways = list(WAYS)
    while window.console.rows.n_trials < n_trials or ways:
        if not ways:
            ways = [*WAYS]
            hands.random.shuffle(ways)
        hands.a_moment(calm)
        ways.pop(0)(hands)
    last = window.console.rows.n_trials
    window.wait_for(lambda: window.console.rows.n_trials > last + 1, "for trials after the last edit")
    rig.host.stop()
    window.condition("open")
    rig.store.join()
    return hands


def account(recording: Any) -> list[Task]:
    """What the audit says held in each trial, beginning with the task that the run was started with."""
    task = recording.documents["task"]
    changes = recording.audit[recording.audit["what"] == "change"]
    ends = [0.0, *recording.trials["trial_end"]]
    found = []
    for number, start in enumerate(recording.trials["trial_start"], 1):
        for row in changes.itertuples():
            if row.info["trial"] != number:
                continue
            assert ends[number - 1] <= row.time <= start, "a change holds from between two trials on"
            part, _, name = row.name.rpartition("selector.")
            kept = task["selectors"] if part == "" and row.name.startswith("selector.") else task["items"]
            assert kept[name] == row.info["old"]
            kept[name] = row.info["new"]
        found.append(Task.model_validate(task))
    return found


def in_each_trial(tasks: list[Task], rows: list[Mapping[str, Any]]) -> None:
    """Compute every value of every trial from the audit's account and the root seed, and compare."""
    assert tasks[0].seed is not None
    streams = RandomStreams(tasks[0].seed)
    draws = {name: streams.generator(f"item.{name}") for name in (*ITEMS, "level")}
    selection, held = None, None
    for number, (task, row) in enumerate(zip(tasks, rows, strict=True), 1):
        settings = task.selectors["go"]
        if selection is None or settings != held:
            after = RowSelection(settings, streams.generator("selector.go"))
            if selection is not None:
                after.resume(selection)
            selection, held = after, settings
        setting = selection.next_setting()
        for name, value in {**task.items, **setting}.items():
            if isinstance(value, str) and name not in LITERAL:
                value = parse(value).evaluate({**BUILT_IN_SYMBOLS, **row})
                if isinstance(value, Distribution):
                    value = value.draw(draws[name].random())
            assert row[name] == value, f"trial {number}: {name} = {setting.get(name, task.items[name])!r}"


def agrees_with_its_audit(hands: Hands, n_trials: int) -> None:
    with psi.open_recording(hands.recording) as recording:
        trials = recording.trials
        assert len(trials) >= n_trials
        tasks = account(recording)
        trials["lights"] = trials["lights"].map(json.loads)
        in_each_trial(tasks, trials.to_dict("records"))
        whole = trials[~trials["aborted"].astype(bool)]
        # It was not only written down: the trial was as long as its row says.
        assert (whole["trial_end"] - whole["trial_start"]).to_numpy() == pytest.approx(whole["hold"].to_numpy())
        changes = recording.audit[recording.audit["what"] == "change"]
        assert set(changes["name"]) == {*ITEMS, *OTHERS, "selector.go"}
        seed = {"seed": tasks[0].seed}
    held = [task.model_dump(mode="json") for task in tasks]
    states = [state for before, state in zip([{}, *held], held, strict=False) if state != before]
    wanted = [{**state, **seed} for state in hands.applied]
    # Each state was applied as a whole, in this order; one that was applied over before it held is left out.
    position = 0
    for state in states[1:]:
        position = wanted.index(state, position) + 1
    assert states[-1] == wanted[-1]
    assert len(states) - 1 <= len(wanted)
    print(f"{len(trials)} trials, {len(hands.applied)} times Apply, {len(changes)} changes, {hands.refused} refused")


@pytest.mark.parametrize("rig", [PARADIGM.replace("HOLD", "0.1")], indirect=True, ids=["0.2 s a trial"])
def test_each_trial_is_as_the_audit_says_whatever_is_edited(window: Window) -> None:
    agrees_with_its_audit(edited_session(window, 15, 0.1, 0.2), 15)


@pytest.mark.long
@pytest.mark.parametrize("rig", [PARADIGM.replace("HOLD", "0.5")], indirect=True, ids=["1 s a trial"])
def test_each_of_200_trials_is_as_the_audit_says(window: Window) -> None:
    agrees_with_its_audit(edited_session(window, 200, 0.5, 2.0), 200)
