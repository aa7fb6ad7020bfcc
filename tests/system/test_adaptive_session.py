"""Selectors in a whole session: what moves a track, when it ends, what the recording keeps, and going on from it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from psi.core.errors import ConfigurationError
from psi.data.recording import open_recording
from psi.data.selector_states import selector_results, selector_states
from psi.testing import ScriptedSession

#: A subject that hears what is above 35; ``chooser`` says what else the paradigm does.
PARADIGM = '''
from psi.api import (
    BlockSelector, Extension, NextTrial, Paradigm, Parameter, QuestPlusSelector, Result, RovingParameter,
    SequenceSelector, SingleSetting, Staircase, State, StateMachine, TrialSequence, Transition,
)


class Chooser:
    """Every fourth trial a reminder, every fifth one a forced repeat."""

    def __init__(self):
        self.n = 0

    def next(self, context, last):
        self.n += 1
        if self.n % 4 == 0:
            return NextTrial("remind", "remind", reminder=True)
        return NextTrial("track", "track", repeat=self.n % 5 == 0 and self.n > 1)


class Sequence(TrialSequence):
    def chooser(self, generator):
        return Chooser()


enamldef Hearing(Paradigm):
    id = 'hearing'
    title = 'Hearing'
    Extension:
        id = 'items'
        point = 'psi.context.items'
        RovingParameter:
            name = 'level'
            unit = 'dB SPL'
            default = 60
            limits = (0, 100)
        Parameter:
            name = 'threshold'
            unit = 'dB SPL'
            default = 35
        Result:
            name = 'score'
            dtype = 'text'
    Extension:
        id = 'selectors'
        point = 'psi.context.selectors'
SELECTORS
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
LOGIC
        StateMachine:
            State:
                name = 'waiting'
                posts = ['next_trial']
                duration = '0.01'
                target = 'listen'
            State:
                name = 'listen'
                posts = ['trial_start']
                duration = '0.01'
                target = 'answer'
            State:
                name = 'answer'
                sets = {'score': '"EARLY" if trial_number % 7 == 0 else "HIT" if level > threshold else "MISS"',
                        'completed': 'trial_number % 7 != 0'}
                posts = ['trial_end']
                duration = '0.01'
                target = 'waiting'
'''
STAIRCASE = """
Staircase:
    name = 'track'
    item = 'level'
    correct = 'score == "HIT"'
    start_level = 60
    n_down = 1
    steps = [10, 5]
    limits = (0, 100)
    stop_reversals = 6
SingleSetting:
    name = 'remind'
    values = {'level': 90}
"""
QUEST = """
QuestPlusSelector:
    name = 'track'
    item = 'level'
    correct = 'score == "HIT"'
    levels = {'start': 0, 'stop': 70, 'step': 5}
    thresholds = {'start': 0, 'stop': 70, 'step': 2.5}
    slopes = [2, 4, 8]
    guesses = [0, 0.05]
    stop_trials = 20
SingleSetting:
    name = 'remind'
    values = {'level': 90}
"""
CYCLES = """
SequenceSelector:
    name = 'track'
    items = ['level']
    rows = [20, 30, 40]
    order = 'shuffled'
    cycles = 4
"""
REVERSAL = """
BlockSelector:
    name = 'track'
    correct = 'score == "HIT"'
    until = 'correct_rate(3) == 1'
    trials = 8
    cycles = 2
    SequenceSelector:
        name = 'loud'
        items = ['level']
        rows = [50, 60]
    SequenceSelector:
        name = 'soft'
        items = ['level']
        rows = [10, 20]
"""


@pytest.fixture
def session(tmp_path: Path) -> Callable[..., ScriptedSession]:
    def make(name: str, selectors: str, chooser: bool = False, **more: Any) -> ScriptedSession:
        text = PARADIGM.replace("SELECTORS", textwrap.indent(selectors.strip(), 8 * " "))
        text = text.replace("LOGIC", "        Sequence:\n            pass" if chooser else "")
        path = tmp_path / f"{name}_paradigm.enaml"
        path.write_text(text)
        return ScriptedSession(str(path), "simulated", tmp_path / name, trials=more.pop("trials", 400), **more)

    return make


def audit_of(recording: Any, name: str) -> list[dict[str, Any]]:
    rows = recording.audit[(recording.audit["what"] == "selector") & (recording.audit["name"] == name)]
    return list(rows["info"])


def test_a_staircase_runs_to_its_reversals_and_the_run_ends(session: Callable[..., ScriptedSession]) -> None:
    with session("plain", STAIRCASE).run() as recording:
        assert recording.finish_reason == "complete"
        trials = recording.trials[recording.trials["completed"]]
        # Down from 60 in tens, up where it is not heard, then in fives around 35.
        assert trials["level"].tolist()[:8] == [60.0, 50.0, 40.0, 30.0, 35.0, 40.0, 35.0, 40.0]
        found = selector_results(recording)["track"]
        assert found["threshold"] == 37.5
        assert found["standard_error"] == 0
        assert found["target_proportion"] == 0.5
        complete = recording.events[recording.events["name"] == "context_complete"]
        assert [info["selector"] for info in complete["info"]] == ["track"]
        assert complete["info"].iloc[0]["reason"] == "reversals"
        assert complete["info"].iloc[0]["result"] == found
        steps = [info["step"] for info in audit_of(recording, "track") if "step" in info]
        assert [step["level"] for step in steps] == trials["level"].tolist()
        assert [step["correct"] for step in steps] == (trials["score"] == "HIT").tolist()


@pytest.mark.parametrize("selectors", [STAIRCASE, QUEST], ids=["staircase", "quest_plus"])
def test_reminders_repeats_and_what_was_not_completed_move_no_track(
    selectors: str, session: Callable[..., ScriptedSession]
) -> None:
    with session("others", selectors, chooser=True).run() as recording:
        trials = recording.trials
        counted = trials[trials["completed"] & ~trials["reminder"] & ~trials["repeat"]]
        assert trials["reminder"].sum() > 0
        assert trials["repeat"].sum() > 0
        assert (~trials["completed"]).sum() > 0
        infos = audit_of(recording, "track")
        moved = [info["trial"] for info in infos if "step" in info]
        assert moved == counted["trial_number"].tolist()
        levels = [info["step"]["level"] for info in infos if "step" in info]
        assert levels == counted["level"].tolist()
        assert 20 < selector_results(recording)["track"]["threshold"] < 50


def test_a_level_that_was_not_answered_is_given_again(session: Callable[..., ScriptedSession]) -> None:
    with session("early", STAIRCASE).run() as recording:
        trials = recording.trials
        early = trials.index[~trials["completed"]]
        assert len(early) > 0
        for number in early:
            if number + 1 < len(trials):
                assert trials["level"][number + 1] == trials["level"][number]


def test_an_aborted_trial_moves_no_track(session: Callable[..., ScriptedSession]) -> None:
    def script(run: Any) -> None:
        # In the second trial.
        run.dispatcher.call_at(0.045, run.controls.abort_trial)

    with session("aborted", STAIRCASE, trials=5).run(script) as recording:
        trials = recording.trials
        assert trials["aborted"].tolist()[:3] == [False, True, False]
        assert trials["level"].tolist()[:4] == [60, 50, 50, 40]
        steps = [info["trial"] for info in audit_of(recording, "track") if "step" in info]
        assert steps[:3] == [1, 3, 4]


def test_a_table_with_cycles_ends_the_run(session: Callable[..., ScriptedSession]) -> None:
    # Every seventh trial is not completed, and its row is not given again: that is the trial sequence's business.
    with session("cycles", CYCLES).run() as recording:
        assert recording.finish_reason == "complete"
        assert sorted(recording.trials["level"]) == sorted([20, 30, 40] * 4)


def test_blocks_change_by_what_the_subject_did(session: Callable[..., ScriptedSession]) -> None:
    with session("blocks", REVERSAL).run() as recording:
        assert recording.finish_reason == "complete"
        kept = [info["step"] for info in audit_of(recording, "track") if "step" in info]
        # Three right answers end a loud block, eight trials a soft one.
        assert [step["block"] for step in kept] == [*["loud"] * 3, *["soft"] * 8] * 2
        assert [step["trial"] for step in kept] == [1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8] * 2
        assert selector_results(recording)["track"]["blocks"] == 4


@pytest.mark.parametrize("selectors", [STAIRCASE, QUEST], ids=["staircase", "quest_plus"])
def test_a_later_run_goes_on_where_an_earlier_one_stopped(
    selectors: str, session: Callable[..., ScriptedSession], tmp_path: Path
) -> None:
    with session("first", selectors, trials=5).run() as recording:
        assert recording.finish_reason == "trials"
        state = selector_states(recording)["track"]
        assert len(state["steps"]) == 5
    later = session("second", selectors, carry_over=tmp_path / "first")
    with later.run() as recording:
        assert recording.finish_reason == "complete"
        first = audit_of(recording, "track")[0]
        assert first["state"] == state
        assert Path(first["carried_over"]) == tmp_path / "first"
        assert selector_states(recording)["track"]["steps"][:5] == state["steps"]
        whole = recording.trials["level"].tolist()
    with session("at_once", selectors).run() as recording:
        assert recording.trials["level"].tolist()[0] == 60 or selectors == QUEST
        # As if the run had not ended, as far as both go: the same answers to the same levels.
        steps = [info["step"]["level"] for info in audit_of(recording, "track") if "step" in info]
    n = 3
    assert whole[:n] == steps[5 : 5 + n]


def test_the_command_carries_over(tmp_path: Path) -> None:
    text = PARADIGM.replace("SELECTORS", textwrap.indent(STAIRCASE.strip(), 8 * " ")).replace("LOGIC", "")
    (tmp_path / "hearing.enaml").write_text(text)

    def run(out: str, *more: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "psi.application.cli", "run", "hearing.enaml", "--rig", "simulated"]
        words += ["--speed", "max", "--out", out, *more]
        return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)

    assert run("first", "--trials", "2").returncode == 0
    assert run("second", "--carry-over", "first").returncode == 0
    with open_recording(tmp_path / "second") as recording:
        assert recording.trials["level"][0] == 40
        assert recording.finish_reason == "complete"
    refused = run("third", "--carry-over", "none")
    assert (refused.returncode, "--carry-over none" in refused.stderr) == (2, True)
    assert not (tmp_path / "third").exists()


def test_states_of_a_run_that_died_come_from_its_steps(session: Callable[..., ScriptedSession]) -> None:
    with session("died", STAIRCASE, trials=4).run() as recording:
        last = recording.audit[recording.audit["what"] == "selector"].index[-1]
        whole = selector_states(recording)["track"]
        # As the audit is where nobody could write the last row.
        recording.__dict__["audit"] = recording.audit.drop(last)
        assert selector_states(recording)["track"] == whole


def test_a_recording_that_does_not_fit_is_refused(session: Callable[..., ScriptedSession], tmp_path: Path) -> None:
    session("one", STAIRCASE, trials=3).run().close()
    with pytest.raises(ConfigurationError, match="kind 'staircase' for item 'level'; this one is of kind 'quest_plus'"):
        session("two", QUEST, carry_over=tmp_path / "one").run()
    with pytest.raises(ConfigurationError, match="--carry-over .*none"):
        session("three", QUEST, carry_over=tmp_path / "none")


@pytest.mark.parametrize(
    ("selectors", "message"),
    [
        (STAIRCASE.replace("score ==", "scor =="), "selector 'track', correct: .*unknown name 'scor'; did you mean"),
        (STAIRCASE.replace("(0, 100)", "(0, 110)"), "selector 'track', row 2: item 'level' .*allowed is 0 to 100"),
        (STAIRCASE.replace("start_level = 60", "start_level = 600"), "start 600 is out of the limits 0 to 100"),
        (STAIRCASE.replace("    steps = [10, 5]\n", ""), "selector 'track' steps"),
        (STAIRCASE.replace("'level'\n", "'threshold'\n"), "'threshold', which is a Parameter"),
        (QUEST.replace("slopes = [2, 4, 8]", "slopes = [2, 8, 4]"), "slopes must be numbers that grow"),
        (REVERSAL.replace("    correct = 'score == \"HIT\"'\n", ""), "until uses correct_rate"),
        (REVERSAL.replace("correct_rate(3) == 1", 'recent("scor", 2) == []'), "'scor' is none; did you mean 'score'"),
        (REVERSAL.replace("correct_rate(3)", "correct_rat(3)"), "unknown name 'correct_rat'; did you mean"),
    ],
)
def test_wrong_settings_are_refused_in_a_line(
    selectors: str, message: str, session: Callable[..., ScriptedSession]
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        session("wrong", selectors)
