"""What the terminal of a window says while a command hangs."""

from __future__ import annotations

from typing import Any

from psi.application.hang_teller import HangTeller


def hanging(command: str, seconds: float, event: str = "go") -> dict[str, Any]:
    named = {"command": command, "event": event, "manifest": "pump", "where": "pump.enaml:3"}
    return {"hanging": {**named, "seconds": seconds}}


def test_a_command_that_hangs_is_told_once_and_so_is_its_return() -> None:
    told: list[str] = []
    teller = HangTeller(told.append)
    for status in ({}, {"hanging": {}}, hanging("refill", 1.0), hanging("refill", 2.0), hanging("refill", 5.1)):
        teller.look(status)
    (line,) = told
    assert line.startswith("command 'refill' of manifest 'pump' has hung for 1 s on event 'go' (pump.enaml:3)")
    teller.look({"hanging": {}})
    teller.look({})
    assert told[1:] == ["command 'refill' returned after some 5 s; events go on"]


def test_one_that_follows_another_is_told_too() -> None:
    told: list[str] = []
    teller = HangTeller(told.append)
    # The third is the second's again, later: it has hung for less.
    for status in (hanging("refill", 9.0), hanging("rinse", 1.0), hanging("rinse", 4.0), hanging("rinse", 1.1)):
        teller.look(status)
    assert [line.split(" of ")[0].split(" after")[0] for line in told] == [
        "command 'refill'",
        "command 'refill' returned",
        "command 'rinse'",
        "command 'rinse' returned",
        "command 'rinse'",
    ]
