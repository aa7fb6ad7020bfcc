"""The session in one line: totals, weight and stop rules as people read them; and what a person is called for."""

from __future__ import annotations

from typing import Any

import pytest

from psi.controller.trials.totals_text import reason_text, totals_text, volume_text
from psi.experiment.strips.alarm import Alarm, AlarmWatch
from psi.experiment.strips.session_strip import given_text, rules_text
from psi.experiment.weight import weight_text
from psi.models.task import StopRules

WATER = {
    "pulses": {"trial": 10, "hand": 2},
    "seconds": {"trial": 0.5, "hand": 0.1},
    "volume": {"trial": 1.0, "hand": 0.24},
}
WATER_OUTPUT = {"name": "water_dispense_trigger", "label": "Water"}
PELLETS = {"pulses": {"trial": 10, "hand": 0}, "seconds": {"trial": 1.0, "hand": 0.0}, "volume": None}
TOTALS: dict[str, Any] = {
    "rewards": {"trial": 10, "hand": 0},
    "outlets": {"water_dispense_trigger": WATER, "pellet_trigger": PELLETS},
    "volume": 1.24,
    "target": 2.0,
    "left": 0.5,
    "trials_per_hour": 181.6,
    "today": {"recordings": 2, "trials": 310, "rewards": 31, "volume": 1.5},
}


class Shown:
    """A console with nothing but what it mirrors."""

    def __init__(self, **state: Any) -> None:
        self.state = state
        self.connected = True
        self.rows = type("Rows", (), {"events": []})()

    @property
    def status(self) -> dict[str, Any]:
        return dict(self.state.get("status") or {})

    def get(self, key: str, default: Any = None) -> Any:
        return self.state.get(key, default)


def test_totals_are_said_with_their_units_and_the_hands_share() -> None:
    shown = Shown(
        condition="running",
        status={"totals": TOTALS},
        outputs=[WATER_OUTPUT],
    )
    assert given_text(shown) == (  # type: ignore[arg-type]
        "10 rewards  ·  Water 1.24 mL (0.24 mL by hand)  ·  0.5 mL left of 2 mL  ·  182 trials/h  ·  "
        "today 2 recordings, 310 trials, 1.5 mL"
    )
    assert totals_text(TOTALS) == (
        "10 rewards, water_dispense_trigger 1.24 mL (0.24 mL by hand), pellet_trigger 10 pulses, "
        "today 2 recordings, 310 trials, 1.5 mL"
    )
    assert totals_text({}) == ""


def test_after_stop_the_last_runs_totals_stay() -> None:
    nothing = {**TOTALS, "rewards": {"trial": 0, "hand": 0}, "outlets": {}, "left": None, "today": {}}
    shown = Shown(condition="open", status={"totals": nothing}, last_run={"totals": TOTALS}, outputs=[WATER_OUTPUT])
    assert given_text(shown).startswith("10 rewards  ·  Water 1.24 mL")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("millilitres", "text"), [(0.0, "0 mL"), (0.004, "4 µL"), (0.0999, "99.9 µL"), (0.1, "0.1 mL"), (1.236, "1.24 mL")]
)
def test_small_volumes_are_in_microlitres(millilitres: float, text: str) -> None:
    assert volume_text(millilitres) == text


@pytest.mark.parametrize(
    ("session", "text", "too_light"),
    [
        ({}, "", False),
        ({"weight": 20.4}, "20.4 g", False),
        ({"weight": 20.0, "baseline_weight": 25.0}, "20 g, 80 % of baseline", False),
        (
            {"weight": 20.0, "baseline_weight": 25.0, "minimum_weight": 85.0},
            "20 g, 80 % of baseline: under the 85 % allowed",
            True,
        ),
    ],
)
def test_weight_is_in_percent_of_the_baseline(session: dict[str, Any], text: str, too_light: bool) -> None:
    assert weight_text(session) == (text, too_light)


def test_stop_rules_are_one_sentence() -> None:
    assert rules_text(StopRules()) == "no stop rule"
    rules = StopRules(trials=200, volume=1.5, no_response=10.0)
    assert rules_text(rules) == "stops after 200 trials or 1.5 mL or no response for 10 min"
    assert reason_text("volume", "1.5 mL are delivered") == "volume (1.5 mL are delivered)"
    assert reason_text("trials", "200 trials are completed") == "trials"


@pytest.mark.parametrize(
    ("ended", "alarm"),
    [
        ({"condition": "open", "last_run": {"reason": "stopped", "words": ""}}, None),
        ({"condition": "running"}, None),
        (
            {"condition": "open", "last_run": {"reason": "volume", "words": "1.5 mL are delivered"}},
            Alarm("end", "ENDED: 1.5 mL are delivered"),
        ),
        (
            {"condition": "closed", "fault": "engine 'booth'\nis gone", "last_run": {"reason": "fault", "words": ""}},
            Alarm("fault", "FAULT: engine 'booth' is gone"),
        ),
    ],
)
def test_a_person_is_called_once_for_what_they_did_not_do(ended: dict[str, Any], alarm: Alarm | None) -> None:
    watch, shown = AlarmWatch(), Shown(condition="running")
    assert watch.look(shown) is None  # type: ignore[arg-type]
    shown.state = ended
    assert watch.look(shown) == alarm  # type: ignore[arg-type]
    assert watch.look(shown) is None  # type: ignore[arg-type]


def test_a_runtime_that_is_gone_in_a_run_calls() -> None:
    watch, shown = AlarmWatch(), Shown(condition="running")
    assert watch.look(shown) is None  # type: ignore[arg-type]
    shown.connected = False
    called = watch.look(shown)  # type: ignore[arg-type]
    assert called is not None
    assert called.words.startswith("NO CONTACT")
    assert watch.look(shown) is None  # type: ignore[arg-type]
