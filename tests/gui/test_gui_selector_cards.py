"""A window on a paradigm with a staircase: a card in the place of a table, which says how far it has come."""

from __future__ import annotations

from typing import Any

import pytest
from qtpy.QtWidgets import QLabel

from psi.experiment.selector_card_view import SelectorCard

PARADIGM = """
from psi.api import Extension, Paradigm, Result, RovingParameter, SequenceSelector, Staircase, State, StateMachine

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


@pytest.mark.parametrize("rig", [PARADIGM], indirect=True, ids=["staircase"])
def test_a_staircase_has_a_card_that_follows_the_run(rig: Any, window: Any) -> None:
    (card,) = window.widget.findChildren(SelectorCard)
    texts = {label.text() for label in card.findChildren(QLabel)}
    assert {"track", "staircase", "60", "10, 5", "0, 100"} <= texts
    assert window.table("selector_probe").model().rowCount() == 2
    rig.host.want("running")
    window.condition("running")
    window.wait_for(lambda: card.progress.text() not in ("", "trial 0, reversal 0"), "for an answer")
    rig.host.stop()
    window.condition("open")
