"""Spikes through a chain: any chunking gives the same epochs and events, and what cannot work is refused."""

import numpy as np
import pytest
from scipy import signal

from psi.core.errors import ConfigurationError
from psi.inputs.chain import build_chain
from psi.inputs.spike_detect import SpikeDetect
from psi.stream.info import StreamInfo
from psi.testing import Event, drive

FS = 10_000.0

#: A template of 1.2 ms, sampled at FS: a trough, then a smaller peak.
SHAPE = np.array([0.1, -0.4, -1.0, -0.6, 0.1, 0.4, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05])


def recording(seed, n_channels=3, n=20_000):
    """Noise of sd 1 with spikes of 12 at known places, far from each other: samples of their troughs by channel."""
    print("seed", seed)
    rng = np.random.default_rng(seed)
    data = 0.8 * rng.standard_normal((n_channels, n))
    places = []
    for channel in range(n_channels):
        at = 6000 + 200 * np.arange(60) + rng.integers(0, 100, 60)
        for begin in at.tolist():
            data[channel, begin : begin + 12] += 12 * SHAPE
            places.append((begin + 2, channel))
    return data, sorted(places)


CHAIN = """
    SpikeDetect:
        name = 'units'
        n_sd = 5
        baseline = 0.5
        pre = 0.001
        post = 0.0015
"""


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("s0", [0, 30_001])
def test_known_spikes_are_found_with_their_waveforms_for_any_chunking(seed, s0):
    data, places = recording(seed)
    sizes = np.random.default_rng(seed).choice([0, 1, 2, 7, 31, 97, 1009], 40).tolist()
    driven = drive(CHAIN, data, FS, [*sizes, 5], s0=s0, labels=("a", "b", "c"))
    spikes = driven.epochs["units"]
    # The trough of a template in noise may lie a sample beside.
    assert len(spikes) == len(places)
    found = sorted((spike.sample - s0, spike.metadata["channel"]) for spike in spikes)
    assert all(abs(got - put) <= 1 and on == where for (got, on), (put, where) in zip(found, places, strict=True))
    for spike in spikes:
        channel, at = spike.metadata["channel"], spike.sample - s0
        np.testing.assert_array_equal(spike.data, data[channel : channel + 1, at - 10 : at + 15])
        assert spike.s0 == spike.sample - 10
        assert spike.metadata == {
            "event": "spike",
            "time": spike.sample / FS,
            "channel": channel,
            "label": "abc"[channel],
            "amplitude": data[channel, at],
            "polarity": "negative",
        }
    assert driven.events == [
        Event("units", spike.sample, spike.sample / FS, "falling", spike.metadata["channel"]) for spike in spikes
    ]
    counts = driven.counts["units"]["SpikeDetect"]
    assert counts["by"] == {"a": 60, "b": 60, "c": 60}
    np.testing.assert_allclose(counts["thresholds"], 5 * np.median(np.abs(data[:, :5000]), axis=1) / 0.6745)


def test_any_chunking_gives_the_same_below_a_band_pass():
    data, _ = recording(9)
    text = """
    IIRFilter:
        N = 2
        btype = 'bandpass'
        f_highpass = 300
        f_lowpass = 3000
        SpikeDetect:
            name = 'units'
            threshold = 1.8
            polarity = 'both'
            align = 'crossing'
    """
    whole = drive(text, data, FS, 20_000)
    pieces = drive(text, data, FS, [1, 0, 977, 13, 250])
    assert whole.events == pieces.events
    assert len(whole.events) > 180
    assert {event.edge for event in whole.events} == {"rising", "falling"}
    sos = signal.butter(2, (300, 3000), "bandpass", output="sos", fs=FS)
    zi = signal.sosfilt_zi(sos)[:, np.newaxis, :] * data[:, :1]
    band = signal.sosfilt(sos, data, axis=-1, zi=zi)[0]
    for spike in pieces.epochs["units"]:
        channel = spike.metadata["channel"]
        expected = band[channel : channel + 1, spike.s0 : spike.s0 + 15]
        np.testing.assert_allclose(spike.data, expected, atol=1e-9 * np.ptp(band))


def test_spikes_go_through_filters_of_epochs():
    data, places = recording(2)
    text = CHAIN + "        RejectEpochs:\n            name = 'small'\n            threshold = 12\n"
    driven = drive(text, data, FS)
    large = [spike for spike in driven.epochs["units"] if np.abs(spike.data).max() > 12]
    assert 0 < len(large) < len(places)
    assert len(driven.epochs["small"]) == len(places) - len(large)


def test_a_spike_at_either_end_is_lost_and_said_to_be():
    data = np.zeros((1, 1000))
    data[0, [3, 500, 995]] = -5
    driven = drive("SpikeDetect:\n    name = 'x'\n    threshold = 1", data, FS)
    assert [spike.sample for spike in driven.epochs["x"]] == [500]
    assert [lost.reason for lost in driven.lost["x"]] == [
        "its waveform begins before the first sample",
        "the samples ended before the epoch was complete",
    ]


def test_the_stream_of_waveforms_has_one_channel_and_says_when_it_begins():
    info = StreamInfo("probe", 30_000.0, 384, unit="µV", labels=tuple(f"e{n}" for n in range(384)))
    chain = build_chain(info, [SpikeDetect(name="x", n_sd=4.5, baseline=2.0)])
    node = chain.node("x")
    assert (node.info.n_channels, node.info.unit, node.info.labels) == (1, "µV", ())
    assert node.settle_time == 2.0
    # Peak after 1 ms at the latest, then 1 ms of waveform.
    assert node.hold_back == pytest.approx(58 / 30_000)


REFUSED = [
    ("", ["threshold and n_sd are both missing; set one"]),
    ("threshold = 1\n    n_sd = 4", ["threshold and n_sd are both set; leave one out"]),
    ("threshold = -50", ["threshold = -50 must be greater than 0"]),
    (
        "n_sd = 'four'\n    polarity = 'up'\n    align = 'top'\n    baseline = 0\n    dead_time = -1",
        [
            "polarity = 'up' is not one of 'negative', 'positive', 'both'",
            "align = 'top' is not one of 'crossing', 'peak'",
            "n_sd = 'four' is not a number",
            "baseline = 0 s must be greater than 0 s",
            "dead_time = -1 s must be 0 s or more",
        ],
    ),
    ("n_sd = 4\n    baseline = 1e-6", ["baseline = 1e-06 s holds no sample at 10000 samples/s; make it longer"]),
    ("n_sd = 4\n    pre = 0\n    post = 0", ["pre = 0 s and post = 0 s hold no sample at 10000 samples/s"]),
    ("n_sd = 4\n    post = 1e5", ["post = 100000 s needs 7629 MiB on 1 channels at 10000 samples/s"]),
]


@pytest.mark.parametrize(("settings", "messages"), REFUSED)
def test_settings_that_cannot_work_are_refused_all_at_once(settings, messages):
    with pytest.raises(ConfigurationError) as caught:
        drive(f"SpikeDetect:\n    name = 'x'\n    {settings}", np.zeros(10), FS)
    found = [finding.message for finding in caught.value.findings]
    assert len(found) == len(messages)
    for message, expected in zip(found, messages, strict=True):
        assert message.startswith(f"SpikeDetect 'x' on 'driven': {expected}")


def test_levels_have_no_spikes_and_events_need_a_name():
    text = "Threshold:\n    threshold = 1\n    SpikeDetect:\n        name = 'x'\n        threshold = 1"
    with pytest.raises(ConfigurationError, match="takes samples, not levels"):
        drive(text, np.zeros(10), FS)
    with pytest.raises(ConfigurationError, match="events = True needs a name"):
        drive("SpikeDetect:\n    threshold = 1\n    events = True", np.zeros(10), FS)
