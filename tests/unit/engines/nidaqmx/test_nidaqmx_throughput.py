"""Two cards at once for long: sixteen slow inputs on one, fast inputs and outputs on the other; no gap, no shift."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from psi.api import AIChannel, AOChannel
from psi.engines.nidaqmx.own_server import address_of
from psi.stream.info import Chunk

SERVER = (
    "--device", "Dev1=PCIe-6363", "--device", "Dev2=PCIe-6363",
    "--wire", "Dev2/ao0=Dev2/ai0", "--wire", "Dev2/ao1=Dev2/ai1",
)  # fmt: skip
FAST, SLOW = 200e3, 25e3


def staircase(index: NDArray[np.int64]) -> NDArray[np.float64]:
    return (index % 1009) / 200.0 - 2.5


@pytest.mark.parametrize("seconds", [3, pytest.param(600, marks=pytest.mark.long)])
def test_two_cards_run_without_a_gap(bench: Callable[..., Any], seconds: int) -> None:
    channels = [
        AIChannel(channel="Dev1/ai0:15", name="electrodes", fs=SLOW),
        AIChannel(channel="Dev2/ai0:1", name="microphones", fs=FAST),
        AOChannel(channel="Dev2/ao0", name="left", fs=FAST),
        AOChannel(channel="Dev2/ao1", name="right", fs=FAST),
    ]
    # A process of its own, as a device server is: it does not share our interpreter.
    server = SimpleNamespace(address=address_of(SERVER))
    signals = {"left": staircase, "right": lambda index: -staircase(index)}
    run = bench(server, channels, signals, look_ahead=0.3)
    run.keep = False
    ends = {"electrodes": 0, "microphones": 0}
    wrong: list[str] = []
    checked = threading.Lock()

    def check(chunk: Chunk) -> None:
        with checked:
            name = chunk.info.name
            if chunk.s0 != ends[name]:
                wrong.append(f"{name}: a gap at {ends[name]}, then {chunk.s0}")
            ends[name] = chunk.end
            if name == "microphones":
                played = staircase(np.arange(chunk.s0, chunk.end))
                step = 2 * 20 / 2**16
                if not np.allclose(chunk.data, [played, -played], atol=step):
                    wrong.append(f"another signal at {chunk.s0}")

    run.on_chunk = check
    run.run()
    run.wait(lambda: wrong or run.faults or ends["microphones"] >= seconds * FAST, limit=2.0 * seconds + 60)
    run.driver.stop()
    assert wrong == []
    assert run.faults == []
    assert run.losses == []
    assert ends["electrodes"] >= 0.9 * seconds * SLOW
