"""The sound card, over a real sound server, keeps what every engine promises."""

from __future__ import annotations

import pytest

from psi.api import AIChannel, AOChannel, Engine, SoundcardEngine
from psi.testing.engine_conformance import EngineBench, EngineConformance, MakeEngine
from psi.testing.sound_server import SoundServer


class TestSoundcard(EngineConformance):
    @pytest.fixture(autouse=True)
    def server(self, sound_server: SoundServer) -> SoundServer:
        return sound_server

    @pytest.fixture
    def make_engine(self) -> MakeEngine:
        def make() -> Engine:
            engine = SoundcardEngine(name="sound", input_device="pulse", output_device="pulse", latency=0.1)
            settings = {"fs": 44100.0, "unit": "FS", "expected_range": (-1.0, 1.0)}
            AOChannel(channel="out1", name="speaker", **settings).set_parent(engine)
            AIChannel(channel="in1:2", name="microphones", **settings).set_parent(engine)
            return engine

        return make

    def lose_device(self, bench: EngineBench) -> None:
        pytest.skip("closing a PortAudio device that is gone may never return; tests/faults does it in a process apart")
