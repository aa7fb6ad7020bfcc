"""What is typed to work a line by hand, and what is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from psi.experiment.strips.by_hand import Pulses, doing_words, given_words, kind_of, output_title

WATER = {"name": "water_trigger", "label": "", "actions": ["fire", "prime", "stop"], "duration": 0.05}


def pulses(max_duration: float | None = None, **texts: str) -> Pulses:
    made = Pulses.of({**WATER, "max_duration": max_duration})
    made.texts.update(texts)
    return made


def test_what_stands_first_is_one_pulse_as_declared() -> None:
    assert pulses().texts == {"length": "50", "drops": "1", "gap": "200", "prime": "5"}
    assert pulses(2.0).texts["prime"] == "2"
    assert pulses().give() == {
        "name": "water_trigger",
        "action": "fire",
        "duration": 0.05,
        "count": 1,
        "gap": pytest.approx(0.2),
    }
    assert pulses().words() == "one pulse of 50 ms"


def test_drops_and_priming_are_asked_for_in_seconds() -> None:
    typed = pulses(4.0, length="12.5", drops="8", gap="0", prime="1.5")
    assert typed.give() == {"name": "water_trigger", "action": "fire", "duration": 0.0125, "count": 8, "gap": 0.0}
    assert typed.prime() == {"name": "water_trigger", "action": "prime", "duration": 1.5}
    assert typed.hold() == {"name": "water_trigger", "action": "prime", "duration": 4.0}
    assert typed.words() == "8 drops of 12.5 ms, 0 ms apart"


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("length", "", "more than 0, up to 2000 ms"),
        ("length", "0", "more than 0, up to 2000 ms"),
        ("length", "nan", "more than 0, up to 2000 ms"),
        ("length", "2001", "more than 0, up to 2000 ms"),
        ("drops", "0", "a whole number, 1 to 1000"),
        ("drops", "1001", "a whole number, 1 to 1000"),
        ("drops", "²", "a whole number, 1 to 1000"),
        ("drops", "9" * 5000, "a whole number, 1 to 1000"),
        ("gap", "-1", "0 to 3600000 ms"),
        ("gap", "inf", "0 to 3600000 ms"),
        ("prime", "2.5", "more than 0, up to 2 s"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_never_asked_for(field: str, text: str, reason: str) -> None:
    typed = pulses(2.0, **{field: text})
    assert typed.faults() == {field: reason}
    assert (typed.prime() if field == "prime" else typed.give()) is None
    assert (typed.give() if field == "prime" else typed.prime()) is not None


def test_drops_without_a_gap_are_one_long_pulse() -> None:
    typed = pulses(2.0, length="500", drops="5", gap="0")
    assert typed.faults() == {"gap": "without one the line is high for 2.5 s; allowed are 2 s"}
    assert typed.give() is None


@pytest.mark.parametrize(
    ("state", "given", "doing"),
    [
        (None, "given by hand: nothing yet", ""),
        ({"pulses": 1, "seconds": 0.05}, "given by hand: 1 pulse, 0.05 s", ""),
        (
            {"pulses": 3, "seconds": 0.15, "doing": "fire", "begun": 3, "count": 10},
            "given by hand: 3 pulses, 0.15 s",
            "3 of 10",
        ),
        (
            {"pulses": 1, "seconds": 0.0, "doing": "prime", "begun": 1, "count": 1},
            "given by hand: 1 pulse, 0 s",
            "priming",
        ),
        # A single pulse is over before anybody could stop it.
        ({"pulses": 1, "seconds": 0.0, "doing": "fire", "begun": 1, "count": 1}, "given by hand: 1 pulse, 0 s", ""),
    ],
)
def test_what_was_given_is_said_in_words(state: dict[str, Any] | None, given: str, doing: str) -> None:
    assert (given_words(state), doing_words(state)) == (given, doing)


@pytest.mark.parametrize(
    ("output", "kind", "title"),
    [
        (WATER, "trigger", "Water"),
        ({"name": "room_light_toggle", "actions": ["high", "low"]}, "toggle", "Room light"),
        ({"name": "target", "label": "Target sound", "actions": ["start"]}, "", "Target sound"),
    ],
)
def test_outputs_are_called_as_people_call_them(output: dict[str, Any], kind: str, title: str) -> None:
    assert (kind_of(output), output_title(output)) == (kind, title)
