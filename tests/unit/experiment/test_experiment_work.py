"""What takes a while is said, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from psi.experiment.counts import Counts, scoring_of
from psi.experiment.rows import RowsModel
from psi.experiment.strips.headline import headline
from psi.experiment.strips.health import health_words
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

    def counts(self) -> Counts:
        return self.rows.counts(scoring_of(self.state))


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


def test_an_engine_that_waits_for_its_trigger_is_named_with_its_seconds() -> None:
    waiting = {"booth": {"trigger": "/Dev1/PFI0", "seconds": 12.3, "timeout": 30.0}}
    shown = Shown(condition="running", status={"condition": "running", "waiting": waiting, "silent": {}})
    said = headline(shown)
    assert (said.condition, said.word, said.warning) == ("paused", "ARMED", "waits for PFI0, 12 of 30 s")
    assert not said.alarming
    assert "engine 'booth' is armed: waiting for trigger '/Dev1/PFI0', 12 s of 30 s" in health_words(shown)
    shown.state["status"] = {"condition": "running", "waiting": {}}
    assert headline(shown).warning == ""


def test_a_part_that_waits_beside_a_running_engine_is_named_and_the_run_is_not_held_up() -> None:
    waiting = {"booth, Dev2 ai": {"trigger": "/Dev2/PFI0", "seconds": 2.0, "timeout": 30.0, "part": "Dev2 ai"}}
    shown = Shown(condition="running", status={"condition": "running", "waiting": waiting})
    said = headline(shown)
    assert (said.word, said.warning) == ("RUNNING", "waits for PFI0, 2 of 30 s")


def test_a_buffer_that_fills_up_is_told_before_anything_is_lost() -> None:
    shown = Shown(condition="running", status={"condition": "running", "buffers": {"booth": 0.93}})
    assert "booth buffer 93 % free" in health_words(shown)
    assert headline(shown).warning == ""
    shown.state["status"] = {"condition": "running", "buffers": {"booth": 0.12}}
    said = headline(shown)
    assert (said.warning, said.alarming) == ("booth buffer 12 % free", True)


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


def test_a_runtime_that_has_gone_after_its_run_is_no_lost_contact() -> None:
    shown = Shown(condition="running", rig={"name": "booth"}, recording="/data/2026-11-20/lea_record_01", events=[])
    shown.rows.begin("run", "running")
    shown.rows.take([{"kind": "event", "name": "trial_start", "time": 1.0}])
    shown.connected = False
    assert headline(shown).word == "NO CONTACT"
    assert "does not answer" in health_words(shown)[1]
    shown.rows.take(
        [{"kind": "event", "name": name, "time": 2.0} for name in ("experiment_end", "room_light_toggle_end")]
    )
    said = headline(shown)
    assert (said.condition, said.word, said.enabled) == ("closed", "ENDED", frozenset())
    assert health_words(shown)[1:] == [
        "the run has ended, and the runtime with it; close this window",
        "2026-11-20/lea_record_01",
    ]


def test_a_fault_that_closed_the_rig_is_said_in_full() -> None:
    fault = "the store process 4711 is gone; the recording ends here"
    assert fault in health_words(Shown(condition="closed", fault=fault))


def test_after_stop_the_recordings_quality_is_said() -> None:
    state = {"rig": {"name": "booth"}, "recording": "/data/s_01", "quality": "2 findings"}
    assert health_words(Shown(condition="open", **state))[-2:] == ["data/s_01", "last recording: 2 findings"]
    assert health_words(Shown(condition="running", **state))[-1] == "data/s_01"
