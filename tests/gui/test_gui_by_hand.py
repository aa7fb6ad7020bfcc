"""Lights, pellets and drops by hand: real clicks on a rig that is open, monitoring or running."""

from __future__ import annotations

from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel

import psi
from psi.experiment.strips.by_hand_view import LineButton

Window = Any  # the fixtures', in conftest.py
Rig = Any

PELLET = "food_dispense_trigger"


def line_of(window: Window) -> LineButton:
    return window.view.header.get_widget().by_hand.lines[PELLET]


def by_hand(window: Window) -> dict[str, Any]:
    return window.console.get("by_hand", {}).get(PELLET, {})


@pytest.fixture
def line(window: Window) -> LineButton:
    """The pellet dispenser's button of a rig that is open, with its panel shown."""
    window.click(window.button("open"))
    window.condition("open")
    found = line_of(window)
    window.click(found.more)
    assert found.panel.isVisible()
    return found


def test_drops_are_given_as_typed_and_counted(window: Window, line: LineButton, rig: Rig) -> None:
    panel = line.panel
    for name, text in (("length", "20"), ("drops", "5"), ("gap", "10")):
        window.type_into(panel.fields[name], text)
    assert line.main.text() == "Food dispense x 5"
    window.click(panel.give)
    window.wait_for(lambda: by_hand(window).get("pulses") == 5 and "doing" not in by_hand(window), "for the drops")
    assert by_hand(window)["seconds"] == pytest.approx(5 * 0.02)
    window.wait_for(lambda: panel.given.text() == "given by hand: 5 pulses, 0.1 s")
    panel.hide()
    # What was typed stays, and is what the button gives.
    window.click(line.main)
    window.wait_for(lambda: by_hand(window).get("pulses") == 10, "for the drops again")
    assert window.console.message == ""
    warning = window.widget.findChild(QLabel, "warning")
    assert (warning.text(), warning.isVisible()) == ("NOT RECORDING", True)
    assert not list(rig.folder.rglob("*.h5"))


def test_what_cannot_be_given_is_said_beside_its_field_and_not_sent(window: Window, line: LineButton) -> None:
    panel = line.panel
    for name, text, reason in (
        ("length", "long", "more than 0, up to 10000 ms"),
        ("drops", "2.5", "a whole number, 1 to 1000"),
        ("gap", "-1", "0 to 3600000 ms"),
        ("prime", "11", "more than 0, up to 10 s"),
    ):
        window.type_into(panel.fields[name], text)
        assert (panel.reasons[name].text(), panel.reasons[name].isVisible()) == (reason, True)
    assert not panel.give.isEnabled()
    assert not panel.prime.isEnabled()
    panel.hide()
    window.click(line.main)
    assert panel.isVisible()
    assert by_hand(window) == {}
    for name, text in (("length", "20"), ("drops", "1"), ("gap", "0"), ("prime", "1")):
        window.type_into(panel.fields[name], text)
        assert not panel.reasons[name].isVisible()
    assert panel.give.isEnabled()


def test_priming_lasts_while_the_button_is_held(window: Window, line: LineButton) -> None:
    hold = line.panel.hold
    QTest.mousePress(hold, Qt.MouseButton.LeftButton)
    window.wait_for(lambda: by_hand(window).get("doing") == "prime", "for the valve to open")
    assert window.console.get("flags")[f"{PELLET}_active"]
    stop = window.button(f"stop_{PELLET}")
    window.wait_for(stop.isVisible, "for the Stop in the header")
    QTest.mouseRelease(hold, Qt.MouseButton.LeftButton)
    window.wait_for(lambda: "doing" not in by_hand(window), "for the valve to close")
    window.wait_for(lambda: not window.console.get("flags")[f"{PELLET}_active"])
    assert 0 < by_hand(window)["seconds"] < 10
    window.wait_for(lambda: not stop.isVisible())


def test_a_panel_that_closes_under_the_hand_lets_go(window: Window, line: LineButton) -> None:
    QTest.mousePress(line.panel.hold, Qt.MouseButton.LeftButton)
    window.wait_for(lambda: by_hand(window).get("doing") == "prime", "for the valve to open")
    line.panel.hide()
    window.wait_for(lambda: "doing" not in by_hand(window), "for the valve to close")


def test_priming_is_stopped_from_the_header(window: Window, line: LineButton) -> None:
    window.type_into(line.panel.fields["prime"], "10")
    window.click(line.panel.prime)
    line.panel.hide()
    stop = window.button(f"stop_{PELLET}")
    window.wait_for(stop.isVisible, "for the Stop in the header")
    assert (stop.text(), stop.toolTip()) == ("■ Stop", "Food dispense: end drops and priming now")
    assert stop.width() >= stop.sizeHint().width()
    window.wait_for(lambda: line.panel.given.text() == "given by hand: 1 pulse, 0 s · priming")
    window.click(line.main)
    window.wait_for(lambda: "being primed; stop it first" in window.console.message, "for the refusal")
    QTest.mouseClick(stop, Qt.MouseButton.LeftButton)
    window.wait_for(lambda: "doing" not in by_hand(window), "for the valve to close")
    assert by_hand(window)["pulses"] == 1
    assert by_hand(window)["seconds"] < 10


def test_a_free_reward_is_given_on_an_open_rig_and_in_a_run(window: Window, line: LineButton, rig: Rig) -> None:
    line.panel.hide()

    def pellets() -> int:
        return sum(row["name"] == PELLET for row in window.console.rows.outputs)

    window.click(window.button("reward"))
    window.wait_for(lambda: pellets() == 1, "for the pellet")
    window.click(window.button("stop"))
    window.condition("closed")
    window.wait_for(lambda: not window.button("reward").isEnabled())
    rig.host.want("running")
    window.condition("running")
    window.click(window.button("reward"))
    window.wait_for(
        lambda: any(
            row["name"] == "deliver_reward" and row["clock"] == "console" for row in window.console.rows.events
        ),
        "for the reward",
    )
    recording = window.console.get("recording")
    rig.host.stop()
    window.condition("open")
    with psi.open_recording(recording) as kept:
        events = kept.events
        assert "console" in set(events[events["name"] == "deliver_reward"]["clock"])
