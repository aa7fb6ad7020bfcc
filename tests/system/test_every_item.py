"""Every kind of item and a selector with drawn cells in one session: set on the command line, read in the recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from psi.controller.run import Run
from psi.core.errors import ConfigurationError
from psi.testing import ScriptedSession

PARADIGM = """
from psi.api import (
    BoolParameter, EnumParameter, Extension, FileParameter, Group, MultiSelectParameter, Paradigm, Parameter, Result,
    Row, RovingParameter, SequenceSelector, State, StateMachine, Symbol
)

enamldef Everything(Paradigm):
    id = 'everything'
    title = 'Everything'
    Extension:
        id = 'items'
        point = 'psi.context.items'
        Group:
            label = 'Timing'
            Row:
                Parameter:
                    name = 'hold'
                    label = 'Hold duration'
                    compact_label = 'hold'
                    unit = 's'
                    default = 0.02
                    limits = (0, 1)
                    step = 0.01
                    help = 'How long.'
                Parameter:
                    name = 'rest'
                    unit = 's'
                    default = 'hold * 2 if easy else hold'
                    limits = (0, 2)
            BoolParameter:
                name = 'easy'
                default = True
        Parameter:
            name = 'today'
            default = 'Uniform(0, 1)'
            scope = 'experiment'
        Parameter:
            name = 'amplitude'
            default = 'dbi(level - 60) * np.sqrt(4)'
        Parameter:
            name = 'samples'
            dtype = 'int64'
            default = "int(hold * fs('microphone'))"
            visible = False
        Parameter:
            name = 'pitch'
            unit = 'Hz'
            default = 'octaves_above(1000, n_octaves)'
        Parameter:
            name = 'n_octaves'
            dtype = 'int64'
            default = 1
        EnumParameter:
            name = 'side'
            choices = ['left', 'right']
        MultiSelectParameter:
            name = 'lights'
            choices = ['house', 'cue']
        FileParameter:
            name = 'sound'
            patterns = ['*.wav']
        RovingParameter:
            name = 'level'
            unit = 'dB SPL'
            default = 60
            limits = (0, 100)
        Result:
            name = 'score'
            dtype = 'text'
    Extension:
        id = 'symbols'
        point = 'psi.context.symbols'
        Symbol:
            name = 'octaves_above'
            value << lambda f, n: f * 2.0 ** n
    Extension:
        id = 'selectors'
        point = 'psi.context.selectors'
        SequenceSelector:
            name = 'go'
            items = ['level']
            rows = [20, 'Uniform(30, 40)', 'n_octaves + 50', '10 * 2']
            order = 'shuffled'
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'waiting'
                posts = ['next_trial']
                duration = 'rest'
                target = 'answer'
            State:
                name = 'answer'
                posts = ['trial_start', 'trial_end']
                sets = {'score': '"HIT" if level > 25 else "MISS"'}
                duration = 'hold'
                target = 'waiting'
"""

BEFORE_RESULTS = """\
        Result:
            name = 'score'
"""
ONE_ITEM_MORE = """\
        Parameter:
            name = 'extra'
            default = 'Normal(0, 1)'
"""
BEFORE_LOGIC = """\
    Extension:
        id = 'logic'
"""
ONE_SELECTOR_MORE = """\
        SequenceSelector:
            name = 'other'
            items = ['level']
            rows = [1, 'Uniform(2, 3)']
            order = 'pseudorandom'
"""


def session(folder: Path, *sets: str, source: str = PARADIGM, **options: Any) -> ScriptedSession:
    folder.mkdir()
    paradigm = folder / "everything.enaml"
    paradigm.write_text(source, encoding="utf-8")
    options = {"trials": 8, "seed": 5, "rig_sets": ["fs=20e3"], "sets": list(sets), **options}
    return ScriptedSession(str(paradigm), "simulated", folder / "recordings", **options)


def test_every_kind_of_item_is_set_computed_and_recorded(tmp_path: Path) -> None:
    sets = ["side=right", "lights=['cue']", "sound=stimuli/dog bark.wav", "easy=False", "hold=Uniform(0.01, 0.03)"]
    with session(tmp_path / "a", *sets, "n_octaves=2").run() as recording:
        trials = recording.trials
        # Half of the levels are 20.
        assert set(trials["score"]) == {"HIT", "MISS"}
        assert set(trials["side"]) == {"right"}
        assert [json.loads(cell) for cell in trials["lights"]] == [["cue"]] * len(trials)
        assert set(trials["sound"]) == {"stimuli/dog bark.wav"}
        assert trials["hold"].between(0.01, 0.03).all()
        assert trials["hold"].nunique() == len(trials)
        assert (trials["rest"] == trials["hold"]).all()
        assert trials["today"].nunique() == 1
        assert (trials["pitch"] == 4000).all()
        assert (trials["samples"] == (trials["hold"] * 20e3).astype(int)).all()
        assert trials["amplitude"].to_numpy() == pytest.approx((10 ** ((trials["level"] - 60) / 20) * 2).to_numpy())


def test_rows_that_draw_or_compute_are_counted_as_others_are(tmp_path: Path) -> None:
    runs: list[Run] = []
    with session(tmp_path / "a", trials=12).run(runs.append) as recording:
        levels = recording.trials["level"]
    drawn = levels[levels.between(30, 40)]
    assert drawn.nunique() == len(drawn) >= 3
    given = runs[0].context.selectors["go"].counts().given
    # Three whole cycles, and at most one trial more that was planned.
    assert sorted(given)[:3] == [3, 3, 3]
    assert sum(given) - len(levels) in (0, 1)
    assert given[1] - len(drawn) in (0, 1)


def test_an_item_and_a_selector_more_shift_no_value_of_any_trial(tmp_path: Path) -> None:
    more = PARADIGM
    for before, added in ((BEFORE_RESULTS, ONE_ITEM_MORE), (BEFORE_LOGIC, ONE_SELECTOR_MORE)):
        more = more.replace(before, added + before)
    with (
        session(tmp_path / "a", "hold=Uniform(0.01, 0.03)").run() as plain,
        session(tmp_path / "b", "hold=Uniform(0.01, 0.03)", source=more).run() as longer,
    ):
        assert longer.trials["extra"].nunique() == len(longer.trials)
        assert longer.trials.drop(columns="extra").equals(plain.trials)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("score='HIT'", "item 'score' is a Result, which is never set by the user"),
        ("level=3", "item 'level' gets its value from every selector ('go')"),
        ("side=up", "allowed are left, right"),
        ("lights=['cue', 'sun']", "has 'sun'; allowed are 'house', 'cue'"),
        ("sound=dog.mp3", "its name must be like *.wav"),
        ("pitch=octave_above(1, 2)", "did you mean 'octaves_above'?"),
        ("samples=int(fs('microfone'))", "did you mean 'microphone'?"),
        ("today=level", "is computed once for the experiment but uses 'level'"),
    ],
)
def test_what_cannot_be_set_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        session(tmp_path / "a", text)
    assert len(caught.value.findings) == 1
    assert message in str(caught.value)
