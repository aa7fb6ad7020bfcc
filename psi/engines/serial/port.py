"""The one door to pyserial: a port that is opened, written to, read from and closed, in plain values.

Whatever pyserial or the system raises becomes ``PortError``, whose text is one line that names the port.
"""

from __future__ import annotations

import contextlib
import importlib.util
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psi.core.errors import PsiError

#: What is said where pyserial is missing.
MISSING = "a serial port needs pyserial, which is not installed; run: pip install 'psi[serial]'"


class PortError(PsiError):
    """The port cannot be opened, or is gone."""


@dataclass(frozen=True)
class PortSettings:
    """How a port is opened."""

    #: Name of the port (``'COM3'``, ``'/dev/ttyUSB0'``) or a URL of pyserial (``'socket://host:port'``).
    url: str
    #: Bits/s.
    baudrate: int = 9600
    bytesize: int = 8
    #: 'N', 'E' or 'O'.
    parity: str = "N"
    stopbits: int = 1
    #: Seconds from opening to the first byte; a board that resets when its port is opened needs about two.
    settle: float = 0.0


def pyserial_is_there() -> bool:
    return importlib.util.find_spec("serial") is not None


def known_ports() -> list[str]:
    """Names of the serial ports that the system lists; made-up ones (pseudo-terminals, bridges) may be missing."""
    from serial.tools.list_ports import comports

    return sorted(port.device for port in comports())


def port_is_known(url: str) -> bool | None:
    """Whether the port is there; ``None`` where only opening it would tell."""
    if "://" in url:
        return None
    if url.startswith("/"):
        return Path(url).exists()
    return True if url.upper() in {name.upper() for name in known_ports()} else None


class SerialPort:
    """An open port. Used by one thread at a time."""

    #: Seconds that writing one message may take before the port counts as gone.
    WRITE_PATIENCE = 2.0

    def __init__(self, settings: PortSettings) -> None:
        """Open the port. Raises ``PortError`` where it cannot be opened, or pyserial is missing."""
        self.url = settings.url
        if not pyserial_is_there():
            raise PortError(MISSING)
        import serial

        try:
            self._port: Any = serial.serial_for_url(
                settings.url,
                baudrate=settings.baudrate,
                bytesize=settings.bytesize,
                parity=settings.parity,
                stopbits=settings.stopbits,
                timeout=0.0,
                write_timeout=self.WRITE_PATIENCE,
            )
        except (OSError, ValueError) as error:  # pyserial's own errors are OSErrors
            there = ", ".join(known_ports()) or "none"
            raise PortError(
                f"port {settings.url!r} cannot be opened ({_reason(error)}); ports of this machine: {there}. "
                "Check cable and connection_url, and that no other program has it"
            ) from error
        if settings.settle > 0:
            time.sleep(settings.settle)

    def write(self, message: bytes) -> None:
        """Send ``message`` whole. Raises ``PortError`` where the port is gone."""
        try:
            self._port.write(message)
            self._port.flush()
        except OSError as error:
            raise self._gone(error) from error

    def read(self, timeout: float) -> bytes:
        """What has arrived, waiting up to ``timeout`` s for the first byte. Raises ``PortError`` where it is gone."""
        try:
            self._port.timeout = timeout
            first: bytes = self._port.read(1)
            waiting = self._port.in_waiting
            return first + (self._port.read(waiting) if waiting else b"")
        except OSError as error:
            raise self._gone(error) from error

    def close(self) -> None:
        """Let go of the port; again, or of one that is gone, is fine."""
        # A port that is gone has nothing left to let go of, and reading or writing has said so.
        with contextlib.suppress(OSError):
            self._port.close()

    def _gone(self, error: OSError) -> PortError:
        return PortError(f"port {self.url!r} is gone ({_reason(error)}); check its cable and power")


def _reason(error: BaseException) -> str:
    return " ".join((getattr(error, "strerror", None) or str(error) or type(error).__name__).split())
