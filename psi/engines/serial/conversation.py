"""Messages and answers over a serial port: what is sent, what must come back, how often one asks."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from psi.core.errors import PsiError
from psi.engines.serial.port import SerialPort

#: Every byte is a character and back.
ENCODING = "latin-1"


class NoAnswer(PsiError):
    """The device gave none, or another one than it should."""


@dataclass(frozen=True)
class Protocol:
    """How a device is talked to."""

    #: Ends what is sent, and what comes back.
    terminator: str = "\r\n"
    answer_terminator: str = "\r\n"
    #: Regular expression that the whole answer must match; empty where the device does not answer.
    answer: str = ""
    #: Seconds to wait for an answer.
    timeout: float = 0.5
    #: How often a message is sent again where its answer is missing or wrong.
    retries: int = 2


class Conversation:
    """Asks and is answered, one message at a time.

    Parameters
    ----------
    port
        An open port.
    protocol
        How the device is talked to.
    """

    def __init__(self, port: SerialPort, protocol: Protocol) -> None:
        self.port = port
        self.protocol = protocol
        self._heard = b""

    def ask(self, message: str, answer: str | None = None, retries: int | None = None) -> str:
        """Send ``message`` and return its answer without the terminator, or nothing where none is expected.

        ``answer`` and ``retries`` as in :class:`Protocol`, whose own hold where they are ``None``. Raises ``NoAnswer``
        where the last try was not answered as expected, ``PortError`` where the port is gone.
        """
        protocol = self.protocol
        expected = protocol.answer if answer is None else answer
        tries = 1 + (protocol.retries if retries is None else retries)
        if not expected:
            self.port.write((message + protocol.terminator).encode(ENCODING))
            return ""
        said: str | None = None
        for _ in range(tries):
            self.listen()  # what came unasked, or too late, is no answer to this
            self.port.write((message + protocol.terminator).encode(ENCODING))
            said = self._line(protocol.timeout)
            if said is not None and re.fullmatch(expected, said, re.DOTALL):
                return said
        times = f"{tries} times" if tries > 1 else "once"
        if said is None:
            raise NoAnswer(
                f"port {self.port.url!r}: {message!r} was sent {times} and not answered within "
                f"{protocol.timeout:g} s; check cable, baudrate and power"
            )
        raise NoAnswer(f"port {self.port.url!r}: {message!r} was answered by {said!r}; expected is {expected!r}")

    def listen(self) -> str:
        """What has arrived unasked, at once. Raises ``PortError`` where the port is gone."""
        heard, self._heard = self._heard + self.port.read(0.0), b""
        return heard.decode(ENCODING)

    def _line(self, timeout: float) -> str | None:
        """The next answer, or ``None`` where it has not come in ``timeout`` s."""
        end = self.protocol.answer_terminator.encode(ENCODING)
        deadline = time.monotonic() + timeout
        while end not in self._heard:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._heard += self.port.read(left)
        line, _, self._heard = self._heard.partition(end)
        return line.decode(ENCODING)
