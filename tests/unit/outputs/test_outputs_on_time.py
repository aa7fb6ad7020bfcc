"""A channel's ``max_on_time``: pulses that are longer are refused, and a timed line that stays high is cut."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from psi.core.clock import ManualClock
from psi.core.errors import RunFault
from psi.outputs.output import Toggle, Trigger
from psi.outputs.player import OutputPort

FS = 1000.0


def port(fs: float, limit: float = 0.05, committed: list[int] | None = None) -> OutputPort:
    at = committed or [0]
    return OutputPort(
        channel="valve",
        fs=fs,
        clock=ManualClock(),
        committed=lambda: at[0],
        write_line=lambda level: None,
        announce=lambda event, time, sample: lambda: None,
        call_at=lambda time, action, survives: None,
        record=lambda row: None,
        max_on_time=limit,
    )


def runs(samples: np.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """First sample, and one past the last, of each time high."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], samples, [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


@pytest.mark.parametrize("fs", [0.0, FS])
def test_a_pulse_that_is_longer_than_its_channel_allows_is_refused(fs: float) -> None:
    player = Trigger(name="drop", duration=0.02).player(port(fs))
    player.fire()
    with pytest.raises(RunFault, match=r"asked for a pulse of 0\.06 s; its max_duration is 0\.05 s"):
        player.fire(duration=0.06)


def test_the_shorter_of_both_limits_holds() -> None:
    assert Trigger(name="drop", max_duration=0.04).player(port(FS)).max_duration == 0.04
    assert Trigger(name="drop", max_duration=0.4).player(port(FS)).max_duration == 0.05
    assert Trigger(name="drop").player(port(FS, math.inf)).max_duration == math.inf


@pytest.mark.parametrize("block", [1, 7, 200])
def test_a_timed_toggle_is_cut_at_the_limit_in_whatever_blocks_it_is_read(block: int) -> None:
    committed = [0]
    player = Toggle(name="light").player(port(FS, 0.05, committed))
    player.set_high(at=0.01)
    # Raised again while it is high: that is no new time.
    player.set_high(at=0.03)
    player.set_low(at=0.08)
    player.set_high(at=0.1)
    player.set_low(at=0.12)
    samples = np.concatenate([player.read(s0, min(block, 200 - s0)) for s0 in range(0, 200, block)])
    assert runs(samples) == [(10, 60), (100, 120)]


def test_a_line_that_was_closed_is_no_pulse_any_more() -> None:
    player = Trigger(name="drop", duration=0.02).player(port(0.0))
    player.fire()
    assert player.pulsing
    player.closed()
    assert not player.pulsing
