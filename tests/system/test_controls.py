"""What an experimenter does to a session while it runs, and what the recording says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from psi.controller.run import Run
from psi.core.errors import ConfigurationError
from psi.testing import ScriptedSession

#: An animal that hears everything and never errs.
PERFECT = ["threshold=-50", "lapse=0", "false_alarm=0", "early_withdrawal=0", "fs=20e3"]


def session(folder: Path, *steps: tuple[float, Callable[[Run], object]], **options):
    """A session in which each step is done at its time in s."""
    options = {"duration": 40.0, "rig_sets": PERFECT, "sets": ["go_probability=1"], **options}
    scripted = ScriptedSession("appetitive_gonogo", "simulated", folder, **options)

    def script(run: Run) -> None:
        for time, step in steps:
            run.dispatcher.call_at(time, lambda step=step: step(run))

    return scripted.run(script)


def edited(run: Run, **items):
    return run.controls.task.model_copy(update={"items": {**run.controls.task.items, **items}})


def test_an_edit_holds_from_the_next_trial_on_and_the_audit_says_so(tmp_path: Path) -> None:
    def edit(run: Run) -> None:
        run.controls.apply(edited(run, hold_duration=0.35, intertrial_duration="hold_duration * 2"))

    def edit_again(run: Run) -> None:
        go = run.controls.task.selectors["go"].model_copy(update={"rows": ((55,), (65,)), "order": "exact"})
        task = run.controls.task
        run.controls.apply(task.model_copy(update={"selectors": {**task.selectors, "go": go}}))

    with session(tmp_path / "r", (8.0, edit), (20.0, edit_again)) as recording:
        trials, audit = recording.trials, recording.audit
        changes = audit[audit["what"] == "change"]
        assert sorted(changes["name"]) == ["hold_duration", "intertrial_duration", "selector.go"]
        assert set(changes["who"]) == {"console"}
        by_name = dict(zip(changes["name"], changes["info"], strict=True))
        hold = by_name["hold_duration"]
        first, before = (trials[trials["trial_number"] == hold["trial"] - back].iloc[0] for back in (0, 1))
        assert before.trial_end <= hold["sample"] / hold["fs"] <= first.trial_start
        assert (hold["old"], hold["new"]) == (0.2, 0.35)
        for row in trials.itertuples():
            assert row.hold_duration == (0.35 if row.trial_number >= hold["trial"] else 0.2)
            assert row.intertrial_duration == (0.7 if row.trial_number >= hold["trial"] else 0.5)
            # the hold that was really waited for
            assert row.stimulus_onset - row.trial_start == pytest.approx(row.hold_duration, abs=0.021)
        first = by_name["selector.go"]["trial"]
        levels = list(trials[trials["trial_number"] >= first]["level"])
        assert levels == [(55.0, 65.0)[index % 2] for index in range(len(levels))]
        assert len(levels) >= 2


def test_an_edit_that_cannot_be_applied_changes_nothing(tmp_path: Path) -> None:
    refused: list[str] = []

    def edit(run: Run) -> None:
        with pytest.raises(ConfigurationError) as error:
            run.context.apply(edited(run, hold_duration="0.1 +"))
        refused.append(str(error.value))

    with session(tmp_path / "r", (8.0, edit), duration=20.0) as recording:
        assert len(refused) == 1
        assert set(recording.trials["hold_duration"]) == {0.2}


def test_trial_logic_pauses_between_trials_while_acquisition_goes_on(tmp_path: Path) -> None:
    steps = [(10.0, lambda run: run.controls.pause()), (25.0, lambda run: run.controls.resume())]
    with session(tmp_path / "r", *steps) as recording:
        pause = recording.audit[recording.audit["what"] == "pause"]
        assert list(pause["name"]) == ["begin", "end"]
        begin, end = pause["time"]
        assert 10.0 <= begin < 15.0
        assert end == 25.0
        starts = recording.trials["trial_start"]
        assert not ((starts >= begin) & (starts < end)).any()
        assert (starts < begin).any()
        assert (starts > end).any()
        # no row is broken by the pause, and the streams have no hole
        assert not recording.trials["aborted"].any()
        assert recording.streams["nose_poke_analog"].shape == (40 * 500, 1)


def test_an_aborted_trial_keeps_its_row_and_the_next_one_comes(tmp_path: Path) -> None:
    def abort(run: Run) -> None:
        if run.trials.going_on:
            run.controls.abort_trial()
        else:
            run.dispatcher.call_at(run.clock.now() + 0.01, lambda: abort(run))

    with session(tmp_path / "r", (6.0, abort), duration=25.0) as recording:
        trials = recording.trials
        # the end of the run may cut another one short
        aborted = trials[trials["aborted"] & (trials["trial_end"] < 20)]
        assert len(aborted) == 1
        assert not aborted["completed"].any()
        assert list(trials["trial_number"]) == list(range(1, len(trials) + 1))
        assert trials["trial_number"].iloc[-1] > aborted["trial_number"].iloc[0]


def test_reminders_and_repeats_are_the_next_trial_and_are_marked(tmp_path: Path) -> None:
    steps = [(6.0, lambda run: run.controls.remind()), (20.0, lambda run: run.controls.repeat())]
    with session(tmp_path / "r", *steps) as recording:
        trials = recording.trials
        reminders = trials[trials["reminder"]]
        assert list(reminders["trial_type"]) == ["remind"]
        assert list(reminders["level"]) == [70.0]
        (repeated,) = trials.index[trials["repeat"]]
        assert trials.loc[repeated, "level"] == trials.loc[repeated - 1, "level"]


def test_rewards_lights_and_notes_by_hand_are_on_record(tmp_path: Path) -> None:
    steps = [
        (3.0, lambda run: run.controls.post("deliver_reward")),
        (4.0, lambda run: run.controls.work_output("food_dispense_trigger", "fire", duration=0.3)),
        (5.0, lambda run: run.controls.work_output("room_light_toggle", "low")),
        (6.0, lambda run: run.controls.note("he looks sleepy – 3 µl more")),
    ]
    with session(tmp_path / "r", *steps, duration=10.0, sets=["go_probability=0"]) as recording:
        pellets = recording.outputs[recording.outputs["name"] == "food_dispense_trigger"]
        assert [info["duration"] for info in pellets["info"]] == [0.1, 0.3]
        light = recording.events[recording.events["name"] == "room_light_toggle_end"]
        assert 5.0 <= light["time"].iloc[0] <= 5.01
        notes = recording.audit[recording.audit["what"] == "note"]
        assert [info["text"] for info in notes["info"]] == ["he looks sleepy – 3 µl more"]
        assert recording.events[recording.events["name"] == "deliver_reward"]["clock"].tolist() == ["console"]


def test_stop_after_this_trial_ends_with_a_whole_trial(tmp_path: Path) -> None:
    with session(tmp_path / "r", (6.0, lambda run: run.controls.stop_after_trial())) as recording:
        assert recording.finish_reason == "stopped"
        assert recording.attributes["end_time"] < 20
        assert not recording.trials["aborted"].any()


def test_what_cannot_be_done_by_hand_is_refused_with_what_can(tmp_path: Path) -> None:
    said: list[str] = []

    def ask(run: Run) -> None:
        for wrong in (
            lambda: run.controls.work_output("food_dispense_triger", "fire"),
            lambda: run.controls.work_output("food_dispense_trigger", "high"),
            lambda: run.controls.post("deliver_rewrd"),
            lambda: run.controls.post("trial_end"),
            lambda: run.controls.post("food_dispense_trigger_start"),
        ):
            with pytest.raises(ConfigurationError) as error:
                wrong()
            said.append(str(error.value))

    with session(tmp_path / "r", (1.0, ask), duration=2.0):
        pass
    assert "did you mean 'food_dispense_trigger'" in said[0]
    assert "it can: fire, prime, stop" in said[1]
    assert "did you mean 'deliver_reward'" in said[2]
    for told, event in zip(said[3:], ("trial_end", "food_dispense_trigger_start"), strict=True):
        assert told.startswith(f"'{event}' tells what the run itself has done; by hand can be posted: ")
        posted = told.rpartition(": ")[2].split(", ")
        assert {"deliver_reward", "nose_poke_rising"} <= set(posted)
        assert not {"trial_start", "hold_end", "experiment_end", "target_start"} & set(posted)
