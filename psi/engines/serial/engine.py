"""Devices at a serial port, as declared: a message for each level of each line."""

from __future__ import annotations

import re

from atom.api import Enum, Float, Int, Str
from enaml.core.api import d_

from psi.core.errors import Finding
from psi.core.source_lines import where_of
from psi.engines.serial.conversation import Protocol
from psi.engines.serial.driver import SerialDriver, put_to_rest
from psi.engines.serial.port import MISSING, PortSettings, known_ports, port_is_known, pyserial_is_there
from psi.hardware.channel import Channel
from psi.hardware.engine import Engine, EngineDriver

#: What a serial device can do, for messages.
SUPPORTED = "supported: SerialChannel and DOChannel with fs = 0"


class SerialEngine(Engine):
    r"""A device at a serial port that takes a message for each level of each of its lines.

    Messages are text in which each character is one byte; ``'\x02'`` and the like are bytes that have no sign. A
    device that is talked to in another way gets an engine of its own: a subclass with a driver of its own.
    """

    #: Name of the port (``'COM3'``, ``'/dev/ttyUSB0'``), or a URL of pyserial such as ``'socket://host:port'``.
    connection_url = d_(Str())

    #: Bits/s.
    baudrate = d_(Int(9600))
    bytesize = d_(Enum(8, 7))
    parity = d_(Enum("N", "E", "O"))
    stopbits = d_(Enum(1, 2))

    #: Seconds from opening the port to the first message; a board that resets when its port is opened needs about two.
    settle = d_(Float(0.0))

    #: What is sent to raise and to lower a line; ``{channel}`` stands for the channel's device name.
    high = d_(Str("{channel} 1"))
    low = d_(Str("{channel} 0"))

    #: Ends what is sent, and what is answered.
    terminator = d_(Str("\r\n"))
    answer_terminator = d_(Str("\r\n"))

    #: Regular expression that the whole answer to each message must match; empty for a device that does not answer.
    answer = d_(Str())

    #: Seconds to wait for an answer.
    timeout = d_(Float(0.5))

    #: How often a message is sent again where its answer is missing or wrong.
    retries = d_(Int(2))

    def message(self, channel: Channel, level: float) -> str:
        """What is sent to put ``channel`` to ``level``."""
        return (self.high if level else self.low).replace("{channel}", channel.channel)

    def port_settings(self) -> PortSettings:
        return PortSettings(self.connection_url, self.baudrate, self.bytesize, self.parity, self.stopbits, self.settle)

    def protocol(self) -> Protocol:
        """How the device is talked to."""
        return Protocol(self.terminator, self.answer_terminator, self.answer, self.timeout, self.retries)

    def devices(self) -> tuple[str, ...]:
        # Every loop is one of its own.
        if not self.connection_url or self.connection_url.startswith("loop:"):
            return ()
        return (f"serial port {self.connection_url}",)

    def check(self) -> list[Finding]:
        findings = [*self._port_findings(), *self._protocol_findings()]
        for channel in self.channels():
            if channel.direction != "output" or not channel.digital or channel.fs != 0:
                kind = f"{type(channel).__name__} {channel.reference!r}"
                what = f"{kind} cannot be at a serial port, which has no sample clock; {SUPPORTED}"
                findings.append(Finding(what, where_of(channel)))
        return findings

    def _port_findings(self) -> list[Finding]:
        where = where_of(self, "connection_url")
        if not self.connection_url:
            return [Finding(f"engine {self.name!r} has no connection_url; name its port, for example 'COM3'", where)]
        if not pyserial_is_there():
            return [Finding(MISSING, where)]
        if port_is_known(self.connection_url) is not False:
            return []
        there = ", ".join(known_ports()) or "none"
        return [Finding(f"there is no port {self.connection_url!r}; ports of this machine: {there}", where)]

    def _protocol_findings(self) -> list[Finding]:
        faults: list[tuple[str, str]] = []
        if self.baudrate <= 0:
            faults.append(("baudrate", f"baudrate = {self.baudrate} is none; give bits/s, for example 9600"))
        if self.timeout <= 0:
            faults.append(("timeout", f"timeout = {self.timeout:g} s leaves no time for an answer; give more than 0 s"))
        if not 0 <= self.retries <= 10:
            faults.append(("retries", f"retries = {self.retries} is not allowed; give 0 to 10"))
        try:
            re.compile(self.answer)
        except re.error as error:
            faults.append(("answer", f"answer = {self.answer!r} is no regular expression: {error}"))
        for attribute in ("high", "low", "terminator", "answer_terminator"):
            text = getattr(self, attribute)
            if any(ord(character) > 255 for character in text):
                fault = f"{attribute} = {text!r} has characters that are no bytes; use '\\x00' to '\\xff'"
                faults.append((attribute, fault))
        return [Finding(f"engine {self.name!r}: {fault}", where_of(self, attribute)) for attribute, fault in faults]

    def driver_type(self) -> type[EngineDriver]:
        return SerialDriver

    def make_safe(self) -> None:
        put_to_rest(self)


class RoomLightSerialPortEngine(SerialEngine):
    """A room light at a serial port: ``L1`` and ``L0``, each answered by ``OK``.

    Another light has other words: set ``high``, ``low``, ``terminator`` and ``answer``.
    """

    high = d_(Str("L1"))
    low = d_(Str("L0"))
    terminator = d_(Str("\n"))
    answer_terminator = d_(Str("\n"))
    answer = d_(Str("OK\\r?"))
