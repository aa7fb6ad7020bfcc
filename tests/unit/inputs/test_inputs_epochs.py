"""Epochs are slices of the whole signal: any chunking, any lateness, overlaps; or they are reported as lost."""

import math

import numpy as np
import pytest

from psi.core.errors import ConfigurationError
from psi.inputs.capture import Capture
from psi.inputs.chain import build_chain
from psi.inputs.extract_epochs import ExtractEpochs
from psi.stream.info import Chunk, Mark, StreamInfo
from psi.testing import drive

FS = 1000.0
SIZES = (0, 1, 2, 7, 31, 97, 1009, 5003)


def noisy(seed, n_channels=2, n=6000):
    print("seed", seed)
    return np.random.default_rng(seed).standard_normal((n_channels, n))


def random_sizes(seed):
    sizes = np.random.default_rng(seed).choice(SIZES, 40).tolist()
    return [*sizes, 13]


def nearest(time, fs=FS):
    return math.floor(time * fs + 0.5)


def assert_slices(epochs, data, s0):
    for epoch in epochs:
        np.testing.assert_array_equal(epoch.data, data[:, epoch.s0 - s0 : epoch.s0 - s0 + epoch.n_samples])


# -- around events ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("s0", [0, 12_345])
@pytest.mark.parametrize("late", [0.0, 0.05, 0.4])
def test_an_epoch_is_a_slice_for_any_chunking_and_lateness(seed, s0, late):
    data = noisy(seed)
    rng = np.random.default_rng(seed + 1000)
    # Overlapping, and at times between samples.
    times = np.sort(rng.uniform(s0 / FS - 0.1, (s0 + data.shape[1]) / FS + 0.1, 60))
    chain = """
    ExtractEpochs:
        name = 'around'
        event = ['go', 'nogo']
        duration = 0.3
        pre_stimulus = 0.1
        post_stimulus = 0.0504
        offset = 0.02
        max_late = 0.4
    """
    names = rng.choice(["go", "nogo", "other"], 60).tolist()
    marks = [Mark(name, time, {"n": n}) for n, (name, time) in enumerate(zip(names, times.tolist(), strict=True))]
    driven = drive(chain, data, FS, random_sizes(seed), s0=s0, marks=marks, marks_late=late)
    end = s0 + data.shape[1]
    heard = [mark for mark in marks if mark.name != "other"]
    expected = {}
    for mark in heard:
        begin = nearest(mark.time + 0.02) - 100
        if s0 <= begin and begin + 450 <= end:
            expected[mark.metadata["n"]] = begin
    epochs = driven.epochs["around"]
    assert {epoch.metadata["n"]: epoch.s0 for epoch in epochs} == expected
    assert len(expected) > 15
    assert {epoch.n_samples for epoch in epochs} == {450}
    assert all(epoch.sample == epoch.s0 + 100 for epoch in epochs)
    assert_slices(epochs, data, s0)
    for epoch in epochs:
        mark = marks[epoch.metadata["n"]]
        assert epoch.metadata == {"event": mark.name, "time": mark.time, "n": epoch.metadata["n"]}
    # What is none is lost, and nothing else.
    assert len(driven.lost.get("around", [])) == len(heard) - len(expected)
    assert driven.counts["around"]["ExtractEpochs"]["n_lost"] == len(heard) - len(expected)


@pytest.mark.parametrize("size", [1, 7, 100, 997])
def test_an_epoch_that_is_told_too_late_is_lost_and_never_wrong(size):
    data = noisy(5)
    text = "ExtractEpochs:\n    name = 'x'\n    event = 'go'\n    duration = 0.1\n    max_late = 0.2"
    driven = drive(text, data, FS, size, marks=[("go", 1.0), ("go", 2.0)], marks_late=1.5)
    assert driven.epochs["x"] == []
    reasons = [lost.reason for lost in driven.lost["x"]]
    assert len(reasons) == 2
    assert all("too late for max_late = 0.2 s; set max_late higher" in reason for reason in reasons)


def test_why_an_epoch_is_lost_is_said():
    text = "ExtractEpochs:\n    name = 'x'\n    event = 'go'\n    duration = 0.1\n    pre_stimulus = 0.05"
    marks = [("go", 0.02), ("go", 0.5), ("go", 0.95)]
    driven = drive(text, noisy(1, n=1000), FS, marks=marks)
    assert [(lost.event, lost.time, lost.reason) for lost in driven.lost["x"]] == [
        ("go", 0.02, "it begins 0.03 s before the first sample"),
        ("go", 0.95, "the samples ended before the epoch was complete"),
    ]
    assert [epoch.s0 for epoch in driven.epochs["x"]] == [450]


def test_an_event_that_is_told_after_the_last_sample_still_has_its_epoch():
    data = noisy(2, n=1000)
    text = "ExtractEpochs:\n    name = 'x'\n    event = 'go'\n    duration = 0.1\n    Detrend:\n        name = 'flat'"
    driven = drive(text, data, FS, marks=[("go", 0.8)], marks_late=5.0)
    assert [epoch.s0 for epoch in driven.epochs["x"]] == [800]
    assert len(driven.epochs["flat"]) == 1


def test_a_sample_index_of_the_same_rate_is_kept_exactly():
    # Rates and indexes at which time * fs is not whole in floating point.
    for fs in (44_100.0, 24_414.0625, 1e5 / 3):
        for sample in (1, 3, 12_345, 98_765_432_109):
            assert math.floor(sample / fs * fs + 0.5) == sample


def test_the_delay_of_the_chain_can_be_compensated():
    data = noisy(3)
    text = """
    IIRFilter:
        N = 2
        btype = 'lowpass'
        f_lowpass = 5
        name = 'slow'
        ExtractEpochs:
            name = 'as_it_is'
            event = 'go'
            duration = 0.1
        ExtractEpochs:
            name = 'compensated'
            event = 'go'
            duration = 0.1
            compensate_delay = True
    """
    driven = drive(text, data, FS, marks=[("go", 1.0)])
    (plain,), (shifted,) = driven.epochs["as_it_is"], driven.epochs["compensated"]
    delay = round(driven.info["slow"].delay * FS)
    assert delay > 20
    assert (plain.sample, shifted.sample) == (1000, 1000 + delay)
    assert shifted.s0 == 1000 + delay
    assert_slices([plain, shifted], driven.streams["slow"], 0)


def test_levels_are_cut_as_levels_and_other_rates_at_their_own_samples():
    data = noisy(4)
    text = """
    Downsample:
        q = 3
        Threshold:
            name = 'high'
            threshold = 0
            ExtractEpochs:
                name = 'x'
                event = 'go'
                duration = 0.3
    """
    driven = drive(text, data, FS, random_sizes(4), marks=[("go", 1.0), ("go", 2.001)])
    assert [(epoch.s0, epoch.data.dtype, epoch.n_samples) for epoch in driven.epochs["x"]] == [
        (333, bool, 100), (667, bool, 100),
    ]  # fmt: skip
    assert_slices(driven.epochs["x"], driven.streams["high"], 0)


def test_marks_may_come_from_another_thread_and_the_chain_keeps_no_more_memory():
    info = StreamInfo("electrode", FS, 2)
    chain = build_chain(info, [ExtractEpochs(name="x", event="go", duration=0.05)])
    got = []
    chain.attach("x", got.append)
    stage = chain.node("x").stage
    data = noisy(6, n=100)
    for number in range(500):
        chain.mark(Mark("go", number * 0.1))
        chain.push(Chunk(data, number * 100, info))
    assert len(got) == 500
    assert stage._cutter.windows == ()
    assert not stage._told
    assert stage._cutter._past.shape == (2, 1002)


# -- as long as an output plays ---------------------------------------------------------------


OUTPUT = """
    ExtractEpochs:
        name = 'x'
        output = 'target'
        pre_stimulus = 0.02
        post_stimulus = 0.03
        max_duration = 1.0
"""


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("late", [0.0, 0.3])
def test_an_epoch_lasts_as_long_as_its_output(seed, late):
    data = noisy(seed)
    spans = [(0.5, 0.8), (1.5, 1.9), (3.0, 3.001), (4.0, 4.6)]
    marks = [Mark(f"target_{what}", time) for span in spans for what, time in zip(("start", "end"), span, strict=True)]
    driven = drive(OUTPUT, data, FS, random_sizes(seed), marks=marks, marks_late=late)
    epochs = driven.epochs["x"]
    assert [(epoch.s0, epoch.s0 + epoch.n_samples) for epoch in epochs] == [
        (round(begin * FS) - 20, round(end * FS) + 30) for begin, end in spans
    ]
    assert_slices(epochs, data, 0)
    assert driven.lost == {}


def test_overlapping_outputs_end_as_they_were_planned_and_one_that_was_cut_ends_there():
    data = noisy(1)
    planned = [(0.5, 1.2), (0.7, 0.9), (2.0, 2.8)]
    marks = [Mark("target_start", begin, {"end": end}) for begin, end in planned]
    # The last one is stopped at 2.5 s.
    marks += [Mark("target_end", end) for end in (0.9, 1.2, 2.5)]
    driven = drive(OUTPUT, data, FS, 31, marks=marks)
    assert {(epoch.sample, epoch.s0 + epoch.n_samples) for epoch in driven.epochs["x"]} == {
        (500, 1230), (700, 930), (2000, 2530),
    }  # fmt: skip


def test_an_output_that_does_not_end_is_ended_and_said_to_be():
    driven = drive(OUTPUT, noisy(2), FS, 100, marks=[("target_start", 1.0), ("target_start", 5.5)])
    (epoch,) = driven.epochs["x"]
    assert epoch.metadata["truncated"] is True
    assert (epoch.s0, epoch.n_samples) == (980, 20 + 1000 + 30)
    assert [lost.time for lost in driven.lost["x"]] == [5.5]


def test_an_epoch_of_an_output_may_have_a_duration_of_its_own():
    text = "ExtractEpochs:\n    name = 'x'\n    output = ['left', 'right']\n    duration = 0.2"
    marks = [("left_start", 0.5), ("left_end", 0.6), ("right_start", 1.0), ("up_start", 2.0)]
    driven = drive(text, noisy(3), FS, marks=marks)
    assert [(epoch.metadata["event"], epoch.n_samples) for epoch in driven.epochs["x"]] == [
        ("left_start", 200), ("right_start", 200),
    ]  # fmt: skip


# -- between events ---------------------------------------------------------------------------


CAPTURE = """
    Capture:
        name = 'x'
        start = 'poke'
        stop = ['leave', 'timeout']
        max_duration = 1.0
        max_late = 0.4
"""


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("s0", [0, 7001])
@pytest.mark.parametrize("late", [0.0, 0.35])
def test_a_capture_is_what_lies_between_start_and_the_next_stop(seed, s0, late):
    data = noisy(seed)
    rng = np.random.default_rng(seed + 50)
    times = (s0 / FS + np.cumsum(rng.uniform(0.01, 0.5, 22))).tolist()
    names = rng.choice(["poke", "leave", "timeout"], 22, p=[0.5, 0.3, 0.2]).tolist()
    marks = [Mark(name, time) for name, time in zip(names, times, strict=True)]
    driven = drive(CAPTURE, data, FS, random_sizes(seed), s0=s0, marks=marks, marks_late=late)
    end = s0 + data.shape[1]
    expected = []
    for mark in marks:
        if mark.name != "poke":
            continue
        begin = nearest(mark.time)
        stop = next((other for other in marks if other.name != "poke" and other.time >= mark.time), None)
        last = min(begin + 1000, nearest(stop.time) if stop else begin + 1000)
        if last <= end and begin < last:
            truncated = stop is None or nearest(stop.time) > begin + 1000
            expected.append((begin, last, truncated, None if truncated else stop.name))
    epochs = driven.epochs["x"]
    found = [
        (e.s0, e.s0 + e.n_samples, bool(e.metadata.get("truncated")), e.metadata.get("stop")) for e in epochs
    ]  # fmt: skip
    assert sorted(found, key=lambda item: item[0]) == expected
    assert len(expected) > 4
    assert_slices(epochs, data, s0)


def test_a_start_that_is_told_after_its_stop_is_captured_all_the_same():
    info = StreamInfo("electrode", FS)
    chain = build_chain(info, [Capture(name="x", start="poke", stop="leave", max_duration=1.0)])
    got, data = [], noisy(9, n_channels=1)
    chain.attach("x", got.append)
    chain.push(Chunk(data[:, :1000], 0, info))
    # Told in the wrong order, and the samples have passed.
    for name, time in (("leave", 0.9), ("leave", 0.7), ("poke", 0.5)):
        chain.mark(Mark(name, time))
    chain.push(Chunk(data[:, 1000:1001], 1000, info))
    (epoch,) = got
    assert (epoch.s0, epoch.n_samples, epoch.metadata["stop_time"]) == (500, 200, 0.7)
    np.testing.assert_array_equal(epoch.data, data[:, 500:700])


def test_a_capture_without_a_sample_is_lost():
    driven = drive(CAPTURE, noisy(1), FS, marks=[("poke", 1.0), ("leave", 1.0001)])
    assert driven.epochs["x"] == []
    assert [lost.reason for lost in driven.lost["x"]] == ["it has no samples: it ends where it begins"]


# -- what is done to epochs -------------------------------------------------------------------


EVERY = 0.25
MARKS = [("go", time) for time in np.arange(1, 5, EVERY).tolist()]


def filtered(text, data, seed=1, marks=MARKS, labels=()):
    outer = "ExtractEpochs:\n    name = 'raw'\n    event = 'go'\n    duration = 0.2\n    pre_stimulus = 0.1\n"
    inner = "\n".join("    " + line for line in text.splitlines())
    driven = drive(outer + inner, data, FS, random_sizes(seed), marks=marks, labels=labels)
    for epoch in driven.epochs["raw"]:
        np.testing.assert_array_equal(epoch.data, data[:, epoch.s0 : epoch.s0 + 300])
    return driven


def test_detrended_epochs_have_no_mean_and_no_slope():
    data = noisy(1) + np.arange(6000) / 500 + 3
    for kind in ("constant", "linear"):
        driven = filtered(f"Detrend:\n    name = 'x'\n    type = '{kind}'", data)
        u = np.arange(300) - 149.5
        assert len(driven.epochs["x"]) == 16
        for epoch, raw in zip(driven.epochs["x"], driven.epochs["raw"], strict=True):
            order = 0 if kind == "constant" else 1
            line = [np.polyval(np.polyfit(u, row, order), u) for row in raw.data]
            np.testing.assert_allclose(epoch.data, raw.data - line, atol=1e-9)
            assert epoch.metadata == raw.metadata
            assert (epoch.s0, epoch.sample, epoch.info.name) == (raw.s0, raw.sample, "x")


def test_the_mean_of_the_baseline_is_subtracted():
    driven = filtered("Baseline:\n    name = 'x'\n    begin = -0.08\n    end = -0.01", noisy(2) + 7)
    for epoch, raw in zip(driven.epochs["x"], driven.epochs["raw"], strict=True):
        np.testing.assert_allclose(epoch.data, raw.data - raw.data[:, 20:90].mean(axis=1)[:, None], atol=1e-12)


def test_an_epoch_without_its_baseline_is_left_out_and_said_to_be():
    driven = filtered("Baseline:\n    name = 'x'\n    begin = -0.2", noisy(2))
    assert driven.epochs["x"] == []
    assert len(driven.lost["x"]) == 16
    assert driven.lost["x"][0].reason == (
        "Baseline 'x': the baseline, -0.2 to 0 s, lies outside the epoch, -0.1 to 0.2 s"
    )
    assert driven.counts["x"] == {"Baseline": {"n_left_out": 16}}


@pytest.mark.parametrize("mode", ["absolute value", "amplitude"])
def test_epochs_with_artefacts_are_dropped_and_counted(mode):
    data = noisy(3) + 0.3
    data[1, 2100] = 20
    data[0, [3000, 3100]] = np.nan, -20
    size = np.ptp if mode == "amplitude" else lambda x, axis: np.max(np.abs(x), axis=axis)
    # Between the sizes of the epochs' channels, so that some are dropped and some are not.
    slices = [data[:, round(time * FS) - 100 : round(time * FS) + 200] for _, time in MARKS]
    sizes = np.array([size(part, axis=1) for part in slices])
    threshold = float(np.nanmedian(sizes.max(axis=1)))
    driven = filtered(
        f"RejectEpochs:\n    name = 'x'\n    threshold = {threshold!r}\n    mode = '{mode}'", data, labels=("a", "b")
    )
    over = ~(sizes <= threshold)
    kept = [epoch for epoch, bad in zip(driven.epochs["raw"], over.any(axis=1), strict=True) if not bad]
    assert [epoch.s0 for epoch in driven.epochs["x"]] == [epoch.s0 for epoch in kept]
    assert 2 < len(kept) < 14
    assert driven.counts["x"]["RejectEpochs"] == {
        "n_epochs": 16,
        "n_rejected": 16 - len(kept),
        "fraction": (16 - len(kept)) / 16,
        "by": {"a": int(over[:, 0].sum()), "b": int(over[:, 1].sum())},
    }


@pytest.mark.parametrize("running", [False, True])
def test_averages_are_means_of_successive_epochs(running):
    driven = filtered(f"AverageEpochs:\n    name = 'x'\n    n = 3\n    running = {running}", noisy(4))
    raw = np.array([epoch.data for epoch in driven.epochs["raw"]])
    ends = range(1, 17) if running else range(3, 17, 3)
    spans = [(max(0, end - 3), end) for end in ends]
    means = [raw[begin:end].mean(axis=0) for begin, end in spans]
    np.testing.assert_allclose([epoch.data for epoch in driven.epochs["x"]], means, atol=1e-12)
    assert [epoch.metadata["n_averaged"] for epoch in driven.epochs["x"]] == [end - begin for begin, end in spans]
    assert driven.counts["x"]["AverageEpochs"]["n_not_averaged"] == (0 if running else 1)


def test_epochs_of_other_lengths_are_left_out_of_a_mean_and_said_to_be():
    text = CAPTURE + "        AverageEpochs:\n            name = 'mean'\n            n = 2\n"
    marks = [("poke", 1.0), ("leave", 1.1), ("poke", 2.0), ("leave", 2.2), ("poke", 3.0), ("leave", 3.1)]
    driven = drive(text, noisy(5), FS, marks=marks)
    (mean,) = driven.epochs["mean"]
    first, _, third = driven.epochs["x"]
    np.testing.assert_allclose(mean.data, (first.data + third.data) / 2, atol=1e-12)
    (lost,) = driven.lost["mean"]
    assert lost.reason.startswith("AverageEpochs 'mean': it has 200 samples, 0 of them before the event")


def test_filters_of_epochs_follow_each_other():
    average = "        AverageEpochs:\n            name = 'x'\n            n = 4"
    text = f"Detrend:\n    RejectEpochs:\n        threshold = 3.5\n{average}"
    driven = filtered(text, noisy(6))
    kept = []
    u = np.arange(300)
    for epoch in driven.epochs["raw"]:
        flat = np.array([row - np.polyval(np.polyfit(u, row, 1), u) for row in epoch.data])
        if np.abs(flat).max() <= 3.5:
            kept.append(flat)
    assert 4 <= len(kept) < 16
    expected = [np.mean(kept[at : at + 4], axis=0) for at in range(0, len(kept) // 4 * 4, 4)]
    np.testing.assert_allclose([epoch.data for epoch in driven.epochs["x"]], expected, atol=1e-9)
    assert set(driven.counts["x"]) == {"RejectEpochs", "AverageEpochs"}


# -- refusals ---------------------------------------------------------------------------------


REFUSED = [
    ("ExtractEpochs:\n    duration = 1", ["event and output are both missing; set one"]),
    (
        "ExtractEpochs:\n    event = 'a'\n    output = 'b'\n    duration = 1",
        ["event and output are both set; leave one out"],
    ),
    ("ExtractEpochs:\n    event = 'a'", ["an epoch around an event needs a duration in s; set it (0 is allowed)"]),
    (
        "ExtractEpochs:\n    event = ['a', 3]\n    duration = -1\n    pre_stimulus = '0'\n    max_late = -0.5",
        [
            "event = ['a', 3] must be the name of an event, or a list of some",
            "pre_stimulus = '0' is not a number; give one in s",
            "max_late = -0.5 s must be 0 s or more",
            "duration = -1 s must be 0 s or more",
        ],
    ),
    (
        "ExtractEpochs:\n    event = 'a'\n    duration = 0",
        ["duration, pre_stimulus and post_stimulus are all 0 s; set one"],
    ),
    (
        "ExtractEpochs:\n    event = 'a'\n    duration = 0.0001",
        ["an epoch of 0.0001 s has no sample at 1000 samples/s; make it longer"],
    ),
    (
        "ExtractEpochs:\n    event = 'a'\n    duration = 1\n    max_late = 1e6",
        [
            "max_late = 1e+06 s needs 15259 MiB on 2 channels at 1000 samples/s; at most 6.71e+04 s are possible: "
            "shorten it or downsample before it"
        ],
    ),
    (
        "Capture:\n    start = 'a'\n    stop = ['b', 'a']",
        ["event 'a' is both start and stop; leave it out of one", "max_duration = None is not a number; give one in s"],
    ),
    (
        "Capture:\n    stop = []\n    max_duration = 0",
        [
            "start = None must be the name of an event, or a list of some",
            "stop = [] must be the name of an event, or a list of some",
            "max_duration = 0 s must be greater than 0 s",
        ],
    ),
    ("Capture:\n    start = 'a'\n    stop = 'b'\n    max_duration = 1e-5", ["max_duration = 1e-05 s has no sample at"]),
]  # fmt: skip
REFUSED_FILTERS = [
    ("Detrend:\n    type = 'quadratic'", ["type = 'quadratic' is not one of 'constant', 'linear'"]),
    ("Baseline:\n    end = '1'", ["begin = None is not a number; give one in s", "end = '1' is not a number"]),
    ("Baseline:\n    begin = 0.1", ["begin = 0.1 s must lie before end = 0 s"]),
    ("Baseline:\n    begin = -0.0001", ["there is no sample from -0.0001 to 0 s at 1000 samples/s; make the span"]),
    ("RejectEpochs:\n    mode = 'peak'", ["threshold = None is not a number", "mode = 'peak' is not one of"]),
    ("RejectEpochs:\n    threshold = 0", ["threshold = 0 must be greater than 0"]),
    ("AverageEpochs:\n    n = 2.5", ["n = 2.5 must be a whole number, 1 or more"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "messages"), REFUSED)
def test_settings_that_cannot_work_are_refused_all_at_once(text, messages):
    with pytest.raises(ConfigurationError) as caught:
        drive(text + "\n    name = 'x'", noisy(1), FS)
    found = [finding.message for finding in caught.value.findings]
    assert len(found) == len(messages)
    for message, expected in zip(found, messages, strict=True):
        assert f"'x' on 'driven': {expected}" in message


@pytest.mark.parametrize(("text", "messages"), REFUSED_FILTERS)
def test_filters_of_epochs_refuse_all_at_once(text, messages):
    with pytest.raises(ConfigurationError) as caught:
        filtered(text + "\n    name = 'x'", noisy(1))
    found = [finding.message for finding in caught.value.findings]
    assert len(found) == len(messages)
    for message, expected in zip(found, messages, strict=True):
        assert f"'x' on 'raw': {expected}" in message


def test_filters_of_epochs_take_no_samples_and_stages_of_samples_no_epochs():
    with pytest.raises(ConfigurationError, match="reads epochs, not samples"):
        drive("Detrend:\n    name = 'x'", noisy(1), FS)
    with pytest.raises(ConfigurationError, match="reads samples, not epochs; epochs are read by stages such as"):
        filtered("Downsample:\n    q = 2\n    name = 'x'", noisy(1))


def test_the_graph_shows_epochs():
    chain = build_chain(StreamInfo("mic", FS), [ExtractEpochs(name="x", event="go", duration=0.1)])
    assert chain.lines()[1].endswith("| saved as epochs of float32")
    assert "event=go" in chain.lines()[1]
