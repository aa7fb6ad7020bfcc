"""The conformance suite finds engines that break their promises, each with the case that is meant for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from psi.api import AIChannel, AOChannel, DOChannel, EngineDriver, LoopBack, SimulatedEngine
from psi.engines.simulated.driver import SimulatedDriver
from psi.stream.info import Chunk
from psi.testing.engine_conformance import EngineBench, EngineConformance, Wire


class Suite(EngineConformance):
    limit = 3.0
    wires = (Wire("speaker", "microphone"),)

    def level(self, bench: EngineBench, channel: str) -> float | None:
        assert isinstance(bench.driver, SimulatedDriver)
        return bench.driver.line(channel) if channel == "valve" else None


class LosesASample(SimulatedDriver):
    """One sample is missing, without a word."""

    def start(self) -> None:
        push = self.ports.inputs["microphone"]

        def lossy(chunk: Chunk) -> None:
            push(Chunk(chunk.data[:, 1:], chunk.s0 + 1, chunk.info) if chunk.s0 else chunk)

        self.ports = replace(self.ports, inputs={"microphone": lossy})
        super().start()


class ShiftsByOne(SimulatedDriver):
    """The first sample comes twice, so that all others are one too late."""

    def start(self) -> None:
        push = self.ports.inputs["microphone"]
        last = np.zeros((1, 1))

        def late(chunk: Chunk) -> None:
            nonlocal last
            data = np.concatenate([last, chunk.data], axis=1)
            last = data[:, -1:]
            push(Chunk(data[:, :-1], chunk.s0, chunk.info))

        self.ports = replace(self.ports, inputs={"microphone": late})
        super().start()


class AsksAgain(SimulatedDriver):
    """Reads each block once more when it has been played."""

    def advance(self, block: int) -> None:
        super().advance(block)
        self.ports.outputs["speaker"].read(0, 10)


class CommitsLate(SimulatedDriver):
    """Says that more can be changed than can."""

    def committed(self, channel: str) -> int:
        return max(0, super().committed(channel) - 500)


class LeavesTheValveOpen(SimulatedDriver):
    def ensure_stopped(self) -> None:
        self.stop()


class LeavesAThread(SimulatedDriver):
    release = threading.Event()

    def ensure_stopped(self) -> None:
        threading.Thread(target=self.release.wait, daemon=True).start()
        super().ensure_stopped()


class SaysNoTimes(SimulatedDriver):
    def start(self) -> None:
        self.ports = replace(self.ports, clock_pair=lambda fs, sample, seen: None)
        super().start()


class HidesFaults(SimulatedDriver):
    def start(self) -> None:
        self.ports = replace(self.ports, fault=lambda error: None)
        super().start()


def bench_maker(driver: type[EngineDriver]) -> Callable[..., EngineBench]:
    class Broken(SimulatedEngine):
        def driver_type(self) -> type[EngineDriver]:
            return driver

    def make(**settings) -> EngineBench:
        engine = Broken(name="bench", look_ahead=0.02)
        for child in (
            AOChannel(channel="ao0", name="speaker", fs=20e3),
            AIChannel(channel="ai0", name="microphone", fs=20e3),
            DOChannel(channel="line0", name="valve"),
            LoopBack(output="speaker", to="microphone"),
        ):
            child.set_parent(engine)
        return EngineBench(engine, limit=Suite.limit, **settings)

    return make


@pytest.mark.parametrize(
    ("driver", "case", "message"),
    [
        (LosesASample, "test_blocks_follow_each_other_from_sample_0", "which leaves gaps or overlaps"),
        (ShiftsByOne, "test_what_is_played_comes_back_at_its_index", "of 'microphone' is"),
        (AsksAgain, "test_an_output_is_supplied_without_a_gap", "were asked for again"),
        (CommitsLate, "test_what_is_not_committed_can_still_be_changed", "of 'microphone' is"),
        (LeavesTheValveOpen, "test_lines_are_set_and_are_safe_at_the_end", "'valve' is at 1.0, its safe value is 0.0"),
        (SaysNoTimes, "test_blocks_come_with_clock_pairs", "0 clock pairs came with"),
        (HidesFaults, "test_a_chain_that_raises_is_a_fault_of_the_run", "the fault did not come"),
    ],
)
def test_a_broken_promise_is_found(driver: type[EngineDriver], case: str, message: str) -> None:
    bench = bench_maker(driver)()
    try:
        with pytest.raises(AssertionError, match=message):
            getattr(Suite(), case)(bench)
    finally:
        bench.end()


def test_a_thread_that_is_left_is_found() -> None:
    try:
        with pytest.raises(AssertionError, match="the end of the threads"):
            Suite().test_nothing_is_left_when_it_has_ended(bench_maker(LeavesAThread))
    finally:
        LeavesAThread.release.set()


@pytest.mark.parametrize(("driver", "case"), [(SimulatedDriver, "test_what_is_not_committed_can_still_be_changed")])
def test_the_same_engine_unbroken_passes(driver: type[EngineDriver], case: str) -> None:
    bench = bench_maker(driver)()
    try:
        getattr(Suite(), case)(bench)
    finally:
        bench.end()
