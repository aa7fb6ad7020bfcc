"""The simulated and the replay engine keep what every engine promises."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from psi.api import AIChannel, AOChannel, DIChannel, DOChannel, LoopBack, ReplayEngine, SimulatedEngine, ToneSource
from psi.engines.simulated.driver import SimulatedDriver
from psi.hardware.engine import Engine
from psi.testing.engine_conformance import EngineBench, EngineConformance, MakeEngine, Wire


def with_children(engine: Engine, *children) -> Engine:
    for child in children:
        child.set_parent(engine)
    return engine


class InMemory(EngineConformance):
    """What is known of devices in memory."""

    def level(self, bench: EngineBench, channel: str) -> float | None:
        assert isinstance(bench.driver, SimulatedDriver)
        return bench.driver.line(channel) if bench.channels[channel].fs == 0 else None

    def lose_device(self, bench: EngineBench) -> None:
        assert isinstance(bench.engine, SimulatedEngine)
        bench.engine.lost_at = 0.0


class TestSimulated(InMemory):
    @pytest.fixture
    def make_engine(self) -> MakeEngine:
        return lambda: with_children(
            SimulatedEngine(name="bench", look_ahead=0.025),
            AOChannel(channel="ao0", name="speaker", fs=20e3),
            AIChannel(channel="ai0", name="microphone", fs=20e3),
            AIChannel(channel="ai1:4", name="array", fs=977.0),
            DIChannel(channel="line8", name="poke", fs=1e3),
            DOChannel(channel="line0", name="valve", fs=0),
            DOChannel(channel="line1", name="light", fs=0, safe_value=1.0),
            LoopBack(output="speaker", to="microphone"),
            ToneSource(to="line8", frequency=25.0),
        )

    wires = (Wire("speaker", "microphone"),)


class TestSimulatedInOneSampleBlocks(TestSimulated):
    block_duration = Fraction(1, 977)


class TestReplay(InMemory):
    @pytest.fixture
    def make_engine(self, tmp_path: Path) -> MakeEngine:
        path = tmp_path / "ecg.npy"
        np.save(path, np.sin(np.arange(3600) / 50))
        return lambda: with_children(
            ReplayEngine(name="bench", file=str(path)),
            AIChannel(channel="ai0", name="ecg", fs=360.0),
            AOChannel(channel="ao0", name="speaker", fs=20e3),
            DOChannel(channel="line0", name="light", fs=0),
        )
