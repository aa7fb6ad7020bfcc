"""Capabilities follow from what a driver writes; channels that ask for more, or for nonsense, are found."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from psi.api import (
    AIChannel,
    AOChannel,
    CIChannel,
    COChannel,
    DIChannel,
    DOChannel,
    Engine,
    EngineDriver,
    SerialChannel,
    SimulatedEngine,
)
from psi.hardware.channel import Channel
from psi.hardware.engine_tree import EngineTree
from psi.testing.engine_conformance import EngineBench


class BoxDriver(EngineDriver):
    def prepare(self) -> None: ...

    def start(self) -> None: ...

    def write_line(self, channel: str, level: float) -> None: ...

    def stop(self) -> None: ...

    def ensure_stopped(self) -> None: ...


class Box(Engine):
    def driver_type(self) -> type[EngineDriver]:
        return BoxDriver


class Unknown(Engine):
    """Says nothing of what it can do."""


def with_channels(engine: Engine, *channels: Channel) -> Engine:
    for channel in channels:
        channel.set_parent(engine)
    return engine


def messages(*engines: Engine) -> list[str]:
    tree = EngineTree(engines)
    return [finding.message for finding in tree.missing() + tree.clock_findings()]


def test_capabilities_are_what_a_driver_writes() -> None:
    assert Box().capabilities() == ("outputs set on demand",)
    assert SimulatedEngine().capabilities() == ("outputs with a sample clock", "outputs set on demand", "lockstep")
    assert Unknown().capabilities() is None


def test_a_driver_refuses_what_it_has_not_written_and_says_what_it_can() -> None:
    from psi.core.errors import ConfigurationError

    driver = EngineBench(with_channels(Box(name="box"), SerialChannel(channel="L1"))).driver
    for refused, what in (
        (lambda: driver.advance(1), "run in lockstep"),
        (lambda: driver.committed("L1"), "play samples on 'L1'"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            refused()
        assert str(caught.value) == f"engine 'box' (Box) cannot {what}; supported: outputs set on demand"
    assert driver.write_pulse("L1", 0.1) is False


def test_a_channel_that_asks_for_what_its_engine_cannot_is_found() -> None:
    assert messages(with_channels(Box(name="box"), AOChannel(channel="ao0", fs=1e3), DOChannel(channel="L1"))) == [
        "channel 'ao0' has fs = 1000; Box 'box' has no outputs with a sample clock; supported: outputs set on demand"
    ]
    assert messages(with_channels(Unknown(name="x"), AOChannel(channel="ao0", fs=1e3))) == []


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        (DOChannel(channel="L", max_on_time=0.0), "max_on_time = 0.0 of channel 'L' is no time; give seconds above 0"),
        (SerialChannel(channel="L", max_on_time="1 s"), "max_on_time = '1 s' of channel 'L' is no time; give"),
        (DOChannel(channel="L", max_on_time=math.inf), "max_on_time = inf of channel 'L' is no time"),
        (DOChannel(channel="L", max_on_time=1.0, safe_value=1.0), "channel 'L' is safe when it is high"),
        (COChannel(channel="L", duty_cycle=1.0), "counter 'L' has frequency = 0 and duty_cycle = 1; a frequency is 0"),
    ],
)
def test_what_is_wrong_with_a_channel_whatever_its_engine_is_found(channel: Channel, message: str) -> None:
    (found,) = messages(with_channels(Box(name="box"), channel))
    assert found.startswith(message)


def test_a_converters_delay_is_part_of_its_streams_and_an_encoder_gives_degrees() -> None:
    assert AIChannel(channel="ai0", fs=1e5, filter_delay=63e-5).stream_info().delay == 63e-5
    assert CIChannel(channel="ctr0", fs=1e3, mode="encoder").stream_info().unit == "deg"
    assert CIChannel(channel="ctr0", fs=1e3).stream_info().unit == ""


def clocks(engines: Sequence[Engine]) -> list[str]:
    tree = EngineTree(engines)
    return [tree.clock_of(engine) for engine in engines]


def test_the_master_is_who_says_so_else_the_first_with_a_timed_input() -> None:
    box = with_channels(Box(name="box"), SerialChannel(channel="L1"))
    player = with_channels(SimulatedEngine(name="player"), AOChannel(channel="ao0", fs=1e3))
    card = with_channels(SimulatedEngine(name="card"), AIChannel(channel="ai0", fs=1e3))
    camera = with_channels(SimulatedEngine(name="camera"), DIChannel(channel="line0", fs=1e3))
    assert EngineTree([box, player, card, camera]).master() is card
    assert EngineTree([box, player]).master() is player
    assert EngineTree([box]).master() is None
    camera.master_clock = True
    assert EngineTree([box, player, card, camera]).master() is camera
    assert clocks([player, card, camera]) == ["player", "card", "master"]


def test_engines_that_share_a_clock_have_one_name_for_it() -> None:
    card = with_channels(SimulatedEngine(name="card"), AIChannel(channel="ai0", fs=1e3))
    second = with_channels(SimulatedEngine(name="second", clock="card"), AIChannel(channel="ai1", fs=1e3))
    third = with_channels(SimulatedEngine(name="third", clock="second"), AIChannel(channel="ai2", fs=1e3))
    assert clocks([card, second, third]) == ["master", "master", "master"]
    third.clock = "thrid"
    second.master_clock = card.master_clock = True
    assert messages(card, second, third) == [
        "engine 'second' says master_clock, and so does 'card'; a run has one time",
        "engine 'third' shares the clock of 'thrid', which is no other engine; known: card, second",
    ]
