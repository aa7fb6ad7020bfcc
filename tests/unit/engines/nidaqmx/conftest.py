"""A run's side of an NI engine: what it hands over and says, kept so that tests can wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from psi.core.clock import WallClock
from psi.core.random_streams import RandomStreams
from psi.engines.nidaqmx import NIDAQEngine
from psi.engines.nidaqmx.run_driver import NIDAQDriver
from psi.hardware.channel import Channel
from psi.hardware.engine import Ports
from psi.stream.info import Chunk
from psi.testing.ni_server.server import SimulatedServer

#: Seconds that anything may take on a machine that does other things too.
LIMIT = 20.0


#: What an output plays at given samples.
Signal = Callable[[NDArray[np.int64]], NDArray[np.float64]]


class Supply:
    """An output's samples; notes what was asked for."""

    def __init__(self, signal: Signal = lambda index: np.zeros(len(index))) -> None:
        self.signal = signal
        self.asked: list[tuple[int, int]] = []

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        self.asked.append((s0, n))
        return self.signal(np.arange(s0, s0 + n))


class Bench:
    """One run of an engine."""

    def __init__(self, engine: NIDAQEngine, supplies: Mapping[str, Supply], block: Fraction) -> None:
        self.changed = threading.Condition()
        self.chunks: dict[str, list[Chunk]] = {}
        self.reports: list[tuple[str, dict[str, Any]]] = []
        self.pairs: list[tuple[float, int, float]] = []
        self.losses: list[tuple[str, int, int]] = []
        self.faults: list[BaseException] = []
        clock = WallClock()
        clock.start()
        channels = engine.channels()
        self.supplies = {c.reference: supplies.get(c.reference, Supply()) for c in channels if c.direction == "output"}
        self.ports = Ports(
            block_duration=block,
            clock=clock,
            inputs={c.reference: self._taker(c.reference) for c in channels if c.direction == "input"},
            outputs=self.supplies,
            generator=RandomStreams(1).generator,
            ended=lambda name: None,
            fault=lambda error: self._note(self.faults, error),
            report=lambda event, info: self._note(self.reports, (event, dict(info))),
            clock_pair=lambda fs, sample, seen: self._note(self.pairs, (fs, sample, seen)),
            lost=lambda channel, s0, n: self._note(self.losses, (channel, s0, n)),
        )
        #: Whether all chunks are kept, or the last one only.
        self.keep = True
        #: Called with each chunk before it is kept; may be slow or raise.
        self.on_chunk: Callable[[Chunk], None] = lambda chunk: None
        driver = engine.driver(self.ports)
        assert isinstance(driver, NIDAQDriver)
        self.driver = driver

    def _note(self, where: list[Any], what: Any) -> None:
        with self.changed:
            where.append(what)
            self.changed.notify_all()

    def _taker(self, reference: str) -> Callable[[Chunk], None]:
        kept = self.chunks.setdefault(reference, [])

        def take(chunk: Chunk) -> None:
            self.on_chunk(chunk)
            if not self.keep:
                kept.clear()
            self._note(kept, chunk)

        return take

    def wait(self, happened: Callable[[], Any], limit: float = LIMIT) -> None:
        """Wait until ``happened``, looking whenever something comes; fails with what the engine said meanwhile."""
        deadline = time.monotonic() + limit
        with self.changed:
            while not happened():
                left = deadline - time.monotonic()
                assert left > 0, f"nothing came in {limit:g} s: {self.faults} {self.reports}"
                self.changed.wait(min(left, 0.5))

    def wait_for_samples(self, reference: str, n: int) -> NDArray[Any]:
        """The first ``n`` samples of an input, shape ``(n_channels, n)``; blocks follow each other without a gap."""
        chunks = self.chunks[reference]
        self.wait(lambda: self.faults or (chunks and chunks[-1].end >= n))
        assert self.faults == []
        with self.changed:
            whole = list(chunks)
        assert [chunk.s0 for chunk in whole] == [0, *(chunk.end for chunk in whole[:-1])]
        return np.concatenate([chunk.data for chunk in whole], axis=1)[:, :n]

    def told(self, event: str) -> dict[str, Any]:
        """What was first reported as ``event``; waits for it."""
        self.wait(lambda: any(name == event for name, _ in self.reports))
        return next(info for name, info in self.reports if name == event)

    def run(self) -> Bench:
        """Prepared and started."""
        self.driver.prepare()
        self.driver.start()
        return self


@pytest.fixture
def server() -> Iterator[SimulatedServer]:
    """Two cards with wires from what they play to what they measure."""
    wires = [
        "Dev1/ao0=Dev1/ai0",
        "Dev1/port0/line0=Dev1/port0/line8",
        "Dev1/port0/line1=Dev1/ai1",
        "Dev1/port0/line0=Dev1/ctr0",
        "Dev1/ctr1=Dev1/port0/line9",
    ]
    with SimulatedServer(["Dev1=USB-6343", "Dev2=USB-6343"], wires=wires) as server:
        yield server


@pytest.fixture
def level(server: SimulatedServer) -> Callable[[str], float]:
    """What an output's terminal carries now, in V or as 0 and 1."""

    def ask(line: str) -> float:
        with server.changed:
            return server.net.line(line).level(server.clock.now())

    return ask


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    """Makes runs of an engine with channels on a simulated server, and sees to it that nothing of them is left."""
    made: list[Bench] = []

    def make(
        server: SimulatedServer,
        channels: Sequence[Channel],
        signals: Mapping[str, Signal] | None = None,
        block: Fraction = Fraction(1, 100),
        **settings: Any,
    ) -> Bench:
        engine = NIDAQEngine(name="card", server=server.address, **settings)
        for channel in channels:
            channel.set_parent(engine)
        supplies = {name: Supply(signal) for name, signal in (signals or {}).items()}
        made.append(Bench(engine, supplies, block))
        return made[-1]

    yield make
    for run in made:
        run.driver.ensure_stopped()
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith(("engine", "nidaqmx"))]
    assert left == []
