"""From the end of a block to the call of the command that it led to, as a recording tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import psi
from psi.core.errors import RunFault

#: Of the bench's rig: samples/s of the input whose edges are acted on, its name, and seconds in a block.
_FS, _INPUT, _BLOCK = 10_000, "touch", 0.005

_PERCENTILES = {"p50": 50.0, "p99": 99.0, "p999": 99.9, "max": 100.0}


def block_to_command(recording: Path, after: float) -> NDArray[np.float64]:
    """Seconds from the end of an edge's block to its command's call, for each edge after ``after`` s.

    Both are times of the run's clock, which is the wall clock here: the wake of the engine's thread, the making of
    the simulated block, its chains and the dispatcher all lie in between. Raises ``RunFault`` where edges and
    commands do not go together.
    """
    with psi.open_recording(recording) as kept:
        events = kept.events[kept.events["source"] == _INPUT]
        actions = kept.audit[kept.audit["what"] == "action"]
        # Stop may come between an event and its action.
        n = len(actions)
        caused_by = [info["event"] for info in actions["info"]]
        if list(events["name"][:n]) != caused_by or len(events) > n + 1:
            raise RunFault(f"the bench's commands are not those of its edges, in order; see {recording}")
        samples = events["sample"].to_numpy()[:n]
        called = actions["time"].to_numpy()
    ends = (samples // round(_BLOCK * _FS) + 1) * _BLOCK
    delays: NDArray[np.float64] = (called - ends)[ends > after]
    return delays


def summary(delays: NDArray[np.float64]) -> dict[str, Any]:
    """Percentiles in ms, and how many there are: ``{"p50", "p99", "p999", "max", "n"}``; ``None`` of none."""
    found: dict[str, Any] = {
        name: round(float(np.percentile(delays, p)) * 1e3, 4) if len(delays) else None
        for name, p in _PERCENTILES.items()
    }
    return found | {"n": len(delays)}
