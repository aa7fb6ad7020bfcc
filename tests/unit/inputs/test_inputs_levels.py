"""Levels, edges and measures: any chunking gives what SciPy, NumPy or a loop makes of the whole signal."""

import json
import textwrap
from typing import Any

import numpy as np
import pytest
from scipy import signal

from psi.core.errors import ConfigurationError, RunFault
from psi.hardware.channel import AIChannel
from psi.inputs.accumulate import Accumulate
from psi.inputs.auto_threshold import AutoThreshold
from psi.inputs.chain import build_chain
from psi.models.calibration import FlatCalibration, FullScale
from psi.signal.weighting import weighting_sos
from psi.stream.info import Chunk, Epoch, StreamInfo
from psi.testing import drive
from psi.testing.drive import declarations_of

FS = 2500.0
SIZES = (0, 1, 2, 7, 31, 97, 1009, 5003)
SIDE = {">": 1, ">=": 1, "<": -1, "<=": -1}


def chain_of(kind, name="x", **settings):
    return "\n".join(
        [f"{kind}:", f"    name = {name!r}", *(f"    {key} = {value!r}" for key, value in settings.items())]
    )


def random_sizes(seed, n=50):
    print("seed", seed)
    # The last one is for chunks that are never all empty.
    return [*np.random.default_rng(seed).choice(SIZES, n).tolist(), 13]


def noisy(seed, n_channels=2, n=12_000):
    rng = np.random.default_rng(seed)
    slow = np.cumsum(rng.standard_normal((n_channels, n)), axis=1) / 30
    return slow + 0.3 * rng.standard_normal((n_channels, n)) + 0.5


def blocks(data, s0, n):
    """The complete blocks of the absolute grid, and the index of the first."""
    first = -(-s0 // n)
    starts = range(first * n, s0 + data.shape[1] - n + 1, n)
    return [data[:, start - s0 : start - s0 + n] for start in starts], first


def measured(n, measure):
    def reference(data, s0, fs):
        found, first = blocks(data, s0, n)
        return np.stack([measure(block) for block in found], axis=1), first, fs / n

    return reference


def at_bin(frequency, window, n):
    def measure(block):
        frequencies, power = signal.periodogram(
            block, FS, window, nfft=round(FS), detrend=False, scaling="spectrum", axis=-1
        )
        assert frequencies[frequency] == frequency
        assert block.shape[1] == n
        return np.sqrt(power[:, frequency])

    return measure


def held(threshold, release, mode):
    """Sample by sample, for one threshold for each channel."""
    beyond = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}[mode]

    def levels(data):
        made = np.zeros(data.shape, dtype=bool)
        for channel, row in enumerate(data):
            level = False
            for index, value in enumerate(row):
                back = SIDE[mode] * (value - release[channel]) <= 0
                level = bool(beyond(value, threshold[channel])) or (level and not back)
                made[channel, index] = level
        return made

    return levels


def compared(threshold, hysteresis, mode):
    def reference(data, s0, fs):
        each = np.full(len(data), threshold)
        return held(each, each - SIDE[mode] * hysteresis, mode)(data), s0, fs

    return reference


def auto(n_sd, n, robust, mode, hysteresis):
    def reference(data, s0, fs):
        begin = data[:, :n]
        centre, sd = begin.mean(axis=1), begin.std(axis=1)
        if robust:
            centre = np.median(begin, axis=1)
            sd = 1.482602218505602 * np.median(np.abs(begin - centre[:, np.newaxis]), axis=1)
        threshold = centre + SIDE[mode] * n_sd * sd
        made = held(threshold, threshold - SIDE[mode] * hysteresis * sd, mode)(data[:, n:])
        return np.concatenate((np.zeros((len(data), n), dtype=bool), made), axis=1), s0, fs

    return reference


def enveloped(order, cutoff, rectify, root=False, start="steady"):
    def reference(data, s0, fs):
        sos = signal.butter(order, cutoff, output="sos", fs=fs)
        rectified = rectify(data)
        zi = signal.sosfilt_zi(sos)[:, np.newaxis, :] * rectified[:, :1] * (start == "steady")
        made = signal.sosfilt(sos, rectified, axis=-1, zi=zi)[0]
        return np.sqrt(np.maximum(made, 0)) if root else made, s0, fs

    return reference


SAMPLES = {
    "hysteresis above": (
        chain_of("Threshold", threshold=0.6, hysteresis=0.5),
        compared(0.6, 0.5, ">"),
    ),
    "hysteresis from": (
        chain_of("Threshold", threshold=0.6, hysteresis=0.25, mode=">="),
        compared(0.6, 0.25, ">="),
    ),
    "hysteresis below": (
        chain_of("Threshold", threshold=0.2, hysteresis=1, mode="<"),
        compared(0.2, 1, "<"),
    ),
    "hysteresis down to": (
        chain_of("Threshold", threshold=0.2, hysteresis=0.01, mode="<="),
        compared(0.2, 0.01, "<="),
    ),
    "auto": (
        chain_of("AutoThreshold", n_sd=2, baseline=0.5),
        auto(2, 1250, True, ">", 0),
    ),
    "auto below, with hysteresis": (
        chain_of("AutoThreshold", n_sd=1.5, baseline=0.1, mode="<=", hysteresis=1),
        auto(1.5, 250, True, "<=", 1),
    ),
    "auto, not robust": (
        chain_of("AutoThreshold", n_sd=1, baseline=0.3, robust=False, hysteresis=0.5),
        auto(1, 750, False, ">", 0.5),
    ),
    "RMS": (
        chain_of("RMS", duration=0.01),
        measured(25, lambda block: np.sqrt(np.mean(block**2, axis=1))),
    ),
    "RMS of single samples": (
        chain_of("RMS", duration=0.0004),
        measured(1, lambda block: np.abs(block[:, 0])),
    ),
    "RMS of long blocks": (
        chain_of("RMS", duration=1),
        measured(2500, lambda block: np.sqrt(np.mean(block**2, axis=1))),
    ),
    "average": (
        chain_of("Average", duration=0.1),
        measured(250, lambda block: np.mean(block, axis=1)),
    ),
    "average of n": (
        chain_of("Average", n=37),
        measured(37, lambda block: np.mean(block, axis=1)),
    ),
    "one frequency": (
        chain_of("ExtractPower", frequency=100, duration=0.1),
        measured(250, at_bin(100, "hann", 250)),
    ),
    "one frequency off the bins": (
        chain_of("ExtractPower", frequency=333, duration=0.2, window="flattop"),
        measured(500, at_bin(333, "flattop", 500)),
    ),
    "one frequency, no window": (
        chain_of("ExtractPower", frequency=50, duration=0.02, window="boxcar"),
        measured(50, at_bin(50, "boxcar", 50)),
    ),
    "envelope": (
        chain_of("Envelope", f_lowpass=30),
        enveloped(2, 30, np.abs),
    ),
    "envelope of one side": (
        chain_of("Envelope", f_lowpass=100, N=4, rectify="half", start="zero"),
        enveloped(4, 100, lambda data: np.where(data > 0, data, 0), start="zero"),
    ),
    "envelope as sliding RMS": (
        chain_of("Envelope", f_lowpass=50, N=1, rectify="square"),
        enveloped(1, 50, np.square, root=True),
    ),
}


def assert_like(driven, expected, s0, fs, name="x"):
    made, info = driven.streams[name], driven.info[name]
    assert info.fs == pytest.approx(fs, rel=1e-12)
    assert driven.s0[name] == s0
    assert made.shape == expected.shape
    assert made.dtype == np.dtype(info.dtype)
    if expected.dtype == bool:
        assert np.array_equal(made, expected)
        assert expected.any()
        assert not expected.all()
    else:
        assert np.max(np.abs(made - expected)) <= 1e-9 * np.ptp(expected)


@pytest.mark.parametrize("stage", SAMPLES)
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("s0", [0, 12_345])
def test_a_stage_gives_the_same_for_any_chunking(stage, seed, s0):
    text, reference = SAMPLES[stage]
    data = noisy(seed, n_channels=1 + seed)
    before = data.copy()
    driven = drive(text, data, FS, random_sizes(seed), s0=s0)
    assert np.array_equal(data, before)
    assert_like(driven, *reference(data, s0, FS))


# Of full rate, since the references of some stages count samples.
FIRST = ("RMS of single samples", "envelope", "envelope of one side")


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("second", SAMPLES)
def test_a_pair_of_stages_gives_the_same_for_any_chunking(first, second):
    data = noisy(12)
    (outer, outer_reference), (inner, inner_reference) = SAMPLES[first], SAMPLES[second]
    text = outer.replace("'x'", "'outer'") + "\n" + textwrap.indent(inner, "    ")
    expected, s0, fs = inner_reference(*outer_reference(data, 999, FS))
    driven = drive(text, data, FS, random_sizes(12), s0=999)
    assert (driven.s0["x"], driven.info["x"].fs) == (s0, pytest.approx(fs))
    assert driven.streams["x"].shape == expected.shape
    made = driven.streams["x"].astype(float)
    assert np.max(np.abs(made - expected)) <= 1e-9 * np.ptp(expected.astype(float))


@pytest.mark.parametrize("stage", ["hysteresis above", "auto", "RMS", "one frequency", "envelope"])
def test_single_samples_give_what_one_chunk_gives(stage):
    data = noisy(9, n=3000)
    text, _ = SAMPLES[stage]
    one, many = drive(text, data, FS, 3000), drive(text, data, FS, 1)
    expected = one.streams["x"].astype(float)
    assert np.max(np.abs(many.streams["x"] - expected)) <= 1e-9 * np.ptp(expected)


@pytest.mark.parametrize(("text", "unit", "delay", "settle", "dtype"), [
    (chain_of("Threshold", threshold=1, hysteresis=1), "", 0, 0, "bool"),
    (chain_of("AutoThreshold", n_sd=1, baseline=0.5), "", 0, 0.5, "bool"),
    (chain_of("RMS", duration=0.1), "mV", 0.05, 0, "float64"),
    (chain_of("Average", n=10), "mV", 0.002, 0, "float64"),
    (chain_of("ExtractPower", frequency=100, duration=0.2), "mV", 0.1, 0, "float64"),
])  # fmt: skip
def test_what_a_stage_makes_is_described(text, unit, delay, settle, dtype):
    driven = drive(text, np.zeros((2, 10)), FS, unit="mV", labels=("left", "right"))
    info = driven.info["x"]
    assert (info.unit, info.dtype, info.n_channels, info.labels) == (unit, dtype, 2, ("left", "right"))
    assert info.delay == pytest.approx(delay)
    assert driven.chain.node("x").settle_time == pytest.approx(settle)


# -- thresholds -------------------------------------------------------------------------------


def test_nan_ends_a_level_with_and_without_hysteresis():
    data = [0, 2, np.nan, 0.8, 2, 0.8, 0.5]
    levels = drive(chain_of("Threshold", threshold=1, hysteresis=0.5), data, FS, 2).streams["x"]
    assert levels.tolist() == [[False, True, False, False, True, True, False]]


def test_what_an_auto_threshold_found_can_be_recorded():
    data = noisy(4)
    driven = drive(chain_of("AutoThreshold", n_sd=3, baseline=0.2, hysteresis=1, mode="<"), data, FS, 97, s0=1000)
    found = driven.chain.node("x").stage.found
    assert found.sample == 1500
    assert found.centre == pytest.approx(np.median(data[:, :500], axis=1))
    for centre, sd, threshold, release in zip(found.centre, found.sd, found.threshold, found.release, strict=True):
        assert threshold == pytest.approx(centre - 3 * sd)
        assert release == pytest.approx(centre - 2 * sd)
    assert json.loads(json.dumps(found.threshold)) == list(found.threshold)


def test_an_auto_threshold_is_unknown_before_its_baseline_is_complete():
    driven = drive(chain_of("AutoThreshold", n_sd=3, baseline=1), np.ones(2499), FS)
    assert driven.chain.node("x").stage.found is None
    assert not driven.streams["x"].any()


def test_a_channel_with_nan_in_its_baseline_stays_false_and_the_others_do_not():
    data = np.concatenate((np.random.default_rng(1).standard_normal((2, 250)), np.full((2, 50), 100.0)), axis=1)
    data[0, 3] = np.nan
    levels = drive(chain_of("AutoThreshold", n_sd=5, baseline=0.1), data, FS, 31).streams["x"]
    assert not levels[0].any()
    assert levels[1, 250:].all()


def test_a_declaration_gives_a_stage_that_knows_nothing_of_the_last_run():
    root = AutoThreshold(name="x", n_sd=2, baseline=0.1)
    first, second = (drive(root, scale * noisy(6), FS, 97).chain.node("x").stage.found for scale in (1, 2))
    assert second.sd == pytest.approx([2 * sd for sd in first.sd])


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "int64", "uint64"])
def test_a_bit_of_a_port_is_that_of_its_number(dtype):
    n_bits = 8 * np.dtype(dtype).itemsize
    limits = np.iinfo(dtype)
    codes = np.random.default_rng(3).integers(limits.min, limits.max, (2, 500), dtype, endpoint=True)
    for bit in (0, 3, n_bits - 1):
        driven = drive(chain_of("Bitmask", bit=bit), codes, FS, random_sizes(bit), unit="")
        expected = [[(int(code) >> bit) & 1 == 1 for code in row] for row in codes]
        assert driven.streams["x"].tolist() == expected
    assert driven.info["x"].dtype == "bool"


# -- rates ------------------------------------------------------------------------------------

RATE = """
Threshold:
    threshold = 0.4
    Edges:
        name = 'poke'
        debounce = {debounce}
        EventRate:
            name = 'rate'
            window = {window}
            step = {step}
            edge = {edge!r}
"""


@pytest.mark.parametrize("s0", [0, 12_345])
@pytest.mark.parametrize(
    ("window", "step", "edge", "debounce"),
    [(1, 0.1, "rising", 1), (0.2, 0.2, "falling", 4), (0.05, 0.3, "both", 1), (0.7, 0.0004, "rising", 3)],
)
def test_a_rate_is_the_number_of_edges_in_the_window(window, step, edge, debounce, s0):
    data = noisy(11, n_channels=3)
    text = RATE.format(window=window, step=step, edge=edge, debounce=debounce)
    n_window, n_step = round(window * FS), round(step * FS)
    driven = drive(text, data, FS, random_sizes(11), s0=s0)
    rate, info = driven.streams["rate"], driven.info["rate"]
    wanted = [event for event in driven.events if edge in (event.edge, "both")]
    assert len(wanted) > 20
    first = s0 // n_step
    known = s0 + data.shape[1] - (debounce - 1)
    expected = np.array(
        [
            [
                sum(event.channel == channel and end - n_window <= event.sample < end for event in wanted) / window
                for end in range((first + 1) * n_step, known + 1, n_step)
            ]
            for channel in range(3)
        ]
        if n_step > 1
        # Too many windows to go through all events for each.
        else [
            np.convolve(
                np.bincount([e.sample - s0 for e in wanted if e.channel == channel], minlength=known - s0),
                np.ones(n_window),
            )[: known - s0]
            / window
            for channel in range(3)
        ]
    )
    assert rate.shape == expected.shape
    assert np.max(np.abs(rate - expected)) < 1e-9
    assert driven.s0["rate"] == first
    assert (info.unit, info.n_channels, info.dtype) == ("1/s", 3, "float64")
    assert info.fs == pytest.approx(1 / step)
    assert info.delay == pytest.approx(driven.info["poke"].delay + window / 2)


def test_a_rate_says_nothing_of_edges_that_are_not_certain_yet():
    levels = np.zeros(100)
    levels[48:] = 1
    text = RATE.format(window=0.02, step=0.02, edge="rising", debounce=10)
    driven = drive(text, levels, FS, 1)
    # An edge at sample 49, the last of the first window, would be certain with sample 58.
    assert driven.streams["rate"].tolist() == [[50.0]]
    assert drive(text, levels[:59], FS, 1).streams["rate"].tolist() == [[50.0]]
    assert drive(text, levels[:58], FS, 1).streams["rate"].size == 0


# -- sound ------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighting", ["A", "C", "Z"])
@pytest.mark.parametrize(("tau", "seconds"), [("fast", 0.125), ("slow", 1.0), (0.01, 0.01)])
@pytest.mark.parametrize("s0", [0, 777])
def test_a_sound_level_is_that_of_the_weighted_and_averaged_square(weighting, tau, seconds, s0):
    fs, fs_out = 48_000.0, 500
    pressure = 0.1 * np.random.default_rng(8).standard_normal((2, 20_000))
    text = chain_of("SPL", time_constant=tau, weighting=weighting, fs_out=fs_out)
    driven = drive(text, pressure, fs, random_sizes(8), unit="Pa", s0=s0)
    weighted = pressure if weighting == "Z" else signal.sosfilt(weighting_sos(weighting, fs), pressure, axis=-1)
    a = np.exp(-1 / (fs * seconds))
    average = signal.lfilter([1 - a], [1, -a], weighted**2, axis=-1)
    q = round(fs / fs_out)
    expected = 10 * np.log10(average[:, -s0 % q :: q] / 20e-6**2)
    assert_like(driven, expected, -(-s0 // q), fs / q)
    assert driven.info["x"].unit == ("dB SPL" if weighting == "Z" else f"dB({weighting})")
    assert driven.info["x"].delay == pytest.approx(seconds)


def test_one_pascal_of_1_khz_is_94_db_whatever_the_weighting_and_silence_is_minus_infinity():
    fs = 96_000.0
    tone = np.sqrt(2) * np.sin(2 * np.pi * 1000 * np.arange(2 * fs) / fs)
    for weighting in "ACZ":
        level = drive(chain_of("SPL", weighting=weighting), tone, fs, unit="Pa").streams["x"][0]
        assert np.max(np.abs(level[-50:] - 93.979)) < 0.01
    silence = drive(chain_of("SPL", weighting="A"), np.zeros(1000), fs, unit="Pa").streams["x"]
    assert silence.tolist() == [[-np.inf, -np.inf]]


def microphone(**settings):
    channel = AIChannel(channel="Dev1/ai0", name="microphone", fs=FS, **settings)
    return channel.stream_info()


@pytest.mark.parametrize(
    ("channel", "settings", "scale"),
    [
        ({}, {"sensitivity": 0.05}, 20),
        ({"gain": 10.0}, {"sensitivity": 0.05}, 2),
        ({"gain": 10.0, "polarity": -1}, {"sensitivity": 0.05}, -2),
        ({"gain": 10.0, "polarity": -1}, {"sensitivity": 0.05, "gain": 40, "polarity": 1}, 0.2),
        ({"calibration": FlatCalibration.from_sensitivity(0.02)}, {}, 50),
        ({"calibration": FlatCalibration.from_sensitivity(0.02), "gain": 5.0}, {}, 10),
        ({"calibration": FlatCalibration.from_sensitivity(0.02)}, {"sensitivity": 0.1}, 10),
    ],
)
def test_volts_become_pascals_by_what_the_channel_or_the_input_says(channel, settings, scale):
    info = microphone(**channel)
    chain = build_chain(info, declarations_of(chain_of("CalibratedInput", **settings)))
    made = []
    chain.attach("x", made.append)
    volts = np.array([[0.5, -1.0]])
    chain.push(Chunk(volts, 0, info))
    assert made[0].data == pytest.approx(scale * volts)
    described = chain.node("x").info
    assert described.unit == "Pa"
    assert described.range == pytest.approx((-10 * abs(scale), 10 * abs(scale)))
    assert json.loads(json.dumps(chain.describe("x")))


def test_a_calibration_may_be_given_to_the_input_and_other_sensors_have_other_units():
    text = "CalibratedInput:\n    name = 'x'\n    calibration = FlatCalibration(spl_at_1v=93.9794000867)"
    driven = drive(text, [1.0], FS)
    assert driven.streams["x"][0, 0] == pytest.approx(1, rel=1e-9)
    driven = drive(chain_of("CalibratedInput", sensitivity=0.5, unit="N"), [1.0], FS)
    assert driven.streams["x"][0, 0] == pytest.approx(2)
    assert driven.info["x"].unit == "N"


# -- epochs -----------------------------------------------------------------------------------


def epoch(number, n_samples=4):
    data = 10.0 * number + np.arange(2 * n_samples).reshape(2, n_samples)
    return Epoch(data, 100 * number, 100 * number + 1, StreamInfo("cut", FS, 2), {"number": number})


def test_epochs_are_collected_side_by_side():
    stage = Accumulate(name="x", n=3).stage()
    info = stage.bind(StreamInfo("cut", FS, 2, labels=("a", "b")))
    assert (info.n_channels, info.labels[2:4]) == (6, ("a [1]", "b [1]"))
    made = [stage.process(epoch(number)) for number in range(7)]
    assert [one is not None for one in made] == [False, False, True, False, False, True, False]
    group = made[5]
    assert np.array_equal(group.data, np.concatenate([epoch(number).data for number in (3, 4, 5)]))
    assert (group.s0, group.sample, group.info.n_channels) == (300, 301, 6)
    assert [one["number"] for one in group.metadata["accumulated"]] == [3, 4, 5]
    assert json.loads(json.dumps(dict(group.metadata)))


def test_epochs_cut_from_a_signal_are_collected():
    signal_text = """
    ExtractEpochs:
        event = 'click'
        duration = 0.01
        Accumulate:
            name = 'group'
            n = 2
    """
    data = noisy(13)
    driven = drive(signal_text, data, FS, random_sizes(13), marks=[("click", time) for time in (0.5, 1.0, 1.5)])
    (group,) = driven.epochs["group"]
    expected = np.concatenate([data[:, begin : begin + 25] for begin in (1250, 2500)])
    assert np.array_equal(group.data, expected)
    assert [one["sample"] for one in group.metadata["accumulated"]] == [1250, 2500]


def test_epochs_of_two_lengths_are_not_collected():
    stage = Accumulate(name="x", n=3).stage()
    stage.bind(StreamInfo("cut", FS, 2))
    stage.process(epoch(0))
    with pytest.raises(RunFault, match=r"Accumulate 'x' collects epochs of 4 samples .* sample 101 has 5"):
        stage.process(epoch(1, n_samples=5))


# -- refusals ---------------------------------------------------------------------------------

VOLTS = StreamInfo("Dev1/ai1", 1000.0)
RANGED = StreamInfo("Dev1/ai1", 1000.0, range=(-10.0, 10.0))
PORT = StreamInfo("Dev1/port0", 1000.0, dtype="uint8", unit="")
PASCALS = StreamInfo("mic", 2000.0, unit="Pa")
EDGES = (
    "Threshold:\n    threshold = 1\n    Edges:\n        EventRate:\n            window = {}\n            step = {}\n"
)

REFUSED = [
    (
        RANGED,
        chain_of("Threshold", threshold=12),
        ["threshold = 12 V lies outside the range of 'Dev1/ai1', -10 to 10 V; set it within"],
    ),
    (
        RANGED,
        "Downsample:\n    q = 2\n    Threshold:\n        name = 'x'\n        threshold = -12\n        mode = '<'",
        ["threshold = -12 V lies outside the range of 'Dev1/ai1', -10 to 10 V; set it within"],
    ),
    (
        RANGED,
        chain_of("Threshold", threshold=1, hysteresis=12),
        ["hysteresis = 12 V ends at -11 V, outside the range of 'Dev1/ai1', -10 to 10 V; set it within"],
    ),
    (
        RANGED,
        "RMS:\n    name = 'loud'\n    duration = 0.1\n    Threshold:\n        name = 'x'\n        threshold = -1",
        ["threshold = -1 V lies outside the range of 'loud', 0 to 10 V; set it within"],
    ),
    (
        VOLTS,
        chain_of("Threshold", threshold="1", mode="=", hysteresis=-1),
        [
            "threshold = '1' is not a number; give one",
            "mode = '=' is not one of '>', '>=', '<', '<='",
            "hysteresis = -1 must be 0 or more",
        ],
    ),
    (
        VOLTS,
        chain_of("AutoThreshold", n_sd=0, baseline=0.001),
        [
            "n_sd = 0 must be greater than 0",
            "baseline = 0.001 s has fewer than 2 samples at fs = 1000 samples/s; give 0.002 s or more",
        ],
    ),
    (PORT, chain_of("Bitmask", bit=8), ["bit = 8 must be a whole number, 0 to 7, since samples are uint8"]),
    (
        VOLTS,
        chain_of("Bitmask", bit=-1),
        [
            "bit = -1 must be a whole number, 0 to 63",
            "reads the whole numbers of a port, not float64 samples; nest it in a channel that gives them",
        ],
    ),
    (VOLTS, EDGES.format(0, 1), ["window = 0 s must be greater than 0 s"]),
    (
        VOLTS,
        EDGES.format(1, 1e-4),
        ["step = 0.0001 s is less than half a sample at fs = 1000 samples/s; give 0.001 s or more"],
    ),
    (VOLTS, chain_of("RMS"), ["duration = None is not a number; give one in s"]),
    (VOLTS, chain_of("Average"), ["needs duration in s, or n; set one"]),
    (VOLTS, chain_of("Average", n=2.5), ["n = 2.5 must be a whole number, 1 or more"]),
    (
        VOLTS,
        chain_of("Envelope", f_lowpass=500, rectify="ful"),
        [
            "f_lowpass = 500 Hz must lie below 500 Hz, half of fs = 1000 samples/s",
            "rectify = 'ful' is not one of 'full', 'half', 'square'; did you mean 'full'?",
        ],
    ),
    (
        VOLTS,
        chain_of("ExtractPower", frequency=600, duration=1),
        ["frequency = 600 Hz must lie below 500 Hz, half of fs = 1000 samples/s"],
    ),
    (
        VOLTS,
        chain_of("ExtractPower", frequency=10, duration=0.1),
        ["duration = 0.1 s is too short for 10 Hz and window = 'hann'; give 0.2 s or more"],
    ),
    (VOLTS, chain_of("SPL"), ["reads Pa, but the signal is in V; put a CalibratedInput before it"]),
    (
        PASCALS,
        chain_of("SPL", weighting="A", fs_out=4000, time_constant="fats"),
        [
            "time_constant = 'fats' is not one of 'fast', 'slow'; did you mean 'fast'?",
            "weighting = 'A' needs fs of 4000 samples/s or more, not 2000",
            "fs_out = 4000 samples/s must not be greater than fs = 2000 samples/s",
        ],
    ),
    (
        VOLTS,
        chain_of("CalibratedInput"),
        ["needs sensitivity in V/Pa, or a calibration, here or on the channel; set one"],
    ),
    (
        microphone(calibration=FullScale(volts=10.0)),
        chain_of("CalibratedInput", polarity=2),
        [
            "polarity = 2 must be 1, -1 or None (the channel's)",
            "calibration = FullScale(kind='full_scale', volts=10.0) gives no Pa; "
            "give a FlatCalibration, or sensitivity",
        ],
    ),
    (
        VOLTS,
        "CalibratedInput:\n    name = 'x'\n    sensitivity = 1\n    calibration = FlatCalibration(spl_at_1v=94.0)",
        ["calibration and sensitivity are both set; leave one out"],
    ),
]


@pytest.mark.parametrize(("channel", "text", "messages"), REFUSED, ids=[row[2][0][:40] for row in REFUSED])
def test_settings_that_cannot_work_are_refused_all_at_once(channel, text, messages):
    with pytest.raises(ConfigurationError) as caught:
        build_chain(channel, declarations_of(text))
    assert [finding.message.split(": ", 1)[1] for finding in caught.value.findings] == messages


KEPT = [
    ("Input", "", True),
    ("Downsample", "q = 2", True),
    ("Decimate", "q = 2", True),
    ("IIRFilter", "btype = 'lowpass'\n    f_lowpass = 100", True),
    ("IIRFilter", "btype = 'highpass'\n    f_highpass = 100", False),
    ("IIRFilter", "f_highpass = 10\n    f_lowpass = 100", False),
    ("Average", "n = 5", True),
    ("ExtractPower", "frequency = 100\n    duration = 0.1", False),
    ("Envelope", "f_lowpass = 100", False),
]


@pytest.mark.parametrize(("kind", "settings", "kept"), KEPT)
def test_a_range_is_kept_where_values_stay_in_it(kind, settings, kept):
    text = f"{kind}:\n    name = 'x'\n    {settings}\n"
    chain = build_chain(RANGED, declarations_of(text))
    assert chain.node("x").info.range == ((-10, 10) if kept else None)


def test_what_was_found_is_told_once_and_at_once():
    chain = drive("AutoThreshold:\n    name = 'x'\n    n_sd = 2\n    baseline = 0.5", np.empty((2, 0)), 100).chain
    told: list[tuple[str, Any]] = []
    chain.report(lambda name, found: told.append((name, found)))
    data = np.random.default_rng(1).standard_normal((2, 120))
    info = chain.source
    chain.push(Chunk(data[:, :49], 0, info))
    assert told == []
    chain.push(Chunk(data[:, 49:], 49, info))
    ((name, found),) = told
    stage: Any = chain.node("x").stage
    assert name == "x"
    assert found["sample"] == 50
    assert found["threshold"] == stage.found.threshold
