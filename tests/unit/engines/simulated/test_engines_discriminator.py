"""A virtual subject for forced choice: it goes where the tone belongs when it hears it, and guesses with its bias."""

from __future__ import annotations

import numpy as np
import pytest

from psi.api import Discriminator, FlatCalibration, SimulatedEngine, SubjectPorts
from psi.engines.simulated.discriminator import guessed
from psi.engines.simulated.subject import Heard
from psi.hardware.channel import DIChannel

FS = 20e3


def choice_of(subject: Discriminator, frequency: float, level: float, seed: int) -> int | None:
    """The port that it goes to after a tone of ``level`` dB SPL, or ``None``."""
    run = subject.run(np.random.default_rng(seed))
    block = np.arange(0.01, 8.0, 0.01)
    amplitude = np.sqrt(2) * 10 ** ((level - 100.0) / 20)
    onset = None
    for end in block:
        outputs = {}
        if onset is None and isinstance(run.port("nose_poke").read(round(end * FS), 1, FS), float):
            onset = end + 0.2 if run.port("nose_poke").read(round(end * FS), 1, FS) else None
        if onset is not None and end - 0.01 >= onset and end < onset + 0.3:
            times = end - 0.01 + np.arange(round(0.01 * FS)) / FS
            outputs = {"target": (float(times[0]), FS, amplitude * np.sin(2 * np.pi * frequency * times))}
        run.hear(Heard(end - 0.01, end, outputs))
        if onset is not None:
            for side in range(1, len(subject.frequencies) + 1):
                if np.any(run.port(f"side_{side}").read(round(end * FS), round(0.01 * FS), FS)):
                    return side
    return None


def subject(**more: object) -> Discriminator:
    settings = {"calibration": FlatCalibration(spl_at_1v=100.0), "early_withdrawal": 0.0, "lapse": 0.0, **more}
    return Discriminator(frequencies=[1000.0, 2000.0, 4000.0], alternatives=3, threshold=30.0, **settings)


@pytest.mark.parametrize("side", [1, 2, 3])
def test_a_loud_tone_leads_it_to_the_tones_port(side: int) -> None:
    assert choice_of(subject(), 1000.0 * 2 ** (side - 1), 80.0, seed=side) == side


def test_a_tone_that_it_does_not_hear_leads_it_where_it_guesses() -> None:
    assert {choice_of(subject(bias=1.0), 4000.0, -40.0, seed) for seed in range(4)} == {1}
    assert 1 not in {choice_of(subject(bias=-1.0), 1000.0, -40.0, seed) for seed in range(8)}


def test_it_may_not_answer() -> None:
    assert choice_of(subject(omission=1.0), 1000.0, 80.0, seed=1) is None


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("bias", [-1.0, -0.4, 0.0, 0.5, 1.0])
def test_guesses_go_to_port_1_by_the_bias_and_evenly_elsewhere(n: int, bias: float) -> None:
    draws = (np.arange(10_000) + 0.5) / 10_000
    counts = np.bincount([guessed(draw, n, bias) for draw in draws], minlength=n + 1)[1:] / len(draws)
    first = (1 + (n - 1) * bias) / n if bias >= 0 else (1 + bias) / n
    assert counts[0] == pytest.approx(first, abs=1e-3)
    assert counts[1:] == pytest.approx([(1 - first) / (n - 1)] * (n - 1), abs=1e-3)


def test_a_line_for_each_port_is_asked_for() -> None:
    channel = DIChannel(channel="Dev1/port0/line0:2", name="choices", fs=1e3)
    engine = SimulatedEngine(name="booth")
    ports = SubjectPorts(ports=["side_1", "side_2"], to="choices")
    for part in (channel, subject(), ports):
        part.set_parent(engine)
    (finding,) = engine.check()
    assert finding.message == "'choices' has 3 lines, but 2 ports; give one each"
    ports.ports = ["side_1", "side_2", "side_9"]
    (finding,) = engine.check()
    assert "has no port 'side_9'; did you mean 'side_" in finding.message
