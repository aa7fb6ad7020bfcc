"""What outputs give to the engine, sample by sample, and what they say that they did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from psi.core.clock import ManualClock
from psi.core.errors import RunFault
from psi.outputs.line_player import LinePlayer, TogglePlayer
from psi.outputs.output import ContinuousOutput, EpochOutput, Toggle, Trigger
from psi.outputs.player import Mixer, OutputPort, Player
from psi.outputs.sound_player import ContinuousPlayer, EpochPlayer
from psi.outputs.stimulus import endless

FS = 1000.0


class Bench:
    """The run, as an output sees it: a clock, an engine that commits samples, timers, events and rows."""

    def __init__(self, fs: float = FS) -> None:
        self.clock = ManualClock()
        self.committed = 0
        self.levels: list[tuple[float, float]] = []
        self.rows: list[dict[str, Any]] = []
        self._announced: list[tuple[str, float, int] | None] = []
        self._timers: list[tuple[float, Callable[[], None], bool]] = []
        self.port = OutputPort(
            channel="line",
            fs=fs,
            clock=self.clock,
            committed=lambda: self.committed,
            write_line=lambda level: self.levels.append((self.clock.now(), level)),
            announce=self._announce,
            call_at=lambda due, action, survives: self._timers.append((due, action, survives)),
            record=lambda row: self.rows.append(dict(row)),
        )

    def _announce(self, name: str, time: float, sample: int) -> Callable[[], None]:
        index = len(self._announced)
        self._announced.append((name, time, sample))

        def take_back() -> None:
            self._announced[index] = None

        return take_back

    @property
    def events(self) -> list[tuple[str, float, int]]:
        """What was announced and not taken back: name, time in s, sample."""
        return [event for event in self._announced if event is not None]

    def advance(self, until: float) -> None:
        """Run the timers that are due up to ``until`` s, each at its time."""
        while due := [timer for timer in self._timers if timer[0] <= until]:
            timer = min(due, key=lambda item: item[0])
            self._timers.remove(timer)
            self.clock.set(max(timer[0], self.clock.now()))
            timer[1]()
        self.clock.set(until)

    def stop(self) -> None:
        """Forget the timers that begin something, as Stop does."""
        self._timers = [timer for timer in self._timers if timer[2]]

    def rows_of(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["kind"] == kind]


def in_chunks(read: Callable[[int, int], NDArray[np.float64]], sizes: list[int]) -> NDArray[np.float64]:
    parts, s0 = [np.empty(0)], 0
    for n in sizes:
        parts.append(read(s0, n))
        assert len(parts[-1]) == n
        s0 += n
    return np.concatenate(parts)


chunks = st.lists(st.integers(0, 60), min_size=1, max_size=12)
ramp = np.arange(1.0, 21.0)


def epoch_player(bench: Bench, waveform: NDArray[np.float64] = ramp) -> EpochPlayer:
    player = EpochPlayer("target", bench.port)
    player.load(waveform, {"level": 60.0})
    return player


# -- epochs -----------------------------------------------------------------------------------


def test_an_epoch_begins_at_the_sample_that_was_asked_for_and_is_reported_with_both_ends() -> None:
    bench = Bench()
    player = epoch_player(bench)
    assert player.start(0.03) == 30
    np.testing.assert_array_equal(player.read(0, 100), np.concatenate([np.zeros(30), ramp, np.zeros(50)]))
    assert bench.events == [("target_start", 0.03, 30), ("target_end", 0.05, 50)]
    (row,) = bench.rows
    assert (row["kind"], row["name"], row["time"], row["sample"], row["end_sample"]) == (
        "output",
        "target",
        0.03,
        30,
        50,
    )
    assert (row["fs"], row["info"]) == (FS, {"level": 60.0})


def test_a_time_between_two_samples_is_the_later_one() -> None:
    assert epoch_player(Bench()).start(0.0301) == 31


@pytest.mark.parametrize("fs", [100.0, 360.0, 44100.0])
def test_a_samples_own_time_is_that_sample_although_floats_round(fs: float) -> None:
    indexes = [index for index in range(1000) if index / fs * fs > index]
    assert indexes, "at this rate no time rounds up; take another"
    player = epoch_player(Bench(fs))
    assert [player.start(index / fs) for index in indexes] == indexes


def test_without_a_time_an_epoch_begins_at_the_first_sample_that_can_be_changed() -> None:
    bench = Bench()
    bench.committed = 40
    assert epoch_player(bench).start() == 40
    assert bench.rows_of("audit") == []


def test_a_late_epoch_begins_as_soon_as_it_can_and_its_lateness_is_recorded() -> None:
    bench = Bench()
    bench.committed = 40
    assert epoch_player(bench).start(0.025) == 40
    (late,) = bench.rows_of("audit")
    assert (late["what"], late["name"]) == ("late", "target")
    assert late["info"] == {"asked_sample": 25, "sample": 40, "late_samples": 15, "late_s": 0.015}


def test_what_is_not_committed_reads_the_same_again_and_can_still_change() -> None:
    bench = Bench()
    player = epoch_player(bench)
    player.start(0.01)
    first = player.read(0, 64)
    np.testing.assert_array_equal(player.read(0, 64), first)
    player.start(0.04)
    changed = player.read(0, 64)
    np.testing.assert_array_equal(changed[:40], first[:40])
    np.testing.assert_array_equal(changed[40:60], ramp)
    # What is committed is behind; what lies ahead reads again.
    bench.committed = 20
    np.testing.assert_array_equal(player.read(20, 44), changed[20:])
    np.testing.assert_array_equal(player.read(20, 44), changed[20:])


@given(
    starts=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 50)), max_size=6),
    sizes=chunks,
)
def test_overlapping_epochs_add_up_in_any_chunking(starts: list[tuple[int, int]], sizes: list[int]) -> None:
    player = EpochPlayer("target", Bench().port)
    expected = np.zeros(300 + sum(sizes))
    for s0, n in starts:
        waveform = np.arange(1.0, n + 1)
        player.load(waveform, {})
        player.start(s0 / FS)
        expected[s0 : s0 + n] += waveform
    np.testing.assert_array_equal(in_chunks(player.read, sizes), expected[: sum(sizes)])


@given(s0=st.integers(0, 80), n=st.integers(1, 40))
def test_where_a_player_says_it_is_silent_it_is(s0: int, n: int) -> None:
    player = epoch_player(Bench())
    player.start(0.03)
    silent = player.silent(s0, n)
    assert silent == (not player.read(s0, n).any())


def test_a_new_waveform_is_for_the_starts_that_follow() -> None:
    player = epoch_player(Bench())
    player.start(0.0)
    player.load(np.full(5, -1.0), {})
    player.start(0.03)
    np.testing.assert_array_equal(
        player.read(0, 40), np.concatenate([ramp, np.zeros(10), np.full(5, -1.0), np.zeros(5)])
    )


def test_stop_keeps_what_the_hardware_holds_and_says_where_the_epoch_was_cut() -> None:
    bench = Bench()
    player = epoch_player(bench)
    player.start(0.01)
    bench.committed = 18
    bench.clock.set(0.012)
    player.stop()
    expected = np.zeros(40)
    expected[10:18] = ramp[:8]
    np.testing.assert_array_equal(player.read(0, 40), expected)
    assert bench.events == [("target_start", 0.01, 10), ("target_end", 0.018, 18)]
    (cut,) = bench.rows_of("audit")
    assert (cut["what"], cut["name"], cut["info"]) == ("cut", "target", {"sample": 10, "end_sample": 18})


def test_stop_leaves_alone_what_is_over_and_drops_what_has_not_begun() -> None:
    bench = Bench()
    player = epoch_player(bench)
    player.start(0.0)
    player.start(0.05)
    bench.committed = 30
    player.stop()
    assert [row["info"] for row in bench.rows_of("audit")] == [{"sample": 50, "end_sample": 50}]
    assert not player.read(30, 100).any()
    assert ("target_end", 0.02, 20) in bench.events
    player.start(0.04)
    np.testing.assert_array_equal(player.read(40, 20), ramp)


def test_an_epoch_without_a_stimulus_is_a_fault_that_says_what_to_contribute() -> None:
    with pytest.raises(RunFault, match="'target' was started without a stimulus; contribute a Tone or Noise"):
        EpochPlayer("target", Bench().port).start()


# -- continuous -------------------------------------------------------------------------------


@given(period=st.integers(1, 37), sizes=chunks)
def test_a_continuous_output_goes_round_its_period_in_any_chunking(period: int, sizes: list[int]) -> None:
    player = ContinuousPlayer("background", Bench().port)
    wave = np.arange(1.0, period + 1)
    player.load(endless(wave))
    np.testing.assert_array_equal(in_chunks(player.read, sizes), np.resize(wave, sum(sizes)))


def test_a_continuous_output_without_a_stimulus_is_silent() -> None:
    player = ContinuousPlayer("background", Bench().port)
    assert player.silent(0, 10)
    np.testing.assert_array_equal(player.read(0, 10), np.zeros(10))
    player.load(endless(np.ones(4)))
    assert not player.silent(0, 10)
    player.load(None)
    assert player.silent(0, 10)


# -- pulses -----------------------------------------------------------------------------------


def test_a_sample_timed_pulse_is_high_for_its_samples() -> None:
    bench = Bench()
    player = LinePlayer("pulse", bench.port, 0.005)
    assert player.fire(0.01) == 10
    assert player.fire(0.02, duration=0.002) == 20
    expected = np.zeros(40)
    expected[10:15] = expected[20:22] = 1
    np.testing.assert_array_equal(player.read(0, 40), expected)
    assert bench.events == [
        ("pulse_start", 0.01, 10),
        ("pulse_end", 0.015, 15),
        ("pulse_start", 0.02, 20),
        ("pulse_end", 0.022, 22),
    ]
    assert [(row["sample"], row["end_sample"]) for row in bench.rows] == [(10, 15), (20, 22)]


def test_a_pulse_shorter_than_a_sample_is_one_sample() -> None:
    player = LinePlayer("pulse", Bench().port, 1e-6)
    player.fire(0.003)
    assert list(np.flatnonzero(player.read(0, 10))) == [3]


@given(pulses=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 50)), max_size=6), sizes=chunks)
def test_sample_timed_pulses_that_overlap_are_one_in_any_chunking(
    pulses: list[tuple[int, int]], sizes: list[int]
) -> None:
    player = LinePlayer("pulse", Bench().port, 0.1)
    expected = np.zeros(300 + sum(sizes))
    for s0, n in pulses:
        player.fire(s0 / FS, duration=n / FS)
        expected[s0 : s0 + n] = 1
    np.testing.assert_array_equal(in_chunks(player.read, sizes), expected[: sum(sizes)])


def test_a_pulse_on_demand_raises_the_line_now_and_lowers_it_after_its_duration() -> None:
    bench = Bench(fs=0)
    bench.clock.set(1.0)
    player = LinePlayer("pellet", bench.port, 0.1)
    before = player.pulsing
    assert player.fire() == -1
    during = player.pulsing
    bench.advance(2.0)
    assert (before, during, player.pulsing) == (False, True, False)
    assert bench.levels == [(1.0, 1.0), (1.1, 0.0)]
    assert bench.events == [("pellet_start", 1.0, -1), ("pellet_end", 1.1, -1)]
    (row,) = bench.rows
    assert (row["time"], row["sample"], row["fs"], row["info"]) == (1.0, -1, 0.0, {"duration": 0.1})


def test_firing_again_during_a_pulse_extends_it() -> None:
    bench = Bench(fs=0)
    player = LinePlayer("pellet", bench.port, 0.5)
    player.fire()
    bench.advance(0.25)
    player.fire()
    bench.advance(0.625)
    during = player.pulsing
    bench.advance(1.0)
    assert (during, player.pulsing) == (True, False)
    assert [level for level in bench.levels if level[1] == 0] == [(0.75, 0.0)]
    assert [event for event in bench.events if event[0] == "pellet_end"] == [("pellet_end", 0.75, -1)]


def test_a_shorter_pulse_inside_a_longer_one_does_not_cut_it() -> None:
    bench = Bench(fs=0)
    player = LinePlayer("pellet", bench.port, 0.5)
    player.fire()
    bench.advance(0.125)
    player.fire(duration=0.125)
    bench.advance(1.0)
    assert [level for level in bench.levels if level[1] == 0] == [(0.5, 0.0)]


def test_a_pulse_on_demand_may_wait_for_its_time_unless_stop_comes_first() -> None:
    bench = Bench(fs=0)
    player = LinePlayer("pellet", bench.port, 0.25)
    player.fire(0.5)
    assert bench.levels == []
    bench.advance(1.0)
    assert bench.levels == [(0.5, 1.0), (0.75, 0.0)]
    player.fire()
    player.fire(1.125)
    bench.stop()
    bench.advance(2.0)
    # The pulse that had begun came to its end; the other did not begin.
    assert bench.levels[2:] == [(1.0, 1.0), (1.25, 0.0)]


# -- toggles ----------------------------------------------------------------------------------


def test_a_toggle_on_demand_stays_as_it_is_set() -> None:
    bench = Bench(fs=0)
    player = TogglePlayer("light", bench.port, initially_high=False)
    player.begin()
    assert player.set_high() == -1
    bench.advance(0.5)
    player.set_high()
    player.set_low()
    assert not player.high
    assert bench.levels == [(0.0, 0.0), (0.0, 1.0), (0.5, 1.0), (0.5, 0.0)]
    # Set high when it was high already: a row, for somebody asked for it, and no event, for nothing began.
    assert [row["info"]["level"] for row in bench.rows] == [1, 1, 0]
    assert bench.events == [("light_start", 0.0, -1), ("light_end", 0.5, -1)]


def test_a_toggle_that_is_high_at_first_is_put_so_at_the_start() -> None:
    bench = Bench(fs=0)
    TogglePlayer("light", bench.port, initially_high=True).begin()
    assert bench.levels == [(0.0, 1.0)]


def test_a_toggle_on_demand_may_be_set_for_later_unless_stop_comes_first() -> None:
    bench = Bench(fs=0)
    player = TogglePlayer("light", bench.port, initially_high=False)
    player.set_high(0.5)
    assert bench.levels == []
    bench.advance(1.0)
    assert bench.levels == [(0.5, 1.0)]
    player.set_low(1.5)
    bench.stop()
    bench.advance(2.0)
    assert bench.levels == [(0.5, 1.0)]


@given(
    changes=st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=8), initially=st.booleans(), sizes=chunks
)
def test_a_sample_timed_toggle_holds_each_level_from_its_sample_in_any_order_and_chunking(
    changes: list[tuple[int, bool]], initially: bool, sizes: list[int]
) -> None:
    player = TogglePlayer("line", Bench().port, initially)
    for sample, high in changes:
        assert (player.set_high if high else player.set_low)(sample / FS) == sample
    expected = np.full(300 + sum(sizes), float(initially))
    for sample, high in sorted(changes, key=lambda change: change[0]):
        expected[sample:] = float(high)
    np.testing.assert_array_equal(in_chunks(player.read, sizes), expected[: sum(sizes)])


def test_a_sample_timed_toggle_reads_the_same_again_beyond_what_is_committed() -> None:
    bench = Bench()
    player = TogglePlayer("line", bench.port, initially_high=False)
    player.set_high(0.01)
    first = player.read(0, 30)
    np.testing.assert_array_equal(player.read(0, 30), first)
    bench.committed = 20
    player.set_low(0.015)
    assert bench.rows_of("audit")[0]["info"]["late_samples"] == 5
    np.testing.assert_array_equal(np.flatnonzero(np.diff(player.read(0, 30))) + 1, [10, 20])
    assert bench.events == [("line_start", 0.01, 10), ("line_end", 0.02, 20)]


# -- together ---------------------------------------------------------------------------------


@given(sizes=chunks)
def test_a_mixer_gives_the_sum_of_its_players_in_any_chunking(sizes: list[int]) -> None:
    bench = Bench()
    background, target = ContinuousPlayer("background", bench.port), epoch_player(bench)
    background.load(endless(np.array([0.5, -0.5, 0.25])))
    target.start(0.03)
    mixer = Mixer({"background": background, "target": target})
    expected = np.resize([0.5, -0.5, 0.25], 100 + sum(sizes))
    expected[30:50] += ramp
    np.testing.assert_array_equal(in_chunks(mixer.read, sizes), expected[: sum(sizes)])


def test_a_mixer_leaves_silent_players_out_of_its_parts() -> None:
    bench = Bench()
    background, target = ContinuousPlayer("background", bench.port), epoch_player(bench)
    mixer = Mixer({"background": background, "target": target})
    np.testing.assert_array_equal(mixer.read(0, 5), np.zeros(5))
    target.start(0.01)
    assert mixer.read_parts(0, 10) == {}
    parts = mixer.read_parts(5, 10)
    assert list(parts) == ["target"]
    np.testing.assert_array_equal(parts["target"], np.concatenate([np.zeros(5), ramp[:5]]))


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        (ContinuousOutput(name="x"), ContinuousPlayer),
        (EpochOutput(name="x"), EpochPlayer),
        (Trigger(name="x", duration=0.3), LinePlayer),
        (Toggle(name="x", initially_high=True), TogglePlayer),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_declaration_makes_a_fresh_player_for_each_run(declared: Any, kind: type[Player]) -> None:
    bench = Bench()
    first, second = declared.player(bench.port), declared.player(bench.port)
    assert type(first) is kind
    assert first is not second
    assert first.name == "x"
    assert declared.events() == ("x_start", "x_end")
    if isinstance(first, LinePlayer):
        assert first.duration == 0.3
    if isinstance(first, TogglePlayer):
        assert first.high
