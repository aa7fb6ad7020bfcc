"""What an output channel has played lately, kept so that wires, air and subjects can have it."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Played:
    """The committed samples of one output channel, in pieces by player; pieces older than needed go."""

    #: Seconds that loop-backs may reach back.
    MEMORY = 1.0

    def __init__(self, fs: float, supply: Any, ahead: float) -> None:
        """``ahead``: seconds for which samples are committed before they are measured, at most."""
        self.fs = fs
        #: First sample that can still be changed.
        self.end = 0
        self._supply = supply
        self._memory = math.ceil((self.MEMORY + ahead) * fs)
        self._pieces: deque[tuple[int, int, dict[str, NDArray[np.float64]]]] = deque()

    def extend(self, until: int) -> None:
        """Commit the samples up to ``until``."""
        if until <= self.end:
            return
        # Said before the samples are asked for: what is asked of a player meanwhile must lie behind them.
        begin, self.end = self.end, until
        self._pieces.append((begin, until, self._supply.read_parts(begin, until - begin)))
        oldest = until - self._memory
        while self._pieces and self._pieces[0][1] < oldest:
            self._pieces.popleft()

    def parts(self, s0: int, end: int) -> dict[str, NDArray[np.float64]]:
        """Samples ``s0 .. end`` of each player that was not silent, shape ``(end - s0,)``."""
        found: dict[str, NDArray[np.float64]] = {}
        for start, stop, parts in self._pieces:
            first, last = max(start, s0), min(stop, end)
            if first >= last:
                continue
            for name, samples in parts.items():
                if start == s0 and stop == end:
                    found[name] = samples
                    continue
                whole = found.setdefault(name, np.zeros(end - s0))
                whole[first - s0 : last - s0] = samples[first - start : last - start]
        return found

    def total(self, s0: int, n: int) -> NDArray[np.float64] | None:
        """The sum of all players in ``s0 .. s0 + n``; ``None`` where all were silent."""
        parts = list(self.parts(s0, s0 + n).values())
        if not parts:
            return None
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total
