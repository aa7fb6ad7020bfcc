"""Sample instants, kept samples and edges, against slow and plain reckoning."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from psi.testing.ni_server.grid import Grid, SampleClock, indices
from psi.testing.ni_server.history import History
from psi.testing.ni_server.lines import Line, Pulses, Sampled, Steady

RATES = st.sampled_from(
    [Fraction(1000), Fraction(25_000), Fraction(200_000), Fraction(100_000_000, 2268), Fraction(44_100)]
)
STARTS = st.integers(0, 10**15)


@given(RATES, RATES, STARTS, st.integers(-(10**9), 10**9), st.integers(0, 10**10), st.integers(1, 50))
def test_the_current_sample_of_another_clock_is_exact(fs, other_fs, start, offset, k0, n):
    clock, other = SampleClock.of(start, fs), SampleClock.of(start + offset, other_fs)
    first, step, denominator = Grid(clock, k0, n).index_in(other)
    expected = [floor((start + (k0 + i) / (fs / 10**9) - other.start) * other_fs / 10**9) for i in range(n)]
    assert indices(first, step, denominator, n).tolist() == expected


@given(RATES, STARTS, st.integers(0, 10**10))
def test_a_sample_counts_from_its_instant_on(fs, start, k):
    clock = SampleClock.of(start, fs)
    assert clock.count(clock.time_of(k)) == k + 1
    assert clock.count(clock.time_of(k) - 1) == k


@given(st.lists(st.integers(1, 300), min_size=1, max_size=40), st.data())
def test_history_gives_what_was_put_in_whatever_was_dropped(sizes, data):
    history = History(2, room=16)
    whole = np.zeros((2, 0))
    for size in sizes:
        block = np.arange(whole.shape[1], whole.shape[1] + size) + np.array([[0], [10**6]])
        history.append(block)
        whole = np.concatenate((whole, block), axis=1)
        history.drop_before(data.draw(st.integers(0, whole.shape[1])))
    start = history.start
    assert history.end == whole.shape[1]
    np.testing.assert_array_equal(history.between(1, start, history.end), whole[1, start:])
    n = history.end - start + 5
    # Beyond the end the last one is held.
    expected = np.concatenate((whole[0, start:], np.full(5, whole[0, -1])))
    np.testing.assert_array_equal(history.take(0, start, 1, 1, n, history.end - 1), expected)


def levels_at(signal, times):
    return [bool(signal.at(Grid(SampleClock(t, 1, 1), 0, 1))[0] > 0.5) for t in times]


@given(st.integers(0, 30), st.integers(1, 9), st.integers(1, 9), st.integers(0, 4), st.sampled_from([0.0, 1.0]))
def test_edges_are_where_levels_change(start, active, rest, n, idle):
    line = Line("Dev1/ctr0", False, 0.5)
    pulses = Pulses(start, active, rest, n, idle)
    line.drive(5, pulses)
    line.drive(60, Steady(1.0))
    levels = levels_at(line, range(100))
    changes = [(t, levels[t]) for t in range(1, 100) if levels[t] != levels[t - 1]]
    # In pieces as well, so that none is lost or found twice at a seam.
    found = [line.edges(a, b) for a, b in ((0, 7), (7, 33), (33, 59), (59, 60), (60, 99))]
    assert [(int(t), bool(up)) for times, rising in found for t, up in zip(times, rising, strict=True)] == changes


@given(st.lists(st.booleans(), min_size=2, max_size=30), st.integers(0, 50), st.integers(0, 3))
def test_edges_of_samples_are_where_levels_change(played, start, delay):
    history = History(1, np.uint8)
    history.append(np.array([played]))
    line = Line("Dev1/port0/line0", False, 0.5)
    clock = SampleClock(start, 1, 3)
    line.drive(clock.time_of(delay), Sampled(history, 0, clock, delay, 0.5))
    levels = levels_at(line, range(200))
    changes = [(t, levels[t]) for t in range(1, 200) if levels[t] != levels[t - 1]]
    found = [line.edges(a, b) for a, b in ((0, 31), (31, 32), (32, 70), (70, 199))]
    assert [(int(t), bool(up)) for times, rising in found for t, up in zip(times, rising, strict=True)] == changes
