"""The engine at work on simulated cards, through the unmodified client."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from psi.api import AIChannel, AOChannel, DIChannel, DOChannel
from psi.core.errors import ConfigurationError
from psi.testing.ni_server.server import SimulatedServer


def staircase(index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Another value at each of a thousand samples, in V: a shift by one sample shows."""
    return (index % 1000) / 250.0 - 2.0


def test_inputs_arrive_without_a_gap_from_sample_zero(bench: Callable[..., Any], server: SimulatedServer) -> None:
    run = bench(server, [AIChannel(channel="Dev1/ai0:15", fs=25e3)]).run()
    samples = run.wait_for_samples("Dev1/ai0:15", 10_000)
    assert samples.shape == (16, 10_000)
    run.driver.stop()
    assert run.told("engine_started") == {"tasks": ["Dev1 ai"]}
    fs, positions, seen = zip(*run.pairs, strict=True)
    assert set(fs) == {25e3}
    assert list(positions) == [250 * (i + 1) for i in range(len(positions))]
    assert list(seen) == sorted(seen)


def test_what_is_played_comes_back_at_its_own_sample(bench: Callable[..., Any], server: SimulatedServer) -> None:
    channels = [
        AOChannel(channel="Dev1/ao0", fs=100e3),
        AIChannel(channel="Dev1/ai0", fs=100e3, start_trigger="ao/StartTrigger"),
    ]
    run = bench(server, channels, {"Dev1/ao0": staircase}).run()
    heard = run.wait_for_samples("Dev1/ai0", 50_000)[0]
    # 16 bits over 20 V, in and out.
    np.testing.assert_allclose(heard, staircase(np.arange(50_000)), atol=2 * 20 / 2**16)


def test_a_digital_output_comes_back_at_its_own_sample(bench: Callable[..., Any], server: SimulatedServer) -> None:
    def pulses(index: NDArray[np.int64]) -> NDArray[np.float64]:
        return (index % 7 < 2).astype(np.float64)

    channels = [DOChannel(channel="Dev1/port0/line0", fs=10e3), DIChannel(channel="Dev1/port0/line8", fs=10e3)]
    run = bench(server, channels, {"Dev1/port0/line0": pulses}).run()
    seen = run.wait_for_samples("Dev1/port0/line8", 5000)[0]
    assert seen.dtype == bool
    np.testing.assert_array_equal(seen, pulses(np.arange(5000)) > 0.5)


def test_a_decimated_channel_has_every_so_many_samples_of_the_task(
    bench: Callable[..., Any], server: SimulatedServer
) -> None:
    channels = [
        AOChannel(channel="Dev1/ao0", fs=50e3),
        AIChannel(channel="Dev1/ai1", name="other", fs=50e3),
        AIChannel(channel="Dev1/ai0", name="slow", fs=50e3 / 7),
    ]
    run = bench(server, channels, {"Dev1/ao0": staircase}, decimate=True).run()
    heard = run.wait_for_samples("slow", 2000)[0]
    np.testing.assert_allclose(heard, staircase(np.arange(0, 14_000, 7)), atol=2 * 20 / 2**16)


def test_outputs_are_asked_once_in_order_and_what_is_asked_is_committed(
    bench: Callable[..., Any], server: SimulatedServer
) -> None:
    run = bench(server, [AOChannel(channel="Dev1/ao0", fs=100e3)], {"Dev1/ao0": staircase}, look_ahead=0.3)
    supply = run.supplies["Dev1/ao0"]
    late: list[tuple[int, int]] = []

    def signal(index: NDArray[np.int64]) -> NDArray[np.float64]:
        if run.driver.committed("Dev1/ao0") < index[-1] + 1:
            late.append((int(index[0]), run.driver.committed("Dev1/ao0")))
        with run.changed:
            run.changed.notify_all()
        return staircase(index)

    supply.signal = signal
    run.run()
    run.wait(lambda: len(supply.asked) > 20)
    run.driver.stop()
    starts, counts = np.array(supply.asked).T
    np.testing.assert_array_equal(starts[1:], (starts + counts)[:-1])
    assert starts[0] == 0
    assert late == []
    assert run.faults == []


def test_a_line_is_set_when_asked_and_the_time_that_it_took_is_told(
    bench: Callable[..., Any], server: SimulatedServer, level: Callable[[str], float]
) -> None:
    run = bench(server, [DOChannel(channel="Dev1/port0/line0", name="light", fs=0)]).run()
    for wanted in (1.0, 0.0, 1.0):
        run.driver.write_line("light", wanted)
        assert level("Dev1/port0/line0") == wanted
    assert run.driver.write_pulse("light", 0.1) is False
    run.driver.ensure_stopped()
    times = run.told("engine_lines")["seconds"]["light"]
    assert times["n"] == 3
    assert 0 < times["p50"] <= times["p99"] <= times["max"]


def test_outputs_are_left_at_their_safe_values(
    bench: Callable[..., Any], server: SimulatedServer, level: Callable[[str], float]
) -> None:
    channels = [
        AOChannel(channel="Dev1/ao0", fs=10e3, safe_value=0.5),
        AOChannel(channel="Dev2/ao1", name="laser", fs=0, safe_value=0.0),
        DOChannel(channel="Dev1/port0/line0", fs=10e3, safe_value=1.0),
        DOChannel(channel="Dev1/port0/line2", name="valve", fs=0),
        AIChannel(channel="Dev1/ai0", fs=10e3),
    ]
    run = bench(server, channels, {"Dev1/ao0": staircase}).run()
    run.wait_for_samples("Dev1/ai0", 1000)
    run.driver.write_line("valve", 1.0)
    run.driver.write_line("laser", 4.0)
    ended = threading.Thread(target=run.driver.ensure_stopped)
    ended.start()
    ended.join()
    assert level("Dev1/ao0") == pytest.approx(0.5, abs=1e-3)
    assert level("Dev2/ao1") == pytest.approx(0.0, abs=1e-3)
    assert level("Dev1/port0/line0") == 1.0
    assert level("Dev1/port0/line2") == 0.0
    assert server.tasks == {}


def test_a_run_follows_another_and_ends_are_said_as_often_as_one_likes(
    bench: Callable[..., Any], server: SimulatedServer
) -> None:
    for _ in range(2):
        run = bench(server, [AIChannel(channel="Dev1/ai0", fs=10e3)])
        run.driver.ensure_stopped()  # before anything was prepared
        run = bench(server, [AIChannel(channel="Dev1/ai0", fs=10e3)]).run()
        run.wait_for_samples("Dev1/ai0", 500)
        run.driver.stop()
        run.driver.stop()
        handed_over = len(run.chunks["Dev1/ai0"])
        run.driver.ensure_stopped()
        run.driver.ensure_stopped()
        assert len(run.chunks["Dev1/ai0"]) == handed_over
        assert server.tasks == {}


def test_what_a_chain_raises_ends_the_run(bench: Callable[..., Any], server: SimulatedServer) -> None:
    run = bench(server, [AIChannel(channel="Dev1/ai0", fs=10e3)])

    def fail(chunk: Any) -> None:
        raise ZeroDivisionError("a stage failed")

    run.on_chunk = fail
    run.run()
    run.wait(lambda: run.faults)
    assert [type(error) for error in run.faults] == [ZeroDivisionError]


def test_a_rate_that_the_clock_cannot_give_is_refused_with_the_one_it_gives(
    bench: Callable[..., Any], server: SimulatedServer
) -> None:
    run = bench(server, [AIChannel(channel="Dev1/ai0", name="microphone", fs=44_100.0)])
    with pytest.raises(ConfigurationError, match=r"its clock gives 44091\.7.*set fs to that for 'microphone'"):
        run.driver.prepare()


def test_an_armed_engine_says_what_it_waits_for_and_starts_with_it(
    bench: Callable[..., Any], server: SimulatedServer
) -> None:
    channel = AIChannel(channel="Dev1/ai0", fs=10e3, start_trigger="PFI0")
    run = bench(server, [channel], trigger_timeout=60.0).run()
    assert run.told("engine_waiting") == {"trigger": "/Dev1/PFI0", "timeout": 60.0}
    assert run.chunks["Dev1/ai0"] == []
    server.pulse("/Dev1/PFI0")
    run.wait_for_samples("Dev1/ai0", 500)
    run.told("engine_started")
    assert run.faults == []


def test_a_trigger_that_does_not_come_is_a_fault(bench: Callable[..., Any], server: SimulatedServer) -> None:
    channel = AIChannel(channel="Dev1/ai0", fs=10e3, start_trigger="PFI0")
    run = bench(server, [channel], trigger_timeout=0.05).run()
    run.wait(lambda: run.faults)
    assert "'card' waited 0.05 s for the start trigger '/Dev1/PFI0' of Dev1 ai" in str(run.faults[0])
    assert "longer trigger_timeout" in str(run.faults[0])


def test_one_part_that_waits_for_ever_is_a_fault_although_others_run(
    bench: Callable[..., Any], server: SimulatedServer
) -> None:
    channels = [
        AIChannel(channel="Dev1/ai0", fs=10e3),
        AIChannel(channel="Dev2/ai0", fs=10e3, start_trigger="Dev2/PFI0"),
    ]
    run = bench(server, channels, trigger_timeout=0.3).run()
    run.wait(lambda: run.faults)
    assert "the start trigger '/Dev2/PFI0' of Dev2 ai" in str(run.faults[0])
    # The others run, and what it waits for is shown meanwhile.
    assert run.told("engine_waiting") == {"part": "Dev2 ai", "trigger": "/Dev2/PFI0", "timeout": 0.3}
    (started,) = [info for event, info in run.reports if event == "engine_started"]
    assert sorted(started["tasks"]) == ["Dev1 ai", "Dev2 ai"]


def test_a_part_that_waits_by_itself_says_when_it_has_started(
    bench: Callable[..., Any], server: SimulatedServer
) -> None:
    channels = [
        AIChannel(channel="Dev1/ai0", fs=10e3),
        AIChannel(channel="Dev2/ai0", fs=10e3, start_trigger="Dev2/PFI0"),
    ]
    run = bench(server, channels).run()
    run.wait_for_samples("Dev1/ai0", 500)
    assert {"part": "Dev2 ai"} not in [info for _, info in run.reports]
    server.pulse("/Dev2/PFI0")
    run.wait_for_samples("Dev2/ai0", 500)
    assert ("engine_started", {"part": "Dev2 ai"}) in run.reports


def test_devices_on_one_reference_clock_begin_together_and_do_not_drift(bench: Callable[..., Any]) -> None:
    channels = [
        AOChannel(channel="Dev1/ao0", fs=50e3),
        AIChannel(channel="Dev2/ai0", fs=50e3),
    ]
    with SimulatedServer(["Dev1=PCIe-6363", "Dev2=PCIe-6363,ppm=50"], wires=["Dev1/ao0=Dev2/ai0"]) as chassis:
        run = bench(chassis, channels, {"Dev1/ao0": staircase}, reference_clock="PXIe_Clk100").run()
        heard = run.wait_for_samples("Dev2/ai0", 100_000)[0]
        # 50 ppm apart they would be five samples from each other by now.
        np.testing.assert_allclose(heard, staircase(np.arange(100_000)), atol=2 * 20 / 2**16)
        run.driver.ensure_stopped()


def test_another_master_may_be_named(bench: Callable[..., Any], server: SimulatedServer) -> None:
    channels = [
        AOChannel(channel="Dev1/ao0", fs=20e3),
        AIChannel(channel="Dev1/ai0", fs=20e3),
    ]
    run = bench(server, channels, {"Dev1/ao0": staircase}, master="Dev1/ai").run()
    heard = run.wait_for_samples("Dev1/ai0", 5000)[0]
    np.testing.assert_allclose(heard, staircase(np.arange(5000)), atol=2 * 20 / 2**16)
