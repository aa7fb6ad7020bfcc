"""A chain as it runs: what it tells of itself, who is called when, and that declarations stay templates."""

import json

import numpy as np
import pytest

from psi.core.errors import ConfigurationError, RunFault
from psi.inputs.chain import build_chain
from psi.inputs.decimate import Decimate
from psi.inputs.downsample import Downsample
from psi.inputs.edges import Edges
from psi.inputs.iir_filter import IIRFilter
from psi.inputs.input import Input, InputStage
from psi.inputs.threshold import Threshold
from psi.stream.info import Chunk, Edge, StreamInfo

CHANNEL = StreamInfo("Dev1/ai1", 200e3)


def nose_poke():
    """The chain of a nose poke: 200 kHz of light barrier to debounced edges at 500 Hz."""
    root = IIRFilter(f_lowpass=200, btype="lowpass", ftype="butter", N=4)
    analog = Downsample(root, name="nose_poke_analog", q=400)
    Edges(Threshold(analog, threshold=2.5), name="nose_poke", debounce=5)
    return root


def poke(n=200_000, start=80_000, end=140_000):
    data = np.zeros((1, n))
    data[:, start:end] = 5.0
    return data


def push_all(chain, data, step):
    for s0 in range(0, data.shape[1], step):
        chain.push(Chunk(data[:, s0 : s0 + step], s0, chain.source))


def test_the_nose_poke_gives_a_stream_and_two_edges():
    chain = build_chain(CHANNEL, [nose_poke()])
    samples, edges = [], []
    chain.attach("nose_poke_analog", samples.append)
    chain.attach("nose_poke", edges.append)
    push_all(chain, poke(), 2000)
    assert [(chunk.s0, chunk.n_samples) for chunk in samples[:2]] == [(0, 5), (5, 5)]
    # 80,000 / 400 = 200, and the filter takes 2.2 ms to its half: the second sample after.
    assert edges == [Edge(202, True), Edge(352, False)]
    info = chain.node("nose_poke_analog").info
    assert (info.name, info.fs, info.unit, info.dtype) == ("nose_poke_analog", 500.0, "V", "float64")
    assert info.delay == pytest.approx(2.08e-3, rel=0.01)
    assert chain.node("nose_poke").info.delay == pytest.approx(info.delay + 5 / 500)
    assert chain.node("nose_poke").hold_back == pytest.approx(4 / 500)
    assert chain.settle_time == pytest.approx(chain.nodes[0].settle_time)
    assert 0.005 < chain.settle_time < 0.05


def test_a_declaration_is_a_template_that_runs_never_change():
    root = nose_poke()
    runs = []
    for _ in range(2):
        chain, edges = build_chain(CHANNEL, [root]), []
        chain.attach("nose_poke", edges.append)
        push_all(chain, poke(), 1777)
        runs.append(edges)
    assert runs[0] == runs[1] != []
    assert root.stage() is not root.stage()


def test_a_chain_tells_what_is_saved_and_what_made_it():
    chain = build_chain(CHANNEL, [nose_poke(), Input(name="raw", save=False), Input(name="kept", dtype="float64")])
    assert [(node.name, node.save_dtype) for node in chain.saved] == [
        ("nose_poke_analog", "float32"),
        ("kept", "float64"),
    ]
    assert [node.name for node in chain.events] == ["nose_poke"]
    made = json.loads(json.dumps(chain.describe("nose_poke")))
    assert [stage["kind"] for stage in made] == ["IIRFilter", "Downsample", "Threshold", "Edges"]
    assert made[1] == {"kind": "Downsample", "name": "nose_poke_analog", "settings": {"q": 400}}
    assert made[0]["settings"]["f_lowpass"] == 200


def test_a_chain_can_be_shown_as_text():
    assert build_chain(CHANNEL, [nose_poke(), Input(name="raw", save=False), Downsample(q=2)]).lines() == [
        "Dev1/ai1 | 200000 /s, V, 1 channel",
        "  IIRFilter N=4 btype=lowpass ftype=butter f_lowpass=200 start=steady passthrough=False"
        " | 200000 /s, V, 1 channel, delay 2.08 ms | computed with Downsample 'nose_poke_analog'",
        "    Downsample 'nose_poke_analog' q=400 | 500 /s, V, 1 channel, delay 2.08 ms | saved as float32, plotted",
        "      Threshold threshold=2.5 mode=> hysteresis=0 | 500 /s, bool, 1 channel, delay 2.08 ms",
        "        Edges 'nose_poke' debounce=5 detect=both | 500 /s, bool, 1 channel, delay 12.1 ms"
        " | saved as events, plotted",
        "  Input 'raw' | 200000 /s, V, 1 channel | not saved",
        "  Downsample q=2 | 100000 /s, V, 1 channel | nobody reads it",
    ]


class CountingStage(InputStage):
    calls = 0

    def process(self, chunk):
        type(self).calls += 1
        return super().process(chunk)


class Counting(Input):
    def stage(self):
        return CountingStage(self.name)


@pytest.mark.parametrize(("name", "calls"), [("", 0), ("named", 3)])
def test_a_stage_that_nobody_can_read_does_nothing(monkeypatch, name, calls):
    monkeypatch.setattr(CountingStage, "calls", 0)
    root = Counting()
    Threshold(root, threshold=1, name=name)
    push_all(build_chain(CHANNEL, [root]), np.zeros((1, 30)), 10)
    assert CountingStage.calls == calls


def test_samples_reach_their_readers_before_the_edges_made_of_them():
    root = Threshold(threshold=1, name="level")
    Edges(root, name="poke")
    chain, order = build_chain(CHANNEL, [root]), []
    chain.attach("poke", lambda edge: order.append("edge"))
    chain.attach("level", lambda chunk: order.append("samples"))
    chain.push(Chunk(np.array([[0.0, 2.0]]), 0, CHANNEL))
    assert order == ["samples", "edge"]


@pytest.mark.parametrize(("detect", "expected"), [("rising", [True]), ("falling", [False]), ("both", [True, False])])
def test_only_the_edges_asked_for_become_events(detect, expected):
    root = Threshold(threshold=1)
    Edges(root, name="poke", detect=detect)
    chain, edges = build_chain(CHANNEL, [root]), []
    chain.attach("poke", edges.append)
    chain.push(Chunk(np.array([[0.0, 2.0, 0.0]]), 0, CHANNEL))
    assert [edge.rising for edge in edges] == expected


def test_a_reader_may_come_late_and_go():
    chain, got = build_chain(CHANNEL, [Decimate(name="x", q=2)]), []
    chain.push(Chunk(np.zeros((1, 10)), 0, CHANNEL))
    detach = chain.attach("x", got.append)
    chain.push(Chunk(np.zeros((1, 10)), 10, CHANNEL))
    detach()
    chain.push(Chunk(np.zeros((1, 10)), 20, CHANNEL))
    assert [(chunk.s0, chunk.n_samples) for chunk in got] == [(5, 5)]


def test_an_unknown_name_is_refused_with_the_nearest():
    chain = build_chain(CHANNEL, [nose_poke()])
    with pytest.raises(ConfigurationError, match="no input on 'Dev1/ai1' is called 'nose_pok'; did you mean"):
        chain.node("nose_pok")


@pytest.mark.parametrize("s0", [9, 11])
def test_a_lost_or_repeated_sample_ends_the_run(s0):
    chain = build_chain(CHANNEL, [Input(name="x")])
    chain.push(Chunk(np.zeros((1, 10)), 0, CHANNEL))
    with pytest.raises(RunFault, match=f"'Dev1/ai1' goes on at sample {s0}, but its chain waits for 10"):
        chain.push(Chunk(np.zeros((1, 10)), s0, CHANNEL))


def test_a_chunk_with_other_channels_ends_the_run():
    chain = build_chain(CHANNEL, [Input(name="x")])
    with pytest.raises(RunFault, match=r"shape \(2, 10\), not \(1, n_samples\)"):
        chain.push(Chunk(np.zeros((2, 10)), 0, CHANNEL))


def test_sixteen_channels_are_one_array_with_their_labels():
    array = StreamInfo("Dev2/ai0:15", 25e3, 16, labels=tuple(f"ai{n}" for n in range(16)))
    spikes = IIRFilter(f_highpass=300, f_lowpass=3000, btype="bandpass", name="spikes")
    lfp = IIRFilter(f_lowpass=200, btype="lowpass", name="lfp")
    chain, got = build_chain(array, [lfp, spikes, Input(name="raw_signal")]), []
    for name in ("lfp", "spikes", "raw_signal"):
        chain.attach(name, got.append)
    chain.push(Chunk(np.zeros((16, 250)), 0, array))
    assert [chunk.data.shape for chunk in got] == [(16, 250)] * 3
    assert [chunk.info.name for chunk in got] == ["lfp", "spikes", "raw_signal"]
    assert chain.node("spikes").info.labels == array.labels


def test_levels_of_a_digital_line_need_no_threshold():
    digital = StreamInfo("Dev1/port0/line0", 1000.0, dtype="uint8", unit="")
    chain, edges = build_chain(digital, [Edges(name="spout", initial_state=0)]), []
    chain.attach("spout", edges.append)
    chain.push(Chunk(np.array([[1, 1, 0]], dtype=np.uint8), 0, digital))
    assert edges == [Edge(0, True), Edge(2, False)]


@pytest.mark.parametrize(("duration", "samples"), [(0.07, 7), (0.071, 8), (0.0, 1)])
def test_a_debounce_duration_is_rounded_up_to_samples(duration, samples):
    digital = StreamInfo("line", 100.0, dtype="bool", unit="")
    chain = build_chain(digital, [Edges(name="x", debounce_duration=duration)])
    assert chain.node("x").hold_back == pytest.approx((samples - 1) / 100)


def test_a_reader_is_not_called_for_nothing():
    chain, got = build_chain(CHANNEL, [Downsample(name="x", q=10)]), []
    chain.attach("x", got.append)
    push_all(chain, np.zeros((1, 25)), 1)
    chain.push(Chunk(np.zeros((1, 0)), 25, CHANNEL))
    assert [(chunk.s0, chunk.n_samples) for chunk in got] == [(0, 1), (1, 1), (2, 1)]
