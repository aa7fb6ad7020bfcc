"""What takes a while is said, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from psi.experiment.headline import headline
from psi.experiment.health import health_words
from psi.experiment.rows import RowsModel
from psi.experiment.work import FEW_ROWS, going, work_text


class Shown:
    """As much of a console as words are made from."""

    def __init__(self, **state: Any) -> None:
        self.state = state
        self.connected = True
        self.rows = RowsModel()
        self.work = ""
        self.disk_free = None

    @property
    def status(self) -> dict[str, Any]:
        return self.get("status") or {}

    def get(self, key: str, default: Any = None) -> Any:
        return self.state.get(key, default)


@pytest.mark.parametrize(
    ("condition", "wanted", "status", "word"),
    [
        ("closed", "closed", "stopping", ""),  # what the last run said last
        ("closed", "running", "", "starting"),
        ("monitoring", "running", "monitoring", "starting"),
        ("running", "running", "starting", "starting"),
        ("running", "running", "running", ""),
        ("running", "open", "running", "stopping"),
        ("running", "running", "stopping", "stopping"),
        ("closed", "monitoring", "", "opening"),
        ("open", "closed", "open", "closing"),
    ],
)
def test_the_way_that_the_rig_is_on_has_a_word(condition: str, wanted: str, status: str, word: str) -> None:
    shown = Shown(condition=condition, wanted=wanted, status={"condition": status})
    assert going(shown) == word
    said = headline(shown)
    assert (f"{word.upper()}…" == said.word) == bool(word)


def test_a_start_can_be_taken_back_and_what_ends_is_left_to_end() -> None:
    said = headline(Shown(condition="closed", wanted="running"))
    assert (said.enabled, said.stop_word) == ({"stop"}, "■ Cancel")
    assert headline(Shown(condition="running", wanted="open")).enabled == set()


def test_what_the_run_waits_for_is_said() -> None:
    shown = Shown(
        condition="running", wanted="open", status={"condition": "stopping", "work": "writing what is left: 2 s"}
    )
    assert work_text(shown, 0, [], 0.0) == "stopping… writing what is left: 2 s"


def test_only_many_rows_and_late_answers_are_spoken_of() -> None:
    shown = Shown()
    assert work_text(shown, FEW_ROWS, [("check", 9.9)], 10.0) == ""
    assert work_text(shown, 12_000, [], 10.0) == "reading 12\N{NO-BREAK SPACE}000 rows…"
    assert work_text(shown, 0, [("check", 9.0), ("check", 9.1)], 10.0) == "checking the edits…"
    assert work_text(shown, 0, [("remind", 9.0)], 10.0) == "waiting for the runtime…"
    shown.connected = False
    assert work_text(shown, 12_000, [("check", 0.0)], 10.0) == ""


def test_a_silent_engine_is_named_with_its_seconds_until_it_is_heard() -> None:
    shown = Shown(condition="running", status={"condition": "running", "silent": {"booth": 3.4}})
    assert headline(shown).warning == "booth silent 3 s"
    assert "stop" in headline(shown).enabled
    assert "engine 'booth' gives no samples for 3 s; the run goes on without them" in health_words(shown)
    shown.state["status"] = {"condition": "running", "silent": {}}
    assert headline(shown).warning == ""
    assert not any("booth" in word for word in health_words(shown))
    shown.state = {"condition": "closed", "status": {"condition": "stopping", "silent": {"booth": 3.4}}}
    assert headline(shown).warning == ""
