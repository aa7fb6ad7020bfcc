"""Players: an output's state during one run. They give samples to the engine and report what they did."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.core.clock import Clock
from psi.core.errors import RunFault
from psi.core.protocols import RowSink

#: Samples ``s0 .. s0 + n`` of a stimulus that goes on for ever.
Endless = Callable[[int, int], NDArray[np.float64]]


@dataclass(frozen=True)
class OutputPort:
    """What a player may ask of the run."""

    #: Reference of the channel.
    channel: str
    #: Samples per second; 0 for a line that is set on demand.
    fs: float
    clock: Clock
    #: First sample of the channel that can still be changed.
    committed: Callable[[], int]
    #: Sets the on-demand line now.
    write_line: Callable[[float], None]
    #: Posts an event at a time: name, time in s, sample (-1 for none). What it returns takes it back until then.
    announce: Callable[[str, float, int], Callable[[], None]]
    #: Calls a function at a time in s; the flag tells what ends something, and is done after Stop as well.
    call_at: Callable[[float, Callable[[], None], bool], None]
    record: RowSink
    #: Begins a pulse of so many s that the device times by itself; False where it times none on this line.
    write_pulse: Callable[[float], bool] = lambda duration: False
    #: Seconds for which the channel may be high at a time.
    max_on_time: float = math.inf


class Player:
    """Base: keeps what is scheduled, under a lock, since the engine reads from a thread of its own."""

    def __init__(self, name: str, port: OutputPort) -> None:
        self.name = name
        self.port = port
        self._lock = threading.Lock()

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        """Samples ``s0 .. s0 + n``, shape ``(n,)``, in the channel's unit."""
        raise RunFault(f"output {self.name!r} is set on demand and has no samples")

    def silent(self, s0: int, n: int) -> bool:
        """Whether ``s0 .. s0 + n`` are all zero, so that nothing needs to be added up."""
        return False

    def closed(self) -> None:
        """The channel's on-demand line was lowered, since it had been high for as long as it may."""

    @property
    def pulsing(self) -> bool:
        """Whether something has begun that must not be cut short."""
        return False

    def _earliest(self, at: float | None) -> int:
        """The sample for time ``at``, or the first that can still be changed; a late one is recorded."""
        committed = self.port.committed()
        if at is None:
            # Where the engine holds less in advance than a block, it has not committed up to now.
            return max(committed, math.ceil(self.port.clock.now() * self.port.fs - 1e-6))
        # Times come from sample indices divided by a rate; a millionth of a sample is rounding, not lateness.
        wanted = math.ceil(at * self.port.fs - 1e-6)
        if wanted < committed:
            late = committed - wanted
            info = {"asked_sample": wanted, "sample": committed, "late_samples": late, "late_s": late / self.port.fs}
            self.port.record(
                {"kind": "audit", "time": self.port.clock.now(), "what": "late", "name": self.name, "info": info}
            )
        return max(wanted, committed)

    def _played(self, s0: int, end: int, info: Mapping[str, Any]) -> Callable[[], None]:
        """Report what will be played; returns what takes the announced end back."""
        fs = self.port.fs
        self.port.record(
            {
                "kind": "output",
                "name": self.name,
                "time": s0 / fs,
                "sample": s0,
                "end_sample": end,
                "fs": fs,
                "info": dict(info),
            }
        )
        self.port.announce(f"{self.name}_start", s0 / fs, s0)
        return self.port.announce(f"{self.name}_end", end / fs, end)


class Mixer:
    """A channel's supply: the sum of the players on it, which an engine may also read one by one."""

    def __init__(self, players: Mapping[str, Player]) -> None:
        self.players = players

    def read_parts(self, s0: int, n: int) -> dict[str, NDArray[np.float64]]:
        """Samples of each player that is not silent in ``s0 .. s0 + n``."""
        return {name: player.read(s0, n) for name, player in self.players.items() if not player.silent(s0, n)}

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        parts = list(self.read_parts(s0, n).values())
        if not parts:
            return np.zeros(n)
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total
