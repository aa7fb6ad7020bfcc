"""A forced-choice session whole: the animal's threshold and bias are found, with two sides and with three."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from psi.application.report.figures import psychometric_of
from psi.application.report.scores import scoring_of
from psi.controller.dispatch.event import Event
from psi.data.recording import Recording
from psi.data.selector_states import selector_results
from psi.plots.choices import answered, bias_of, sides_of
from psi.testing import ScriptedSession

THRESHOLD = 30.0


def session(folder: Path, paradigm: str = "forced_choice", **more: Any) -> Recording:
    rig = [f"threshold={THRESHOLD}", *more.pop("rig_sets", ["fs=10e3"])]
    return ScriptedSession(paradigm, "simulated_choice", folder, rig_sets=rig, **more).run()


def rows_of(recording: Recording) -> list[dict[str, Any]]:
    trials = recording.trials.astype(object)
    rows: list[dict[str, Any]] = trials.where(recording.trials.notna(), None).to_dict("records")
    return rows


def test_threshold_and_bias_are_found_within_their_intervals(tmp_path: Path) -> None:
    with session(tmp_path / "r", trials=200, seed=3, rig_sets=["fs=10e3", "bias=0.5"]) as recording:
        trials = recording.trials
        found = selector_results(recording)["track"]
        low, high = found["threshold_interval_95"]
        assert low <= THRESHOLD <= high
        assert high - low < 16
        assert found["guess"] == pytest.approx(0.5)
        # The bias of its guesses, whatever it was given.
        bias = bias_of(sides_of(answered(rows_of(recording)), 2))
        assert bias is not None
        assert bias.side == 1
        assert bias.interval[0] <= 0.5 <= bias.interval[1]
        # What was not answered came again, and moved no track.
        missed = trials.index[(trials["score"] == "NONE") | (trials["score"] == "EARLY")]
        assert len(missed) > 5
        for number in missed:
            assert trials["side"][number + 1] == trials["side"][number]
            assert trials["level"][number + 1] == trials["level"][number]
        assert found["trials"] == trials["completed"].sum() == 200
        # A reward for each correct choice, at the outlet of its side.
        given = recording.events[recording.events["name"].isin(["outlet_1_start", "outlet_2_start"])]["name"]
        right = trials[trials["score"] == "CORRECT"]["side"]
        assert [int(name[7]) for name in given] == right.tolist()
        assert len(set(np.round(trials["hold_duration"], 9))) > 150
        frequencies = trials.groupby("side")["frequency"].unique()
        assert [list(values) for values in frequencies] == [[2000.0], [4000.0]]


def test_three_sides_are_three_lines_of_manifest(tmp_path: Path) -> None:
    with session(
        tmp_path / "r", "forced_choice_3", trials=60, seed=3, sets=['method="fixed"', "correction_trials=True"],
        rig_sets=["fs=20e3", "alternatives=3", "omission=0"],
    ) as recording:  # fmt: skip
        trials = recording.trials
        assert set(trials["side"]) == {1, 2, 3} == set(trials["choice"].dropna())
        loud = trials[trials["completed"] & (trials["level"] >= 40) & ~trials["repeat"]]
        assert (loud["score"] == "CORRECT").mean() > 0.8
        wrong = trials.index[(trials["score"] == "WRONG")][:-1]
        assert len(wrong) > 5
        assert all(trials["side"][number + 1] == trials["side"][number] for number in wrong[:3])
        assert set(trials["level"]) <= {15, 20, 25, 30, 35, 40, 50, 60}
        # Who has the recording and not the paradigm knows what its scores mean.
        scoring = scoring_of(recording)
        assert scoring.chance == pytest.approx(1 / 3)
        assert (scoring.answers["CORRECT"], scoring.answers["WRONG"]) == (True, False)
        assert psychometric_of(recording).height == "P(correct)"


def test_the_same_documents_give_the_same_tables(tmp_path: Path) -> None:
    made = [session(tmp_path / name, trials=8, seed=4, sets=["bias_correction=0.5"]) for name in ("a", "b")]
    with made[0] as first, made[1] as second:
        pd.testing.assert_frame_equal(first.trials, second.trials)
        pd.testing.assert_frame_equal(first.events, second.events)


def test_free_rewards_are_given_at_the_side_that_they_were_asked_for(tmp_path: Path) -> None:
    asked: list[int] = []
    current: list[int] = []

    def ask(run: Any) -> None:
        """In a trial of side 2 ask for three rewards, of which the last come when other trials go on."""
        if run.trials.going_on and run.context.value("side") == 2:
            for _ in range(3):
                asked.append(2)
                run.controls.post("deliver_reward")
        else:
            run.dispatcher.call_at(run.clock.now() + 0.1, lambda: ask(run))

    def script(run: Any) -> None:
        def listen(event: Event) -> None:
            if event.name == "pouring_start" and event.clock == "console":
                current.append(run.context.value("side"))

        run.dispatcher.listeners.append(listen)
        run.dispatcher.call_at(0.1, lambda: ask(run))

    sets = ["reward_duration=0.5", "intertrial_duration=0.01", "hold_duration=0.05", "max_same_side=1"]
    made = ScriptedSession(
        "forced_choice", "simulated_choice", tmp_path / "r", sets=sets, rig_sets=["fs=10e3"], duration=12.0, seed=3
    )
    with made.run(script) as recording:
        events = recording.events
    begun = events[events["name"] == "pouring_start"]
    opened = events[events["name"].isin(["outlet_1_start", "outlet_2_start"])]
    assert [int(name[7]) for name in opened["name"]] == [info["kept"]["side"] for info in begun["info"]]
    by_hand = begun[begun["clock"] == "console"]
    assert [info["kept"]["side"] for info in by_hand["info"]] == asked == [2, 2, 2]
    assert 1 in current, "one of them came when the side was another one"


def test_it_runs_on_the_wall_clock(tmp_path: Path) -> None:
    sets = ["hold_duration=0.1", "intertrial_duration=0.05", "timeout_duration=0.1"]
    with session(tmp_path / "r", trials=2, seed=2, lockstep=False, sets=sets) as recording:
        assert recording.finish_reason == "trials"
        assert recording.trials["completed"].sum() == 2


def test_the_same_task_runs_on_an_ni_card(tmp_path: Path) -> None:
    rig = ["fs=20e3", "look_ahead=0.4"]
    sets = ["hold_duration=0.1", "response_duration=1"]
    done = ScriptedSession(
        "forced_choice",
        "ni_simulated_choice",
        tmp_path / "r",
        trials=1,
        seed=1,
        sets=sets,
        rig_sets=rig,
        lockstep=False,
    )
    with done.run() as recording:
        answered_rows = answered(rows_of(recording))
        assert len(answered_rows) == 1
        outlets = recording.events[recording.events["name"].isin(["outlet_1_start", "outlet_2_start"])]
        right = [f"outlet_{row['side']}_start" for row in answered_rows if row["score"] == "CORRECT"]
        assert outlets["name"].tolist() == right


@pytest.mark.long
def test_the_intervals_cover_as_often_as_they_say(tmp_path: Path) -> None:
    """Over 20 seeds the 95 % intervals cover threshold and bias in 16 to 20 of them (binomial, 0.3 %)."""
    thresholds = biases = 0
    for seed in range(200, 220):
        with session(tmp_path / str(seed), trials=200, seed=seed, rig_sets=["fs=10e3", "bias=0.4"]) as recording:
            low, high = selector_results(recording)["track"]["threshold_interval_95"]
            thresholds += low <= THRESHOLD <= high
            bias = bias_of(sides_of(answered(rows_of(recording)), 2))
            assert bias is not None
            biases += bias.side == 1 and bias.interval[0] <= 0.4 <= bias.interval[1]
            print(f"seed {seed}: {low:.1f} to {high:.1f} dB SPL, bias {bias.index:.2f} {bias.interval}")
    assert thresholds >= 16
    assert biases >= 16
