"""What simulated input channels measure: wires, files, noise, tones, and their sum."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile

from psi.api import (
    AIChannel,
    AOChannel,
    DIChannel,
    FileSource,
    Listener,
    LoopBack,
    NoiseSource,
    SimulatedEngine,
    SubjectPort,
    ToneSource,
)
from psi.core.clock import ManualClock
from psi.core.random_streams import RandomStreams
from psi.engines.simulated import Source
from psi.hardware.engine import EngineDriver, Ports
from psi.outputs.player import Mixer
from psi.outputs.sound_player import ContinuousPlayer
from psi.stream.info import Chunk

FS = 1000.0
PLAYED = np.random.default_rng(5).standard_normal(5000)


class Bench:
    """One simulated engine at work, with what it handed over."""

    def __init__(self, *children: Any, block: str = "1/100", look_ahead: float = 0.0, seed: int = 1) -> None:
        self.engine = SimulatedEngine(name="bench", look_ahead=look_ahead)
        for child in children:
            child.set_parent(self.engine)
        self.chunks: dict[str, list[Chunk]] = {}
        self.ended: list[str] = []
        # Whatever the engine asks for is the same signal, by sample index.
        player = ContinuousPlayer("any", None)  # type: ignore[arg-type]
        player.load(lambda s0, n: PLAYED[s0 : s0 + n])
        inputs = [channel.reference for channel in self.engine.channels() if channel.direction == "input"]
        outputs = [channel.reference for channel in self.engine.channels() if channel.direction == "output"]
        ports = Ports(
            block_duration=Fraction(block),
            clock=ManualClock(),
            inputs={name: self.chunks.setdefault(name, []).append for name in inputs},
            outputs={name: Mixer({"any": player}) for name in outputs},
            generator=RandomStreams(seed).generator,
            ended=self.ended.append,
            fault=lambda error: pytest.fail(f"the engine failed: {error}"),
        )
        self.driver: EngineDriver = self.engine.driver(ports)

    def findings(self) -> list[str]:
        return [str(finding) for finding in self.engine.check()]

    def run(self, n_blocks: int) -> dict[str, np.ndarray]:
        """All samples of each input channel, shape ``(n_channels, n_samples)``."""
        assert self.findings() == []
        self.driver.prepare()
        self.driver.start()
        for block in range(1, n_blocks + 1):
            self.driver.advance(block)
        self.driver.stop()
        self.driver.ensure_stopped()
        return {name: np.concatenate([c.data for c in chunks], axis=1) for name, chunks in self.chunks.items()}


def ai(channel: str = "ai0", fs: float = FS) -> AIChannel:
    return AIChannel(channel=channel, name="in", fs=fs)


def ao(fs: float = FS) -> AOChannel:
    return AOChannel(channel="ao0", name="out", fs=fs)


# -- wires ------------------------------------------------------------------------------------


@pytest.mark.parametrize("look_ahead", [0.0, 0.0137, 0.9])
@pytest.mark.parametrize(("gain", "delay"), [(1.0, 0), (0.1, 0), (-2.0, 3), (1.0, 1000)])
def test_a_wire_carries_what_was_played_sample_for_sample(look_ahead: float, gain: float, delay: int) -> None:
    bench = Bench(ao(), ai(), LoopBack(output="out", to="in", gain=gain, delay=delay), look_ahead=look_ahead)
    heard = bench.run(250)["in"]
    expected = gain * np.concatenate([np.zeros(delay), PLAYED])[:2500]
    np.testing.assert_array_equal(heard, [expected])


@given(delay=st.integers(0, 300), milliseconds=st.integers(1, 80), look_ahead=st.integers(0, 200))
def test_a_wire_is_the_same_for_any_block_and_look_ahead(delay: int, milliseconds: int, look_ahead: int) -> None:
    block = f"{milliseconds}/1000"
    wire = LoopBack(output="ao0", to="ai0", delay=delay)
    heard = Bench(ao(), ai(), wire, block=block, look_ahead=look_ahead / 1000).run(20)["in"][0]
    assert len(heard) == 20 * milliseconds
    np.testing.assert_array_equal(heard, np.concatenate([np.zeros(delay), PLAYED])[: len(heard)])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (LoopBack(output="aout", to="in"), "has no output channel 'aout'; did you mean 'out'"),
        (LoopBack(output="in", to="in"), "has no output channel 'in'; known: out"),
        (LoopBack(output="out", to="inn"), "has no input channel 'inn'; did you mean 'in'"),
        (LoopBack(output="out", to="in", delay=2001), "delay of 2001 samples; it allows 0 to 2000"),
        (LoopBack(output="out", to="in", delay=-1), "delay of -1 samples; it allows 0 to 2000"),
        (LoopBack(output="out", to="in"), "'out' (2000 Hz) to 'in' (1000 Hz): both need the same fs"),
        (SubjectPort(port="nose_poke", to="in"), "has no virtual subject at port 'nose_poke'; declare one"),
    ],
)
def test_a_source_that_does_not_fit_is_a_finding(source: Source, message: str) -> None:
    fs = 1000.0 if "both need" in message else 2000.0
    (finding,) = Bench(ao(2000.0), ai(fs=fs), source).findings()
    assert message in finding


def test_a_port_that_the_subject_lacks_is_a_finding_with_the_nearest() -> None:
    (finding,) = Bench(ai(), Listener(name="rat"), SubjectPort(port="nosepoke", to="in")).findings()
    assert "virtual subject 'rat' has no port 'nosepoke'; did you mean 'nose_poke'" in finding


# -- files ------------------------------------------------------------------------------------


def test_a_file_is_played_to_its_end_and_says_so_once(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(25))
    bench = Bench(ai(), FileSource(to="in", file=str(tmp_path / "x.npy"), offset=5.0, scale=0.5))
    np.testing.assert_array_equal(bench.run(6)["in"], [(np.arange(25.0) - 5) * 0.5])
    assert bench.ended == ["bench"]


def test_a_looped_file_begins_again_and_never_ends(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.arange(7), b=np.zeros(3))
    bench = Bench(ai(), FileSource(to="in", file=str(tmp_path / "x.npz"), key="a", loop=True))
    np.testing.assert_array_equal(bench.run(6)["in"], [np.resize(np.arange(7.0), 60)])
    assert bench.ended == []


def test_a_wav_is_played_on_as_many_lines_as_it_has_channels(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, (50, 3))
    wavfile.write(tmp_path / "x.wav", 1000, samples)
    bench = Bench(ai("ai0:2"), FileSource(to="ai0:2", file=str(tmp_path / "x.wav")))
    np.testing.assert_array_equal(bench.run(3)["in"], samples[:30].T)


@pytest.mark.parametrize(
    ("name", "samples", "message"),
    [
        ("two.wav", np.zeros((50, 2)), "has 2 channels, 'in' has 1; declare as many lines"),
        ("slow.wav", np.zeros(50), "is sampled at 500 Hz, channel 'in' at 1000 Hz; set the channel's fs to 500"),
        ("none.npy", np.zeros(0), "holds no samples"),
        ("lost.npy", None, "does not exist"),
    ],
)
def test_a_file_that_does_not_fit_its_channel_is_a_finding(
    tmp_path: Path, name: str, samples: np.ndarray | None, message: str
) -> None:
    path = tmp_path / name
    if samples is not None and name.endswith(".wav"):
        wavfile.write(path, 500 if name == "slow.wav" else 1000, samples)
    elif samples is not None:
        np.save(path, samples)
    (finding,) = Bench(ai(), FileSource(to="in", file=str(path))).findings()
    assert str(path) in finding
    assert message in finding


# -- noise and tones --------------------------------------------------------------------------


def noise_signal(seed: int, n_channels: int = 2) -> Any:
    bench = Bench(ai(f"ai0:{n_channels - 1}"), seed=seed)
    (channel,) = bench.engine.channels()
    return NoiseSource(to="in", rms=0.5).signal(channel, bench.driver)  # type: ignore[arg-type]


@given(cuts=st.lists(st.integers(0, 30000), max_size=20).map(sorted))
def test_noise_does_not_depend_on_the_blocks_in_which_it_is_asked_for(cuts: list[int]) -> None:
    signal = noise_signal(seed=3)
    edges = [0, *cuts, 30000]
    parts = [signal.read(s0, end - s0) for s0, end in pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), signal.read(0, 30000))


def test_noise_has_its_rms_and_its_channels_and_stretches_are_independent() -> None:
    samples = noise_signal(seed=3).read(0, 1 << 16)
    # 65536 samples: the standard error of an RMS is 0.3 %, of a correlation 0.4 %
    np.testing.assert_allclose(np.std(samples, axis=1), 0.5, rtol=0.02)
    assert abs(np.corrcoef(samples)[0, 1]) < 0.02
    stretches = samples[0].reshape(16, -1)
    between = np.corrcoef(stretches)[np.triu_indices(16, 1)]
    assert np.max(np.abs(between)) < 0.1


def test_noise_is_the_same_for_the_same_seed_only() -> None:
    first = noise_signal(seed=3).read(0, 5000)
    np.testing.assert_array_equal(noise_signal(seed=3).read(0, 5000), first)
    assert not np.array_equal(noise_signal(seed=4).read(0, 5000), first)


def test_sources_on_one_channel_add_up_on_every_line() -> None:
    tones = [ToneSource(to="in", amplitude=2.0, frequency=50.0), ToneSource(to="ai0:1", frequency=125.0, phase=1.0)]
    heard = Bench(ai("ai0:1"), *tones).run(10)["in"]
    index = np.arange(100)
    expected = 2 * np.sin(2 * np.pi * 50 * index / FS) + np.sin(2 * np.pi * 125 * index / FS + 1)
    np.testing.assert_allclose(heard, [expected, expected], atol=1e-12)


def test_a_channel_without_a_source_is_silent() -> None:
    heard = Bench(ai("ai0:1"), DIChannel(channel="line0", name="lines", fs=500.0)).run(3)
    np.testing.assert_array_equal(heard["in"], np.zeros((2, 30)))
    np.testing.assert_array_equal(heard["lines"], np.zeros((1, 15), dtype=bool))
    assert heard["lines"].dtype == np.bool_
