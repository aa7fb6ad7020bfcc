"""What a run sees of its store: whether it keeps up, how long its disk lasts, and whether it is there at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from psi.data.plan import DISK_LOW
from psi.data.recording_rings import RecordingRings

#: Free fraction of the fullest ring below which the store is behind, and from which on it has caught up.
BEHIND, CAUGHT_UP = 0.25, 0.5
#: Seconds between looks.
LOOK = 0.05


class StoreWatch:
    """Posts ``disk_low`` and ``store_behind``, and stops the run before its disk is full."""

    def __init__(self, rings: RecordingRings, folder: str) -> None:
        self._rings = rings
        self._folder = folder
        self._said = 0
        self._behind = False
        self._last_look = -LOOK

    def look(self, post: Callable[[str, Mapping[str, Any]], None] | None, stop: Callable[[], None]) -> None:
        """Call it often. ``post`` is ``None`` where a run must not depend on the machine; ``stop`` ends it in time."""
        now = time.monotonic()
        if now - self._last_look < LOOK:
            return
        self._last_look = now
        left = self._rings.control.disk_seconds
        if left == 0:
            stop()
        if post is not None:
            self._look_at_disk(left, post)
            self._look_at_rings(self._rings.headroom(), post)

    def _look_at_disk(self, left: float | None, post: Callable[[str, Mapping[str, Any]], None]) -> None:
        if left is None:
            return
        crossed = sum(left < limit for limit in DISK_LOW)
        if crossed > self._said:
            post("disk_low", {"minutes_left": round(left / 60, 1), "folder": self._folder})
        if crossed > self._said or left > 1.5 * DISK_LOW[0]:
            self._said = crossed

    def _look_at_rings(self, headroom: float, post: Callable[[str, Mapping[str, Any]], None]) -> None:
        if not self._behind and headroom < BEHIND:
            self._behind = True
            post("store_behind", {"headroom": round(headroom, 3), "store": "gone" if self._rings.store_is_gone else ""})
        elif self._behind and headroom >= CAUGHT_UP:
            self._behind = False

    def status(self) -> dict[str, Any]:
        """``headroom`` (0 to 1), ``disk_seconds`` until the run has to end (``None``: not known), ``store_gone``."""
        return {
            "headroom": self._rings.headroom(),
            "disk_seconds": self._rings.control.disk_seconds,
            "store_gone": self._rings.store_is_gone,
        }
