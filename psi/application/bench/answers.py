"""What a recording of the latency benchmark says: how soon each edge was answered, and whether one was not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import psi
from psi.core.errors import RunFault

#: Of the bench's rig and paradigm: the stream with the sensor's signal, the edges made of it, the answers.
_SIGNAL, _INPUT, OUTPUT = "sensor", "touch", "click"


@dataclass(frozen=True, slots=True)
class Answers:
    """Delays in s of what was answered after the warm-up, and how many edges or answers are missing."""

    #: From the moment at which an edge's block was available to the call of each of its commands.
    block_to_command: NDArray[np.float64]
    #: From the edge's sample to the output's, both on the device's clock.
    edge_to_output: NDArray[np.float64]
    #: Edges of the recorded signal without an event, events without their command, touches without a sound.
    lost: int
    #: Seconds from an edge to its output that block and look-ahead explain, with one sample of either rate.
    longest: float

    @property
    def late(self) -> int:
        """Outputs that came later than block and look-ahead explain."""
        return int(np.count_nonzero(self.edge_to_output > self.longest))


def answers(recording: Path, after: float, block: float, look_ahead: float) -> Answers:
    """What the recording says of what happened later than ``after`` s.

    Raises ``RunFault`` where answers and edges do not go together.
    """
    with psi.open_recording(recording) as kept:
        edges = kept.events[kept.events["source"] == _INPUT]
        touches = edges[edges["name"] == f"{_INPUT}_rising"]
        actions = kept.audit[kept.audit["what"] == "action"]
        clicks = kept.outputs[kept.outputs["name"] == OUTPUT]
        signal = kept.streams[_SIGNAL]
        high = signal.data[:, 0] > 0
        fs = signal.fs
    # Stop may come between an edge and its answers, and before the last sound has begun.
    clicks, started = clicks[: len(touches)], touches[: len(clicks)]
    expected = int(np.count_nonzero(high[1:] != high[:-1]))
    unanswered = len(touches) - len(clicks)
    causes = [info["event"] for info in actions["info"]]
    rising = causes.count(f"{_INPUT}_rising")
    lost = abs(expected - len(edges)) + max(0, unanswered - 1) + max(0, 2 * len(touches) - 2 - rising)
    sounded = clicks["sample"].to_numpy() / clicks["fs"].to_numpy()
    touched = started["sample"].to_numpy() / fs
    delays = sounded - touched
    if len(delays) and delays.min() < 0:
        raise RunFault(f"a sound of the bench came before its touch; see {recording}")
    return Answers(
        block_to_command=_delays(actions, after),
        edge_to_output=delays[touched > after],
        lost=lost,
        longest=block + look_ahead + 1 / fs + 1 / float(clicks["fs"].iloc[0]),
    )


def _delays(actions: pd.DataFrame, after: float) -> NDArray[np.float64]:
    late = actions[actions["time"] > after]
    return np.array([info["latency_s"] for info in late["info"]], dtype=np.float64)
