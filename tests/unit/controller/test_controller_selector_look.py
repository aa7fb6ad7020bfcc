"""What consoles are told of selectors: said without changing them, and looked at again only when one has moved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from psi.context.rows import RowSelection
from psi.context.staircase import StaircaseSelection
from psi.controller.selector_look import MOST_COUNTED, SelectorLook, standing, upcoming
from psi.models.adaptive import StaircaseSettings
from psi.models.selectors import ProductSettings, SequenceSettings

ORDERS = ("exact", "descending", "shuffled", "pseudorandom", "blocked", "counterbalanced", "latin_square")


def table(order: str = "shuffled", n: int = 5) -> RowSelection:
    settings = SequenceSettings(items=("level",), rows=tuple((row,) for row in range(n)), order=order)
    return RowSelection(settings, np.random.default_rng(3))


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_said_to_come_next_comes_and_looking_changes_nothing(order):
    looked_at, left_alone = table(order), table(order)
    for _ in range(37):
        said = upcoming(looked_at, 12)
        assert (looked_at.progress(), looked_at.counts()) == (left_alone.progress(), left_alone.counts())
        assert looked_at.next_setting() == left_alone.next_setting() == said[0]
    ahead = upcoming(looked_at, 25)
    assert ahead == [looked_at.next_setting() for _ in range(25)]


def test_a_copy_goes_on_by_itself():
    selection = table("latin_square")
    selection.next_setting()
    copy = selection.copy()
    given = [copy.next_setting() for _ in range(20)]
    assert given == [selection.next_setting() for _ in range(20)]
    assert (copy.progress(), copy.counts()) == (selection.progress(), selection.counts())


def test_rows_are_counted_and_no_more_than_can_be_told(monkeypatch):
    selection = table("exact")
    for _ in range(7):
        selection.next_setting()
    said = standing(selection)
    assert (said["given"], said["left"]) == ([2, 2, 1, 1, 1], [0, 0, 1, 1, 1])
    assert said["next"] == [{"level": n} for n in (2, 3, 4, 0, 1)]
    assert said["estimate"] is None
    factors = ({"item": "a", "range": {"start": 1, "stop": MOST_COUNTED + 1, "step": 1}},)
    many = RowSelection(ProductSettings(factors=factors), np.random.default_rng(3))
    many.next_setting()
    # Twenty times a second somebody asks how it stands.
    monkeypatch.setattr(RowSelection, "counts", None)
    assert many.progress().text == f"cycle 1, {MOST_COUNTED} left"
    assert standing(many)["given"] == []


class Trial:
    """A trial that ended with an answer."""

    def __init__(self, level: float, correct: bool) -> None:
        self.setting = {"level": level}
        self._level, self._correct = level, correct

    def value(self, name: str) -> Any:
        return self._level

    def evaluate(self, expression: Any, symbols: Any = None) -> Any:
        return self._correct


def test_an_adaptive_selector_says_what_it_has_found_and_not_what_depends_on_answers():
    settings = StaircaseSettings(item="level", correct="hit", start=(60,), steps=(10,), limits=(0, 100), n_down=1)
    track = StaircaseSelection(settings, np.random.default_rng(3))
    assert standing(track)["estimate"]["threshold"] is None
    for correct in (True, False, True, False, True, False, True):
        level = track.next_setting()["level"]
        track.feedback(Trial(level, correct))
    said = standing(track)
    assert said["next"] == []
    assert said["estimate"]["trials"] == 7
    assert said["estimate"]["reversals"] == [6]
    assert 50 <= said["estimate"]["threshold"] <= 60


def test_it_is_looked_at_again_only_when_one_has_moved():
    look, selectors = SelectorLook(), {"go": table()}
    first = look.say(selectors, 0)
    assert look.say(selectors, 0) is first
    selectors["go"].next_setting()
    second = look.say(selectors, 0)
    assert second is not first
    assert sum(second["go"]["given"]) == 1
    # An answer may change what is found though the setting is the same.
    assert look.say(selectors, 1) is not second
