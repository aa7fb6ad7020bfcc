"""Filters, rates, delays, blocks and channels: the same for any chunking, from any first sample, as of the whole."""

import json

import numpy as np
import pytest
from scipy import signal

from psi.core.errors import ConfigurationError, RunFault
from psi.inputs.chain import build_chain
from psi.inputs.delay import Delay
from psi.inputs.transform import Transform
from psi.stream.info import Chunk, StreamInfo
from psi.testing import drive

FS = 2500.0
LABELS = ("front", "left", "right")
SIZES = (0, 1, 2, 7, 31, 97, 1009, 5003)
TAPS = [0.5, -0.25, 1.0, 0.125]


def noisy(seed, n_channels=3, n=6000):
    print("seed", seed)
    rng = np.random.default_rng(seed)
    slow = np.cumsum(rng.standard_normal((n_channels, n)), axis=1) / 30
    return slow + 0.3 * rng.standard_normal((n_channels, n)) + 0.5


def before(data, n, start):
    return np.concatenate((np.repeat(data[:, :1] if start == "steady" else 0 * data[:, :1], n, axis=1), data), axis=1)


def convolved(data, taps, start="steady"):
    """Row by row, on the whole signal with what came before it."""
    n = len(taps) - 1
    return np.stack([np.convolve(row, taps)[n : len(row)] for row in before(data, n, start)])


def with_sections(data, sos):
    zi = signal.sosfilt_zi(sos)[:, np.newaxis, :] * data[:, :1]
    return signal.sosfilt(sos, data, axis=-1, zi=zi)[0]


def every(data, s0, q):
    kept = [index for index in range(s0, s0 + data.shape[1]) if index % q == 0]
    return data[:, [index - s0 for index in kept]], -(-s0 // q)


def mains(*frequencies, Q=None, width=None):
    return np.array([np.concatenate(signal.iirnotch(f, Q or f / width, fs=FS)) for f in frequencies])


def decimated(data, s0, q):
    sos = signal.cheby1(8, 0.05, 0.8 / q, output="sos")
    sos[0, :3] *= 10 ** (0.05 / 20)
    return every(with_sections(data, sos), s0, q)


def shifted(data, n, fill=None):
    first = np.repeat(data[:, :1], n, axis=1) if fill is None else np.full((len(data), n), fill)
    return np.concatenate((first, data), axis=1)[:, : data.shape[1]]


def blocked(data, s0, size):
    begin, end = -(-s0 // size) * size, (s0 + data.shape[1]) // size * size
    return data[:, begin - s0 : end - s0], begin


def firwin(n_taps, edges, **settings):
    return signal.firwin(n_taps, edges, fs=FS, **settings)


LOW = firwin(101, 100)
WEIGHTS = [[1.0, -0.5, -0.5], [0.0, 2.0, 0.0]]

# Text of the stage called x, what the whole signal becomes as (data, s0), its rate, and the delay in seconds.
STAGES = {
    "taps": (f"FIRFilter:\n    taps = {TAPS}", lambda x, s0: (convolved(x, TAPS), s0), FS, None),
    "taps from zero": (
        f"FIRFilter:\n    taps = {TAPS}\n    start = 'zero'",
        lambda x, s0: (convolved(x, TAPS, "zero"), s0),
        FS,
        None,
    ),
    "one tap": ("FIRFilter:\n    taps = [-2]", lambda x, s0: (-2 * x, s0), FS, 0.0),
    "low-pass": (
        "FIRFilter:\n    n_taps = 101\n    f_lowpass = 100",
        lambda x, s0: (convolved(x, LOW), s0),
        FS,
        50 / FS,
    ),
    "even low-pass": (
        "FIRFilter:\n    n_taps = 64\n    f_lowpass = 100\n    window = ('kaiser', 6.0)",
        lambda x, s0: (convolved(x, firwin(64, 100, window=("kaiser", 6.0))), s0),
        FS,
        31.5 / FS,
    ),
    "high-pass": (
        "FIRFilter:\n    n_taps = 201\n    f_highpass = 60\n    window = 'blackman'",
        lambda x, s0: (convolved(x, firwin(201, 60, window="blackman", pass_zero=False)), s0),
        FS,
        100 / FS,
    ),
    "band-pass of many taps": (
        "FIRFilter:\n    n_taps = 1500\n    f_highpass = 60\n    f_lowpass = 90",
        lambda x, s0: (convolved(x, firwin(1500, [60, 90], pass_zero=False)), s0),
        FS,
        749.5 / FS,
    ),
    "band-stop": (
        "FIRFilter:\n    n_taps = 401\n    btype = 'bandstop'\n    f_highpass = 60\n    f_lowpass = 40",
        lambda x, s0: (convolved(x, firwin(401, [40, 60], pass_zero=True)), s0),
        FS,
        200 / FS,
    ),
    "notch": (
        "Notch:\n    frequency = 50",
        lambda x, s0: (with_sections(x, mains(50, Q=30)), s0),
        FS,
        None,
    ),
    "notches of one Q": (
        "Notch:\n    frequency = 60\n    Q = 12\n    harmonics = 3",
        lambda x, s0: (with_sections(x, mains(60, 120, 180, Q=12)), s0),
        FS,
        None,
    ),
    "notches of one width": (
        "Notch:\n    frequency = 60\n    bandwidth = 4\n    harmonics = 2",
        lambda x, s0: (with_sections(x, mains(60, 120, width=4)), s0),
        FS,
        None,
    ),
    "decimate": ("Decimate:\n    q = 6", lambda x, s0: decimated(x, s0, 6), FS / 6, None),
    "decimate to": ("DecimateTo:\n    fs = 312.5", lambda x, s0: decimated(x, s0, 8), 312.5, None),
    "decimate to itself": ("DecimateTo:\n    fs = 2500", lambda x, s0: (x, s0), FS, 0.0),
    "delay": ("Delay:\n    duration = 0.1", lambda x, s0: (shifted(x, 250), s0), FS, 0.1),
    "delay of few samples": ("Delay:\n    n_samples = 3", lambda x, s0: (shifted(x, 3), s0), FS, 3 / FS),
    "delay with zeros": (
        "Delay:\n    duration = 0.01\n    initial = 0",
        lambda x, s0: (shifted(x, 25, 0), s0),
        FS,
        0.01,
    ),
    "no delay": ("Delay:\n    n_samples = 0", lambda x, s0: (x, s0), FS, 0.0),
    "discard": ("Discard:\n    duration = 0.5", lambda x, s0: (x[:, 1250:], s0 + 1250), FS, 0.0),
    "discard nothing": ("Discard:\n    n_samples = 0", lambda x, s0: (x, s0), FS, 0.0),
    "blocked": ("Blocked:\n    block_size = 37", lambda x, s0: blocked(x, s0, 37), FS, 37 / FS),
    "blocked by duration": ("Blocked:\n    duration = 0.4", lambda x, s0: blocked(x, s0, 1000), FS, 0.4),
    "derivative": (
        "Derivative:",
        lambda x, s0: (np.diff(before(x, 1, "steady"), axis=1) * FS, s0),
        FS,
        0.5 / FS,
    ),
    "select one": ("Select:\n    channels = 1", lambda x, s0: (x[[1]], s0), FS, 0.0),
    "select by name": ("Select:\n    channels = ['right', -3]", lambda x, s0: (x[[2, 0]], s0), FS, 0.0),
    "select a slice": ("Select:\n    channels = slice(None, None, 2)", lambda x, s0: (x[[0, 2]], s0), FS, 0.0),
    "common average": ("Reference:", lambda x, s0: (x - np.mean(x, axis=0), s0), FS, 0.0),
    "average of some": (
        "Reference:\n    exclude = ['left']",
        lambda x, s0: (x - (x[0] + x[2]) / 2, s0),
        FS,
        0.0,
    ),
    "one channel": ("Reference:\n    mode = 'channel'\n    channel = 'right'", lambda x, s0: (x - x[2], s0), FS, 0.0),
    "linked channels": (
        "Reference:\n    mode = 'channel'\n    channel = [0, 1]",
        lambda x, s0: (x - (x[0] + x[1]) / 2, s0),
        FS,
        0.0,
    ),
    "matrix": (
        f"Reference:\n    mode = 'matrix'\n    matrix = {WEIGHTS}",
        lambda x, s0: (np.stack([x[0] - x[1] / 2 - x[2] / 2, 2 * x[1]]), s0),
        FS,
        0.0,
    ),
    "transform": (
        "Transform:\n    function = lambda volts: 20 * volts ** 2 - 3",
        lambda x, s0: (20 * x**2 - 3, s0),
        FS,
        0.0,
    ),
    "transform to levels": (
        "Transform:\n    function = lambda volts: abs(volts) > 0.7",
        lambda x, s0: (np.abs(x) > 0.7, s0),
        FS,
        0.0,
    ),
}
# What names channels cannot follow what hands on others, and references are made for the channel's own rate.
NAMES_CHANNELS = ("select", "average of some", "one channel", "linked", "matrix")
ANY_RATE = ("taps", "one tap", "decimate", "delay of few samples", "no delay", "discard nothing", "blocked", "select")
PAIRS = [
    (first, second)
    for first in STAGES
    for second in STAGES
    if first != "transform to levels"
    and not (first.startswith(("select", "matrix")) and second.startswith(NAMES_CHANNELS))
    and (STAGES[first][2] == FS or (second.startswith(ANY_RATE) and " to" not in second and " by" not in second))
]
FILTERS_THAT_FUSE = ("taps", "taps from zero", "low-pass", "even low-pass", "high-pass", "notch", "notches of one Q")


def named(text, name="x"):
    head, _, settings = text.partition("\n")
    return f"{head}\n    name = {name!r}\n{settings}\n"


def assert_like(driven, expected, s0):
    made = driven.streams["x"]
    assert made.shape == expected.shape
    assert driven.s0["x"] == s0
    assert made.dtype == np.dtype(driven.info["x"].dtype)
    if expected.dtype == bool:
        assert np.array_equal(made, expected)
    else:
        assert np.max(np.abs(made - expected)) <= 1e-9 * np.ptp(expected)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("s0", [0, 12_345])
def test_a_stage_gives_the_same_for_any_chunking(stage, s0):
    text, reference, fs, delay = STAGES[stage]
    for seed in (1, 2, 3):
        data = noisy(seed)
        kept = data.copy()
        sizes = np.random.default_rng(seed).choice(SIZES, 50)
        driven = drive(named(text), data, FS, sizes, s0=s0, labels=LABELS)
        assert_like(driven, *reference(data, s0))
        assert driven.info["x"].fs == pytest.approx(fs, rel=1e-12)
        assert np.array_equal(data, kept)
        if delay is not None:
            assert driven.info["x"].delay == pytest.approx(delay, abs=1e-12)


@pytest.mark.parametrize("stage", STAGES)
def test_a_sample_at_a_time_gives_the_same(stage):
    text, reference, _, _ = STAGES[stage]
    data = noisy(4, n=2600)
    assert_like(drive(named(text), data, FS, 1, s0=11, labels=LABELS), *reference(data, 11))


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_pair_of_stages_gives_the_same_for_any_chunking(first, second):
    (outer, outer_reference, *_), (inner, inner_reference, *_) = STAGES[first], STAGES[second]
    seed = PAIRS.index((first, second))
    data = noisy(seed)
    sizes = np.random.default_rng(seed).choice(SIZES, 50)
    text = outer + "\n    " + named(inner).replace("\n", "\n    ")
    driven = drive(text, data, FS, sizes, s0=777, labels=LABELS)
    assert_like(driven, *inner_reference(*outer_reference(data, 777)))


@pytest.mark.parametrize("stage", FILTERS_THAT_FUSE)
@pytest.mark.parametrize("q", [1, 2, 7, 50])
@pytest.mark.parametrize("s0", [0, 12_345])
def test_a_filter_that_feeds_a_downsample_is_computed_with_it_and_gives_the_same(stage, q, s0):
    text, reference, _, delay = STAGES[stage]
    below = f"\n    Downsample:\n        name = 'x'\n        q = {q}\n"
    data = noisy(q)
    driven = drive(text + below, data, FS, np.random.default_rng(q).choice(SIZES, 50), s0=s0)
    assert [node.fused is not None for node in driven.chain.nodes] == [True, False]
    filtered, _ = reference(data, s0)
    assert_like(driven, *every(filtered, s0, q))
    if delay is not None:
        assert driven.info["x"].delay == pytest.approx(delay)


@pytest.mark.parametrize(
    ("stage", "unit", "labels"),
    [
        ("derivative", "V/s", LABELS),
        ("select by name", "V", ("right", "front")),
        ("select a slice", "V", ("front", "right")),
        ("matrix", "V", ()),
        ("common average", "V", LABELS),
        ("transform to levels", "", LABELS),
        ("notch", "V", LABELS),
    ],
)
def test_a_made_stream_says_its_unit_and_labels(stage, unit, labels):
    info = drive(named(STAGES[stage][0]), noisy(1, n=100), FS, labels=LABELS).info["x"]
    assert (info.unit, info.labels) == (unit, labels)
    assert info.n_channels == len(drive(named(STAGES[stage][0]), noisy(1, n=2000), FS, labels=LABELS).streams["x"])


def test_levels_and_whole_numbers_go_through_as_what_they_are():
    levels = noisy(9) > 0.5
    assert_like(drive("Delay:\n    name = 'x'\n    n_samples = 9", levels, FS, 31), shifted(levels, 9), 0)
    codes = (100 * noisy(10)).astype(np.int16)
    assert_like(
        drive("Blocked:\n    name = 'x'\n    block_size = 7\n    save = False", codes, FS, 31), *blocked(codes, 0, 7)
    )
    slope = drive("Derivative:\n    name = 'x'", codes.astype(np.uint16), FS, 31).streams["x"]
    assert np.array_equal(slope[:, 1:], np.diff(codes.astype(np.uint16).astype(float), axis=1) * FS)


def test_a_blocked_chain_gives_whole_blocks_and_says_how_long_an_edge_waits():
    text = (
        "Threshold:\n    threshold = 0\n    Blocked:\n        name = 'x'\n        dtype = 'bool'\n"
        "        block_size = 20\n"
        "        Edges:\n            name = 'poke'\n            debounce = 3\n"
    )
    data = np.where(np.arange(500) % 100 < 50, -1.0, 1.0)
    driven = drive(text, data, 100.0, 7)
    sizes = []
    driven.chain.attach("x", lambda chunk: sizes.append(chunk.n_samples))
    driven.chain.push(Chunk(data[np.newaxis, :210], 500, driven.chain.source))
    assert sizes == [200]
    assert [event.sample for event in driven.events] == [*range(50, 700, 50)]
    assert driven.chain.node("poke").hold_back == pytest.approx((19 + 2) / 100)


def test_a_broken_channel_spoils_only_what_it_counts_in():
    data = noisy(3)
    data[1, 100] = np.nan
    text = f"Reference:\n    name = 'x'\n    mode = 'matrix'\n    matrix = {[[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]}"
    made = drive(text, data, FS, 31).streams["x"]
    assert np.array_equal(np.argwhere(~np.isfinite(made)), [[1, 100]])
    assert made[0] == pytest.approx(data[0] - data[2], abs=1e-12)


def test_a_function_that_changes_its_mind_about_the_shape_ends_the_run():
    calls = []

    def fickle(data):
        calls.append(data.shape)
        return data if data.shape[1] < 50 else data[:, :10]

    info = StreamInfo("electrode", FS)
    chain = build_chain(info, [Transform(name="x", function=fickle)])
    with pytest.raises(RunFault, match=r"Transform 'x' on 'x' makes shape \(1, 10\) of \(1, 60\)"):
        chain.push(Chunk(np.zeros((1, 60)), 0, info))


def test_settings_are_described_in_json_without_addresses():
    chain = drive(
        "Transform:\n    name = 'x'\n    function = np.abs\nSelect:\n    name = 'y'\n    channels = slice(0, 2)\n"
        "FIRFilter:\n    name = 'z'\n    taps = np.ones(2)\nReference:\n    name = 'a'\n",
        noisy(1, n=10),
        FS,
    ).chain
    described = [json.loads(json.dumps(chain.describe(name)))[-1]["settings"] for name in "xyz"]
    assert described[0]["function"] == "absolute"
    assert described[1]["channels"] == "slice(0, 2, None)"
    assert described[2]["taps"] == [1.0, 1.0]
    assert chain.describe("a")[-1]["settings"]["exclude"] == []


REFUSED = [
    ("FIRFilter:", "needs taps, or n_taps with f_lowpass, f_highpass or both in Hz; set them"),
    ("FIRFilter:\n    taps = []", "taps = [] must be a list of 1 to 65536 numbers"),
    ("FIRFilter:\n    taps = [1, None]", "taps hold None (number 2); give finite numbers"),
    ("FIRFilter:\n    taps = [0, 0]", "taps are all 0, which passes nothing; give one that is not"),
    ("FIRFilter:\n    taps = [1]\n    n_taps = 3", "n_taps and taps are both set; leave one out"),
    ("FIRFilter:\n    f_lowpass = 3", "n_taps = None must be a whole number, 1 to 65536"),
    (
        "FIRFilter:\n    n_taps = 101\n    f_lowpass = 1300",
        "f_lowpass = 1300 Hz must lie below 1250 Hz, half of fs = 2500 samples/s",
    ),
    (
        "FIRFilter:\n    n_taps = 100\n    f_highpass = 13",
        "n_taps = 100 must be odd in a highpass, since an even number stops half of fs; use 101",
    ),
    (
        "FIRFilter:\n    n_taps = 101\n    f_lowpass = 20\n    f_highpass = 130",
        "f_highpass = 130 Hz must lie below f_lowpass = 20 Hz in a bandpass",
    ),
    ("Notch:", "frequency = None is not a number; give one in Hz"),
    ("Notch:\n    frequency = 1250", "frequency = 1250 Hz must lie below 1250 Hz, half of fs = 2500 samples/s"),
    ("Notch:\n    frequency = 50\n    Q = 0", "Q = 0 must be greater than 0"),
    ("Notch:\n    frequency = 50\n    Q = 3\n    bandwidth = 4", "bandwidth = 4 and Q = 3 are both set; leave one out"),
    (
        "Notch:\n    frequency = 50\n    harmonics = 25",
        "harmonics = 25 reach 1250 Hz, but half of fs = 2500 /s is 1250 Hz; use 24 or fewer",
    ),
    (
        "Notch:\n    frequency = 50\n    bandwidth = 120",
        "bandwidth = 120 makes the notch at 50 Hz 120 Hz wide, beyond 0 or 1250 Hz; narrow it",
    ),
    ("DecimateTo:", "fs = None is not a number; give one in samples/s"),
    ("DecimateTo:\n    fs = 300", "fs = 300 samples/s does not divide 2500 samples/s; use 277.777778 or 312.5"),
    ("DecimateTo:\n    fs = 5000", "fs = 5000 samples/s does not divide 2500 samples/s; use 2500"),
    ("Delay:", "needs duration in s, or n_samples; set one"),
    ("Delay:\n    duration = -1", "duration = -1 s must not be negative"),
    ("Delay:\n    n_samples = 1.5", "n_samples = 1.5 must be a whole number, 0 or more"),
    ("Delay:\n    n_samples = 1\n    initial = 'zero'", "initial = 'zero' must be 'first' or a number"),
    ("Discard:\n    n_samples = 1\n    duration = 1", "duration = 1 and n_samples = 1 are both set; leave one out"),
    ("Blocked:\n    block_size = 0", "block_size = 0 must be a whole number, 1 or more"),
    (
        "Blocked:\n    duration = 0.0101",
        "duration = 0.0101 s is 25.25 samples at fs = 2500 samples/s; use 0.01 s or 0.0104 s, or block_size",
    ),
    ("Select:", "needs channels; give an index (0 is the first), a label, a slice, or a list of those"),
    ("Select:\n    channels = 3", "channels: there is no channel 3; use 0 to 2"),
    ("Select:\n    channels = 'lefft'", "channels: no channel is labelled 'lefft'; did you mean 'left'?"),
    ("Select:\n    channels = [0, 'front']", "channels names channel 'front' more than once; name it once"),
    ("Select:\n    channels = slice(3, 5)", "channels = slice(3, 5, None) selects none of 3 channels"),
    (
        "Select:\n    channels = 0.5",
        "channels: 0.5 is no channel; give an index (0 is the first), a label, a slice, or a list of those",
    ),
    ("Reference:\n    mode = 'mean'", "mode = 'mean' is not one of 'average', 'channel', 'matrix'"),
    (
        "Reference:\n    channel = 1",
        "channel is set, but mode = 'average'; set mode = 'channel' or leave it out",
    ),
    ("Reference:\n    exclude = [0, 1, 2]", "exclude = [0, 1, 2] leaves none to average of 3 channels"),
    (
        "Reference:\n    mode = 'matrix'\n    matrix = [[1, 2]]",
        "matrix has 2 weights in a row, but there are 3 channels; give 3 in each",
    ),
    (
        "Reference:\n    mode = 'matrix'\n    matrix = [1, 2, 3]",
        "matrix has shape (3,); give rows of weights, one weight for each channel",
    ),
    (
        "Transform:",
        "function = None cannot be called; give a function of an array (n_channels, n_samples)",
    ),
    (
        "Transform:\n    function = np.cumsum",
        "function 'cumsum' makes shape (36,) of (3, 12); it must keep the shape (n_channels, n_samples)",
    ),
    (
        "Transform:\n    function = np.sort",
        "function 'sort' makes something else of the same samples when they come in smaller chunks; it must work "
        "sample by sample (no mean, filter or sort over samples)",
    ),
    (
        "Transform:\n    function = np.random.default_rng(1).permutation",
        "makes something else of the same samples when it is called again; it must not keep or draw anything",
    ),
    (
        "Transform:\n    function = np.fft.fft",
        "function 'fft' makes complex128 samples; it must make real numbers or levels",
    ),
    (
        "Transform:\n    function = lambda x: x.sort()",
        "ValueError for an array of shape (3, 12): sort array is read-only",
    ),
    ("Transform:\n    function = abs\n    unit = 3", "unit = 3 must be text such as 'V', or None for the signal's own"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[f"{n}" for n in range(len(REFUSED))])
def test_a_stage_that_cannot_work_is_refused_in_one_line(text, message):
    with pytest.raises(ConfigurationError) as caught:
        drive(named(text), noisy(1, n=10), FS, labels=LABELS)
    (finding,) = caught.value.findings
    assert finding.message.startswith(f"{text.partition(':')[0]} 'x' on 'driven': ")
    assert finding.message.endswith(message)
    assert "\n" not in finding.message


def test_all_faults_of_a_stage_come_at_once():
    with pytest.raises(ConfigurationError) as caught:
        drive("FIRFilter:\n    n_taps = 0\n    f_lowpass = -1\n    start = 'now'\nDelay:\n    initial = 'x'", [0.0], FS)
    assert len(caught.value.findings) == 5


def test_a_window_that_scipy_does_not_know_is_refused():
    with pytest.raises(ConfigurationError, match="window = 'hemming' is none that scipy.signal.get_window takes"):
        drive("FIRFilter:\n    n_taps = 9\n    f_lowpass = 100\n    window = 'hemming'", [0.0], FS)


@pytest.mark.parametrize(("initial", "expected"), [("first", (-5, 5)), (0, (-5, 5)), (7, (-5, 7)), (-6.5, (-6.5, 5))])
def test_a_delay_keeps_the_range_and_what_comes_before(initial, expected):
    stage = Delay(n_samples=2, initial=initial).stage()
    assert stage.bind(StreamInfo("x", FS, range=(-5.0, 5.0))).range == expected
    assert Delay(n_samples=2, initial=initial).stage().bind(StreamInfo("x", FS)).range is None


def test_a_function_of_float32_samples_gets_float64_ones():
    data = np.float32(1) / np.arange(1, 60, dtype=np.float32)
    driven = drive("Transform:\n    name = 'x'\n    function = lambda x: x / 3", data, FS, 7)
    np.testing.assert_array_equal(driven.streams["x"][0], data.astype(np.float64) / 3)


def test_a_function_of_whole_numbers_does_not_overflow_and_may_look_at_bits():
    data, table = np.arange(0, 60_000, 1000, dtype=np.uint16), np.arange(65_536.0)[::-1]
    for text, expected in (("1000 * x", 1e3 * data), ("(x & 4) > 0", data & 4 > 0), ("table[x]", table[data])):
        transform = Transform(name="x", function=eval(f"lambda x: {text}", {"table": table}))
        np.testing.assert_array_equal(drive(transform, data, FS, 7).streams["x"][0], expected)


def test_an_infinite_sample_is_no_reason_to_warn():
    data = np.random.default_rng(1).standard_normal((2, 300))
    data[1, 140] = np.inf
    driven = drive("IIRFilter:\n    name = 'x'\n    btype = 'lowpass'\n    f_lowpass = 100", data, FS, 50)
    assert np.isfinite(driven.streams["x"][0]).all()
    assert np.isfinite(driven.streams["x"][1]).tolist() == [True] * 140 + [False] * 160
