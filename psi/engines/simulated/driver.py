"""The simulated device during one run."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.core.clock import WallClock
from psi.core.errors import RunFault
from psi.engines.simulated.engine import SimulatedEngine
from psi.engines.simulated.played import Played
from psi.engines.simulated.source import Signal
from psi.engines.simulated.subject import NO_SUBJECT, Heard, SubjectRun
from psi.hardware.channel import Channel
from psi.hardware.engine import EngineDriver, Ports
from psi.stream.info import Chunk, StreamInfo


class _Input:
    def __init__(self, channel: Channel, signals: list[Signal]) -> None:
        self.channel = channel
        self.info: StreamInfo = channel.stream_info()
        self.signals = signals
        self.s0 = 0
        self.ended = False

    def chunk(self, until: int) -> Chunk:
        """Samples up to ``until``, or to the end of the shortest signal."""
        ends = [signal.end for signal in self.signals if signal.end is not None]
        if ends and until >= min(ends):
            until, self.ended = max(self.s0, min(ends)), True
        n = until - self.s0
        shape = (self.info.n_channels, n)
        parts = [signal.read(self.s0, n) for signal in self.signals]
        arrays = [part for part in parts if isinstance(part, np.ndarray)]
        constant = sum(part for part in parts if not isinstance(part, np.ndarray))
        if not arrays:
            data: NDArray[Any] = np.full(shape, float(constant))
        else:
            data = arrays[0]
            for array in arrays[1:]:
                data = data + array
            if constant:
                data = data + constant
            if data.shape != shape:
                data = np.broadcast_to(data, shape)
        if self.channel.digital:
            data = data > 0.5
        chunk = Chunk(data, self.s0, self.info)
        self.s0 = until
        return chunk


class SimulatedDriver(EngineDriver):
    """Plays what outputs give, lets the subject hear it, and hands over what the sources measure."""

    engine: SimulatedEngine

    def __init__(self, engine: SimulatedEngine, ports: Ports) -> None:
        super().__init__(engine, ports)
        self._channels = {channel.reference: channel for channel in engine.channels()}
        self._played: dict[str, Played] = {}
        # On-demand outputs, which the device leaves at their safe values.
        self._lines: dict[str, float] = {
            reference: float(getattr(channel, "safe_value", 0.0))
            for reference, channel in self._channels.items()
            if channel.direction == "output" and channel.fs == 0
        }
        self._line_changes: list[tuple[str, float]] = []
        self._inputs: dict[str, _Input] = {}
        self.subject: SubjectRun = NO_SUBJECT
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._ended = False
        # Monotonic time of sample 0.
        self._t0 = 0.0

    def prepare(self) -> None:
        # What is committed in a block is measured when that block and the look-ahead are over.
        ahead = self.engine.look_ahead + float(self.ports.block_duration)
        for channel in self._channels.values():
            if channel.direction == "output" and channel.fs > 0:
                self._played[channel.reference] = Played(channel.fs, self.ports.outputs[channel.reference], ahead)
        declared = self.engine.subject()
        if declared is not None:
            self.subject = declared.run(self.ports.generator(f"simulated.subject.{declared.name}"))
        sources: dict[str, list[Any]] = {}
        for source in self.engine.sources():
            sources.setdefault(self.engine.input_channel(source.to).reference, []).append(source)
        for reference in self.ports.inputs:
            channel = self._channels[reference]
            signals = [source.signal(channel, self) for source in sources.get(reference, ())]
            self._inputs[reference] = _Input(channel, signals)
        for played in self._played.values():
            played.extend(self._samples(0, played.fs) + round(self.engine.look_ahead * played.fs))

    def _samples(self, block: int, fs: float) -> int:
        """Samples at rate ``fs`` in the first ``block`` blocks; exact, so that rounding never drifts."""
        duration = self.ports.block_duration
        return int(block * duration.numerator * fs // duration.denominator)

    def start(self) -> None:
        if isinstance(self.ports.clock, WallClock):
            self._t0 = self.ports.clock.t0
            self._thread = threading.Thread(target=self._keep_time, name=f"engine {self.engine.name}", daemon=True)
            self._thread.start()

    def _keep_time(self) -> None:
        """Hand over each block when the device's clock reaches its end."""
        duration = float(self.ports.block_duration)
        rate = 1 + 1e-6 * self.engine.drift_ppm
        block = 1
        try:
            if self.engine.trigger_after is not None:
                self._await_trigger(float(self.engine.trigger_after))
            while not self._stopping.is_set():
                now = (time.monotonic() - self._t0) * rate
                if self.engine.lost_at is not None and now >= self.engine.lost_at:
                    raise RunFault(f"engine {self.engine.name!r}: the device is gone; check its cable and power")
                wait = block * duration - now
                if self.engine.silent(now):
                    wait = duration
                if wait > 0:
                    # sleep() is what the wall clock is about here; stop() waits for at most one block
                    time.sleep(min(wait / rate, duration))
                    continue
                self._tell_time(block)
                self.advance(block)
                block += 1
        except Exception as error:  # whatever a chain or source raises must end the run, not this thread alone
            self.ports.fault(error)

    def _await_trigger(self, after: float) -> None:
        trigger = next((channel.start_trigger for channel in self._channels.values() if channel.start_trigger), "start")
        self.ports.report("engine_waiting", {"trigger": trigger, "timeout": self.engine.trigger_timeout})
        if not self._stopping.wait(None if math.isinf(after) else after):
            self._t0 = time.monotonic()
            self.ports.report("engine_started", {"trigger": trigger})

    def _tell_time(self, block: int) -> None:
        fastest = max((channel.fs for channel in self._channels.values()), default=0.0)
        if fastest > 0:
            self.ports.clock_pair(fastest, self._samples(block, fastest), time.monotonic())

    def advance(self, block: int) -> None:
        previous = float((block - 1) * self.ports.block_duration)
        now = float(block * self.ports.block_duration)
        look_ahead = self.engine.look_ahead
        for played in self._played.values():
            played.extend(self._samples(block, played.fs) + round(look_ahead * played.fs))
        if self.subject is not NO_SUBJECT:
            self.subject.hear(self._heard(block, previous, now))
        loses = self.engine.loses_at is not None and previous <= self.engine.loses_at < now
        measured = {name: item.chunk(self._samples(block, item.info.fs)) for name, item in self._inputs.items()}
        there = time.perf_counter_ns()
        for name, chunk in measured.items():
            if loses and isinstance(self.ports.clock, WallClock):
                self.ports.lost(name, chunk.s0, chunk.n_samples)
                self._stopping.set()
            else:
                self.ports.inputs[name](replace(chunk, there=there))
        if not self._ended and any(item.ended for item in self._inputs.values()):
            self._ended = True
            self.ports.ended(self.engine.name)

    def _heard(self, block: int, previous: float, now: float) -> Heard:
        parts: dict[str, tuple[float, float, NDArray[np.float64]]] = {}
        for played in self._played.values():
            s0, end = self._samples(block - 1, played.fs), self._samples(block, played.fs)
            for name, samples in played.parts(s0, end).items():
                parts[name] = (s0 / played.fs, played.fs, samples)
        changes, self._line_changes = self._line_changes, []
        return Heard(previous, now, parts, changes)

    def played(self, channel: str, s0: int, n: int) -> NDArray[np.float64] | None:
        """What the output ``channel`` played in ``s0 .. s0 + n``; ``None`` for silence."""
        return self._played[channel].total(s0, n)

    def committed(self, channel: str) -> int:
        return self._played[channel].end

    def write_line(self, channel: str, level: float) -> None:
        self._lines[channel] = level
        self._line_changes.append((channel, level))

    def line(self, channel: str) -> float:
        """The level of an on-demand output, for tests and panels."""
        return self._lines[channel]

    def stop(self) -> None:
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def ensure_stopped(self) -> None:
        self.stop()
        for reference in self._lines:
            self._lines[reference] = float(getattr(self._channels[reference], "safe_value", 0.0))
