"""Drops and priming by hand, sample by sample and timer by timer."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from psi.core.clock import ManualClock
from psi.core.errors import RunFault
from psi.outputs.line_player import LinePlayer
from psi.outputs.player import OutputPort
from psi.outputs.pulse_series import Given, PulseSeries, series_kind

FS = 1000.0


class Bench:
    """The run, as an output sees it: a clock, timers, an engine that commits samples, events and rows."""

    def __init__(self, fs: float) -> None:
        self.clock = ManualClock()
        self.committed = 0
        self.levels: list[tuple[float, float]] = []
        self.rows: list[dict[str, Any]] = []
        self._announced: dict[int, str] = {}
        self._numbers = itertools.count()
        self._timers: list[tuple[float, int, Callable[[], None], bool]] = []
        self.port = OutputPort(
            channel="line",
            fs=fs,
            clock=self.clock,
            committed=lambda: self.committed,
            write_line=lambda level: self.levels.append((self.clock.now(), level)),
            announce=self._announce,
            call_at=self._call_at,
            record=lambda row: self.rows.append(dict(row)),
        )

    def _announce(self, name: str, time: float, sample: int) -> Callable[[], None]:
        number = next(self._numbers)
        self._announced[number] = name
        return lambda: self._announced.pop(number, None) and None

    def _call_at(self, due: float, action: Callable[[], None], survives: bool) -> None:
        heapq.heappush(self._timers, (due, next(self._numbers), action, survives))

    def announced(self, name: str) -> int:
        """How many events ``name`` were announced and not taken back."""
        return list(self._announced.values()).count(name)

    def advance(self, until: float) -> None:
        """Run the timers that are due before ``until`` s, each at its time, in the dispatcher's order."""
        while self._timers and self._timers[0][0] < until:
            due, _, action, _ = heapq.heappop(self._timers)
            self.clock.set(max(due, self.clock.now()))
            action()
        self.clock.set(until)

    def stop(self) -> None:
        """Forget the timers that begin something, as Stop does."""
        self._timers = [timer for timer in self._timers if timer[3]]
        heapq.heapify(self._timers)

    def rows_of(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["kind"] == kind]


class Drops:
    """A series on a bench whose engine commits what is due, block by block, as the clock goes on."""

    BLOCK = 50

    def __init__(
        self, fs: float, count: int, duration: float, gap: float, max_duration: float = float("inf"), ahead: int = 0
    ) -> None:
        self.bench = Bench(fs)
        self.bench.committed = ahead
        self.player = LinePlayer("valve", self.bench.port, 0.1, max_duration)
        self.given = Given()
        self.finished = 0
        self.played = np.zeros(0)
        self._ahead = ahead
        if ahead:
            self.played = self.player.read(0, ahead)
        self.series: PulseSeries = series_kind(self.player)(self.player, count, duration, gap, self.given, self._finish)

    def _finish(self) -> None:
        self.finished += 1

    def run(self, until: float) -> None:
        """Go on to the block that ends at ``until`` s or after."""
        fs = self.bench.port.fs
        while self.bench.clock.now() < until - 1e-9:
            end = round(self.bench.clock.now() * FS) // self.BLOCK * self.BLOCK + self.BLOCK
            self.bench.advance(end / FS)
            if fs:
                committed = self.bench.committed
                new = end + self._ahead - committed
                self.played = np.concatenate([self.played, self.player.read(committed, new)])
                self.bench.committed = end + self._ahead

    def high(self, until: float) -> float:
        """Seconds for which the line was really high up to ``until`` s."""
        if self.bench.port.fs:
            return float(self.played.sum()) / self.bench.port.fs
        edges = [*self.bench.levels, (until, 0.0)]
        return sum(later[0] - now[0] for now, later in itertools.pairwise(edges) if now[1])


@given(
    fs=st.sampled_from([0.0, FS]),
    count=st.integers(1, 40),
    n_duration=st.integers(1, 120),
    n_gap=st.integers(0, 120),
    ahead=st.sampled_from([0, 30, 200]),
)
def test_the_line_is_open_for_n_times_the_length(
    fs: float, count: int, n_duration: int, n_gap: int, ahead: int
) -> None:
    drops = Drops(fs, count, n_duration / FS, n_gap / FS, ahead=ahead)
    end = count * (n_duration + n_gap) / FS + 1.0
    drops.series.begin()
    drops.run(end)
    assert drops.high(end) == pytest.approx(count * n_duration / FS)
    assert (drops.given.pulses, drops.given.seconds) == (count, pytest.approx(count * n_duration / FS))
    assert drops.finished == 1
    rows = drops.bench.rows_of("output")
    assert [row["info"] for row in rows] == [{"duration": n_duration / FS, "by": "console"}] * count
    times = [row["time"] for row in rows]
    np.testing.assert_allclose(np.diff(times), (n_duration + n_gap) / FS, atol=1e-9)
    assert drops.bench.rows_of("audit") == []


def test_drops_of_a_line_with_a_clock_are_whole_samples_apart() -> None:
    drops = Drops(FS, 3, 0.004, 0.0065)
    drops.series.begin()
    drops.run(0.2)
    assert [(row["sample"], row["end_sample"]) for row in drops.bench.rows] == [(0, 4), (11, 15), (22, 26)]
    assert list(np.flatnonzero(drops.played)) == [0, 1, 2, 3, 11, 12, 13, 14, 22, 23, 24, 25]


@pytest.mark.parametrize("fs", [0.0, FS])
@pytest.mark.parametrize("at", [0.1, 0.2, 0.25, 0.75])
def test_stop_drops_the_rest_and_closes_the_line(fs: float, at: float) -> None:
    drops = Drops(fs, 20, 0.11, 0.09)
    drops.series.begin()
    drops.run(at)
    drops.series.end()
    drops.series.end()
    drops.run(10.0)
    # What had begun when Stop came: pulses begin every 0.2 s and are cut where they are.
    expected = sum(min(0.11, at - begin) for begin in np.arange(20) * 0.2 if begin < at - 1e-9)
    assert drops.high(10.0) == pytest.approx(expected)
    assert drops.given.seconds == pytest.approx(expected)
    assert drops.finished == 1
    assert drops.bench.announced("valve_end") == drops.given.pulses == len(drops.bench.rows_of("output"))
    cut = drops.bench.rows_of("audit")
    assert [row["what"] for row in cut] == ["cut"] * (at in (0.1, 0.25))


@pytest.mark.parametrize("fs", [0.0, FS])
def test_when_the_run_ends_a_drop_that_has_begun_still_falls(fs: float) -> None:
    drops = Drops(fs, 20, 0.11, 0.09)
    drops.series.begin()
    drops.run(0.25)
    drops.bench.stop()
    drops.series.end(at_once=False)
    drops.run(5.0)
    assert drops.high(5.0) == pytest.approx(0.22)
    assert (drops.given.pulses, drops.given.seconds) == (2, pytest.approx(0.22))


def test_stop_leaves_a_pulse_of_the_paradigm_alone() -> None:
    drops = Drops(0.0, 1, 2.0, 0.0)
    drops.series.begin()
    drops.run(0.5)
    drops.player.fire(duration=0.25)
    drops.series.end()
    drops.run(3.0)
    assert [level for level in drops.bench.levels if level[1] == 0] == [(0.75, 0.0)]
    assert drops.given.seconds == pytest.approx(0.5)


@pytest.mark.parametrize("fs", [0.0, FS])
def test_a_pulse_longer_than_the_output_allows_is_refused(fs: float) -> None:
    player = LinePlayer("valve", Bench(fs).port, 0.1, 0.5)
    with pytest.raises(RunFault, match=r"'valve' was asked for a pulse of 0\.6 s; its max_duration is 0\.5 s"):
        player.fire(duration=0.6)
    player.fire(duration=0.5)


@pytest.mark.parametrize("fs", [0.0, FS])
def test_pulses_that_join_never_hold_the_line_longer_than_it_allows(fs: float) -> None:
    drops = Drops(fs, 1, 0.4, 0.0, max_duration=0.5)
    drops.series.begin()
    drops.run(0.3)
    drops.player.fire(duration=0.4)
    drops.run(2.0)
    assert drops.high(2.0) == pytest.approx(0.5)
    (cut,) = drops.bench.rows_of("audit")
    assert (cut["what"], cut["name"]) == ("cut", "valve")
    drops.player.fire(duration=0.4)
    drops.run(4.0)
    assert drops.high(4.0) == pytest.approx(0.9)
