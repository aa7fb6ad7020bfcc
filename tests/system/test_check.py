"""What is found before a run, at any setting that the task can give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

import psi
from psi.core.errors import ConfigurationError, RunFault
from psi.testing import ScriptedSession


def prepare(folder: Path, paradigm: str = "appetitive_gonogo", rig: str = "simulated", **options) -> ScriptedSession:
    return ScriptedSession(paradigm, rig, folder / "r", **options)


def test_a_stimulus_that_is_too_loud_for_its_channel_is_found_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"manifest.enaml:\d+: stimulus of 'background' at 115 dB SPL needs"):
        prepare(tmp_path, sets=["background_level=115"])
    # 60 dB SPL is the loudest row of the go selector, 70 the reminder: 40 dB more sensitivity is too much for both
    with pytest.raises(ConfigurationError, match="stimulus of 'target' at 70 dB SPL"):
        prepare(tmp_path, rig_sets=["speaker_spl=40"])
    assert list(tmp_path.iterdir()) == []


def test_a_tone_above_half_the_rate_is_found_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="a tone of 30000 Hz needs more than 60000 samples/s"):
        prepare(tmp_path, sets=["frequency=30e3"], rig_sets=["fs=20e3"])


CIRCLE = """
from psi.api import Extension, Paradigm, State, StateMachine

enamldef Circle(Paradigm):
    id = 'circle'
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'a'
                duration = '0'
                target = 'b'
            State:
                name = 'b'
                duration = '0'
                target = 'a'
"""


def test_states_that_follow_each_other_without_time_passing_are_found(tmp_path: Path) -> None:
    path = tmp_path / "circle.enaml"
    path.write_text(CIRCLE)
    with pytest.raises(ConfigurationError, match=r"circle.enaml:\d+: states a → b → a never end"):
        prepare(tmp_path, str(path))


def test_a_python_file_of_the_same_name_is_refused_and_not_run(tmp_path: Path) -> None:
    path = tmp_path / "mine.enaml"
    path.write_text("from psi.api import Paradigm\n\nenamldef Mine(Paradigm):\n    id = 'mine'\n")
    (tmp_path / "mine.py").write_text(f"open({str(tmp_path / 'was-run')!r}, 'w')\n")
    with pytest.raises(ConfigurationError, match=r"mine.py has the same name; rename one"):
        prepare(tmp_path, str(path))
    assert not (tmp_path / "was-run").exists()


def test_no_output_begins_before_it_was_asked_for(tmp_path: Path) -> None:
    """An engine that holds nothing in advance has not committed up to now, in the middle of a block."""
    session = prepare(tmp_path, trials=6, rig_sets=["look_ahead=0", "fs=20e3", "early_withdrawal=0"])
    with session.run() as recording:
        trials = recording.trials[recording.trials["completed"]]
        waited = trials["stimulus_onset"] - trials["trial_start"]
        assert (waited >= 0.2 - 1e-9).all()
        assert (waited <= 0.2 + 0.01 + 1 / 20e3 + 1e-9).all()


MANIFEST = """
from psi.api import Command, ExperimentAction, ExperimentEvent, Extension, PluginManifest

def nothing(event):
    pass

def post_again(event):
    event.workbench.get_plugin('psi.controller').post('again')

def post_unknown(event):
    event.workbench.get_plugin('psi.controller').post('agian')

enamldef Extra(PluginManifest):
    id = 'extra'
    Extension:
        id = 'events'
        point = 'psi.controller.events'
        ExperimentEvent:
            name = 'again'
    Extension:
        id = 'commands'
        point = 'enaml.workbench.core.commands'
        Command:
            id = 'nothing'
            handler = nothing
        Command:
            id = 'post_again'
            handler = post_again
        Command:
            id = 'post_unknown'
            handler = post_unknown
        Command:
            id = 'handless'
    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
        ExperimentAction:
            ACTION
"""


def manifest(folder: Path, action: str) -> str:
    path = folder / "extra.enaml"
    path.write_text(MANIFEST.replace("ACTION", action.replace("; ", "\n            ")))
    return str(path)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("event = 'target_start'; command = 'psi.controller.start'", "needs the parameter 'output'"),
        (
            "event = 'target_start'; command = 'psi.controller.start'; kwargs = {'output': 'targt'}",
            "unknown output 'targt'; did you mean 'target'",
        ),
        ("event = 'trial_end'; command = 'nothing'; delay = -1", "delay = -1 s must be 0 or more"),
        ("event = 'trial_end'; command = 'nothing'; delay = 'soon'", "delay is of the kind str; give a number"),
        ("event = 'trial_end'; command = 'handless'", "command 'handless' has no handler"),
        (
            "event = 'spout_rising'; command = 'psi.controller.start'; "
            "kwargs = {'output': 'target', 'after': 'hold_duraton'}",
            "after = 'hold_duraton' uses the unknown name 'hold_duraton'; did you mean 'hold_duration'",
        ),
    ],
)
def test_an_action_that_cannot_work_is_found_with_its_line(tmp_path: Path, action: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        prepare(tmp_path, manifests=[manifest(tmp_path, action)])
    (finding,) = refused.value.findings
    assert message in finding.message
    assert "extra.enaml:" in finding.where


def test_an_event_that_causes_itself_ends_the_run_with_a_clear_fault(tmp_path: Path) -> None:
    session = prepare(
        tmp_path,
        manifests=[manifest(tmp_path, "event = 'again or trial_end'; command = 'post_again'")],
        trials=3,
        rig_sets=["fs=20e3"],
    )
    with pytest.raises(RunFault, match="event 'again' comes from itself"):
        session.run()
    with psi.open_recording(tmp_path / "r") as recording:
        assert recording.finish_reason == "fault"
        assert len(recording.trials) == 1
        assert (recording.events["name"] == "again").sum() <= 1001


def test_a_handler_that_posts_an_undeclared_event_is_told_the_nearest(tmp_path: Path) -> None:
    session = prepare(
        tmp_path,
        manifests=[manifest(tmp_path, "event = 'trial_end'; command = 'post_unknown'")],
        trials=3,
        rig_sets=["fs=20e3"],
    )
    with pytest.raises(RunFault, match="event 'agian' is not declared; did you mean 'again'"):
        session.run()


def test_a_number_of_trials_is_refused_where_there_are_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--trials: this paradigm has no trials"):
        prepare(tmp_path, "record", "simulated_array", trials=3)


@pytest.mark.parametrize("subject", ["a/b", "../x", "x" * 300, " ", "a\nb"])
def test_a_subject_that_cannot_name_a_folder_is_refused_in_one_line(tmp_path: Path, subject: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        prepare(tmp_path, "record", "simulated_array", duration=1.0, subject=subject)
    assert len(refused.value.findings) == 1
    assert refused.value.findings[0].where == "--subject"


def test_a_manifest_that_raises_while_it_is_read_is_one_line_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "broken.enaml"
    path.write_text(
        "from psi.api import PluginManifest\n\nx = 1 / 0\n\nenamldef Broken(PluginManifest):\n    id = 'b'\n"
    )
    with pytest.raises(ConfigurationError, match=r"broken.enaml:3: ZeroDivisionError: division by zero"):
        prepare(tmp_path, manifests=[str(path)])


def test_a_recorded_signal_means_the_same_in_every_kind_of_file(tmp_path: Path) -> None:
    """Codes as npy, codes as wav, and millivolts as npy are one electrocardiogram; NaN is refused."""
    own = prepare(tmp_path / "own", "beat_locked", "replay_ecg", rig_sets=["duration=20"]).run()
    millivolts = np.asarray(own.streams["ecg"].data[:, 0], dtype=np.float64)
    own.close()
    codes = np.round(millivolts / 0.005 + 1024).astype(np.int16)
    np.save(tmp_path / "codes.npy", codes)
    wavfile.write(tmp_path / "codes.wav", 360, codes)
    np.save(tmp_path / "millivolts.npy", (codes - 1024.0) * 0.005)
    beats = {}
    for name in ("codes.npy", "codes.wav", "millivolts.npy"):
        session = prepare(tmp_path / f"of {name}", "beat_locked", "replay_ecg", rig_sets=[f"file={tmp_path / name}"])
        with session.run() as recording:
            events = recording.events
            beats[name] = list(events[events["name"] == "beat_rising"]["sample"])
    assert len(beats["codes.npy"]) >= 15
    assert beats["codes.npy"] == beats["codes.wav"] == beats["millivolts.npy"]
    millivolts[700] = np.nan
    np.save(tmp_path / "nan.npy", millivolts)
    with pytest.raises(ConfigurationError, match="holds NaN or infinite values"):
        prepare(tmp_path / "nan", "beat_locked", "replay_ecg", rig_sets=[f"file={tmp_path / 'nan.npy'}"])
