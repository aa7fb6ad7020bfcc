"""The virtual animal: how often it goes at which level, and when it pokes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import binom

from psi.core.random_streams import RandomStreams
from psi.engines.simulated import Listener
from psi.engines.simulated.subject import Heard, SubjectRun
from psi.models.calibration import FlatCalibration

#: 0 dB SPL is 1 µV RMS.
CALIBRATION = FlatCalibration(spl_at_1v=120.0)
FS = 10e3
BLOCK = 0.02
HOLD, DURATION = 0.2, 0.3


def listener(**settings: float) -> Listener:
    # Little waiting between the pokes: it is simulated block by block.
    quick = {"poke_interval": 0.01, "patience": 1.0, "early_withdrawal": 0.0}
    return Listener(calibration=CALIBRATION, target="target", rewards=["food"], **{**quick, **settings})


@dataclass
class Poke:
    """Times in s."""

    start: float
    end: float = math.nan
    spout: float = math.nan


class Booth:
    """Presents a sound after each poke, and writes down what the animal does."""

    def __init__(self, subject: SubjectRun, level: float | None) -> None:
        self.subject = subject
        self.rms = None if level is None else CALIBRATION.to_volts_rms(level)
        self.pokes: list[Poke] = []
        self._block = 0
        self._was = {"nose_poke": 0.0, "spout": 0.0}

    def _changes(self, port: str) -> list[tuple[float, bool]]:
        n = round(BLOCK * 1000)
        s0 = self._block * n
        levels = np.broadcast_to(self.subject.port(port).read(s0, n, 1000.0), n)
        edges = np.diff(levels, prepend=self._was[port])
        self._was[port] = float(levels[-1])
        return [((s0 + int(index)) / 1000, edges[index] > 0) for index in np.flatnonzero(edges)]

    def step(self, lines: list[tuple[str, float]] | None = None) -> None:
        start, end = self._block * BLOCK, (self._block + 1) * BLOCK
        outputs = {}
        if self.rms and self.pokes:
            times = start + np.arange(round(BLOCK * FS)) / FS
            onset = self.pokes[-1].start + HOLD
            sound = np.where((times >= onset) & (times < onset + DURATION), self.rms, 0.0)
            if sound.any():
                outputs["target"] = (start, FS, sound)
        self.subject.hear(Heard(start, end, outputs, lines or []))
        for time, there in self._changes("nose_poke"):
            if there:
                self.pokes.append(Poke(time))
            else:
                self.pokes[-1].end = time
        for time, there in self._changes("spout"):
            if there:
                assert math.isnan(self.pokes[-1].spout), "it touches the spout once for a poke"
                self.pokes[-1].spout = time
        self._block += 1

    def run(self, n_pokes: int) -> list[Poke]:
        """The first ``n_pokes`` pokes, each seen to its end."""
        while len(self.pokes) <= n_pokes:
            self.step()
        return self.pokes[:n_pokes]


def pokes_of(declared: Listener, level: float | None, n: int, seed: int) -> list[Poke]:
    return Booth(declared.run(RandomStreams(seed).generator("animal")), level).run(n)


def went(pokes: list[Poke]) -> int:
    return sum(not math.isnan(poke.spout) for poke in pokes)


@pytest.mark.parametrize(
    ("lapse", "false_alarm"),
    [(0.03, 0.1), (0.4, 0.4), (0.0, 0.0)],
)
@pytest.mark.parametrize("steps", [None, -3.0, -1.0, 0.0, 1.0, 3.0, 20.0], ids=lambda steps: f"{steps} slopes")
def test_it_goes_as_often_as_its_psychometric_function_says(
    steps: float | None, lapse: float, false_alarm: float
) -> None:
    """``steps``: the level's distance from the threshold in slopes; ``None`` is silence."""
    n, seed, threshold, slope = 300, 11, 35.0, 4.0
    declared = listener(threshold=threshold, slope=slope, lapse=lapse, false_alarm=false_alarm)
    level = None if steps is None else threshold + steps * slope
    heard = 0.0 if steps is None else 1 / (1 + math.exp(-steps))
    p = false_alarm + (1 - false_alarm - lapse) * heard
    low, high = binom.interval(0.9999, n, p)
    count = went(pokes_of(declared, level, n, seed))
    assert low <= count <= high, f"went {count} of {n} times, expected {n * p:.1f} (seed {seed})"


@pytest.mark.parametrize(("level", "count"), [(-200.0, 0), (200.0, 20)])
def test_a_steep_function_far_from_its_threshold_is_none_or_all(level: float, count: int) -> None:
    declared = listener(threshold=0.0, slope=0.1, lapse=0.0, false_alarm=0.0)
    assert went(pokes_of(declared, level, 20, seed=2)) == count


def test_it_reacts_to_the_sound_and_leaves_the_port_before_it_is_at_the_spout() -> None:
    pokes = pokes_of(listener(lapse=0.0, false_alarm=0.0, reaction_time=0.28), 100.0, 200, seed=4)
    reactions = [poke.end - poke.start - HOLD for poke in pokes]
    # A lognormal around 0.28 s with a sigma of 0.2: the median of 200 is within 5 standard errors (1.25 sigma / √n).
    assert abs(math.log(np.median(reactions) / 0.28)) < 5 * 1.25 * 0.2 / math.sqrt(200)
    assert all(0.15 - 0.002 <= poke.spout - poke.end <= 0.3 + 0.002 for poke in pokes)


def test_without_a_sound_it_waits_until_its_patience_is_over() -> None:
    pokes = pokes_of(listener(false_alarm=0.0, patience=1.0), None, 50, seed=5)
    assert went(pokes) == 0
    np.testing.assert_allclose([poke.end - poke.start for poke in pokes], 1.0, atol=0.2)


def test_it_leaves_early_as_often_as_it_is_set_to() -> None:
    n, seed = 400, 6
    pokes = pokes_of(listener(early_withdrawal=0.25, false_alarm=0.0), None, n, seed)
    early = sum(poke.end - poke.start < HOLD for poke in pokes)
    low, high = binom.interval(0.9999, n, 0.25)
    assert low <= early <= high, f"left early {early} of {n} times (seed {seed})"


def test_it_eats_before_it_pokes_again() -> None:
    declared = listener(lapse=0.0, false_alarm=0.0)
    booth = Booth(declared.run(RandomStreams(7).generator("animal")), 100.0)
    while not booth.pokes or math.isnan(booth.pokes[-1].spout):
        booth.step()
    booth.step([("water", 1.0), ("food", 0.0), ("food", 1.0)])
    fed = booth._block * BLOCK
    while len(booth.pokes) < 2:
        booth.step()
    assert booth.pokes[1].start >= fed + 1.2


def test_the_same_seed_gives_the_same_animal_and_another_seed_another() -> None:
    pokes = pokes_of(listener(), 35.0, 10, seed=8)
    assert repr(pokes_of(listener(), 35.0, 10, seed=8)) == repr(pokes)
    assert repr(pokes_of(listener(), 35.0, 10, seed=9)) != repr(pokes)
