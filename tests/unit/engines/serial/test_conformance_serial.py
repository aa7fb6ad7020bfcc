"""Serial devices, at pseudo-terminals, keep what every engine promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from psi.api import Engine, RoomLightSerialPortEngine, SerialChannel, SerialPumpEngine
from psi.testing.engine_conformance import EngineBench, EngineConformance, MakeEngine

pytest.importorskip("serial", reason="pyserial is not installed")
pytest.importorskip("pty", reason="this system has no pseudo-terminals")

from psi.testing.serial_devices import LightBox, SyringePump


class TestRoomLight(EngineConformance):
    @pytest.fixture(autouse=True)
    def box(self) -> Iterator[None]:
        with LightBox() as self.device:
            yield

    @pytest.fixture
    def make_engine(self) -> MakeEngine:
        def make() -> Engine:
            engine = RoomLightSerialPortEngine(name="light", connection_url=self.device.url)
            SerialChannel(name="room_light", safe_value=1.0).set_parent(engine)
            return engine

        return make

    def level(self, bench: EngineBench, channel: str) -> float | None:
        # A run that has not begun has not touched the light.
        return float(self.device.levels[-1]) if self.device.levels else None

    def lose_device(self, bench: EngineBench) -> None:
        self.device.unplug()


class TestPump(EngineConformance):
    @pytest.fixture(autouse=True)
    def pump(self) -> Iterator[None]:
        with SyringePump() as self.device:
            yield

    @pytest.fixture
    def make_engine(self) -> MakeEngine:
        def make() -> Engine:
            engine = SerialPumpEngine(name="pump", connection_url=self.device.url, timeout=0.2)
            SerialChannel(name="water_dispense").set_parent(engine)
            return engine

        return make

    def level(self, bench: EngineBench, channel: str) -> float | None:
        return float(self.device.pumps[0].state == "I")

    def lose_device(self, bench: EngineBench) -> None:
        self.device.unplug()
