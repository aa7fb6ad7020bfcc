"""The sound card: its rings and its driver, over a device that a test moves and over a real sound server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from psi.api import AIChannel, AOChannel, DOChannel, Ports, SoundcardEngine
from psi.core.clock import WallClock
from psi.core.errors import ConfigurationError, RunFault
from psi.core.random_streams import RandomStreams
from psi.engines.soundcard import driver as driver_module
from psi.engines.soundcard.driver import SoundcardDriver
from psi.engines.soundcard.ring import FrameRing
from psi.engines.soundcard.stream import StreamSettings
from psi.stream.info import Chunk
from psi.testing.sound_server import SoundServer

FS = 44100.0
#: Seconds after which something that ought to have happened has not.
PATIENCE = 30.0


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30))
def test_a_ring_gives_frames_back_in_their_order_and_takes_no_more_than_it_holds(sizes: list[tuple[int, int]]) -> None:
    ring = FrameRing(16, 2)
    put: list[float] = []
    taken: list[float] = []
    for n_in, n_out in sizes:
        offered = np.arange(len(put), len(put) + n_in, dtype=np.float32)
        room = ring.capacity - ring.waiting
        assert ring.put(np.stack([offered, -offered], axis=1)) == min(n_in, room)
        put += offered[:room].tolist()
        into = np.full((n_out, 2), np.nan, np.float32)
        n = ring.take(into)
        np.testing.assert_array_equal(into[:n, 0], -into[:n, 1])
        taken += into[:n, 0].tolist()
    assert taken == put[: len(taken)]
    assert ring.waiting == len(put) - len(taken)


class Bench:
    """A driver with ports that keep what comes, and a signal on its output."""

    def __init__(self, engine: SoundcardEngine, signal: np.ndarray | None = None) -> None:
        self.chunks: dict[str, list[Chunk]] = {}
        self.pairs: list[tuple[float, int, float]] = []
        self.reports: list[tuple[str, Any]] = []
        self.losses: list[tuple[str, int, int]] = []
        self.faults: list[BaseException] = []
        self.asked: list[tuple[int, int]] = []
        self._signal = np.zeros(0) if signal is None else signal
        self._changed = threading.Condition()
        channels = engine.channels()
        ports = Ports(
            block_duration=Fraction(1, 100),
            clock=WallClock(),
            inputs={c.reference: self._keeper(c.reference) for c in channels if c.direction == "input"},
            outputs={c.reference: self for c in channels if c.direction == "output"},
            generator=RandomStreams(1).generator,
            ended=lambda name: None,
            fault=lambda error: self._keep(self.faults, error),
            report=lambda event, info: self._keep(self.reports, (event, info)),
            clock_pair=lambda fs, sample, seen: self._keep(self.pairs, (fs, sample, seen)),
            lost=lambda channel, s0, n: self._keep(self.losses, (channel, s0, n)),
        )
        self.driver = engine.driver(ports)
        assert isinstance(self.driver, SoundcardDriver)

    def _keep(self, where: list[Any], what: Any) -> None:
        with self._changed:
            where.append(what)
            self._changed.notify_all()

    def _keeper(self, reference: str) -> Callable[[Chunk], None]:
        chunks = self.chunks.setdefault(reference, [])
        return lambda chunk: self._keep(chunks, chunk)

    def read(self, s0: int, n: int) -> np.ndarray:
        self.asked.append((s0, n))
        part = self._signal[s0 : s0 + n]
        return np.pad(part, (0, n - len(part)))

    def wait(self, condition: Callable[[], object]) -> bool:
        with self._changed:
            return bool(self._changed.wait_for(condition, PATIENCE))

    def heard(self, reference: str) -> np.ndarray:
        return np.concatenate([chunk.data for chunk in self.chunks[reference]], axis=1)


def sound_engine(*channels: Any, **settings: Any) -> SoundcardEngine:
    engine = SoundcardEngine(name="sound", **settings)
    for channel in channels:
        channel.set_parent(engine)
    return engine


def speaker(**settings: Any) -> AOChannel:
    return AOChannel(**{"channel": "out1", "fs": FS, "unit": "FS", "expected_range": (-1.0, 1.0), **settings})


def microphone(**settings: Any) -> AIChannel:
    return AIChannel(**{"channel": "in1", "fs": FS, "unit": "FS", "expected_range": (-1.0, 1.0), **settings})


# -- a device that a test moves ---------------------------------------------------------------------


class Card:
    """Stands where the stream of a sound device stands; :meth:`move` is the device's own thread."""

    cards: list[Card] = []

    def __init__(self, settings: StreamSettings, callback: Callable[..., None]) -> None:
        self.settings = settings
        self.active = True
        self.closed = 0
        self._callback = callback
        Card.cards.append(self)

    def start(self) -> None:
        for _ in range(SoundcardDriver.WARM_UP):
            self.move(np.ones(self.settings.blocksize))

    def move(self, samples: np.ndarray, lost: bool = False, late: bool = False) -> np.ndarray:
        """Measure ``samples`` on all inputs, and return what the outputs played meanwhile."""
        n = len(samples)
        indata = np.repeat(samples[:, None], self.settings.n_inputs, axis=1).astype(np.float32)
        outdata = np.full((n, self.settings.n_outputs), np.nan, np.float32)
        self._callback(indata if self.settings.n_inputs else None, outdata, 0.01, 0.02, lost, late)
        return outdata

    def close(self) -> bool:
        self.closed += 1
        return True


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Card]]:
    monkeypatch.setattr(driver_module, "SoundStream", Card)
    yield lambda: Card.cards[-1]
    Card.cards.clear()


def test_what_comes_before_the_start_is_not_heard_and_blocks_follow_without_a_gap(card: Callable[[], Card]) -> None:
    bench = Bench(sound_engine(microphone()))
    bench.driver.prepare()
    bench.driver.start()
    for k in range(10):
        card().move(np.full(300, k / 100))
    assert bench.wait(lambda: len(bench.chunks["in1"]) == 3000 // 441)
    bench.driver.stop()
    heard = bench.heard("in1")[0]
    np.testing.assert_allclose(heard, np.repeat(np.arange(10) / 100, 300)[: len(heard)], atol=1e-7)
    assert [chunk.s0 for chunk in bench.chunks["in1"]] == [441 * k for k in range(6)]
    assert [(fs, sample) for fs, sample, _ in bench.pairs][-1] == (FS, 3000)
    bench.driver.ensure_stopped()
    bench.driver.ensure_stopped()
    assert card().closed == 1


def test_output_is_asked_for_once_in_order_up_to_the_look_ahead(card: Callable[[], Card]) -> None:
    signal = np.linspace(-0.5, 0.5, 44100)
    bench = Bench(sound_engine(speaker(), look_ahead=0.05), signal)
    bench.driver.prepare()
    ahead = round(0.05 * FS)
    assert bench.driver.committed("out1") == ahead
    bench.driver.start()
    played = []
    for k in range(1, 6):
        played.append(card().move(np.zeros(441))[:, 0])
        assert bench.wait(lambda k=k: len(bench.pairs) >= k)
    bench.driver.stop()
    np.testing.assert_allclose(np.concatenate(played), signal[: 5 * 441], atol=1e-7)
    assert [s0 for s0, _ in bench.asked] == [0, *np.cumsum([n for _, n in bench.asked])[:-1]]
    assert ahead < bench.driver.committed("out1") <= 5 * 441 + ahead
    bench.driver.ensure_stopped()


def test_output_that_comes_too_late_is_left_out_so_that_the_rest_is_in_time(card: Callable[[], Card]) -> None:
    signal = np.linspace(-0.5, 0.5, 44100)
    bench = Bench(sound_engine(speaker(), look_ahead=0.02), signal)
    bench.driver.prepare()
    ahead = round(0.02 * FS)
    bench.driver._running = True  # the device calls before the driver's thread gets its turn
    first = card().move(np.zeros(ahead + 500))[:, 0]
    np.testing.assert_allclose(first, np.concatenate([signal[:ahead], np.zeros(500)]), atol=1e-7)
    bench.driver.start()
    assert bench.wait(lambda: ("underrun", {"sample": ahead, "samples": 500}) in bench.reports)
    second = card().move(np.zeros(441))[:, 0]
    bench.driver.ensure_stopped()
    np.testing.assert_allclose(second, signal[ahead + 500 : ahead + 941], atol=1e-7)


def test_lost_samples_are_told_by_channel_and_index(card: Callable[[], Card]) -> None:
    bench = Bench(sound_engine(microphone(), microphone(channel="in2", name="other")))
    bench.driver.prepare()
    bench.driver.start()
    card().move(np.zeros(441))
    card().move(np.zeros(441), lost=True)
    assert bench.wait(lambda: len(bench.losses) == 2)
    bench.driver.ensure_stopped()
    assert bench.losses == [("in1", 441, 1), ("other", 441, 1)]
    assert ("overrun", {"sample": 441, "samples": 1}) in bench.reports


def test_a_chain_that_does_not_come_round_loses_what_the_ring_cannot_hold(card: Callable[[], Card]) -> None:
    bench = Bench(sound_engine(microphone()))
    bench.driver.prepare()
    bench.driver._running = True
    capacity = bench.driver._in.capacity
    card().move(np.zeros(capacity + 100))
    bench.driver.start()
    assert bench.wait(lambda: bench.losses)
    bench.driver.ensure_stopped()
    assert bench.losses == [("in1", capacity, 100)]


def test_a_card_that_ends_its_stream_is_a_fault(card: Callable[[], Card]) -> None:
    bench = Bench(sound_engine(microphone()))
    bench.driver.prepare()
    bench.driver.start()
    card().active = False
    assert bench.wait(lambda: bench.faults)
    bench.driver.ensure_stopped()
    (fault,) = bench.faults
    assert isinstance(fault, RunFault)
    assert str(fault).startswith("engine 'sound': the sound card has ended its stream; check")


def test_every_fault_of_a_declaration_is_found_at_once() -> None:
    engine = sound_engine(
        speaker(channel="Dev1/ao0"),
        speaker(channel="out1:2", name="both"),
        microphone(fs=48e3),
        microphone(channel="in2", expected_range=(-10.0, 10.0)),
        speaker(channel="out2", safe_value=0.1),
        DOChannel(channel="line0"),
        latency="soon",
        look_ahead=0.0,
    )
    starts = [
        "'Dev1/ao0' is no line of a sound card; supported: ",
        "AOChannel 'both' is 2 lines; declare an AOChannel for each",
        "AIChannel 'in1' has fs = 48000; a sound card has one rate for all its channels",
        "AIChannel 'in2' has expected_range (-10, 10); a sound card's full scale is (-1, 1)",
        "AOChannel 'out2' has safe_value 0.1; a sound card at rest is silent: leave it 0",
        "DOChannel 'line0' cannot be on a sound card; supported: ",
        "engine 'sound': latency = 'soon' is not allowed; give 'low', 'high' or seconds above 0",
        "engine 'sound': look_ahead = 0 s leaves no time to make sound; give 0.05 s or more",
    ]
    said = [finding.message for finding in engine.check()]
    assert len(said) == len(starts), said
    for line, start in zip(said, starts, strict=True):
        assert line.startswith(start), line


# -- a real sound server ------------------------------------------------------------------------------


def pulse(*channels: Any, **settings: Any) -> SoundcardEngine:
    return sound_engine(*channels, input_device="pulse", output_device="pulse", **settings)


def test_what_is_played_is_heard_sample_for_sample(sound_server: SoundServer) -> None:
    generator = np.random.default_rng(3)
    signal = np.zeros(round(2.5 * FS))
    burst = generator.uniform(-0.5, 0.5, 500)
    places = [round(0.5 * FS), round(1.7 * FS)]
    for place in places:
        signal[place : place + len(burst)] = burst
    engine = pulse(speaker(), microphone(), look_ahead=0.2, latency=0.1)
    assert engine.check() == []
    bench = Bench(engine, signal)
    bench.driver.prepare()
    bench.driver.start()
    assert bench.wait(lambda: len(bench.chunks["in1"]) >= 250)
    bench.driver.ensure_stopped()
    assert bench.faults == []
    chunks = bench.chunks["in1"]
    assert [chunk.s0 for chunk in chunks] == [0, *(chunk.end for chunk in chunks[:-1])]
    heard = bench.heard("in1")[0]
    match = np.correlate(heard, burst, "valid")
    found = [place + int(np.argmax(match[place : place + round(0.9 * FS)])) for place in places]
    first, second = (there - place for there, place in zip(found, places, strict=True))
    # Loudspeaker and microphone of a server are not one device: it may move one against the other by some samples.
    assert abs(second - first) < 0.005 * FS, bench.reports
    for there in found:
        # A sound server has sixteen bits.
        np.testing.assert_allclose(heard[there : there + len(burst)], burst, atol=2**-14)
    samples = [sample for _, sample, _ in bench.pairs]
    assert samples == sorted(samples)
    (started,) = [info for event, info in bench.reports if event == "engine_started"]
    assert 0 <= started["input_delay"] < 1
    assert 0 <= started["output_delay"] < 1


def test_it_starts_again_after_it_was_stopped(sound_server: SoundServer) -> None:
    engine = pulse(microphone())
    for _ in range(2):
        bench = Bench(engine)
        bench.driver.prepare()
        bench.driver.start()
        assert bench.wait(lambda bench=bench: len(bench.chunks["in1"]) >= 5)
        bench.driver.ensure_stopped()
        assert bench.chunks["in1"][0].s0 == 0


def test_what_the_card_cannot_do_is_said_before_a_run(sound_server: SoundServer) -> None:
    (finding,) = pulse(microphone(channel="in99")).check()
    assert finding.message == "engine 'sound': sound device 'pulse' has 32 input channels; 99 are asked for"
    (finding,) = sound_engine(microphone(), input_device="no such card").check()
    assert finding.message.startswith("engine 'sound': input device 'no such card' cannot be had at 44100 Hz: ")
    assert "devices: 'pulse'" in finding.message
    bench = Bench(sound_engine(microphone(), input_device="no such card"))
    with pytest.raises(ConfigurationError, match="the sound card cannot be opened at 44100 Hz"):
        bench.driver.prepare()
    bench.driver.ensure_stopped()
