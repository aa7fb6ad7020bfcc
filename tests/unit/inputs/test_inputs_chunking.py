"""Any chunking gives the answer of the whole signal: every stage, and every pair that may follow each other."""

import numpy as np
import pytest
from scipy import signal

from psi.inputs.calibrated_input import CalibratedInput
from psi.inputs.chain import build_chain
from psi.inputs.decimate import Decimate
from psi.inputs.downsample import Downsample
from psi.inputs.edges import Edges
from psi.inputs.iir_filter import IIRFilter
from psi.inputs.input import ContinuousInput, Input
from psi.inputs.threshold import Threshold
from psi.stream.info import Chunk, StreamInfo

FS = 2500.0
SIZES = (0, 1, 2, 7, 31, 97, 1009, 5003)


def filtered(data, sos, start="steady"):
    zi = signal.sosfilt_zi(sos)[:, np.newaxis, :] * (data[:, :1] if start == "steady" else 0.0 * data[:, :1])
    return signal.sosfilt(sos, data.astype(float), axis=-1, zi=zi)[0]


def every(data, s0, q):
    kept = [index for index in range(s0, s0 + data.shape[1]) if index % q == 0]
    return data[:, [index - s0 for index in kept]], -(-s0 // q)


# Each case: a declaration with its settings, and what plain SciPy and NumPy make of a whole signal, as
# (data, s0, fs) -> (data, s0, fs).
def iir_case(ftype, btype, order, cutoffs, start="steady", **ripple):
    def reference(data, s0, fs):
        sos = signal.iirfilter(order, cutoffs, btype=btype, ftype=ftype, output="sos", fs=fs, **ripple)
        return filtered(data, sos, start), s0, fs

    low, high = cutoffs if isinstance(cutoffs, tuple) else (cutoffs, cutoffs)
    names = {"lowpass": {"f_lowpass": high}, "highpass": {"f_highpass": low}}
    cut = names.get(btype, {"f_highpass": low, "f_lowpass": high})
    return (IIRFilter, {"N": order, "btype": btype, "ftype": ftype, "start": start, **cut, **ripple}, reference)


def decimated(q):
    def reference(data, s0, fs):
        sos = signal.cheby1(8, 0.05, 0.8 / q, output="sos")
        # An offset stays what it is, where the filter's own gain at 0 Hz is -0.05 dB.
        sos[0, :3] *= 10 ** (0.05 / 20)
        return (*every(filtered(data, sos), s0, q), fs / q)

    return reference


SAMPLE_STAGES = {
    "input": (Input, {}, lambda data, s0, fs: (data, s0, fs)),
    "continuous input": (ContinuousInput, {}, lambda data, s0, fs: (data, s0, fs)),
    "lowpass": iir_case("butter", "lowpass", 4, 60),
    "highpass": iir_case("butter", "highpass", 3, 20, start="zero"),
    "cheby1": iir_case("cheby1", "bandpass", 2, (10, 70), rp=1),
    "cheby2": iir_case("cheby2", "bandstop", 4, (45, 55), rs=40),
    "ellip": iir_case("ellip", "lowpass", 5, 80, rp=0.5, rs=50),
    "bessel": iir_case("bessel", "lowpass", 6, 75),
    "passthrough": (
        IIRFilter,
        {"f_lowpass": 70, "btype": "lowpass", "passthrough": True},
        lambda data, s0, fs: (data, s0, fs),
    ),
    "downsample": (Downsample, {"q": 7}, lambda data, s0, fs: (*every(data, s0, 7), fs / 7)),
    "downsample by 1": (Downsample, {"q": 1}, lambda data, s0, fs: (data, s0, fs)),
    "decimate": (Decimate, {"q": 5}, decimated(5)),
    "decimate by 1": (Decimate, {"q": 1.0}, lambda data, s0, fs: (data, s0, fs)),
    "calibrated": (CalibratedInput, {"sensitivity": 0.05, "gain": 20}, lambda data, s0, fs: (data / 0.5, s0, fs)),
    "threshold": (Threshold, {"threshold": 0.1}, lambda data, s0, fs: (data > 0.1, s0, fs)),
    "threshold below": (Threshold, {"threshold": 0.1, "mode": "<="}, lambda data, s0, fs: (data <= 0.1, s0, fs)),
}
EDGES = {"edges": {}, "debounced": {"debounce": 4}, "by duration": {"debounce_duration": 0.01, "initial_state": 1}}
PAIRS = [
    (first, second)
    for first in SAMPLE_STAGES
    for second in SAMPLE_STAGES
    # Levels are not volts, and pascals are not volts either.
    if not (second == "calibrated" and first in ("threshold", "threshold below", "calibrated"))
]


def whole_edges(levels, s0, debounce, initial):
    """Sample by sample: (sample, channel, rising)."""
    edges = []
    for channel, row in enumerate(levels.tolist()):
        level = row[0] if initial is None else bool(initial)
        length, previous = 0, level
        for index, now in enumerate(row):
            length = length + 1 if now == previous else 1
            previous = now
            if now != level and length >= debounce:
                level = now
                edges.append((s0 + index - length + 1, channel, now))
    return sorted(edges)


def chunks(data, s0, info, rng):
    position = 0
    while position < data.shape[1]:
        n = int(rng.choice(SIZES))
        piece = data[:, position : position + n]
        yield Chunk(piece, s0 + position, info)
        position += piece.shape[1]


def run(root, name, data, s0, seed):
    """What the chain gives as ``name``: list of chunks or edges; checks that the input is not changed."""
    info = StreamInfo("electrode", FS, n_channels=data.shape[0])
    chain = build_chain(info, [root])
    made = []
    chain.attach(name, made.append)
    data.flags.writeable = False
    before = data.copy()
    for chunk in chunks(data, s0, info, np.random.default_rng(seed)):
        chain.push(chunk)
    assert np.array_equal(before, data)
    return chain.node(name), made


def assert_like(node, made, expected, s0, fs):
    assert node.info.fs == pytest.approx(fs, rel=1e-12)
    assert [chunk.s0 for chunk in made] == [s0, *[chunk.end for chunk in made[:-1]]]
    assert all(chunk.info is node.info for chunk in made)
    got = np.concatenate([chunk.data for chunk in made], axis=1)
    assert got.dtype == np.dtype(node.info.dtype)
    assert got.shape == expected.shape
    if expected.dtype == bool:
        assert np.array_equal(got, expected)
    else:
        assert np.max(np.abs(got - expected)) <= 1e-9 * np.ptp(expected)


def noisy(seed, n_channels, n=6000):
    print("seed", seed)
    rng = np.random.default_rng(seed)
    slow = np.cumsum(rng.standard_normal((n_channels, n)), axis=1) / 30
    return slow + 0.3 * rng.standard_normal((n_channels, n)) + 0.5


@pytest.mark.parametrize("stage", SAMPLE_STAGES)
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("s0", [0, 12_345])
def test_a_stage_gives_the_same_for_any_chunking(stage, seed, s0):
    kind, settings, reference = SAMPLE_STAGES[stage]
    data = noisy(seed, n_channels=1 + seed)
    node, made = run(kind(name="x", **settings), "x", data, s0, seed)
    assert_like(node, made, *reference(data, s0, FS))


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_pair_of_stages_gives_the_same_for_any_chunking(first, second):
    seed = 100 + PAIRS.index((first, second))
    data = noisy(seed, n_channels=2)
    outer_kind, outer_settings, outer_reference = SAMPLE_STAGES[first]
    inner_kind, inner_settings, inner_reference = SAMPLE_STAGES[second]
    root = outer_kind(**outer_settings)
    inner_kind(root, name="x", dtype="float64", **inner_settings)
    node, made = run(root, "x", data, 0, seed)
    assert_like(node, made, *inner_reference(*outer_reference(data, 0, FS)))


@pytest.mark.parametrize("first", SAMPLE_STAGES)
@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("s0", [0, 1001])
def test_edges_are_those_of_the_whole_signal(first, edges, s0):
    seed = 300 + list(SAMPLE_STAGES).index(first)
    data = noisy(seed, n_channels=3)
    kind, settings, reference = SAMPLE_STAGES[first]
    root = kind(**settings)
    levels = Threshold(root, threshold=0.4)
    Edges(levels, name="x", **EDGES[edges])
    node, made = run(root, "x", data, s0, seed)
    expected, first_sample, fs = reference(data, s0, FS)
    debounce = EDGES[edges].get("debounce", 1)
    if "debounce_duration" in EDGES[edges]:
        debounce = int(np.ceil(EDGES[edges]["debounce_duration"] * fs))
    found = [(edge.sample, edge.channel, edge.rising) for edge in made]
    assert found == whole_edges(expected > 0.4, first_sample, debounce, EDGES[edges].get("initial_state"))
    assert node.info.fs == pytest.approx(fs)


def test_whole_numbers_are_filtered_as_the_numbers_that_they_are():
    codes = np.random.default_rng(5).integers(-3000, 3000, (2, 4000)).astype(np.int16)
    kind, settings, reference = SAMPLE_STAGES["lowpass"]
    node, made = run(kind(name="x", **settings), "x", codes, 0, 5)
    assert_like(node, made, *reference(codes, 0, FS))
