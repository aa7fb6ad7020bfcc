"""Simulated devices at pseudo-terminals, so that a rig with serial devices can be tried without them.

POSIX only, as pseudo-terminals are; what drives the devices is not.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import select
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self


class SerialDevice(ABC):
    """A device at the other end of a serial line, from ``with`` to its end; ``url`` is its port's name.

    Examples
    --------
    >>> with LightBox() as box:                                                      # doctest: +SKIP
    ...     print(f"psi run record --rig lit --set-rig port={box.url}")
    """

    #: Ends a message to the device.
    terminator = b"\n"

    def __init__(self) -> None:
        self._master, self._slave = -1, -1
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._heard = b""
        self._changed = threading.Condition()
        #: Name of the port.
        self.url = ""
        #: All that it was told, in order.
        self.told: list[str] = []
        #: What is done to the next answers instead of giving them: 'lose', or text that is sent instead.
        self.mishaps: list[str] = []

    @abstractmethod
    def answer(self, message: str) -> str:
        """What it does and says when it is told ``message``."""

    def __enter__(self) -> Self:
        import pty
        import tty

        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.url = os.ttyname(self._slave)
        self._thread = threading.Thread(target=self._serve, name=f"device {self.url}", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.unplug()

    def unplug(self) -> None:
        """Pull the cable; again is fine."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        for end in (self._master, self._slave):
            if end >= 0:
                os.close(end)
        self._master, self._slave = -1, -1

    def wait_for(self, condition: Callable[[], bool], seconds: float = 30.0) -> bool:
        """Whether ``condition`` holds within ``seconds``; looked at whenever the device was told something."""
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def _serve(self) -> None:
        while not self._stop.is_set():
            readable, _, _ = select.select([self._master], [], [], 0.02)
            if not readable:
                continue
            # Whoever holds the other end may close it; the device waits for the next one.
            with contextlib.suppress(OSError):
                self._heard += os.read(self._master, 4096)
            while self.terminator in self._heard:
                message, _, self._heard = self._heard.partition(self.terminator)
                self._take(message.decode("latin-1"))

    def _take(self, message: str) -> None:
        said = self.answer(message)
        if self.mishaps:
            mishap = self.mishaps.pop(0)
            said = "" if mishap == "lose" else mishap
        if said:
            os.write(self._master, said.encode("latin-1"))
        with self._changed:
            self.told.append(message)
            self._changed.notify_all()


class LightBox(SerialDevice):
    """A light that takes ``L1`` and ``L0`` and answers ``OK``."""

    def __init__(self) -> None:
        super().__init__()
        #: Whether it is lit, after each message that it understood.
        self.levels: list[int] = []

    def answer(self, message: str) -> str:
        if message not in ("L0", "L1"):
            return "?\n"
        self.levels.append(int(message[1]))
        return "OK\n"


class _Syringe:
    """One pump of a :class:`SyringePump`."""

    #: cm/min of the plunger at most.
    FASTEST = 3.77

    def __init__(self) -> None:
        self.alarm = "R"
        self.state = "S"
        self.diameter, self.rate = 0.0, 0.0
        #: ml to give, 0 for no end, and its unit.
        self.volume, self.unit = 0.0, "ML"
        self.direction = "INF"
        #: ml by direction.
        self.given = {"INF": 0.0, "WDR": 0.0}
        #: Doses that were begun.
        self.runs = 0
        self._begun, self._left = 0.0, 0.0

    def tick(self, now: float) -> None:
        """Move on to ``now`` s."""
        if self.state != "I":
            return
        moved, self._begun = self.rate / 60 * (now - self._begun), now
        if self.volume and moved >= self._left:
            moved, self.state = self._left, "S"
        self._left -= moved
        self.given[self.direction] += moved

    def do(self, command: str, now: float) -> str:
        """Carry out ``command`` and return the data of its answer."""
        words = re.fullmatch(r"([A-Z]{3})([\d.]*)([A-Z]*)", command.replace(" ", ""))
        if command == "":
            return ""
        if words is None:
            return "?"
        verb, value, unit = words[1], words[2], words[3]
        if self.state == "I" and verb not in ("STP", "DIS", "VER"):
            return "?NA"
        if verb == "RUN":
            if self.state == "S":
                self._left = self.volume
            self.state, self._begun, self.runs = "I", now, self.runs + 1
        elif verb == "STP":
            if self.state == "S":
                return "?NA"
            self.state = "P" if self.state == "I" else "S"
        elif verb == "DIA":
            self.diameter = float(value)
        elif verb == "RAT":
            if unit != "MM" or float(value) > self.FASTEST * math.pi / 4 * (self.diameter / 10) ** 2:
                return "?OOR"
            self.rate = float(value)
        elif verb == "VOL" and value:
            self.volume = float(value) / (1000 if self.unit == "UL" else 1)
        elif verb == "VOL" and unit in ("UL", "ML"):
            self.unit = unit
        elif verb == "DIR" and unit in ("INF", "WDR"):
            self.direction = unit
        elif verb == "CLD" and unit in ("INF", "WDR"):
            self.given[unit] = 0.0
        elif verb == "DIS":
            scale = 1000 if self.unit == "UL" else 1
            return f"I{self.given['INF'] * scale:.3f}W{self.given['WDR'] * scale:.3f}{self.unit}"
        elif verb == "VER":
            return "NE1000V3.928"
        else:
            return "?"
        return ""


class SyringePump(SerialDevice):
    """New Era pumps on one line, in basic mode, which give what they are told in real time.

    Parameters
    ----------
    addresses
        Of the pumps.
    """

    terminator = b"\r"

    def __init__(self, addresses: Sequence[int] = (0,)) -> None:
        super().__init__()
        #: Address -> the pump there.
        self.pumps = {address: _Syringe() for address in addresses}

    def answer(self, message: str) -> str:
        match = re.fullmatch(r"(\d*)(.*)", message)
        assert match is not None
        pump = self.pumps.get(int(match[1] or 0))
        if pump is None:
            return ""
        now = time.monotonic()
        pump.tick(now)
        address = f"{int(match[1] or 0):02d}"
        if pump.alarm:
            alarm, pump.alarm = pump.alarm, ""
            return f"\x02{address}A?{alarm}\x03"
        data = pump.do(match[2], now)
        return f"\x02{address}{pump.state}{data}\x03"

    def stall(self, address: int = 0) -> None:
        """Block the syringe: it stands still, and says so when it is asked."""
        pump = self.pumps[address]
        pump.tick(time.monotonic())
        pump.state, pump.alarm = "S", "S"
