"""The sound card during one run: its thread fills and empties rings, ours makes blocks of them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from psi.core.errors import ConfigurationError, RunFault
from psi.engines.soundcard.engine import SoundcardEngine, line_numbers
from psi.engines.soundcard.ring import FrameRing
from psi.engines.soundcard.stream import SoundError, SoundStream
from psi.hardware.channel import Channel
from psi.hardware.engine import EngineDriver, Ports
from psi.stream.info import Chunk, StreamInfo


@dataclass
class _Input:
    reference: str
    info: StreamInfo
    lines: list[int]


@dataclass(frozen=True)
class _Trouble:
    """Something that went wrong on the device's thread."""

    #: 'overrun' or 'underrun'.
    what: str
    sample: int
    n: int


class SoundcardDriver(EngineDriver):
    """Plays and records in step: sample ``n`` of every channel belongs to one frame of the device's clock.

    The device runs from ``prepare`` on, silent and unheard, so that its first frame after ``start`` is sample 0
    at once. Its thread only copies to and from rings.
    """

    engine: SoundcardEngine

    #: Seconds that the rings hold.
    MEMORY = 4.0
    #: Seconds until the device must have called for the first time, and must call again.
    FIRST_CALL = 5.0
    GONE_AFTER = 2.0
    #: How often the device is opened before it is given up.
    TRIES = 3
    #: Calls before the device has found its pace.
    WARM_UP = 5

    def __init__(self, engine: SoundcardEngine, ports: Ports) -> None:
        super().__init__(engine, ports)
        channels = engine.channels()
        self._fs = channels[0].fs
        self._settings = engine.stream_settings(float(ports.block_duration))
        by_name = {c.reference: c for c in channels if _is_input(c)}
        inputs = [by_name[reference] for reference in self.ports.inputs]
        self._inputs = [_Input(c.reference, c.stream_info(), line_numbers(c)) for c in inputs]
        self._outputs = {c.reference: line_numbers(c)[0] for c in channels if not _is_input(c)}
        capacity = round((self.MEMORY + engine.look_ahead + float(ports.block_duration)) * self._fs)
        self._in = FrameRing(capacity, max(1, self._settings.n_inputs))
        self._out = FrameRing(capacity, max(1, self._settings.n_outputs))
        self._stream: SoundStream | None = None
        self._thread: threading.Thread | None = None
        self._ending = threading.Lock()
        self._stopping = threading.Event()
        self._troubles: list[_Trouble] = []
        # Written on the device's thread: calls, frames since sample 0, when the last call was, and what it said.
        self._calls = 0
        self._frames = 0
        self._seen = (0, 0.0)
        self._delays = (0.0, 0.0)
        self._running = False
        self._called = threading.Event()
        # First output sample that can still be changed.
        self._committed = 0
        # How many frames too late an output was, which are to be left out so that the rest is in time.
        self._owed = 0

    # -- on the device's thread ----------------------------------------------------------------

    def _call(self, indata: Any, outdata: Any, age: float, lead: float, lost: bool, late: bool) -> None:
        now = time.monotonic()
        frames = len(indata if indata is not None else outdata)
        self._calls += 1
        self._delays = (age, lead)
        if not self._running:
            if outdata is not None:
                outdata[:] = 0
            if self._calls == self.WARM_UP:
                self._called.set()
            return
        if lost:
            # How many is not said: from the age of what did come one sees only that some are missing.
            self._troubles.append(_Trouble("overrun", self._frames, 1))
        if late:
            self._troubles.append(_Trouble("underrun", self._frames, 0))
        if outdata is not None:
            self._play(outdata, frames)
        if indata is not None:
            kept = self._in.put(indata)
            if kept < frames:
                self._troubles.append(_Trouble("overrun", self._frames + kept, frames - kept))
        self._frames += frames
        self._seen = (self._frames, now)

    def _play(self, outdata: Any, frames: int) -> None:
        skipped = min(self._owed, self._out.waiting)
        self._out.skip(skipped)
        self._owed -= skipped
        played = self._out.take(outdata) if self._owed == 0 else 0
        if played < frames:
            outdata[played:] = 0
            self._owed += frames - played
            self._troubles.append(_Trouble("underrun", self._frames + played, frames - played))

    # -- hooks ---------------------------------------------------------------------------------

    def prepare(self) -> None:
        name = self.engine.name
        for _ in range(self.TRIES):
            self._calls = 0
            self._called.clear()
            try:
                self._stream = SoundStream(self._settings, self._call)
                self._stream.start()
            except SoundError as error:
                self._close()
                raise ConfigurationError(f"engine {name!r}: {error}") from error
            if self._keeps_calling(self._stream):
                self._fill()
                return
            self._close()
        raise ConfigurationError(
            f"engine {name!r}: the sound card was opened {self.TRIES} times but asks for no samples; "
            "does another program hold it, or does its sound server hang?"
        )

    def _keeps_calling(self, stream: SoundStream) -> bool:
        """Whether the device has begun to call regularly; some end their stream at once and do well the next time."""
        deadline = time.monotonic() + self.FIRST_CALL
        while stream.active and time.monotonic() < deadline:
            if self._called.wait(0.05):
                return True
        return False

    def start(self) -> None:
        self._running = True
        age, lead = self._delays
        info = {"fs": self._fs, "input_delay": round(age, 6), "output_delay": round(lead, 6)}
        self.ports.report("engine_started", info)
        self._thread = threading.Thread(target=self._keep_up, name=f"engine {self.engine.name}", daemon=True)
        self._thread.start()

    def committed(self, channel: str) -> int:
        return self._committed

    def headroom(self) -> float | None:
        return 1 - self._in.waiting / self._in.capacity if self._inputs else None

    def stop(self) -> None:
        self._stopping.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def ensure_stopped(self) -> None:
        """Silence the card, and let go of it."""
        with self._ending:
            self.stop()
            self._close()

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None and not stream.close():
            self.ports.report(
                "engine_error", {"message": f"engine {self.engine.name!r}: the sound card does not close"}
            )

    # -- on the driver's thread --------------------------------------------------------------------

    def _keep_up(self) -> None:
        # Twice for each block: what is there is handed on soon, and outputs are made well before they are needed.
        pause = min(float(self.ports.block_duration) / 2, self.engine.look_ahead / 4)
        block = 1
        seen, last = -1, time.monotonic()
        try:
            while not self._stopping.wait(pause):
                self._fill()
                while self._has_come(block):
                    self._hand_over(block)
                    block += 1
                self._tell_troubles()
                if self._calls != seen:
                    seen, last = self._calls, time.monotonic()
                self._check_alive(last)
        except Exception as error:  # whatever fails here must end the run, not this thread alone
            self.ports.fault(error)

    def _has_come(self, block: int) -> bool:
        end = self._block_end(block)
        return self._in.written >= end if self._inputs else self._frames >= end

    def _block_end(self, block: int) -> int:
        """Samples in the first ``block`` blocks; exact, so that rounding never drifts."""
        duration = self.ports.block_duration
        return int(block * duration.numerator * self._fs // duration.denominator)

    def _hand_over(self, block: int) -> None:
        """Give block number ``block`` to the ports."""
        frames, seen = self._seen
        there = time.perf_counter_ns()
        self.ports.clock_pair(self._fs, frames, seen)
        if not self._inputs:
            return
        s0 = self._in.read
        data = np.empty((self._block_end(block) - s0, self._settings.n_inputs), np.float32)
        self._in.take(data)
        samples = data.T.astype(np.float64)
        for item in self._inputs:
            self.ports.inputs[item.reference](Chunk(samples[item.lines], s0, item.info, there))

    def _fill(self) -> None:
        """Make output up to the look-ahead."""
        if not self._outputs:
            return
        s0 = self._committed
        end = min(self._frames + round(self.engine.look_ahead * self._fs), self._out.read + self._out.capacity)
        if end <= s0:
            return
        # First said, then read: what is asked to sound from now on comes after these.
        self._committed = end
        frames = np.zeros((end - s0, self._settings.n_outputs), np.float32)
        for reference, line in self._outputs.items():
            frames[:, line] += self.ports.outputs[reference].read(s0, end - s0)
        self._out.put(frames)

    def _tell_troubles(self) -> None:
        while self._troubles:
            trouble = self._troubles.pop(0)
            info = {"sample": trouble.sample, "samples": trouble.n}
            self.ports.report(trouble.what, info)
            if trouble.what == "overrun":
                for item in self._inputs:
                    self.ports.lost(item.reference, trouble.sample, trouble.n)

    def _check_alive(self, last: float) -> None:
        """Raise ``RunFault`` where the device has ended its stream, or has asked for nothing since ``last`` s."""
        stream = self._stream
        silent = time.monotonic() - last
        if stream is None or (stream.active and silent < self.GONE_AFTER):
            return
        why = f"has given no samples for {silent:.1f} s" if stream.active else "has ended its stream"
        message = f"engine {self.engine.name!r}: the sound card {why}; check that it is plugged in and the server runs"
        self.ports.report("engine_error", {"message": message})
        raise RunFault(message)


def _is_input(channel: Channel) -> bool:
    return channel.direction == "input"
