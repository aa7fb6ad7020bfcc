"""Epochs of a whole session: slices of the stream that is saved beside them, bit for bit."""

from pathlib import Path

import numpy as np
import pytest

import psi
from psi.testing import ScriptedSession

RIG = Path(psi.__file__).parents[1] / "hardware_configs" / "simulated.enaml"
FS = 20_000.0

STAGES = """
                    ExtractEpochs:
                        name = 'around_target'
                        event = 'target_start'
                        pre_stimulus = 0.1
                        duration = 0.3
                        post_stimulus = 0.05
                    ExtractEpochs:
                        name = 'targets'
                        output = 'target'
                        pre_stimulus = 0.01
                        Baseline:
                            begin = -0.01
                            AverageEpochs:
                                name = 'mean_target'
                                n = 2
                    Capture:
                        name = 'responses'
                        start = 'response_start'
                        stop = 'response_end'
                        max_duration = 5.0
                    ExtractEpochs:
                        name = 'late'
                        event = 'experiment_end'
                        duration = 100.0
                    ExtractEpochs:
                        name = 'unsaved'
                        save = False
                        event = 'target_start'
                        duration = 0.1
                    SpikeDetect:
                        name = 'loud'
                        threshold = 0.003
                        polarity = 'positive'
                        dead_time = 0.5
                        events = True
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    folder = tmp_path_factory.mktemp("epochs")
    text = RIG.read_text(encoding="utf-8")
    names = ["AverageEpochs", "Baseline", "Capture", "Extension", "ExtractEpochs", "SpikeDetect"]
    text = text.replace("    Extension,\n", "".join(f"    {name},\n" for name in names), 1)
    text = text.replace(
        "                    name = 'microphone'\n", "                    name = 'microphone'\n" + STAGES
    )
    rig = folder / "epoch_rig.enaml"
    rig.write_text(text, encoding="utf-8")
    session = ScriptedSession(
        "appetitive_gonogo", str(rig), folder / "run", trials=5, seed=3, rig_sets=[f"fs={FS:g}", "block_duration=0.007"]
    )
    with session.run() as recording:
        yield recording


def test_epochs_are_slices_of_the_saved_stream_bit_for_bit(recording):
    microphone = recording.streams["microphone"].data[:].T
    assert microphone.dtype == np.float32
    assert list(recording.epochs) == ["around_target", "targets", "mean_target", "responses", "late", "loud"]
    for name in ("around_target", "targets", "responses", "loud"):
        epochs = recording.epochs[name]
        assert len(epochs) >= 2, name
        for epoch, s0 in zip(epochs, epochs.metadata["s0"], strict=True):
            assert epoch.dtype == np.float32
            np.testing.assert_array_equal(epoch, microphone[:, s0 : s0 + epoch.shape[1]])


def test_epochs_lie_around_their_events_and_know_their_trials(recording):
    events, trials = recording.events, recording.trials
    starts = events[events["name"] == "target_start"]
    metadata = recording.epochs["around_target"].metadata
    assert metadata["sample"].tolist() == starts["sample"].tolist()
    assert metadata["time"].tolist() == starts["time"].tolist()
    assert (metadata["sample"] - metadata["s0"] == 2000).all()
    assert set(metadata["n"]) == {9000}
    by_number = trials.set_index("trial_number")
    for trial, sample in zip(metadata["trial"], metadata["sample"], strict=True):
        assert by_number.loc[trial, "stimulus_sample"] == sample


def test_epochs_last_as_long_as_the_output_and_know_what_it_presented(recording):
    outputs = recording.outputs[recording.outputs["name"] == "target"]
    metadata = recording.epochs["targets"].metadata
    assert metadata["sample"].tolist() == outputs["sample"].tolist()
    assert (metadata["s0"] + metadata["n"]).tolist() == outputs["end_sample"].tolist()
    assert [info["level"] for info in metadata["output"]] == [info["level"] for info in outputs["info"]]


def test_a_mean_of_epochs_is_the_mean_of_the_baselined_ones(recording):
    targets = recording.epochs["targets"].data.astype(float)
    flat = targets - targets[:, :, :200].mean(axis=2, keepdims=True)
    means = recording.epochs["mean_target"].data
    expected = [flat[at : at + 2].mean(axis=0) for at in range(0, len(flat) // 2 * 2, 2)]
    # Computed in float64 from unrounded samples, and saved as float32.
    np.testing.assert_allclose(means, expected, atol=1e-6 * np.abs(targets).max())


def test_a_capture_lies_between_its_events(recording):
    events = recording.events
    metadata = recording.epochs["responses"].metadata
    for what, sample in (("start", metadata["s0"]), ("end", metadata["s0"] + metadata["n"])):
        times = events[events["name"] == f"response_{what}"]["time"]
        assert sample.tolist() == np.floor(times * FS + 0.5).astype(int).tolist()


def test_spikes_are_events_too(recording):
    events = recording.events[recording.events["name"] == "loud_spike"]
    metadata = recording.epochs["loud"].metadata
    assert events["sample"].tolist() == metadata["sample"].tolist()
    assert [info["amplitude"] for info in events["info"]] == metadata["amplitude"].tolist()
    assert set(events["source"]) == {"loud"}


def test_what_became_of_epochs_is_in_the_audit(recording):
    audit = recording.audit
    (lost,) = audit[(audit["what"] == "lost") & (audit["name"] == "late")].to_dict("records")
    assert lost["info"]["event"] == "experiment_end"
    assert lost["info"]["reason"] == "the samples ended before the epoch was complete"
    counts = audit[audit["what"] == "epochs"].set_index("name")["info"]
    assert counts["late"] == {"ExtractEpochs": {"n_epochs": 0, "n_lost": 1}}
    assert counts["around_target"]["ExtractEpochs"]["n_epochs"] == len(recording.epochs["around_target"])
    assert counts["unsaved"]["ExtractEpochs"]["n_epochs"] == len(recording.epochs["around_target"])
    assert set(counts["mean_target"]) == {"AverageEpochs", "Baseline"}
