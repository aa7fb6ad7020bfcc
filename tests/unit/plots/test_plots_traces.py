"""Traces show every sample under the pixel of its time, at a scale that holds still."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from psi.core.errors import RunFault
from psi.plots.traces import Span, Traces, joined
from psi.stream.ring import RingWriter
from psi.stream.shared_memory import segment_name


class Ring:
    """A ring in the process's own memory."""

    def __init__(self, n_channels: int = 1) -> None:
        self.data = np.empty((n_channels, 0))
        self.closed = False

    @property
    def available(self) -> tuple[int, int]:
        return 0, self.data.shape[1]

    def read(self, s0: int, n: int) -> tuple[NDArray[Any], None]:
        return self.data[:, s0 : s0 + n], None

    def write(self, data: NDArray[Any]) -> None:
        self.data = np.concatenate((self.data, np.atleast_2d(data)), axis=1)

    def close(self) -> None:
        self.closed = True


def stream(name: str = "x", segment: str = "s", fs: float = 1000.0, n_channels: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "segment": segment,
        "fs": fs,
        "n_channels": n_channels,
        "dtype": "float32",
        "unit": "V",
        **more,
    }


def state(*streams: dict[str, Any], run_id: str = "run") -> dict[str, Any]:
    return {"run_id": run_id, "status": {"segments": {"journal": "", "streams": list(streams)}}}


def traces_of(**rings: Ring) -> Traces:
    def attach(segment: str) -> Ring:
        if segment not in rings:
            raise RunFault(f"no ring {segment!r}")
        return rings[segment]

    return Traces(window=10.0, attach=attach)


@pytest.mark.parametrize("fs", [7.0, 100.0, 500.0, 25e3])
@pytest.mark.parametrize("width", [97, 640])
def test_a_spike_of_one_sample_is_under_the_pixel_of_its_time(fs: float, width: int) -> None:
    ring = Ring()
    traces = traces_of(s=ring)
    traces.resize(width)
    samples = np.zeros(round(10 * fs))
    at = round(6.3 * fs)
    samples[at] = 5.0
    ring.write(samples)
    assert traces.refresh(state(stream(fs=fs)))
    _, high = traces.traces[0].on_screen(0, width, width)
    found = np.flatnonzero(high[0] == 5.0)
    column = max(1.0, traces.traces[0].envelope.per_column / fs * width / 10)
    assert len(found) >= 1
    assert abs(found.mean() + 0.5 - at / fs * width / 10) <= column + 1


def test_what_has_been_drawn_only_moves() -> None:
    ring = Ring()
    traces = traces_of(s=ring)
    traces.resize(500)
    generator = np.random.default_rng(1)
    ring.write(generator.normal(size=15_000))
    traces.refresh(state(stream()))
    before, _ = traces.traces[0].on_screen(250, 500, 500)
    ring.write(generator.normal(size=400))
    assert traces.refresh(state(stream()))
    after, _ = traces.traces[0].on_screen(270, 500, 500)
    np.testing.assert_array_equal(before[0, 30:490], after[0, 10:470])


def test_nothing_new_is_nothing_to_draw() -> None:
    ring = Ring()
    traces = traces_of(s=ring)
    ring.write(np.zeros(10))
    assert traces.refresh(state(stream()))
    assert not traces.refresh(state(stream()))


def test_samples_that_are_not_there_are_holes() -> None:
    ring = Ring()
    traces = traces_of(s=ring)
    traces.resize(100)
    ring.write(np.ones(2000))
    traces.refresh(state(stream()))
    low, _ = traces.traces[0].on_screen(0, 100, 100)
    assert np.isfinite(low[0, :20]).all()
    assert np.isnan(low[0, 21:]).all()


def test_stored_values_are_scaled_to_the_unit_and_the_unit_takes_its_prefix() -> None:
    ring = Ring()
    traces = traces_of(s=ring)
    traces.resize(100)
    ring.write(np.array([-4.0, 4.0] * 1000))
    traces.refresh(state(stream(scale=1e-3)))
    low, high, factor, unit = traces.traces[0].limits()
    assert low <= -4e-3
    assert high >= 4e-3
    assert (factor, unit) == (1e-3, "mV")
    assert np.nanmax(traces.traces[0].on_screen(0, 100, 100)[1]) == pytest.approx(4e-3)


def test_channels_lie_below_each_other_the_first_on_top() -> None:
    ring = Ring(4)
    traces = traces_of(s=ring)
    traces.resize(100)
    ring.write(np.random.default_rng(2).normal(size=(4, 10_000)))
    traces.refresh(state(stream(n_channels=4)))
    trace = traces.traces[0]
    low, high = trace.on_screen(0, 100, 100)
    middles = np.nanmedian((low + high) / 2, axis=1)
    assert (np.diff(middles) < 0).all()
    bottom, top, *_ = trace.limits()
    assert bottom < middles.min()
    assert middles.max() < top


def test_steps_are_drawn_as_lines_without_holes() -> None:
    low, high = joined(np.array([[0.0, 5.0, np.nan, 2.0]]), np.array([[1.0, 6.0, np.nan, 3.0]]))
    np.testing.assert_array_equal(low, [[0.0, 1.0, np.nan, 2.0]])
    np.testing.assert_array_equal(high, [[1.0, 6.0, np.nan, 3.0]])


def test_a_range_grows_at_once_and_shrinks_only_after_a_while() -> None:
    span = Span()
    assert span.fit(0.0, 5.0, now=0.0)
    assert span.fit(0.0, 9.0, now=0.1)
    low, high = span.low, span.high
    assert low <= 0.0
    assert high >= 9.0
    assert not span.fit(0.0, 1.0, now=1.0)
    assert not span.fit(0.0, 8.5, now=3.0)
    assert not span.fit(0.0, 1.0, now=4.0)
    assert span.fit(0.0, 1.0, now=4.0 + Span.PATIENCE)
    assert span.high < 2.0


def test_a_flat_signal_has_a_range() -> None:
    span = Span()
    span.fit(2.0, 2.0, now=0.0)
    assert span.low < 2.0 < span.high


def test_another_run_lets_go_of_the_rings_of_the_one_before() -> None:
    first, second = Ring(), Ring()
    traces = traces_of(a=first, b=second)
    traces.refresh(state(stream(segment="a")))
    traces.refresh(state(stream(segment="b"), run_id="other"))
    assert first.closed
    assert not second.closed
    traces.close()
    assert second.closed


def test_a_ring_that_is_gone_leaves_what_was_drawn() -> None:
    ring = Ring()
    traces = traces_of(a=ring)
    traces.refresh(state(stream(segment="a")))
    assert not traces.refresh(state(stream(segment="a"), stream("y", segment="gone")))
    assert [trace.name for trace in traces.traces] == ["x"]


def test_rings_are_found_in_shared_memory() -> None:
    name = segment_name("plots-test", "stream0")
    with RingWriter(name, 1, "float32", 1000) as writer:
        writer.write(np.arange(500, dtype="float32")[None])
        traces = Traces(window=1.0)
        try:
            assert traces.refresh(state(stream(segment=name)))
            assert traces.end == pytest.approx(0.5)
            assert traces.caption == "1 s · x 1 kHz"
        finally:
            traces.close()


def test_a_meter_tells_what_a_signal_was_in_the_last_half_second() -> None:
    ring = Ring()
    traces = traces_of(s=ring)
    # A column holds 16 samples, and begins where what is looked back at does.
    ring.write(np.r_[np.full(1008, 9.0), np.linspace(-0.5, 4.0, 500)])
    traces.refresh(state(stream(fs=1000.0)))
    (trace,) = traces.traces
    assert trace.reading == "−0.5 … 4.0 V"
    ring.write(np.full(92, 7.0))
    traces.refresh(state(stream(fs=1000.0)))
    before = trace.reading
    assert before.endswith(" 7.0 V")
    ring.write(np.full(512, 6.0))
    traces.refresh(state(stream(fs=1000.0)))
    assert trace.reading == before, "it can be read: it holds still for a while"
    ring.write(np.full(16, 6.0))
    traces.refresh(state(stream(fs=1000.0)))
    assert trace.reading == "6.0 … 6.0 V"


def test_a_meter_has_nothing_to_say_of_levels_and_of_many_channels() -> None:
    many, levels = Ring(4), Ring()
    traces = traces_of(m=many, d=levels)
    many.write(np.ones((4, 1000)))
    levels.write(np.ones(1000))
    traces.refresh(state(stream("m", "m", n_channels=4), stream("d", "d", dtype="bool")))
    assert [trace.reading for trace in traces.traces] == ["", ""]
