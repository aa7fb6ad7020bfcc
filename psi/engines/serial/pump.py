"""Syringe pumps that give a dose for each pulse of a channel."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

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
    the dose and stops by itself. A pulse that is cut short by hand stops the pump. The end of a run waits for a dose
    that has begun, for as long as for a pulse, and stops the pump then.
    When a dose has been given, the event ``<channel>_delivered`` says how much; the run's totals count that.
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

    def deliveries(self) -> dict[str, str]:
        # What it draws in is given to nobody.
        return {each.reference: f"{each.reference}_delivered" for each in self.channels() if self.pumps == "out"}

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
            findings += _measured_findings(channel)
        return super().check() + findings

    def driver_type(self) -> type[EngineDriver]:
        return PumpDriver


def _measured_findings(channel: Channel) -> Iterator[Finding]:
    for name in ("volume_per_pulse", "volume_per_second"):
        if getattr(channel, name, 0.0):
            message = f"channel {channel.reference!r}: the pump measures what it gives; take {name} out"
            yield Finding(message, where_of(channel, name))


@dataclass
class _Dosing:
    """What one pump is doing."""

    pump: NewEraPump
    #: Whether the pump was told to run and has not been seen to stop.
    moving: bool = False
    #: Number of the pulse that this dose is for, from 1; 0 where the line was raised for nobody knows how long.
    number: int = 0
    #: Number of the last pulse of which nothing is left to give.
    settled: int = 0
    #: Numbers of the pulses whose doses are given when this one has been given.
    owed: deque[int] = field(default_factory=deque)
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
        # Pulses so far, of each channel.
        self._pulses: Counter[str] = Counter()
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
        self._pulses[channel] += 1
        number = self._pulses[channel]
        self.later(lambda talk: self._pulse(channel, number, duration, until))
        return True

    def write_line(self, channel: str, level: float) -> None:
        now = time.monotonic()
        if level:
            self.later(lambda talk: self._open(channel))
        else:
            self.later(lambda talk: self._lower(channel, now))

    def busy(self) -> bool:
        return any(number > self._dosing[channel].settled for channel, number in self._pulses.items())

    def _pulse(self, reference: str, number: int, duration: float, until: float) -> None:
        dosing = self._dosing[reference]
        dosing.until = until
        if self.engine.volume == 0:
            # What is left of a pulse that goes on is part of this one.
            self._end(reference)
            self._begin(dosing, number, self.engine.rate / 60 * duration)
        elif dosing.moving:
            dosing.owed.append(number)
        else:
            self._begin(dosing, number, self.engine.volume)

    def _open(self, reference: str) -> None:
        """The line is high for nobody knows how long."""
        dosing = self._dosing[reference]
        dosing.until = float("inf")
        self._end(reference)
        self._begin(dosing, 0, self.engine.volume)

    def _begin(self, dosing: _Dosing, number: int, volume: float) -> None:
        dosing.number = number
        dosing.pump.set_volume(volume)
        dosing.pump.run(dosing.before)
        dosing.moving = True

    def _lower(self, reference: str, now: float) -> None:
        dosing = self._dosing[reference]
        if now < dosing.until - self.EARLY:
            dosing.settled = max([dosing.settled, *dosing.owed])
            dosing.owed.clear()
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
        dosing.settled = max(dosing.settled, dosing.number)
        total = dosing.pump.given()
        volume, dosing.before = total - dosing.before, total
        info = {"channel": reference, "volume": round(volume, 6), "total": round(total, 6), "unit": "ml"}
        pulse = {"pulse": dosing.number} if dosing.number else {}
        self.ports.report(f"{reference}_delivered", {**info, **pulse})

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
                    self._begin(dosing, dosing.owed.popleft(), self.engine.volume)

    def set(self, talk: Conversation, channel: Channel, level: float) -> None:
        """Stand still, whatever the level: a pump has no other safe state."""
        self._end(channel.reference)
        self._dosing[channel.reference].pump.halt()
