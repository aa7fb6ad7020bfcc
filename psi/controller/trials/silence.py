"""Notices engines that give no samples any more, and says so; what to do about it is for people to decide."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple


class SilenceChange(NamedTuple):
    """An engine fell silent, or is heard again."""

    engine: str
    silent: bool
    #: Seconds since its last samples; of one that is heard again, how long it was silent.
    seconds: float


class SilenceWatch:
    """Knows when each engine gave samples last. :meth:`heard` may be called from any thread.

    Parameters
    ----------
    limits
        Engine name -> seconds without samples after which it counts as silent; see :func:`silence_limit`.
    """

    def __init__(self, limits: Mapping[str, float]) -> None:
        self._limits = limits
        self._last: dict[str, float] = {}
        #: Engine that is silent now -> seconds since its last samples, at the last :meth:`look`. Replaced, not changed.
        self.silent: Mapping[str, float] = {}
        # Engine -> when it was heard last before it fell silent.
        self._since: dict[str, float] = {}

    def begin(self, now: float) -> None:
        """The engines have been started; what they give is expected from ``now`` (s) on."""
        # Whoever was quick may have been heard already.
        for engine in self._limits:
            self._last.setdefault(engine, now)

    def heard(self, engine: str, now: float) -> None:
        """``engine`` gave samples at ``now`` (s)."""
        self._last[engine] = now

    def look(self, now: float) -> list[SilenceChange]:
        """What has changed by ``now`` (s)."""
        changes, silent = [], {}
        for engine, last in list(self._last.items()):
            # It may have gone on and stopped again since the last look.
            if last > self._since.get(engine, last):
                changes.append(SilenceChange(engine, False, last - self._since.pop(engine)))
            if now - last > self._limits[engine]:
                if engine not in self._since:
                    self._since[engine] = last
                    changes.append(SilenceChange(engine, True, now - last))
                silent[engine] = now - last
        self.silent = silent
        return changes


def silence_limit(block_duration: float, fastest: float) -> float:
    """Seconds without samples that are too many, for blocks of ``block_duration`` s and ``fastest`` samples/s.

    Half a second, or twice what an engine takes to give anything where that is longer.
    """
    return max(0.5, 2 * block_duration, 2 / fastest if fastest > 0 else math.inf)
