"""Counters: pulses that the card times by itself, trains, edges and an encoder's angle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from psi.api import AIChannel, CIChannel, COChannel, DIChannel, DOChannel
from psi.testing.ni_server.server import SimulatedServer

FS = 10e3


def pulses(index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Two samples high of every ten."""
    return (index % 10 < 2).astype(np.float64)


def highs(samples: NDArray[np.bool_]) -> list[int]:
    """Lengths of the stretches in which a line was high, in samples."""
    edges = np.flatnonzero(np.diff(samples.astype(np.int8), prepend=0, append=0))
    return [int(n) for n in edges[1::2] - edges[::2]]


def seen_until_low(run: Any, n_pulses: int) -> NDArray[np.bool_]:
    """What the line at the counter's output was, once ``n_pulses`` have come and gone."""

    def samples() -> NDArray[np.bool_]:
        chunks = run.chunks["seen"]
        return np.concatenate([chunk.data[0] for chunk in chunks]) if chunks else np.zeros(1, dtype=bool)

    def over() -> bool:
        whole = samples()
        return not whole[-1] and len(highs(whole)) >= n_pulses

    run.wait(over)
    return samples()


@pytest.fixture
def valve(bench: Callable[..., Any], server: SimulatedServer) -> Callable[..., Any]:
    """A run with a counter's output, wired to a line that is measured at 10 kHz as 'seen'."""

    def make(**settings: Any) -> Any:
        channels = [
            COChannel(channel="Dev1/ctr1", name="valve", **settings),
            DIChannel(channel="Dev1/port0/line9", name="seen", fs=FS),
        ]
        run = bench(server, channels).run()
        run.wait_for_samples("seen", 100)
        return run

    return make


def test_a_pulse_ends_by_itself_after_its_time(valve: Callable[..., Any]) -> None:
    run = valve()
    assert run.driver.write_pulse("valve", 0.05) is True
    # Nobody ever lowers the line.
    (length,) = highs(seen_until_low(run, 1))
    assert length == pytest.approx(0.05 * FS, abs=1)


def test_a_line_that_is_only_raised_falls_after_its_longest_time(valve: Callable[..., Any]) -> None:
    run = valve(max_on_time=0.03)
    run.driver.write_line("valve", 1.0)
    (length,) = highs(seen_until_low(run, 1))
    assert length == pytest.approx(0.03 * FS, abs=1)


def test_a_pulse_is_never_longer_than_the_channel_allows(valve: Callable[..., Any]) -> None:
    run = valve(max_on_time=0.03)
    run.driver.write_pulse("valve", 5.0)
    (length,) = highs(seen_until_low(run, 1))
    assert length == pytest.approx(0.03 * FS, abs=1)


def test_a_pulse_can_be_cut(valve: Callable[..., Any], level: Callable[[str], float]) -> None:
    run = valve()
    run.driver.write_pulse("valve", 9.0)
    assert level("Dev1/ctr1") == 1.0
    run.driver.write_line("valve", 0.0)
    assert level("Dev1/ctr1") == 0.0
    (length,) = highs(seen_until_low(run, 1))
    assert length < 9.0 * FS


def test_the_lowering_at_a_pulses_end_does_not_shorten_it(valve: Callable[..., Any]) -> None:
    run = valve()
    run.driver.write_pulse("valve", 0.004)
    run.driver.write_line("valve", 0.0)  # as the player does when its timer ends a pulse
    (length,) = highs(seen_until_low(run, 1))
    assert length == pytest.approx(0.004 * FS, abs=1)


def test_pulses_follow_each_other(valve: Callable[..., Any]) -> None:
    run = valve()
    for n, duration in enumerate([0.01, 0.01, 0.02], start=1):
        run.driver.write_pulse("valve", duration)
        found = highs(seen_until_low(run, n))
    assert found == [pytest.approx(n, abs=1) for n in (100, 100, 200)]
    run.driver.ensure_stopped()
    assert run.told("engine_lines")["seconds"]["valve"]["n"] == 3


def test_a_train_lasts_as_long_as_it_is_asked_for(valve: Callable[..., Any]) -> None:
    run = valve(frequency=100.0, duty_cycle=0.3)
    run.driver.write_pulse("valve", 0.05)
    assert highs(seen_until_low(run, 5)) == [pytest.approx(30, abs=1)] * 5


def test_the_end_of_a_run_ends_a_pulse(valve: Callable[..., Any], level: Callable[[str], float]) -> None:
    run = valve()
    run.driver.write_pulse("valve", 9.0)
    run.driver.ensure_stopped()
    assert level("Dev1/ctr1") == 0.0


def test_edges_are_counted_on_the_inputs_clock(bench: Callable[..., Any], server: SimulatedServer) -> None:
    channels = [
        DOChannel(channel="Dev1/port0/line0", fs=FS),
        AIChannel(channel="Dev1/ai0", fs=FS),
        CIChannel(channel="Dev1/ctr0", name="licks", fs=FS, initial_count=5),
    ]
    run = bench(server, channels, {"Dev1/port0/line0": pulses}).run()
    counts = run.wait_for_samples("licks", 4000)[0]
    assert counts[0] in (5, 6)
    steps = np.flatnonzero(np.diff(counts))
    assert set(np.diff(counts)) == {0, 1}
    np.testing.assert_array_equal(np.diff(steps), 10)


def test_an_encoder_gives_degrees(bench: Callable[..., Any], server: SimulatedServer) -> None:
    channels = [
        DOChannel(channel="Dev1/port0/line0", fs=FS),
        AIChannel(channel="Dev1/ai0", fs=FS),
        CIChannel(channel="Dev1/ctr0", name="wheel", fs=FS, mode="encoder", decoding="X1", pulses_per_revolution=36),
    ]
    assert channels[2].stream_info().unit == "deg"
    run = bench(server, channels, {"Dev1/port0/line0": pulses}).run()
    angle = run.wait_for_samples("wheel", 4000)[0]
    moved = np.diff(angle)
    assert set(np.abs(moved[moved != 0])) == {10.0}
