"""A window on selectors of every kind: forms made from their settings, their faults, and how they stand in a run."""

from __future__ import annotations

from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QScrollArea

from psi.experiment.column_header_view import in_two_lines
from psi.experiment.selectors.card_view import SelectorCard
from psi.experiment.selectors.panel_view import SelectorsView
from psi.models.selectors import BlocksSettings, ProductSettings

PARADIGM = """
from psi.api import BlockSelector, CartesianProduct, Extension, Factor, Paradigm, Result, RovingParameter
from psi.api import SequenceSelector, SingleSetting, Staircase, State, StateMachine

enamldef Hearing(Paradigm):
    id = 'hearing'
    title = 'Hearing'
    Extension:
        id = 'items'
        point = 'psi.context.items'
        RovingParameter:
            name = 'level'
            unit = 'dB SPL'
            default = 60
            limits = (0, 100)
        RovingParameter:
            name = 'frequency'
            unit = 'Hz'
            default = 1000
        RovingParameter:
            name = 'masker'
            label = 'Modulation rate of the masker in the other ear'
            unit = 'Hz'
            default = 10
        Result:
            name = 'score'
            dtype = 'text'
    Extension:
        id = 'selectors'
        point = 'psi.context.selectors'
        Staircase:
            name = 'track'
            item = 'level'
            correct = 'score == "HIT"'
            start_level = 60
            steps = [10, 5]
            limits = (0, 100)
        SequenceSelector:
            name = 'probe'
            items = ['level']
            rows = [30, 40]
            order = 'counterbalanced'
        CartesianProduct:
            name = 'tones'
            Factor:
                item = 'frequency'
                values = [1000, 2000]
            Factor:
                item = 'level'
                values = [50]
        BlockSelector:
            name = 'sides'
            trials = 20
            SequenceSelector:
                name = 'loud'
                items = ['level']
                rows = [60, 70]
            SingleSetting:
                name = 'quiet'
                values = {'level': 20}
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'waiting'
                posts = ['next_trial']
                duration = '0.05'
                target = 'answer'
            State:
                name = 'answer'
                posts = ['trial_start', 'trial_end']
                sets = {'score': '"HIT" if level > 35 else "MISS"'}
                duration = '0.05'
                target = 'waiting'
"""

every_kind = pytest.mark.parametrize("rig", [PARADIGM], indirect=True, ids=["every kind"])


def write(window: Any, name: str, text: str) -> QLineEdit:
    """Type ``text`` in the place of what a field holds."""
    field = window.field(name)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    return field


def said(window: Any) -> set[str]:
    """All texts that the cards show."""
    cards = window.widget.findChildren(SelectorCard)
    return {label.text() for card in cards for label in card.findChildren(QLabel) if not label.isHidden()}


@every_kind
def test_a_staircase_is_edited_in_a_form_and_followed_through_a_run(rig: Any, window: Any) -> None:
    draft = window.console.draft
    assert window.field("set_track_steps").text() == "10, 5"
    write(window, "set_track_n_down", "3")
    write(window, "set_track_steps", "8, 4, 2")
    assert (draft.selector("track").n_down, draft.selector("track").steps) == (3, (8, 4, 2))
    assert window.field("set_track_steps").property("tone") == "edited"
    QTest.mouseClick(window.button("undo"), Qt.MouseButton.LeftButton)
    assert (draft.selector("track").n_down, draft.selector("track").steps) == (3, (10, 5))
    QTest.mouseClick(window.button("apply"), Qt.MouseButton.LeftButton)
    window.wait_for(lambda: not draft.differs(), "for the edit to hold")
    rig.host.want("running")
    window.condition("running")
    found = window.widget.findChild(QLabel, "found_track")
    window.wait_for(lambda: "reversals count" in found.text() and "0 trials" not in found.text(), "for an answer")
    assert "dB SPL" in found.text()
    window.field("set_track_start").setFocus()
    write(window, "set_track_start", "50")
    window.wait_for(lambda: any("begin anew" in text for text in said(window)), "to say what becomes of the tracks")
    rig.host.stop()
    window.condition("open")


@every_kind
def test_a_text_that_makes_no_settings_is_said_at_its_field_and_holds_apply_back(window: Any) -> None:
    draft = window.console.draft
    field = write(window, "set_track_limits", "70, 90")
    assert field.property("tone") == "wrong"
    assert any("start 60 is out of the limits 70 to 90" in text for text in said(window))
    assert any("selector 'track', " in finding for finding in draft.findings())
    assert not window.button("apply").isEnabled()
    # Together with a start within them they are fine.
    write(window, "set_track_start", "80")
    assert (draft.selector("track").limits, draft.selector("track").start) == ((70, 90), (80,))
    assert not draft.findings()
    field = write(window, "set_track_n_up", "none")
    assert field.property("tone") == "wrong"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert (field.text(), draft.findings()) == ("1", [])
    write(window, "set_track_weight", "-1")
    assert draft.findings()
    QTest.mouseClick(window.button("revert"), Qt.MouseButton.LeftButton)
    assert (draft.findings(), window.field("set_track_weight").text()) == ([], "1.0")


@every_kind
def test_a_product_takes_lists_and_ranges(window: Any) -> None:
    draft = window.console.draft
    write(window, "set_tones_factors.0.values", "1000 to 8000 step 1 log")
    settings = draft.selector("tones")
    assert isinstance(settings, ProductSettings)
    assert settings.factors[0].levels() == (1000, 2000, 4000, 8000)
    write(window, "set_tones_factors.1.values", "40, 60, 700")
    assert any("700 dB SPL; allowed is 0 to 100 dB SPL" in text for text in said(window))
    QTest.keyClick(window.field("set_tones_factors.1.values"), Qt.Key.Key_Escape)
    box = window.widget.findChild(QComboBox, "set_tones_order")
    box.setCurrentText("shuffled")
    box.activated.emit(box.currentIndex())
    assert draft.selector("tones").order == "shuffled"
    QTest.mouseClick(window.widget.findChild(QPushButton, "range_tones_factors.1.values"), Qt.MouseButton.LeftButton)
    for name, text in (("start", "10"), ("stop", "30"), ("number", "10")):
        write(window, f"fill_tones_form_{name}", text)
    QTest.keyClick(window.field("fill_tones_form_number"), Qt.Key.Key_Return)
    assert draft.selector("tones").factors[1].levels() == (10, 20, 30)
    shown = window.widget.findChild(QLabel, "next_tones")
    window.wait_for(lambda: shown.text().startswith("next as edited, for example (Hz, dB SPL): "), "for the preview")


@every_kind
def test_blocks_are_edited_whole_and_one_by_one(window: Any) -> None:
    draft = window.console.draft
    write(window, "set_sides_trials", "30")
    table = window.table("selector_sides.loud")
    table.model().setData(table.model().index(0, 0), "650")
    assert any("650 dB SPL; allowed is 0 to 100 dB SPL" in text for text in said(window))
    assert not window.button("apply").isEnabled()
    table.model().setData(table.model().index(0, 0), "65")
    settings = draft.selector("sides")
    assert isinstance(settings, BlocksSettings)
    assert (settings.trials, settings.blocks["loud"].rows) == (30, ((65,), (70,)))
    write(window, "set_sides_until", "correct_rate(")
    assert draft.findings()
    QTest.keyClick(window.field("set_sides_until"), Qt.Key.Key_Escape)
    assert not draft.findings()


@every_kind
def test_a_long_label_is_cut_and_widens_nothing(window: Any) -> None:
    draft = window.console.draft
    assert draft.rove("masker", draft.selectors_without("masker")) == ""
    window.console.edited()
    panel = window.widget.findChild(SelectorsView)
    scroll = panel.findChild(QScrollArea)
    window.wait_for(lambda: panel.findChild(QLineEdit, "set_track_values.masker") is not None, "for the new line")
    window.wait_for(lambda: 0 < scroll.widget().width() <= scroll.viewport().width(), "for all to have room")
    assert scroll.widget().minimumSizeHint().width() <= scroll.viewport().width()


@pytest.mark.parametrize(
    ("label", "width", "shown"),
    [
        ("level (dB SPL)", 14, "level (dB SPL)"),
        ("level (dB SPL)", 8, "level\n(dB SPL)"),
        ("modulation rate of the masker", 10, "modulation\nrate of t…"),
        ("frequency (Hz)", 5, "freq…\n(Hz)"),
        ("", 5, ""),
    ],
)
def test_a_columns_label_has_two_lines_at_most(label: str, width: int, shown: str) -> None:
    assert in_two_lines(label, width, len) == shown
