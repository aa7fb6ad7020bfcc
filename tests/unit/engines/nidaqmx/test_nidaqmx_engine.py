"""What an engine says before a run, without one, and with delays of converters; all asked of the device itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from psi.api import AIChannel, AOChannel, COChannel, DIChannel, DOChannel, NIDAQEngine
from psi.core.errors import ConfigurationError
from psi.engines.nidaqmx.driver.connection import Connection
from psi.hardware.channel import Channel
from psi.testing.ni_server.lines import Steady
from psi.testing.ni_server.server import SimulatedServer


def engine_of(server: str, channels: Sequence[Channel], **settings: Any) -> NIDAQEngine:
    engine = NIDAQEngine(name="card", server=server, **settings)
    for channel in channels:
        channel.set_parent(engine)
    return engine


def test_a_rig_that_the_card_can_serve_has_no_findings(server: SimulatedServer) -> None:
    channels = [
        AOChannel(channel="Dev1/ao0", fs=200e3),
        AIChannel(channel="Dev1/ai0", fs=200e3, start_trigger="ao/StartTrigger"),
        DIChannel(channel="Dev1/port0/line8", fs=1e3),
        DOChannel(channel="Dev1/port1/line0", fs=0),
        COChannel(channel="Dev1/ctr0"),
    ]
    assert engine_of(server.address, channels).check() == []


def test_everything_that_the_card_cannot_do_is_found_at_once(server: SimulatedServer) -> None:
    channels = [
        AIChannel(channel="Dev1/ai0:3", name="mics", fs=200e3, expected_range=(-20, 20)),
        AOChannel(channel="Dev1/ao9", fs=200e3),
        DIChannel(channel="Dev1/port1/line0", name="poke", fs=1e3),
        AIChannel(channel="Dev3/ai0", fs=1e3),
        AIChannel(channel="Dev2/ai0", fs=1e3),
    ]
    messages = [finding.message for finding in engine_of(server.address, channels).check()]
    assert any("asks for ±20 V; Dev1/ai0:3 allows ±0.2, ±1, ±5, ±10 V" in message for message in messages)
    assert any("800000 together: it allows 500000 for all together" in message for message in messages)
    assert any("no line 'Dev1/ao9'" in message for message in messages)
    assert any("cannot be sampled by a clock on a USB-6343" in message for message in messages)
    assert any("no device 'Dev3'; did you mean" in message for message in messages)
    drift = [finding for finding in engine_of(server.address, channels).check() if finding.severity == "warning"]
    assert len(drift) == 2
    assert "Dev2 ai has a clock of its own beside Dev1 a" in drift[0].message + drift[1].message


def test_what_is_wrong_with_the_declaration_hides_nothing_that_the_card_would_refuse(server: SimulatedServer) -> None:
    channels = [
        AIChannel(channel="Dev1/ai0", fs=1e3),
        AIChannel(channel="Dev1/ai1", fs=2e3),
        AIChannel(channel="", name="nowhere", fs=1e3),
        AIChannel(channel="Dev1/ai99", fs=1e3),
        AOChannel(channel="Dev7/ao0", fs=1e3),
        DOChannel(channel="Dev1/port1/line99", fs=0),
    ]
    messages = "\n".join(finding.message for finding in engine_of(server.address, channels).check())
    for part in ("one ai timing engine", "'nowhere' names no line", "Dev1/ai99", "no device 'Dev7'", "port1/line99"):
        assert part in messages, messages


def test_a_rate_that_the_clock_cannot_give_is_found_with_the_one_it_gives(server: SimulatedServer) -> None:
    channels = [AIChannel(channel="Dev1/ai0", name="ecg", fs=44_100.0), AOChannel(channel="Dev1/ao0", fs=50e3)]
    (finding,) = engine_of(server.address, channels).check()
    assert "Dev1 ai cannot have 44100 samples/s, its clock gives 44091.7" in finding.message
    assert "set fs to that for 'ecg'" in finding.message
    assert server.tasks == {}


def test_without_the_driver_the_rig_that_needs_it_says_so_in_one_line() -> None:
    engine = engine_of("", [AIChannel(channel="Dev1/ai0", fs=1e3)])
    try:
        Connection("").close()
    except ConfigurationError:
        (finding,) = engine.check()
        assert "engine 'card': NI-DAQmx is not installed on this machine; install it from ni.com" in finding.message
        assert "\n" not in finding.message
    else:
        pytest.skip("NI-DAQmx is installed here")


def test_what_is_wrong_with_the_declaration_is_found_without_the_device() -> None:
    engine = engine_of("localhost:1", [AIChannel(channel="ai0", fs=1e3)])
    declared, reached = engine.check()
    assert "write 'Dev1/ai0'" in declared.message
    assert "localhost:1" in reached.message


def test_outputs_are_made_safe_without_a_run(server: SimulatedServer, level: Callable[[str], float]) -> None:
    channels = [
        AOChannel(channel="Dev1/ao0", fs=10e3, safe_value=1.5),
        DOChannel(channel="Dev1/port0/line0", fs=0, safe_value=1.0),
        DOChannel(channel="Dev1/port0/line1", fs=10e3),
        AIChannel(channel="Dev1/ai0", fs=10e3),
    ]
    with server.changed:
        server.net.line("Dev1/port0/line1").drive(server.clock.now(), Steady(1.0))
    engine_of(server.address, channels).make_safe()
    assert level("Dev1/ao0") == pytest.approx(1.5, abs=1e-3)
    assert level("Dev1/port0/line0") == 1.0
    assert level("Dev1/port0/line1") == 0.0
    assert server.tasks == {}


def test_what_a_dead_client_left_playing_on_a_device_server_is_ended(
    bench: Callable[..., Any], server: SimulatedServer, level: Callable[[str], float]
) -> None:
    channels = [
        AOChannel(channel="Dev1/ao0", fs=10e3),
        DOChannel(channel="Dev1/port0/line0", name="valve", fs=0),
        AIChannel(channel="Dev2/ai0", fs=10e3),
    ]
    run = bench(server, channels, {"Dev1/ao0": lambda index: np.ones(len(index))}).run()
    run.driver.write_line("valve", 1.0)
    run.wait_for_samples("Dev2/ai0", 500)
    # Another process: this run's tasks are still there.
    engine_of(server.address, run.driver.engine.channels()).make_safe()
    assert (level("Dev1/ao0"), level("Dev1/port0/line0")) == (0.0, 0.0)
    # The next run is not refused what the dead one held, its inputs' devices included.
    assert [device.owners for device in server.devices.values()] == [{}, {}]


def test_lines_that_cannot_be_made_safe_are_all_named(server: SimulatedServer) -> None:
    channels = [AOChannel(channel="Dev1/ao0", fs=10e3), DOChannel(channel="Dev1/port0/line0", name="valve", fs=0)]
    server.faults.unplug("Dev1")
    with pytest.raises(ConfigurationError) as caught:
        engine_of(server.address, channels).make_safe()
    assert [f.message.split(" to its safe value")[0] for f in caught.value.findings] == [
        "engine 'card': setting 'Dev1/ao0'",
        "engine 'card': setting 'valve'",
    ]


def test_a_reset_frees_a_device(server: SimulatedServer) -> None:
    server.faults.reserve("Dev1")
    connection = Connection(server.address)
    connection.reset("Dev1")
    connection.close()
    assert server.devices["dev1"].owners == {}


@pytest.fixture
def sound_card() -> Iterator[SimulatedServer]:
    with SimulatedServer(["Sound=PXI-4461"], wires=["Sound/ao0=Sound/ai0"]) as server:
        yield server


def test_a_sound_comes_back_at_the_sample_that_the_converters_delays_say(
    bench: Callable[..., Any], sound_card: SimulatedServer
) -> None:
    fs, in_delay, out_delay = 100e3, 63, 32

    def clicks(index: NDArray[np.int64]) -> NDArray[np.float64]:
        return (index % 997 == 500).astype(np.float64) * (1 + index % 7)

    channels = [
        AOChannel(channel="Sound/ao0", fs=fs, filter_delay=out_delay / fs, expected_range=(-10, 10)),
        AIChannel(channel="Sound/ai0", fs=fs, filter_delay=in_delay / fs, expected_range=(-10, 10)),
    ]
    run = bench(sound_card, channels, {"Sound/ao0": clicks}, look_ahead=0.5).run()
    heard = run.wait_for_samples("Sound/ai0", 50_000)[0]
    info = run.chunks["Sound/ai0"][0].info
    shift = round((info.delay + channels[0].filter_delay) * fs)
    assert shift == in_delay + out_delay
    np.testing.assert_allclose(heard[shift:], clicks(np.arange(50_000 - shift)), atol=1e-4)
    np.testing.assert_allclose(heard[:shift], 0.0, atol=1e-4)
