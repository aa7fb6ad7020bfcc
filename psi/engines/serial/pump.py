"""Syringe pumps that give a dose for each pulse of a channel."""

from __future__ import annotations

import time
from dataclasses import dataclass

from atom.api import Enum, Float, Int
from enaml.core.api import d_

from psi.core.errors import Finding
from psi.core.source_lines import where_of
from psi.engines.serial.conversation import Conversation, Protocol
from psi.engines.serial.driver import SerialDriver
from psi.engines.serial.engine import SerialEngine
from psi.engines.serial.new_era import MOVING, NewEraPump, number, protocol, volume_text
from psi.hardware.channel import Channel
from psi.hardware.engine import EngineDriver, Ports


class SerialPumpEngine(SerialEngine):
    """New Era syringe pumps (NE-1000 and its kin), one or several with the same syringe on one line.

    Each channel is a pump; its device name is the pump's address, ``'0'`` to ``'99'``, or empty for 0. A pulse on the
    channel is a dose: ``volume``, or, where that is 0, what ``rate`` gives in the pulse's duration. The pump measures
    the dose and stops by itself. A pulse that is cut short, by hand or by the end of the run, stops the pump.
    When a dose has been given, the event ``<channel>_delivered`` says how much.
    """

    baudrate = d_(Int(19200))

    #: Inner diameter of the syringe in mm.
    diameter = d_(Float(26.6))
    #: ml/min.
    rate = d_(Float(10.0))
    #: ml for each pulse; 0 for what ``rate`` gives while the pulse lasts.
    volume = d_(Float(0.0))
    pumps = d_(Enum("out", "in"))

    def protocol(self) -> Protocol:
        return protocol(self.timeout, self.retries)

    def events(self) -> tuple[str, ...]:
        """One for each pump: how much a dose was."""
        return tuple(f"{channel.reference}_delivered" for channel in self.channels())

    def check(self) -> list[Finding]:
        faults: list[tuple[str, str]] = []
        if not 0.1 <= self.diameter <= 50:
            faults.append(("diameter", f"diameter = {self.diameter:g} mm is no syringe's; allowed is 0.1 to 50 mm"))
        try:
            number(self.rate)
        except ValueError as error:
            faults.append(("rate", f"rate in ml/min: {error}"))
        try:
            if self.volume != 0:
                volume_text(self.volume)
        except ValueError as error:
            faults.append(("volume", f"volume in ml: {error}, in µl below 1 ml"))
        findings = [Finding(f"engine {self.name!r}: {fault}", where_of(self, member)) for member, fault in faults]
        addresses: dict[int, str] = {}
        for channel in self.channels():
            text = channel.channel or "0"
            where = where_of(channel, "channel" if channel.channel else "name")
            if not text.isdecimal() or not 0 <= int(text) <= 99:
                findings.append(Finding(f"channel {text!r} is no address of a pump; give '0' to '99'", where))
            elif int(text) in addresses:
                other = addresses[int(text)]
                findings.append(Finding(f"channels {other!r} and {channel.reference!r} are the same pump", where))
            else:
                addresses[int(text)] = channel.reference
        return super().check() + findings

    def driver_type(self) -> type[EngineDriver]:
        return PumpDriver


@dataclass
class _Dosing:
    """What one pump is doing."""

    pump: NewEraPump
    #: Whether the pump was told to run and has not been seen to stop.
    moving: bool = False
    #: Doses to give when this one has been given.
    owed: int = 0
    #: Monotonic time in s until which the pulse that goes on lasts.
    until: float = 0.0
    #: ml that had been given before this dose.
    before: float = 0.0


class PumpDriver(SerialDriver):
    """Doses, one after the other, and how much came out."""

    engine: SerialPumpEngine

    #: Seconds between two looks at a pump that stands still.
    IDLE_LOOK = 1.0
    #: Seconds before the end of a pulse at which its end is not early.
    EARLY = 0.005

    def __init__(self, engine: SerialPumpEngine, ports: Ports) -> None:
        super().__init__(engine, ports)
        self._dosing: dict[str, _Dosing] = {}
        self._looked = 0.0

    def greet(self, talk: Conversation) -> None:
        direction = "INF" if self.engine.pumps == "out" else "WDR"
        for reference, channel in self.channels.items():
            pump = NewEraPump(talk, int(channel.channel or 0))
            pump.set_up(self.engine.diameter, self.engine.rate, direction)
            self._dosing[reference] = _Dosing(pump)

    # -- doses -------------------------------------------------------------------------------------

    def write_pulse(self, channel: str, duration: float) -> bool:
        """One dose, which the pump measures by itself."""
        until = time.monotonic() + duration
        self.later(lambda talk: self._pulse(channel, duration, until))
        return True

    def write_line(self, channel: str, level: float) -> None:
        now = time.monotonic()
        if level:
            self.later(lambda talk: self._open(channel))
        else:
            self.later(lambda talk: self._lower(channel, now))

    def _pulse(self, reference: str, duration: float, until: float) -> None:
        dosing = self._dosing[reference]
        dosing.until = until
        if self.engine.volume == 0:
            # What is left of a pulse that goes on is part of this one.
            self._end(reference)
            self._begin(dosing, self.engine.rate / 60 * duration)
        elif dosing.moving:
            dosing.owed += 1
        else:
            self._begin(dosing, self.engine.volume)

    def _open(self, reference: str) -> None:
        """The line is high for nobody knows how long."""
        dosing = self._dosing[reference]
        dosing.until = float("inf")
        self._end(reference)
        self._begin(dosing, self.engine.volume)

    def _begin(self, dosing: _Dosing, volume: float) -> None:
        dosing.pump.set_volume(volume)
        dosing.pump.run(dosing.before)
        dosing.moving = True

    def _lower(self, reference: str, now: float) -> None:
        dosing = self._dosing[reference]
        if now < dosing.until - self.EARLY:
            dosing.owed = 0
            self._end(reference)
        dosing.until = 0.0

    def _end(self, reference: str) -> None:
        """Stop the pump where it moves, and say what came out."""
        dosing = self._dosing[reference]
        if dosing.moving:
            dosing.pump.halt()
            self._delivered(reference)

    def _delivered(self, reference: str) -> None:
        dosing = self._dosing[reference]
        dosing.moving = False
        total = dosing.pump.given()
        volume, dosing.before = total - dosing.before, total
        info = {"channel": reference, "volume": round(volume, 6), "total": round(total, 6), "unit": "ml"}
        self.ports.report(f"{reference}_delivered", info)

    # -- looking after them --------------------------------------------------------------------------

    def look_after(self, talk: Conversation) -> None:
        now = time.monotonic()
        idle = now - self._looked >= self.IDLE_LOOK
        if idle:
            self._looked = now
        talk.listen()
        for reference, dosing in self._dosing.items():
            if not dosing.moving and not idle:
                continue
            # Asking is how an alarm, or a pump that was switched off, is found out.
            state = dosing.pump.state()
            if dosing.moving and state not in MOVING:
                self._delivered(reference)
                if dosing.owed:
                    dosing.owed -= 1
                    self._begin(dosing, self.engine.volume)

    def set(self, talk: Conversation, channel: Channel, level: float) -> None:
        """Stand still, whatever the level: a pump has no other safe state."""
        self._end(channel.reference)
        self._dosing[channel.reference].pump.halt()
