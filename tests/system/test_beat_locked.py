"""Real input: a recorded electrocardiogram is replayed, and every beat is followed by its pulse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from psi.core.errors import ConfigurationError
from psi.testing import ScriptedSession

ECG = Path(__file__).parents[3] / "shared" / "data" / "ecg.npz"
needs_ecg = pytest.mark.skipif(not ECG.exists(), reason=f"the recorded electrocardiogram is not at {ECG}")


def beats_of_whole_signal(recording) -> np.ndarray:
    """Samples of rising edges by the recorded chain's own settings, computed by SciPy on the whole signal."""
    chain = {stage["kind"]: stage["settings"] for stage in recording.streams["ecg_filtered"].chain}
    band = chain["IIRFilter"]
    ecg = np.asarray(recording.streams["ecg"].data[:, 0], dtype=np.float64)
    fs = recording.streams["ecg"].fs
    sos = signal.butter(band["N"], [band["f_highpass"], band["f_lowpass"]], band["btype"], fs=fs, output="sos")
    filtered, _ = signal.sosfilt(sos, ecg, zi=signal.sosfilt_zi(sos) * ecg[0])
    stages = recording.documents["rig"]["engines"][0]["channels"][0]["inputs"][1]["children"][0]
    threshold = stages["settings"]["threshold"]
    debounce = stages["children"][0]["settings"]["debounce"]
    above = filtered > threshold
    edges, level, run = [], above[0], 0
    for index, value in enumerate(above):
        run = run + 1 if value != level else 0
        if run >= debounce:
            level, run = value, 0
            if value:
                edges.append(index - debounce + 1)
    return np.array(edges)


@needs_ecg
def test_every_beat_of_five_real_minutes_is_found_and_followed(tmp_path: Path) -> None:
    session = ScriptedSession("beat_locked", "replay_ecg", tmp_path / "r", rig_sets=[f"file={ECG}"])
    with session.run() as recording:
        assert recording.finish_reason == "input ended"
        assert recording.streams["ecg"].shape == (108000, 1)
        events = recording.events
        beats = events[events["name"] == "beat_rising"]
        np.testing.assert_array_equal(beats["sample"], beats_of_whole_signal(recording))
        assert len(beats) > 400
        delay = 0.1
        pulses = recording.outputs[recording.outputs["name"] == "beat_pulse"]
        # the last beat's pulse may lie behind the end of the file
        assert len(beats) == len(pulses)
        expected = beats["sample"].to_numpy() / 360 + delay
        difference = pulses["sample"].to_numpy() / 10e3 - expected
        assert np.all(difference >= -1e-9)
        assert np.all(difference < 1 / 10e3)
        stimuli = recording.outputs[recording.outputs["name"] == "stimulus"]
        assert np.all(np.abs(stimuli["sample"].to_numpy() / 20e3 - expected) <= 1 / 20e3)
        assert "late" not in set(recording.audit["what"])


def test_without_a_file_it_plays_an_electrocardiogram_of_its_own(tmp_path: Path) -> None:
    session = ScriptedSession("beat_locked", "replay_ecg", tmp_path / "r", rig_sets=["duration=20"])
    with session.run() as recording:
        beats = recording.events[recording.events["name"] == "beat_rising"]
        np.testing.assert_array_equal(beats["sample"], beats_of_whole_signal(recording))
        assert 15 <= len(beats) <= 40


def test_a_delay_that_cannot_be_is_refused_with_the_smallest_that_can(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"set delay to 0\.\d+ s or more") as refused:
        ScriptedSession("beat_locked", "replay_ecg", tmp_path / "r", sets=["delay=0.005"])
    smallest = float(str(refused.value).split("set delay to ")[1].split(" s")[0])
    session = ScriptedSession(
        "beat_locked", "replay_ecg", tmp_path / "r", sets=[f"delay={smallest}"], rig_sets=["duration=10"]
    )
    with session.run() as recording:
        assert "late" not in set(recording.audit["what"])
        assert len(recording.outputs) > 10
