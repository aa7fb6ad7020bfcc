"""Named points at which a test may have this process killed: ``PSI_KILL_AT='commit:3'`` is the third 'commit'."""

from __future__ import annotations

import os
import signal
from collections import Counter

_POINT, _, _PASS = os.environ.get("PSI_KILL_AT", "").partition(":")
_passes: Counter[str] = Counter()


def passing(point: str) -> None:
    """Say that ``point`` is passed; a process that is to be killed there does not come back."""
    if point != _POINT:
        return
    _passes[point] += 1
    if _passes[point] >= int(_PASS or 1):
        # Windows has no SIGKILL; there this ends the process as abruptly.
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
