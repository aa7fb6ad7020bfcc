"""Pulses that a device times by itself: the player asks for as long as the line is to be high, and lowers it too."""

from __future__ import annotations

from collections.abc import Callable

from psi.core.clock import ManualClock
from psi.outputs.line_player import LinePlayer
from psi.outputs.player import OutputPort


def player_of(clock: ManualClock, said: list[tuple[str, float]], *, times_pulses: bool) -> LinePlayer:
    def write_pulse(duration: float) -> bool:
        said.append(("pulse", duration))
        return times_pulses

    def announce(event: str, time: float, sample: int) -> Callable[[], None]:
        return lambda: None

    port = OutputPort(
        "valve",
        0.0,
        clock,
        committed=lambda: 0,
        write_line=lambda level: said.append(("level", level)),
        announce=announce,
        call_at=lambda time, action, survives: None,
        record=lambda row: None,
        write_pulse=write_pulse,
    )
    return LinePlayer("valve", port, 0.1)


def test_a_device_that_times_pulses_is_asked_for_one_and_not_to_raise_the_line() -> None:
    said: list[tuple[str, float]] = []
    player_of(ManualClock(), said, times_pulses=True).fire()
    assert said == [("pulse", 0.1)]


def test_one_that_does_not_has_its_line_raised() -> None:
    said: list[tuple[str, float]] = []
    player_of(ManualClock(), said, times_pulses=False).fire()
    assert said == [("pulse", 0.1), ("level", 1.0)]


def test_a_pulse_that_joins_a_longer_one_does_not_shorten_it() -> None:
    said: list[tuple[str, float]] = []
    clock = ManualClock()
    player = player_of(clock, said, times_pulses=True)
    player.fire(duration=0.5)
    clock.set(0.25)
    player.fire(duration=0.125)
    assert said == [("pulse", 0.5), ("pulse", 0.25)]
