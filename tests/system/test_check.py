"""What is found before a run, at any setting that the task can give."""

from __future__ import annotations

from pathlib import Path

import pytest

from psi.core.errors import ConfigurationError
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
