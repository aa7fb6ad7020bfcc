"""How a session ends by itself, who chooses its trials, and what it has delivered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from psi.assembly.session_end import continuations, read_end
from psi.controller.run import Run
from psi.controller.sent_commands import SentCommands
from psi.core.errors import ConfigurationError
from psi.testing import ScriptedSession

#: An animal that hears everything and never errs.
PERFECT = ["threshold=-50", "lapse=0", "false_alarm=0", "early_withdrawal=0", "fs=20e3"]


def session(folder: Path, *steps: tuple[float, Callable[[Run], object]], **options: Any) -> Any:
    """A session in which each step is done at its time in s, those below 0 before the first trial is chosen."""
    options = {"duration": 60.0, "rig_sets": PERFECT, "sets": ["go_probability=1"], **options}
    scripted = ScriptedSession("appetitive_gonogo", "simulated", folder, **options)

    def script(run: Run) -> None:
        for time, step in steps:
            if time < 0:
                step(run)
                continue
            run.dispatcher.call_at(time, lambda step=step: step(run))

    return scripted.run(script)


def totals_of(recording: Any) -> dict[str, Any]:
    (info,) = recording.audit[recording.audit["what"] == "totals"]["info"]
    return dict(info)


def stopped(recording: Any) -> str:
    (words,) = [info["words"] for info in recording.audit[recording.audit["what"] == "stop"]["info"] if "words" in info]
    return str(words)


# -- stop rules -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "reason", "words"),
    [
        ("trials=3", "trials", "3 trials are completed"),
        ("minutes=0.2", "minutes", "0.2 min are over"),
        ("volume=0.012", "volume", "0.012 mL are delivered"),
        ("when=rewards >= 2", "rule", "rewards >= 2 holds"),
        ("when=recent('HIT', 3) == 1", "rule", "recent('HIT', 3) == 1 holds"),
        ("when=score('HIT') / (trials - trials) > 1 or minutes > 0.2", "duration", "60 s are over"),
    ],
)
def test_a_rule_ends_the_run_with_a_whole_trial_and_says_why(
    tmp_path: Path, rule: str, reason: str, words: str
) -> None:
    with session(tmp_path / "r", manifests=["water_dispenser"], stop_after=[rule]) as recording:
        assert recording.finish_reason == reason
        assert stopped(recording) == words
        trials = recording.trials
        if reason != "duration":
            assert recording.attributes["end_time"] < 40
            # what had begun when the rule held came to its end
            assert not trials["aborted"].any()
        match reason:
            case "trials":
                assert len(trials) == 3
            case "minutes":
                assert recording.attributes["end_time"] >= 12.0
            case "volume":
                # three drops of 50 ms at 0.08 mL/s, and the last of them is whole
                assert totals_of(recording)["volume"] == pytest.approx(0.012)
            case "rule" if "rewards" in rule:
                assert totals_of(recording)["rewards"] == {"trial": 2, "hand": 0}


def test_no_response_counts_the_time_that_runs_and_not_what_is_paused(tmp_path: Path) -> None:
    deaf = ["threshold=200", "lapse=0", "false_alarm=0", "early_withdrawal=0", "fs=20e3"]
    pause = [(2.0, lambda run: run.controls.pause()), (22.0, lambda run: run.controls.resume())]
    with session(tmp_path / "r", *pause, rig_sets=deaf, stop_after=["no_response=0.3"]) as recording:
        assert recording.finish_reason == "no response"
        begin, end = recording.audit[recording.audit["what"] == "pause"]["time"]
        paused = end - begin
        assert paused > 10
        assert 18.0 + paused <= recording.attributes["end_time"] < 28.0 + paused
        totals = totals_of(recording)
        assert totals["running_time"] == pytest.approx(recording.attributes["end_time"] - paused, abs=0.01)
        assert totals["trials_per_hour"] == pytest.approx(
            3600 * recording.trials["completed"].sum() / totals["running_time"], abs=0.1
        )


def test_rules_change_while_the_run_goes_on(tmp_path: Path) -> None:
    def change(run: Run) -> None:
        task = run.controls.task
        stop = task.stop.model_copy(update={"trials": 2, "duration": None})
        run.controls.apply(task.model_copy(update={"stop": stop}))

    with session(tmp_path / "r", (1.0, change)) as recording:
        assert recording.finish_reason == "trials"
        changes = recording.audit[recording.audit["what"] == "change"]
        assert sorted(changes["name"]) == ["stop.duration", "stop.trials"]


def test_a_stop_after_this_trial_can_be_taken_back(tmp_path: Path) -> None:
    def ask(run: Run) -> None:
        if not run.trials.going_on:
            run.dispatcher.call_at(run.clock.now() + 0.01, lambda: ask(run))
            return
        run.controls.stop_after_trial()
        assert run.controls.stopping_after_trial
        run.controls.keep_going()

    with session(tmp_path / "r", (2.0, ask), duration=20.0) as recording:
        assert recording.finish_reason == "duration"
        commands = recording.audit[recording.audit["what"] == "command"]
        assert list(commands["name"]) == ["stop_after_trial", "keep_going"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (["volume=1"], "'volume' is not known: no channel under a Trigger has volume_per_pulse"),
        (["when=rewrds > 3"], "column 1: unknown name 'rewrds'; did you mean 'rewards'"),
        (["when=rewards >"], "'when': 'rewards >'"),
        (["when=recent('HIT', 0) > 1"], "recent looks at 1 to 1000 trials, not 0"),
        (["minuts=3"], "there is no stop rule 'minuts'; did you mean 'minutes'"),
        (["minutes=-1", "trials=1.5"], "'minutes' is -1.0"),
        (["minutes=-1", "trials=1.5"], "'trials' is '1.5'; it must be a whole number"),
        (["minuts=3", "when=1 +"], "'when': '1 +'"),
        (["forever"], "'forever' is no rule; write RULE=VALUE"),
    ],
)
def test_a_rule_that_can_never_hold_is_refused(tmp_path: Path, rules: list[str], said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        session(tmp_path / "r", stop_after=rules)
    assert said in str(error.value)


# -- training ---------------------------------------------------------------------------------


def test_in_manual_mode_each_trial_waits_for_the_experimenter_who_says_its_type(tmp_path: Path) -> None:
    asked: list[bool] = []

    def look(run: Run) -> None:
        asked.append(run.controls.training.waiting)
        assert not run.trials.going_on

    steps = [
        (-1.0, lambda run: run.controls.train("manual")),
        (5.0, look),
        (5.0, lambda run: run.controls.trial("nogo")),
        (15.0, lambda run: run.controls.trial("remind")),
        (25.0, look),
        (25.0, lambda run: run.controls.train("automatic")),
    ]
    with session(tmp_path / "r", *steps) as recording:
        assert asked == [True, True]
        trials = recording.trials[recording.trials["completed"]]
        assert list(trials["trial_type"])[:3] == ["nogo", "remind", "go"]
        assert list(trials["manual"])[:3] == [True, True, False]
        assert list(trials["reminder"])[:3] == [False, True, False]
        assert 5.0 < trials["trial_start"].iloc[0] < 15.0 < trials["trial_start"].iloc[1] < 25.0
        assert len(trials) > 4
        training = recording.audit[recording.audit["what"] == "training"]
        assert list(training["name"]) == ["manual", "automatic"]
        commands = recording.audit[recording.audit["what"] == "command"]
        assert [info["type"] for info in commands["info"]] == ["nogo", "remind"]


def test_in_automatic_mode_one_trial_may_be_chosen_and_the_rule_goes_on(tmp_path: Path) -> None:
    with session(tmp_path / "r", (6.0, lambda run: run.controls.trial("nogo")), duration=30.0) as recording:
        assert list(recording.trials["trial_type"]).count("nogo") == 1
        assert not recording.trials["manual"].any()


def test_a_pause_and_edits_take_hold_while_a_trial_is_waited_for(tmp_path: Path) -> None:
    def edit(run: Run) -> None:
        items = {**run.controls.task.items, "hold_duration": 0.4}
        run.controls.apply(run.controls.task.model_copy(update={"items": items}))

    steps = [
        (-1.0, lambda run: run.controls.train("manual")),
        (3.0, edit),
        (4.0, lambda run: run.controls.pause()),
        (5.0, lambda run: run.controls.trial("go")),
        (15.0, lambda run: run.controls.resume()),
    ]
    with session(tmp_path / "r", *steps, duration=25.0) as recording:
        (change,) = recording.audit[recording.audit["what"] == "change"]["time"]
        assert change == 3.0
        begin, end = recording.audit[recording.audit["what"] == "pause"]["time"]
        assert (begin, end) == (4.0, 15.0)
        assert recording.trials["trial_start"].iloc[0] > 15.0


def test_what_is_no_mode_or_type_is_refused_with_those_that_are(tmp_path: Path) -> None:
    said: list[str] = []

    def ask(run: Run) -> None:
        for wrong in (lambda: run.controls.train("manul"), lambda: run.controls.trial("no-go")):
            with pytest.raises(ConfigurationError) as error:
                wrong()
            said.append(str(error.value))

    session(tmp_path / "r", (1.0, ask), duration=2.0).close()
    assert "did you mean 'manual'" in said[0]
    assert "did you mean 'nogo'" in said[1]


# -- totals -----------------------------------------------------------------------------------


def test_what_hands_and_trials_gave_is_counted_apart(tmp_path: Path) -> None:
    document = tmp_path / "session.json"
    document.write_text(json.dumps({"subject": "m1", "target_volume": 1.0}))
    steps = [
        (3.0, lambda run: run.controls.post("deliver_reward")),
        (5.0, lambda run: run.controls.work_output("water_dispense_trigger", "fire", duration=0.1, count=2, gap=0.1)),
        (9.0, lambda run: run.controls.work_output("water_dispense_trigger", "prime", duration=5.0)),
        (9.5, lambda run: run.controls.work_output("water_dispense_trigger", "stop")),
    ]
    options = {"manifests": ["water_dispenser"], "session_file": document, "stop_after": ["trials=4"]}
    with session(tmp_path / "r", *steps, **options) as recording:
        totals = totals_of(recording)
        n_trial = len(recording.trials[recording.trials["score"] == "HIT"])
        assert totals["rewards"] == {"trial": n_trial, "hand": 1}
        water = totals["outlets"]["water_dispense_trigger"]
        assert water["pulses"] == {"trial": n_trial, "hand": 4}
        assert water["seconds"] == pytest.approx({"trial": 0.05 * n_trial, "hand": 0.05 + 0.2 + 0.5})
        assert water["volume"]["hand"] == pytest.approx(0.08 * 0.75)
        assert totals["outlets"]["food_dispense_trigger"]["volume"] is None
        assert totals["left"] == pytest.approx(1.0 - totals["volume"])
        # the rows say which were the hand's, those among them that an action gave
        given = recording.outputs[recording.outputs["name"] == "water_dispense_trigger"]["info"]
        assert sum(info.get("by") == "console" for info in given) == 4


def test_what_a_command_gives_that_was_sent_is_the_hands(tmp_path: Path) -> None:
    def send(run: Run) -> None:
        action, *_ = run.parts.index.by_event["deliver_reward"]
        SentCommands(action.call.workbench.get_plugin("psi.controller")).send(run, "dispense_water", {}, "night script")

    # the second is sent when the last event was the paradigm's own
    steps = [(0.1, send), (3.0, send)]
    options = {"manifests": ["water_dispenser"], "stop_after": ["trials=2"]}
    with session(tmp_path / "r", *steps, **options) as recording:
        totals = totals_of(recording)
        n_trial = len(recording.trials[recording.trials["score"] == "HIT"])
        assert totals["outlets"]["water_dispense_trigger"]["pulses"] == {"trial": n_trial, "hand": 2}


def test_the_audit_names_who_asked(tmp_path: Path) -> None:
    who = "night script"
    steps: list[tuple[float, Callable[[Run], object]]] = [
        (-1, lambda run: run.controls.train("manual", who)),
        (2.0, lambda run: run.controls.trial("go", who)),
        (6.0, lambda run: run.controls.pause(who)),
        (7.0, lambda run: run.controls.resume(who)),
        (8.0, lambda run: run.controls.post("deliver_reward", who)),
        (8.5, lambda run: run.controls.work_output("food_dispense_trigger", "fire", who)),
        (9.0, lambda run: run.controls.stop_after_trial(who=who)),
        (9.0, lambda run: run.controls.keep_going(who)),
    ]
    with session(tmp_path / "r", *steps, duration=10.0) as recording:
        audit = recording.audit[recording.audit["what"].isin(["command", "pause", "training"])]
        assert set(audit["who"]) == {who}
        assert {"manual", "trial", "begin", "end", "food_dispense_trigger.fire"} <= set(audit["name"])
        posted = recording.events[recording.events["name"] == "deliver_reward"]["info"]
        assert [info["by"] for info in posted if info] == [who]


# -- one session after another ----------------------------------------------------------------


def test_what_another_subject_has_learnt_is_not_carried_over(tmp_path: Path) -> None:
    with session(tmp_path / "r1", stop_after=["trials=1"], subject="m1"):
        pass
    said = "--carry-over .*r1: is of subject 'm1', and this run of 'm2'; name a recording of 'm2', or let"
    with pytest.raises(ConfigurationError, match=said):
        session(tmp_path / "r2", stop_after=["trials=1"], subject="m2", carry_over=tmp_path / "r1")


def test_a_second_recording_goes_on_from_the_first_and_both_say_so(tmp_path: Path) -> None:
    options = {"manifests": ["water_dispenser"], "subject": "m1"}
    with session(tmp_path / "r1", stop_after=["trials=3"], **options) as recording:
        first, run_id = totals_of(recording), recording.attributes["run_id"]
        assert recording.documents["provenance"]["continues"] is None
    with session(tmp_path / "r2", stop_after=["trials=2"], carry_over=tmp_path / "r1", **options) as recording:
        second = totals_of(recording)
        continues = recording.documents["provenance"]["continues"]
        assert continues == {"run_id": run_id, "recording": str((tmp_path / "r1").resolve())}
        (later,) = continuations(tmp_path / "r1")
        assert (later["run_id"], later["recording"]) == (recording.attributes["run_id"], str(tmp_path / "r2"))
    # the day goes on, for this subject alone
    assert second["today"]["recordings"] == 2
    assert second["today"]["trials"] == 5
    assert second["today"]["volume"] == pytest.approx(first["volume"] + second["volume"])
    with session(tmp_path / "r3", stop_after=["trials=1"], **{**options, "subject": "m2"}) as recording:
        assert totals_of(recording)["today"]["recordings"] == 1


def test_how_a_run_ended_is_left_beside_it_with_the_task_that_held_then(tmp_path: Path) -> None:
    def edit(run: Run) -> None:
        items = {**run.controls.task.items, "hold_duration": 0.4}
        run.controls.apply(run.controls.task.model_copy(update={"items": items}))

    session(tmp_path / "r", (1.0, edit), stop_after=["trials=3"]).close()
    ended = read_end(tmp_path / "r")
    assert ended is not None
    assert ended["task"]["items"]["hold_duration"] == 0.4
    assert (ended["finish_reason"], ended["words"], ended["trials"]) == ("trials", "3 trials are completed", 3)
    assert json.loads((tmp_path / "r" / "task.json").read_text())["items"]["hold_duration"] == 0.2
    (tmp_path / "r" / "ended.json").write_text('{"task": ')
    assert read_end(tmp_path / "r") is None
