"""The language of New Era syringe pumps (NE-1000 series, basic mode), as its manual has it.

A command is an address, letters and numbers, and a carriage return. An answer is STX, the address, a status or an
alarm, perhaps data, and ETX.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from psi.core.errors import PsiError
from psi.engines.serial.conversation import Conversation, NoAnswer, Protocol

STATES = {
    "I": "infusing",
    "W": "withdrawing",
    "S": "stopped",
    "P": "paused",
    "T": "pausing",
    "U": "waiting for a trigger",
    "X": "purging",
}
#: States in which the syringe moves.
MOVING = ("I", "W", "X")
ALARMS = {
    "R": "was reset: its power was interrupted",
    "S": "has stalled: the syringe is blocked or at its end",
    "T": "has heard nothing for too long",
    "E": "has an error in its program",
    "O": "has a phase that is out of range",
}
REFUSALS = {
    "?": "it does not know this command",
    "?NA": "not now",
    "?OOR": "out of range for this syringe",
    "?COM": "it was garbled",
    "?IGN": "it was ignored",
}


class PumpAlarm(PsiError):
    """The pump has raised an alarm and stands still."""


class PumpRefusal(PsiError):
    """The pump has understood a command and refuses it."""


@dataclass(frozen=True)
class Reply:
    """What a pump answered."""

    #: One of :data:`STATES`.
    state: str
    data: str


def protocol(timeout: float, retries: int) -> Protocol:
    """How a New Era pump is talked to."""
    return Protocol("\r", "\x03", r"\x02\d\d(A\?[A-Z]|[IWSPTUX]).*", timeout, retries)


def number(value: float) -> str:
    """``value`` as the pump takes it: four digits, at most three of them behind the point. ``ValueError`` if it cannot.

    Examples
    --------
    >>> number(12.3456), number(0.05)
    ('12.35', '0.050')
    """
    for decimals in (3, 2, 1, 0):
        text = f"{value:.{decimals}f}"
        if len(text.replace(".", "")) <= 4:
            break
    if not 0.001 <= float(text) <= 9999 or value < 0:
        raise ValueError(f"{value:g} is not allowed; a pump takes 0.001 to 9999")
    return text


def volume_text(volume: float) -> tuple[str, str]:
    """``volume`` in ml as number and unit, in the unit that rounds it least. ``ValueError`` where it cannot be said."""
    return (number(volume * 1000), "UL") if volume < 1 else (number(volume), "ML")


class NewEraPump:
    """One pump of those on the line."""

    def __init__(self, talk: Conversation, address: int) -> None:
        self._talk = talk
        self.address = address

    def ask(self, command: str, retries: int | None = None) -> Reply:
        """Send ``command`` (empty: only ask for the state).

        Raises ``NoAnswer``; ``PumpAlarm``, whereupon the pump has forgotten the alarm; ``PumpRefusal``; ``PortError``.
        """
        address = f"{self.address:02d}"
        answer = self._talk.ask(f"{address}{command}", retries=retries)
        match = re.fullmatch(r"\x02(\d\d)(A\?[A-Z]|[IWSPTUX])(.*)", answer)
        if match is None or match[1] != address:
            raise NoAnswer(f"pump {address} was asked, and {answer!r} came back; give each pump an address of its own")
        state, data = match[2], match[3]
        if state.startswith("A"):
            raise PumpAlarm(f"pump {address} {ALARMS.get(state[2:], f'has raised the alarm {state!r}')}")
        if data.startswith("?"):
            raise PumpRefusal(f"pump {address} refuses {command!r}: {REFUSALS.get(data, data)}")
        return Reply(state, data)

    def state(self) -> str:
        """One of :data:`STATES`. Raises as :meth:`ask`."""
        return self.ask("").state

    def wake(self) -> None:
        """Make sure that somebody is there. An alarm from before, such as being switched on, is taken note of."""
        try:
            self.ask("")
        except PumpAlarm:
            self.ask("")

    def halt(self) -> None:
        """Stop, and forget what was left to give. A pump that stands still already is left alone."""
        state = self.state()
        for _ in range(2):  # the first STP pauses, the second one stops
            if state == "S":
                return
            state = self.ask("STP").state

    def set_up(self, diameter: float, rate: float, direction: str) -> None:
        """Syringe of ``diameter`` mm, ``rate`` in ml/min, 'INF' or 'WDR'; the count of what was given begins at 0."""
        self.wake()
        self.halt()
        self.ask(f"DIA {number(diameter)}")
        self.ask(f"RAT {number(rate)} MM")
        self.ask(f"DIR {direction}")
        self.ask("CLD INF")
        self.ask("CLD WDR")

    def set_volume(self, volume: float) -> float:
        """Stop after ``volume`` ml, 0 for never; returns the ml that the pump has made of it."""
        if volume == 0:
            self.ask("VOL 0")
            return 0.0
        text, unit = volume_text(volume)
        self.ask(f"VOL {unit}")
        self.ask(f"VOL {text}")
        return float(text) / (1000 if unit == "UL" else 1)

    def run(self, given: float) -> None:
        """Begin, where ``given`` ml were given before.

        Never sent twice: a dose whose answer was lost must not be given again.
        """
        try:
            self.ask("RUN", retries=0)
        except NoAnswer:
            if self.state() not in MOVING and self.given() <= given:
                raise

    def given(self) -> float:
        """Millilitres that were infused and withdrawn since :meth:`set_up`."""
        data = self.ask("DIS").data
        match = re.fullmatch(r"I([\d.]+)W([\d.]+)(UL|ML)", data)
        if match is None:
            raise NoAnswer(f"pump {self.address:02d} was asked how much it has given, and answered {data!r}")
        return (float(match[1]) + float(match[2])) / (1000 if match[3] == "UL" else 1)
