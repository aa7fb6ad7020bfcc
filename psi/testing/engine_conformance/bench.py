"""A run's side of one engine, for tests: what it hands over and says is kept, and can be waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.core.clock import ManualClock, WallClock
from psi.core.random_streams import RandomStreams
from psi.hardware.channel import Channel
from psi.hardware.engine import Engine, EngineDriver, Ports
from psi.stream.info import Chunk

#: What an output plays at given sample indexes, shape ``(n,)`` in and out.
Signal = Callable[[NDArray[np.int64]], NDArray[np.float64]]


def code(index: NDArray[np.int64]) -> NDArray[np.float64]:
    """A signal between -1 and 1 in which a thousand samples in a row are all different: each tells its index."""
    return np.asarray(index * 389 % 1009 / 504 - 1, dtype=np.float64)


def bits(index: NDArray[np.int64]) -> NDArray[np.float64]:
    """The same of 0 and 1: the parity of the index's bits, a sequence that repeats nowhere soon."""
    parity = index.copy()
    for shift in (32, 16, 8, 4, 2, 1):
        parity ^= parity >> shift
    return np.asarray(parity & 1, dtype=np.float64)


class BenchSupply:
    """An output's samples. It notes what is asked for, and what was asked for again although it had been committed."""

    def __init__(self, signal: Signal, committed: Callable[[], int]) -> None:
        self._signals: list[tuple[int, Signal]] = [(0, signal)]
        self._committed = committed
        self._lock = threading.Lock()
        # The largest value of ``committed`` that anybody has seen.
        self._seen = 0
        #: First sample and number of each read.
        self.asked: list[tuple[int, int]] = []
        #: One line for each read, or value of ``committed``, that breaks the contract.
        self.broken: list[str] = []

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        with self._lock:
            end = max((start + length for start, length in self.asked), default=0)
            # What is about to be asked for may be committed already: it then cannot be changed any more.
            if s0 < min(self._seen, end):
                self.broken.append(f"samples from {s0} on were asked for again; committed was {self._seen} already")
            if s0 > end:
                self.broken.append(f"samples {end} to {s0} were never asked for")
            self.asked.append((s0, n))
            return self.values(np.arange(s0, s0 + n))

    def read_parts(self, s0: int, n: int) -> dict[str, NDArray[np.float64]]:
        return {"bench": self.read(s0, n)}

    def values(self, index: NDArray[np.int64]) -> NDArray[np.float64]:
        """What is played at ``index``, as it was set last."""
        values = self._signals[0][1](index)
        for start, signal in self._signals[1:]:
            values = np.where(index >= start, signal(index), values)
        return values

    def look(self) -> int:
        """What is committed now."""
        with self._lock:
            return self._look()

    def _look(self) -> int:
        now = self._committed()
        if now < self._seen:
            self.broken.append(f"committed went back from {self._seen} to {now}")
        self._seen = max(self._seen, now)
        return now

    def change(self, signal: Signal) -> int:
        """Play ``signal`` from the first sample that can still be changed, which is returned."""
        with self._lock:
            start = self._look()
            self._signals.append((start, signal))
            return start


class EngineBench:
    """One run of an engine.

    Parameters
    ----------
    lockstep
        Whether :meth:`advance` moves the engine; else it keeps its own time.
    signals
        What outputs play, by channel reference; a code by which samples are known where nothing is given.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        block_duration: Fraction = Fraction(1, 100),
        lockstep: bool = False,
        signals: Mapping[str, Signal] | None = None,
        limit: float = 30.0,
    ) -> None:
        self.engine = engine
        self.limit = limit
        self.channels: dict[str, Channel] = {channel.reference: channel for channel in engine.channels()}
        self.changed = threading.Condition()
        self.chunks: dict[str, list[Chunk]] = {}
        self.reports: list[tuple[str, dict[str, Any]]] = []
        #: Samples/s, sample, and monotonic time in s of each clock pair.
        self.pairs: list[tuple[float, int, float]] = []
        #: Reference, first sample and number of each loss.
        self.losses: list[tuple[str, int, int]] = []
        self.faults: list[BaseException] = []
        self.ended = False
        #: Called with each chunk before it is kept; may be slow, or raise.
        self.on_chunk: Callable[[Chunk], None] = lambda chunk: None
        self.clock: ManualClock | WallClock = ManualClock() if lockstep else WallClock()
        self._block_duration = block_duration
        self._block = 0
        given = dict(signals or {})
        self.supplies = {
            name: BenchSupply(given.get(name, bits if channel.digital else code), self._asker(name))
            for name, channel in self.channels.items()
            if channel.direction == "output" and channel.fs > 0
        }
        self.driver: EngineDriver = engine.driver(
            Ports(
                block_duration=block_duration,
                clock=self.clock,
                inputs={name: self._taker(name) for name, c in self.channels.items() if c.direction == "input"},
                outputs=self.supplies,
                generator=RandomStreams(1).generator,
                ended=self._end,
                fault=lambda error: self._note(self.faults, error),
                report=lambda event, info: self._note(self.reports, (event, dict(info))),
                clock_pair=lambda fs, sample, seen: self._note(self.pairs, (fs, sample, seen)),
                lost=lambda channel, s0, n: self._note(self.losses, (channel, s0, n)),
            )
        )

    def _asker(self, reference: str) -> Callable[[], int]:
        return lambda: self.driver.committed(reference)

    def _end(self, engine: str) -> None:
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def _note(self, where: list[Any], what: Any) -> None:
        with self.changed:
            where.append(what)
            self.changed.notify_all()

    def _taker(self, reference: str) -> Callable[[Chunk], None]:
        kept = self.chunks.setdefault(reference, [])

        def take(chunk: Chunk) -> None:
            self.on_chunk(chunk)
            self._note(kept, chunk)

        return take

    # -- its course --------------------------------------------------------------------------

    def start(self) -> EngineBench:
        """Prepare and start it."""
        self.driver.prepare()
        if isinstance(self.clock, WallClock):
            self.clock.start()
        self.driver.start()
        return self

    @property
    def n_blocks(self) -> int:
        """Blocks that were advanced in lockstep."""
        return self._block

    def advance(self, n_blocks: int) -> None:
        """In lockstep: ``n_blocks`` more."""
        assert isinstance(self.clock, ManualClock)
        for _ in range(n_blocks):
            self._block += 1
            self.clock.set(float(self._block * self._block_duration))
            self.driver.advance(self._block)

    def end(self) -> None:
        """As a run ends it."""
        self.driver.stop()
        self.driver.ensure_stopped()

    # -- waiting -----------------------------------------------------------------------------

    def wait(self, happened: Callable[[], Any], what: str = "what was waited for") -> None:
        """Wait until ``happened``; in lockstep, advance until then. Raises ``AssertionError`` after ``limit`` s."""
        deadline = time.monotonic() + self.limit
        while not happened():
            assert time.monotonic() < deadline, (
                f"{what} did not come in {self.limit:g} s; faults: {self.faults}, reports: {self.reports}"
            )
            if isinstance(self.clock, ManualClock):
                self.advance(1)
            else:
                with self.changed:
                    self.changed.wait(0.02)

    def position(self, reference: str) -> int:
        """Samples of an input that were handed over."""
        chunks = self.chunks[reference]
        return chunks[-1].end if chunks else 0

    def has_given(self, seconds: float) -> bool:
        """Whether every timed input has given ``seconds`` of samples."""
        timed = [name for name in self.chunks if self.channels[name].fs > 0]
        return all(self.position(name) >= seconds * self.channels[name].fs for name in timed)

    def wait_for(self, seconds: float) -> None:
        """Wait until every timed input has given ``seconds`` of samples; without one, every output has taken them."""
        if any(self.channels[name].fs > 0 for name in self.chunks):
            self.wait(lambda: self.faults or self.ended or self.has_given(seconds), f"{seconds:g} s of samples")
        elif self.supplies:
            ends = {supply: seconds * self.channels[name].fs for name, supply in self.supplies.items()}
            self.wait(
                lambda: self.faults or all(supply.look() >= end for supply, end in ends.items()),
                f"{seconds:g} s of output",
            )
        assert not self.faults, f"the engine failed: {self.faults}"

    def samples(self, reference: str) -> NDArray[Any]:
        """All samples of an input so far, shape ``(n_channels, n)``; they follow each other without a gap."""
        chunks = list(self.chunks[reference])
        starts = [chunk.s0 for chunk in chunks]
        expected = [0, *(chunk.end for chunk in chunks[:-1])][: len(chunks)]
        assert starts == expected, f"{reference!r}: chunks begin at {starts}, which leaves gaps or overlaps"
        shape = len(self.channels[reference].line_labels()), 0
        return np.concatenate([chunk.data for chunk in chunks], axis=1) if chunks else np.empty(shape)
