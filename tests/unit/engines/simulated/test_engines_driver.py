"""The simulated device at work: its blocks, its lines, what its subject hears, and the wall clock."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from psi.api import AIChannel, AOChannel, DIChannel, DOChannel, SerialChannel, SimulatedEngine, ToneSource
from psi.core.clock import Clock, ManualClock, WallClock
from psi.core.random_streams import RandomStreams
from psi.engines.simulated import VirtualSubject
from psi.engines.simulated.driver import SimulatedDriver
from psi.engines.simulated.subject import Heard, SubjectRun
from psi.hardware.engine import Ports
from psi.outputs.player import Mixer, OutputPort, Player
from psi.outputs.sound_player import EpochPlayer
from psi.stream.info import Chunk

RATES = [7.0, 360.0, 1000.0, 11025.0, 24414.0625, 44100.0, 97656.25]


def driver_of(
    children: Sequence[Any],
    take: Callable[[Chunk], None] = lambda chunk: None,
    *,
    block: Fraction = Fraction(1, 100),
    clock: Clock | None = None,
    look_ahead: float = 0.0,
    players: dict[str, Player] | None = None,
    fault: Callable[[BaseException], None] = lambda error: pytest.fail(f"the engine failed: {error}"),
) -> SimulatedDriver:
    """The driver of a simulated engine with these children; every input's chunks go to ``take``."""
    engine = SimulatedEngine(name="bench", look_ahead=look_ahead)
    for child in children:
        child.set_parent(engine)
    ports = Ports(
        block_duration=block,
        clock=clock or ManualClock(),
        inputs={channel.reference: take for channel in engine.channels() if channel.direction == "input"},
        outputs={channel.reference: Mixer(players or {}) for channel in engine.channels()},
        generator=RandomStreams(1).generator,
        ended=lambda name: None,
        fault=fault,
    )
    driver = engine.driver(ports)
    assert isinstance(driver, SimulatedDriver)
    return driver


@given(fs=st.sampled_from(RATES), block=st.fractions(Fraction(1, 1000), 1, max_denominator=1000))
def test_blocks_follow_each_other_without_a_gap_at_rates_that_do_not_divide_them(fs: float, block: Fraction) -> None:
    chunks: list[Chunk] = []
    driver = driver_of([AIChannel(channel="ai0", fs=fs)], chunks.append, block=block)
    driver.prepare()
    for number in range(1, 51):
        driver.advance(number)
        # All samples whose time lies before the block's end, and none of those after it: no drift.
        assert chunks[-1].end == math.floor(number * block * Fraction(fs))
    assert [chunk.s0 for chunk in chunks] == [0, *(chunk.end for chunk in chunks[:-1])]


def test_a_digital_input_gives_levels() -> None:
    chunks: list[Chunk] = []
    tone = ToneSource(to="line0", frequency=25.0)
    driver = driver_of([DIChannel(channel="line0", fs=1000.0), tone], chunks.append)
    driver.prepare()
    for number in (1, 2, 3, 4):
        driver.advance(number)
    levels = np.concatenate([chunk.data for chunk in chunks], axis=1)
    assert levels.dtype == np.bool_
    np.testing.assert_array_equal(levels[0], np.sin(2 * np.pi * 25 * np.arange(40) / 1000) > 0.5)


@pytest.mark.parametrize("look_ahead", [0.0, 0.025])
def test_what_is_committed_runs_ahead_of_what_is_measured_by_the_look_ahead(look_ahead: float) -> None:
    driver = driver_of([AOChannel(channel="ao0", fs=1000.0)], look_ahead=look_ahead)
    driver.prepare()
    ahead = round(look_ahead * 1000)
    assert driver.committed("ao0") == ahead
    for number in (1, 2, 3):
        driver.advance(number)
        assert driver.committed("ao0") == 10 * number + ahead


def test_a_line_is_at_its_safe_value_after_the_end_however_often_that_is_asked_for() -> None:
    lines = [DOChannel(channel="line0", name="light", safe_value=1.0), SerialChannel(name="valve")]
    driver = driver_of(lines)
    driver.ensure_stopped()
    driver.prepare()
    driver.write_line("light", 0.0)
    driver.write_line("valve", 1.0)
    assert (driver.line("light"), driver.line("valve")) == (0.0, 1.0)
    driver.stop()
    for _ in range(2):
        driver.ensure_stopped()
        assert (driver.line("light"), driver.line("valve")) == (1.0, 0.0)


class Ears(SubjectRun):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Heard] = []

    def hear(self, heard: Heard) -> None:
        self.heard.append(heard)


class Ear(VirtualSubject):
    def run(self, generator: np.random.Generator) -> Ears:
        return Ears()


@pytest.mark.parametrize("look_ahead", [0.0, 0.004, 0.03])
def test_a_subject_hears_each_output_when_it_sounds_and_each_line_in_its_block(look_ahead: float) -> None:
    port = OutputPort(
        channel="ao0",
        fs=1000.0,
        clock=ManualClock(),
        committed=lambda: 0,
        write_line=lambda level: None,
        announce=lambda name, time, sample: lambda: None,
        call_at=lambda time, action, survives_stop: None,
        record=lambda row: None,
    )
    target = EpochPlayer("target", port)
    target.load(np.arange(1.0, 16.0), {})
    target.start(0.035)
    children = [AOChannel(channel="ao0", fs=1000.0), DOChannel(channel="line0", name="pellet"), Ear()]
    driver = driver_of(children, look_ahead=look_ahead, players={"target": target})
    driver.prepare()
    for number in range(1, 8):
        if number == 3:
            driver.write_line("pellet", 1.0)
        driver.advance(number)
    assert isinstance(driver.subject, Ears)
    heard = driver.subject.heard
    assert [(item.start, item.end) for item in heard] == [((k - 1) / 100, k / 100) for k in range(1, 8)]
    assert [list(item.lines) for item in heard] == [[], [], [("pellet", 1.0)], [], [], [], []]
    sounding = {number: item.outputs["target"] for number, item in enumerate(heard, 1) if item.outputs}
    samples = np.zeros(70)
    for t0, fs, part in sounding.values():
        assert fs == 1000.0
        samples[round(t0 * fs) : round(t0 * fs) + len(part)] = part
    np.testing.assert_array_equal(samples[35:50], np.arange(1.0, 16.0))
    assert not samples[:35].any()
    assert not samples[50:].any()
    assert {4, 5} <= set(sounding)


def engine_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "engine bench"]


#: Seconds after which a thread that ought to have done something is given up.
PATIENCE = 30.0


def test_on_the_wall_clock_blocks_come_by_themselves_without_a_gap_until_stop() -> None:
    clock = WallClock()
    chunks: list[tuple[Chunk, float]] = []
    enough = threading.Event()

    def take(chunk: Chunk) -> None:
        chunks.append((chunk, clock.now()))
        if len(chunks) >= 30:
            enough.set()

    driver = driver_of([AIChannel(channel="ai0", fs=11025.0)], take, block=Fraction(1, 500), clock=clock)
    driver.prepare()
    clock.start()
    driver.start()
    assert enough.wait(PATIENCE)
    driver.stop()
    n = len(chunks)
    assert engine_threads() == []
    assert [chunk.s0 for chunk, _ in chunks] == [0, *(chunk.end for chunk, _ in chunks[:-1])]
    # Never before its time: a block is there when its last sample has been measured.
    assert all(arrived >= number / 500 for number, (_, arrived) in enumerate(chunks, 1))
    driver.stop()
    driver.ensure_stopped()
    assert len(chunks) == n


def test_on_the_wall_clock_a_chain_that_fails_is_a_fault_of_the_run_and_ends_the_thread() -> None:
    clock = WallClock()
    faults: list[BaseException] = []
    failed = threading.Event()

    def take(chunk: Chunk) -> None:
        raise ValueError("the filter is unstable")

    def fault(error: BaseException) -> None:
        faults.append(error)
        failed.set()

    driver = driver_of([AIChannel(channel="ai0", fs=1000.0)], take, block=Fraction(1, 500), clock=clock, fault=fault)
    driver.prepare()
    clock.start()
    driver.start()
    assert failed.wait(PATIENCE)
    driver.stop()
    assert [str(error) for error in faults] == ["the filter is unstable"]
    assert engine_threads() == []


def test_in_lockstep_nothing_moves_by_itself() -> None:
    driver = driver_of([AIChannel(channel="ai0", fs=1000.0)])
    driver.prepare()
    driver.start()
    assert engine_threads() == []
    assert driver.can_lockstep()
