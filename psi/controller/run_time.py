"""The run's time: the master engine's sample clock, and what others' times are in it."""

from __future__ import annotations

import math
import threading
from typing import Any

from psi.core.clock import Clock, ManualClock, WallClock
from psi.core.protocols import RowSink
from psi.hardware.clock_map import ClockMap
from psi.hardware.engine_tree import EngineTree


class RunTime:
    """Takes the clock pairs of every engine, and maps times between engines; one per run.

    Time is that of the master engine's samples. An engine's own time is the index of a sample divided by its nominal
    rate. In lockstep all engines advance together and no time is mapped. Pairs come on the engines' threads; anyone
    may ask.
    """

    #: Seconds between two pairs of one engine that are written into the recording.
    INTERVAL = 1.0

    def __init__(self, tree: EngineTree, clock: Clock, record: RowSink) -> None:
        self._clock = clock
        self._record = record
        # Engine -> whose clock it has: 'master', or a name.
        self._clocks = {engine.name: tree.clock_of(engine) for engine in tree.engines}
        if isinstance(clock, ManualClock):
            self._clocks = dict.fromkeys(self._clocks, "master")
        master = tree.master()
        self._master = None if master is None else master.name
        self._fs = 0.0 if master is None else max((channel.fs for channel in master.channels()), default=0.0)
        self._maps = {engine.name: ClockMap() for engine in tree.engines}
        self._written: dict[str, float] = {}
        self._following = False
        self._lock = threading.Lock()

    def is_master(self, engine: str) -> bool:
        """Whether the run's time is that of the samples of ``engine``."""
        return engine == self._master

    def sample_at(self, time: float) -> dict[str, Any]:
        """The first ``sample`` at or after ``time`` s and its rate ``fs``, of the master engine's fastest channel.

        Empty where no engine has samples.
        """
        # What is a hair after a sample by rounding alone is that sample.
        return {"sample": math.ceil(round(time * self._fs, 6)), "fs": self._fs} if self._fs else {}

    def pair(self, engine: str, fs: float, sample: int, monotonic: float) -> None:
        """Sample ``sample`` of ``engine``, which has ``fs`` samples/s, was seen at ``monotonic`` s."""
        clock_map = self._maps[engine]
        clock_map.add(fs, sample, monotonic)
        if engine == self._master and not self._following and isinstance(self._clock, WallClock):
            self._following = True
            self._clock.follow(clock_map.seconds)
        with self._lock:
            due = monotonic - self._written.get(engine, -self.INTERVAL) >= self.INTERVAL
            if due:
                self._written[engine] = monotonic
        if due:
            row: dict[str, Any] = {"kind": "clock", "engine": engine, "sample": sample, "time": sample / fs}
            self._record({**row, "monotonic": monotonic})

    def clock_name(self, engine: str) -> str:
        """What an event of ``engine`` says of its clock: 'master', or the name of the engine whose time was mapped."""
        return self._clocks[engine]

    def run_time(self, engine: str, seconds: float) -> float:
        """The run's time at ``seconds`` of the engine's own time; the same where nothing is known yet."""
        other = self._clocks[engine]
        if other == "master" or not self._maps[other].known:
            return seconds
        return self._of_monotonic(self._maps[other].monotonic(seconds))

    def own_time(self, engine: str, run_time: float) -> float:
        """The engine's own time at ``run_time``; the same where nothing is known yet."""
        other = self._clocks[engine]
        if other == "master" or not self._maps[other].known:
            return run_time
        return self._maps[other].seconds(self._to_monotonic(run_time))

    def _of_monotonic(self, monotonic: float) -> float:
        master = None if self._master is None else self._maps[self._master]
        if master is not None and master.known:
            return master.seconds(monotonic)
        assert isinstance(self._clock, WallClock)
        return monotonic - self._clock.t0

    def _to_monotonic(self, run_time: float) -> float:
        master = None if self._master is None else self._maps[self._master]
        if master is not None and master.known:
            return master.monotonic(run_time)
        assert isinstance(self._clock, WallClock)
        return run_time + self._clock.t0

    def summaries(self) -> dict[str, dict[str, Any]]:
        """Engine -> drift against the machine's clock in parts per million, residual in s, and number of pairs."""
        return {
            name: {
                "clock": self._clocks[name],
                "drift_ppm": round(found.drift_ppm, 3),
                "residual": round(found.residual, 9),
                "pairs": found.n,
            }
            for name, found in self._maps.items()
            if found.known
        }


class OwnClock:
    """The time of an engine with a clock of its own, for those who count its samples."""

    def __init__(self, run_time: RunTime, engine: str, clock: Clock) -> None:
        self._run_time = run_time
        self._engine = engine
        self._clock = clock

    def now(self) -> float:
        return self._run_time.own_time(self._engine, self._clock.now())
