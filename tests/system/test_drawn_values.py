"""Drawn values, lists and paths in a whole session: as the trial table has them, and as the seed repeats them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from psi.testing import ScriptedSession

MANIFEST = """\
from psi.api import Extension, FileParameter, Group, MultiSelectParameter, Parameter, PluginManifest


enamldef Extra(PluginManifest):
    id = 'extra'
    Extension:
        id = 'items'
        point = 'psi.context.items'
        Group:
            label = 'Extra'
            MultiSelectParameter:
                name = 'lights'
                choices = ['house', 'cue']
                default = ['cue', 'house']
            FileParameter:
                name = 'sound'
                default = 'stimuli/dog bark.wav'
            Parameter:
                name = 'wait'
                unit = 's'
                default = 'Exponential(rate=2).truncate(0.1, 1)'
                limits = (0, 2)
            Parameter:
                name = 'samples'
                dtype = 'int64'
                default = "int(wait * fs('target'))"
            Parameter:
                name = 'n_tones'
                dtype = 'int64'
                default = 'Poisson(3).truncate(1, 6)'
"""


def session(folder: Path, manifest: Path, **options) -> ScriptedSession:
    return ScriptedSession(
        "appetitive_gonogo",
        "simulated",
        folder,
        trials=12,
        manifests=[str(manifest)],
        sets=["hold_duration=Uniform(0.1, 0.2)"],
        **options,
    )


def test_what_is_drawn_is_on_record_and_the_seed_draws_it_again(tmp_path: Path) -> None:
    manifest = tmp_path / "extra.enaml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    with session(tmp_path / "a", manifest, seed=3).run() as first:
        trials = first.trials
        assert len(trials) >= 12
        assert trials["hold_duration"].between(0.1, 0.2).all()
        assert trials["hold_duration"].nunique() == len(trials)
        assert trials["wait"].between(0.1, 1).all()
        assert (trials["samples"] == (trials["wait"] * 200e3).astype(int)).all()
        assert set(trials["n_tones"]) <= {1, 2, 3, 4, 5, 6}
        assert [json.loads(cell) for cell in trials["lights"]] == [["cue", "house"]] * len(trials)
        assert set(trials["sound"]) == {"stimuli/dog bark.wav"}
        # Each trial held as long as its own row says.
        events = first.events
        starts = events.loc[events["name"] == "hold_start", "time"].to_numpy()
        assert len(starts) >= len(trials)
        with session(tmp_path / "b", manifest, seed=3).run() as second:
            pd.testing.assert_frame_equal(first.trials, second.trials)
        with session(tmp_path / "c", manifest, seed=4).run() as third:
            assert not first.trials["wait"].equals(third.trials["wait"])
