"""What goes wrong with cards, and what the engine makes of it: one policy, one test."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from psi.api import AIChannel, AOChannel, DOChannel
from psi.core.errors import ConfigurationError
from psi.engines.nidaqmx import safety
from psi.engines.nidaqmx.lines import OnDemandLine
from psi.engines.nidaqmx.policies import DeviceFault, Meaning
from psi.hardware.engine import OutputsNotSafe
from psi.testing.ni_server.server import SimulatedServer

Level = Callable[[str], float]


def ramp(index: NDArray[np.int64]) -> NDArray[np.float64]:
    return (index % 1000) / 1000.0


def the_fault(run: Any, meaning: Meaning) -> str:
    """The text of the one fault, which has this meaning."""
    run.wait(lambda: run.faults)
    (fault,) = run.faults
    assert isinstance(fault, DeviceFault)
    assert fault.meaning is meaning
    assert "\n" not in str(fault)
    return str(fault)


def test_a_reader_that_is_too_slow_is_told_what_it_lost(bench: Callable[..., Any], server: SimulatedServer) -> None:
    channels = [AIChannel(channel="Dev1/ai0", name="a", fs=10e3), AIChannel(channel="Dev1/ai1", name="b", fs=10e3)]
    run = bench(server, channels).run()
    had = run.wait_for_samples("a", 1000)
    server.faults.overrun("Dev1")
    text = the_fault(run, Meaning.OVERRUN)
    assert "engine 'card', Dev1 ai" in text
    assert "longer buffer_duration" in text
    info = run.told("overrun")
    end_of_data = run.chunks["a"][-1].end
    assert info["sample"] == end_of_data >= had.shape[1]
    assert info["lost_samples"] >= 1
    assert [(channel, s0) for channel, s0, _ in run.losses] == [("a", end_of_data), ("b", end_of_data)]
    assert all(n >= 1 for _, _, n in run.losses)


def test_a_buffer_that_fills_is_said_before_anything_is_lost(
    bench: Callable[..., Any], server: SimulatedServer
) -> None:
    run = bench(server, [AIChannel(channel="Dev1/ai0", fs=10e3)], buffer_duration=2.0)
    run.driver.LOOK = 0.05
    go_on = threading.Event()
    run.on_chunk = lambda chunk: None if chunk.s0 == 0 else go_on.wait()
    run.run()
    info = run.told("engine_headroom")
    go_on.set()
    assert info["task"] == "Dev1 ai"
    assert info["headroom"] < 0.25
    assert run.driver.headroom() < 0.25
    run.wait_for_samples("Dev1/ai0", 25_000)  # nothing was lost


def test_an_output_that_ran_dry_is_made_safe_at_once(
    bench: Callable[..., Any], server: SimulatedServer, level: Level
) -> None:
    channels = [
        AOChannel(channel="Dev1/ao0", fs=10e3, safe_value=0.25),
        DOChannel(channel="Dev1/port0/line0", name="valve", fs=0),
    ]
    run = bench(server, channels, {"Dev1/ao0": ramp}).run()
    run.driver.write_line("valve", 1.0)
    server.faults.underrun("Dev1")
    text = the_fault(run, Meaning.UNDERRUN)
    assert "longer look_ahead" in text
    assert run.told("underrun")["task"] == "Dev1 ao"
    # Although nobody has stopped the run yet.
    assert level("Dev1/ao0") == pytest.approx(0.25, abs=1e-3)
    assert level("Dev1/port0/line0") == 0.0


def test_a_reserved_device_is_tried_again_once_then_named_with_its_holder(
    bench: Callable[..., Any], server: SimulatedServer
) -> None:
    server.faults.reserve("Dev1", owner="LabVIEW on booth 3")
    run = bench(server, [AIChannel(channel="Dev1/ai0", fs=10e3)])
    with pytest.raises(ConfigurationError) as caught:
        run.driver.prepare()
    text = str(caught.value)
    assert "engine 'card', Dev1 ai: getting ready failed" in text
    assert "ai timing engine" in text
    assert "LabVIEW on booth 3" in text
    assert f"psi doctor --server {server.address} --reset Dev1" in text
    assert "\n" not in text
    run.driver.ensure_stopped()
    assert server.tasks == {}


def test_a_device_that_is_let_go_meanwhile_is_had_at_the_second_try(
    bench: Callable[..., Any], server: SimulatedServer
) -> None:
    server.faults.refuse("TaskControl", -50103, "Dev1")
    run = bench(server, [AIChannel(channel="Dev1/ai0", fs=10e3)]).run()
    run.wait_for_samples("Dev1/ai0", 500)


def test_where_asked_for_a_reserved_device_is_reset(
    bench: Callable[..., Any], server: SimulatedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety, "AFTER_RESET", 0.0)
    server.faults.reserve("Dev1")
    run = bench(server, [AIChannel(channel="Dev1/ai0", fs=10e3)], reset_if_reserved=True)
    run.run()
    run.wait_for_samples("Dev1/ai0", 500)
    assert run.told("engine_error") == {"what": "reset", "device": "Dev1"}


def test_a_call_that_meets_the_stop_is_no_fault(bench: Callable[..., Any], server: SimulatedServer) -> None:
    for _ in range(3):
        run = bench(server, [AIChannel(channel="Dev1/ai0", fs=50e3)]).run()
        run.wait_for_samples("Dev1/ai0", 500)
        server.faults.race_next_stop("Dev1")
        run.driver.stop()
        run.driver.ensure_stopped()
        assert run.faults == []
        assert "engine_error" not in [event for event, _ in run.reports]


def test_a_device_that_is_pulled_out_ends_the_run_and_says_what_could_not_be_made_safe(
    bench: Callable[..., Any], server: SimulatedServer
) -> None:
    channels = [AIChannel(channel="Dev1/ai0", fs=10e3), DOChannel(channel="Dev1/port0/line0", name="valve", fs=0)]
    run = bench(server, channels).run()
    run.wait_for_samples("Dev1/ai0", 500)
    server.faults.unplug("Dev1")
    text = the_fault(run, Meaning.GONE)
    assert "what was acquired is kept" in text
    assert "-201003" in text
    run.driver.ensure_stopped()
    said = [info for event, info in run.reports if event == "engine_error"]
    assert list(said[-1]["lines"]) == ["valve"]
    not_safe = run.faults[-1]
    assert isinstance(not_safe, OutputsNotSafe)
    assert "outputs of engine 'card' may not be at their safe values: valve (" in str(not_safe)


def test_a_lost_server_ends_the_run(bench: Callable[..., Any], server: SimulatedServer) -> None:
    run = bench(server, [AIChannel(channel="Dev1/ai0", fs=10e3)])
    run.driver.LOOK = 0.05
    run.run()
    run.wait_for_samples("Dev1/ai0", 500)
    server.drop()
    text = the_fault(run, Meaning.GONE)
    assert "the connection to the device server failed" in text
    run.driver.ensure_stopped()
    server.listen()


def test_a_short_write_is_completed(bench: Callable[..., Any], server: SimulatedServer) -> None:
    channels = [AOChannel(channel="Dev1/ao0", fs=50e3), AIChannel(channel="Dev1/ai0", fs=50e3)]
    run = bench(server, channels, {"Dev1/ao0": ramp}).run()
    run.wait_for_samples("Dev1/ai0", 2000)
    server.faults.shorten_next_write("Dev1", 17)
    heard = run.wait_for_samples("Dev1/ai0", 30_000)[0]
    np.testing.assert_allclose(heard, ramp(np.arange(30_000)), atol=2 * 20 / 2**16)


def test_a_line_that_is_being_set_when_outputs_are_made_safe_ends_up_safe(
    bench: Callable[..., Any], server: SimulatedServer, level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting, may = threading.Event(), threading.Event()
    set_now = OnDemandLine.set

    def set_late(line: OnDemandLine, value: float) -> None:
        setting.set()
        assert may.wait(20)
        set_now(line, value)

    monkeypatch.setattr(OnDemandLine, "set", set_late)
    run = bench(server, [DOChannel(channel="Dev1/port0/line0", name="valve", fs=0)]).run()
    opens = threading.Thread(target=run.driver.write_line, args=("valve", 1.0))
    opens.start()
    assert setting.wait(20)
    ends = threading.Thread(target=run.driver.ensure_stopped)
    ends.start()
    # It may not end meanwhile, however long it is given.
    ends.join(0.5)
    assert ends.is_alive()
    may.set()
    opens.join(20)
    ends.join(20)
    assert level("Dev1/port0/line0") == 0.0


def test_a_line_of_a_lost_device_cannot_be_set_and_says_so(bench: Callable[..., Any], server: SimulatedServer) -> None:
    run = bench(server, [DOChannel(channel="Dev1/port0/line0", name="valve", fs=0)]).run()
    server.faults.unplug("Dev1")
    with pytest.raises(DeviceFault, match=r"setting 'valve' failed.*-201003"):
        run.driver.write_line("valve", 1.0)


def test_a_server_that_is_not_there_is_one_line(bench: Callable[..., Any], server: SimulatedServer) -> None:
    run = bench(server, [AIChannel(channel="Dev1/ai0", fs=10e3)])
    run.driver.engine.server = "localhost:1"
    with pytest.raises(ConfigurationError, match=r"engine 'card': no device server answers at 'localhost:1'"):
        run.driver.prepare()
