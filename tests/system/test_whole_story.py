"""One test that tells the whole story: a paradigm on a simulated rig, three trials, the recording compared."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from psi.testing import ScriptedSession


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory):
    """Three trials of a virtual animal that hears everything and never errs."""
    session = ScriptedSession(
        "appetitive_gonogo",
        "simulated",
        tmp_path_factory.mktemp("story") / "recording",
        trials=3,
        seed=7,
        sets=["go_probability=1", "background_level=-inf"],
        rig_sets=["threshold=-50", "lapse=0", "false_alarm=0", "early_withdrawal=0"],
    )
    with session.run() as recording:
        yield session, recording


def test_it_ends_after_three_completed_trials(story) -> None:
    _, recording = story
    assert recording.finish_reason == "trials"
    assert list(recording.trials["score"]) == ["HIT", "HIT", "HIT"]
    assert list(recording.trials["trial_number"]) == [1, 2, 3]


def test_every_trial_follows_from_its_events(story) -> None:
    _, recording = story
    events = recording.events
    for row in recording.trials.itertuples():
        within = events[(events.time >= row.trial_start) & (events.time <= row.trial_end)]
        pokes = events[(events.name == "nose_poke_rising") & (events.time == row.trial_start)]
        assert len(pokes) == 1, "the trial starts at the sample of the poke"
        targets = within[within.name == "target_start"]
        assert list(targets["sample"]) == [row.stimulus_sample]
        assert row.stimulus_onset == row.stimulus_sample / 200e3
        # hold, then the target as soon as the engine can: within a block and its look-ahead
        assert 0.2 <= row.stimulus_onset - row.trial_start <= 0.2 + 0.01 + 0.01 + 1 / 200e3
        spout = within[within.name == "spout_rising"]
        assert row.response_time == pytest.approx(spout.time.iloc[0] - row.stimulus_onset, abs=1e-12)
        left = events[(events.name == "nose_poke_falling") & (events.time > row.stimulus_onset)].time.iloc[0]
        assert row.reaction_time == pytest.approx(left - row.stimulus_onset, abs=1e-12)
        assert row.reaction_time < row.response_time


def test_each_hit_is_rewarded_once(story) -> None:
    _, recording = story
    names = list(recording.events["name"])
    assert names.count("deliver_reward") == 3
    pellets = recording.outputs[recording.outputs["name"] == "food_dispense_trigger"]
    assert list(pellets.time) == list(recording.events[recording.events.name == "food_dispense_trigger_start"].time)
    assert len(pellets) == 3


def test_the_microphone_heard_the_target_at_its_sample(story) -> None:
    _, recording = story
    microphone = recording.streams["microphone"]
    assert (microphone.fs, microphone.unit) == (200e3, "V")
    for row in recording.trials.itertuples():
        s0 = int(row.stimulus_sample)
        before = np.asarray(microphone.data[s0 - 2000 : s0, 0])
        during = np.asarray(microphone.data[s0 + 4000 : s0 + 40000, 0])
        # 100 dB SPL is 1 V RMS at the speaker; the loop-back has a gain of 0.1, its noise 1 mV
        tone = 0.1 * 10 ** ((row.level - 100) / 20)
        assert np.std(before) == pytest.approx(1e-3, rel=0.1)
        assert np.std(during) == pytest.approx(np.hypot(tone, 1e-3), rel=0.05)


def test_streams_are_whole(story) -> None:
    _, recording = story
    end = recording.attributes["end_time"]
    for name, fs in (("microphone", 200e3), ("nose_poke_analog", 500.0)):
        stream = recording.streams[name]
        assert stream.fs == fs
        assert stream.shape == (round(end * fs), 1)
    assert recording.gaps == []


def test_the_documents_say_what_was_run(story) -> None:
    session, recording = story
    task = recording.documents["task"]
    assert task["seed"] == 7
    assert task["items"]["go_probability"] in ("1", 1)
    assert recording.documents["rig"]["values"]["threshold"] == -50
    assert recording.documents["session"]["subject"] == "test"
    folder = Path(session.prepared.settings.folder)
    assert json.loads((folder / "task.json").read_text()) == task


def test_every_action_has_its_outcome_in_the_audit(story) -> None:
    _, recording = story
    actions = recording.audit[recording.audit["what"] == "action"]
    assert set(actions["name"]) >= {"dispense_pellet", "psi.controller.start", "psi.controller.room_light.turn_on"}
    assert {info["outcome"] for info in actions["info"]} == {"ok"}
