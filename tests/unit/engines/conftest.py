"""What drivers are tried with: ports that write down what they are told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import pytest

from psi.api import Engine, EngineDriver, Ports
from psi.core.clock import WallClock
from psi.core.random_streams import RandomStreams
from psi.testing.sound_server import SoundServer, missing

#: Seconds after which something that ought to have happened has not.
PATIENCE = 30.0


class Told:
    """What a driver tells the run."""

    def __init__(self) -> None:
        self.faults: list[BaseException] = []
        self.reports: list[tuple[str, Mapping[str, Any]]] = []
        self._changed = threading.Condition()

    def fault(self, error: BaseException) -> None:
        with self._changed:
            self.faults.append(error)
            self._changed.notify_all()

    def report(self, event: str, info: Mapping[str, Any]) -> None:
        with self._changed:
            self.reports.append((event, info))
            self._changed.notify_all()

    def wait(self, condition: Callable[[], object]) -> bool:
        with self._changed:
            return bool(self._changed.wait_for(condition, PATIENCE))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def driver_of(told: Told) -> Callable[..., EngineDriver]:
    """The driver of an engine with these channels, which tells ``told`` what happens."""

    def make(engine: Engine, *channels: Any) -> EngineDriver:
        for channel in channels:
            channel.set_parent(engine)
        ports = Ports(
            block_duration=Fraction(1, 100),
            clock=WallClock(),
            inputs={},
            outputs={},
            generator=RandomStreams(1).generator,
            ended=lambda name: None,
            fault=told.fault,
            report=told.report,
        )
        return engine.driver(ports)

    return make


@pytest.fixture
def sound_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """A sound server whose microphone hears its loudspeaker, as the device 'pulse' of this process."""
    if missing():
        pytest.skip(missing())
    sounddevice = pytest.importorskip("sounddevice", exc_type=(ImportError, OSError))
    with SoundServer() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        # PortAudio looks for devices once, when it begins.
        sounddevice._terminate()
        sounddevice._initialize()
        if "pulse" not in [device["name"] for device in sounddevice.query_devices()]:
            pytest.skip("PortAudio has no PulseAudio device here (Debian: libasound2-plugins)")
        yield running
