"""The events that every run has exist, whoever listens, and come when they should."""

from __future__ import annotations

from pathlib import Path

import pytest

from psi.controller.dispatch.event import BUILT_IN_EVENTS, ENGINE_EVENTS, STORE_EVENTS
from psi.controller.run import Run
from psi.testing import ScriptedSession

LISTENER = '''"""Counts what the store and the engines say."""
from psi.api import Command, ExperimentAction, Extension, PluginManifest


def keep(event):
    event.workbench.get_plugin('psi.controller').run.audit('heard of', event.event.name, dict(event.event.info))


enamldef Listener(PluginManifest):
    id = 'listener'

    Extension:
        id = 'commands'
        point = 'enaml.workbench.core.commands'
        Command:
            id = 'keep'
            handler = keep
    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
'''

BUILT_IN = (*BUILT_IN_EVENTS, *ENGINE_EVENTS, *STORE_EVENTS)


@pytest.fixture
def session(tmp_path: Path) -> ScriptedSession:
    path = tmp_path / "listener.enaml"
    listening = "".join(
        f"        ExperimentAction:\n            event = {name!r}\n            command = 'keep'\n" for name in BUILT_IN
    )
    path.write_text(LISTENER + listening)
    return ScriptedSession(
        "appetitive_gonogo",
        "simulated",
        tmp_path / "r",
        duration=12.0,
        manifests=[str(path)],
        sets=["go_probability=1"],
        rig_sets=["threshold=-50", "lapse=0", "false_alarm=0", "early_withdrawal=0", "fs=20e3"],
    )


def test_each_can_be_listened_to_and_posted(session: ScriptedSession) -> None:
    posted = (*ENGINE_EVENTS, *STORE_EVENTS)

    def script(run: Run) -> None:
        for name in posted:
            run.dispatcher.call_at(1.0, lambda name=name: run.post(name, {"by": "test"}))
        run.dispatcher.call_at(2.0, run.controls.pause)
        run.dispatcher.call_at(8.0, run.controls.resume)

    with session.run(script) as recording:
        heard = recording.audit[recording.audit["what"] == "heard of"]
        names = list(heard["name"])
        assert {name: names.count(name) for name in posted} == dict.fromkeys(posted, 1)
        infos = dict(zip(heard["name"], heard["info"], strict=True))
        assert infos["disk_low"] == {"by": "test"}
        assert infos["context_next_setting"]["selector"] == "go"
        assert (names[0], names.count("experiment_pause"), names.count("experiment_resume")) == (
            "experiment_prepare", 1, 1,
        )  # fmt: skip
        events = recording.events
        pause, resume = (events[events["name"] == f"experiment_{what}"]["time"].iloc[0] for what in ("pause", "resume"))
        assert 2.0 <= pause < 8.0 <= resume
        # trial logic stands still in between
        started = events[events["name"] == "trial_start"]["time"]
        assert not ((started > pause) & (started < resume)).any()
        assert (started > resume).any()
