"""The engine keeps what every engine promises: the conformance suite, over the simulated server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from psi.api import AIChannel, AOChannel, CIChannel, COChannel, DIChannel, DOChannel, NIDAQEngine
from psi.engines.nidaqmx.own_server import address_of
from psi.hardware.engine import Engine
from psi.testing.engine_conformance import EngineBench, EngineConformance, Wire
from psi.testing.ni_server.server import SimulatedServer

#: Steps of 16 bits over 20 V, out and in, in V.
CONVERTERS = 2 * 20 / 2**16


class TestNIDAQEngine(EngineConformance):
    wires = (Wire("speaker", "microphone", tolerance=CONVERTERS), Wire("marker", "seen"))

    @pytest.fixture(autouse=True)
    def _cards(self, server: SimulatedServer, level: Callable[[str], float]) -> None:
        self.server = server
        self.address = server.address
        self._level = level

    @pytest.fixture
    def make_engine(self) -> Callable[[], Engine]:
        def make() -> Engine:
            engine = NIDAQEngine(name="card", server=self.address, look_ahead=0.5)
            for channel in (
                AOChannel(channel="Dev1/ao0", name="speaker", fs=50e3, safe_value=0.5),
                AIChannel(channel="Dev1/ai0", name="microphone", fs=50e3, start_trigger="ao/StartTrigger"),
                DOChannel(channel="Dev1/port0/line0", name="marker", fs=10e3),
                DIChannel(channel="Dev1/port0/line8", name="seen", fs=10e3),
                CIChannel(channel="Dev1/ctr0", name="licks", fs=10e3),
                DOChannel(channel="Dev1/port1/line0", name="light", fs=0, safe_value=1.0),
                AOChannel(channel="Dev2/ao0", name="laser", fs=0),
                COChannel(channel="Dev1/ctr1", name="valve"),
            ):
                channel.set_parent(engine)
            return engine

        return make

    def test_nothing_is_left_when_it_has_ended(self, make_bench: Callable[..., EngineBench]) -> None:
        # The threads of a server in this process come and go as it likes, and are not the engine's.
        self.address = address_of(("--device", "Dev1=USB-6343", "--device", "Dev2=USB-6343"))
        super().test_nothing_is_left_when_it_has_ended(make_bench)

    def level(self, bench: EngineBench, channel: str) -> float | None:
        shown = self._level(bench.channels[channel].channel)
        return round(shown, 2) if bench.channels[channel].digital is False else shown

    def lose_device(self, bench: EngineBench) -> None:
        self.server.faults.unplug("Dev1")

    def shorten_write(self, bench: EngineBench) -> None:
        self.server.faults.shorten_next_write("Dev1", 5)
