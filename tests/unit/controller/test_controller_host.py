"""The rig's four conditions, in one process: Start works again without relaunching, and monitoring records nothing."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import psi
from psi.assembly.request import new_run_id
from psi.controller.host import RigHost
from psi.controller.publisher import Publisher
from psi.controller.run import Run
from psi.core.errors import ConfigurationError
from psi.link.state import StateSource
from psi.testing import ScriptedSession, StoreThread


class Rig:
    """A host on a thread of its own, and its state to wait on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prepared = ScriptedSession(
            "appetitive_gonogo", "simulated", folder / "unused", rig_sets=["fs=20e3"], lockstep=False
        ).prepared
        self.store = StoreThread()
        self.prepared.loaded.data.hand_over = self.store
        self.state = StateSource()
        self.count = 0
        self.made: list[weakref.ref[Run]] = []
        self.host = RigHost(self.make_run, self.state)
        self.thread = threading.Thread(target=self.host.serve)
        self.thread.start()

    def make_run(self, mode: str) -> Run:
        self.count += 1
        folder = str(self.folder / f"run{self.count}") if mode == "running" else ""
        settings = replace(self.prepared.settings, run_id=new_run_id(), folder=folder, mode=mode)
        controller = self.prepared.loaded.controller
        run = controller.make_run(self.prepared.task, settings, self.prepared.documents, [Publisher(self.state)])
        self.made.append(weakref.ref(run))
        return run

    def values(self) -> dict:
        return self.state.since(0, 0).snapshot or {}

    def wait_for(self, holds: Callable[[dict], bool]) -> dict:
        """Wait until the published state ``holds``."""
        heard = threading.Event()
        while not holds(self.values()):
            heard.wait(0.005)
        return self.values()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.host.quit()
    made.thread.join()
    made.store.join()


def test_a_rig_is_closed_until_somebody_opens_it(rig: Rig) -> None:
    assert rig.values()["condition"] == "closed"
    rig.host.want("open")
    rig.wait_for(lambda state: state["condition"] == "open" and state.get("status", {}).get("condition") == "open")
    assert list(rig.folder.iterdir()) == []


def test_monitoring_lets_inputs_flow_and_records_nothing(rig: Rig) -> None:
    rig.host.want("monitoring")
    state = rig.wait_for(lambda state: state.get("status", {}).get("time", 0) > 0.3)
    assert state["recording"] == ""
    names = {stream["name"] for stream in state["status"]["segments"]["streams"]}
    assert names == {"microphone", "nose_poke_analog"}
    assert list(rig.folder.iterdir()) == []


def test_outputs_can_be_worked_by_hand_while_the_rig_is_open(rig: Rig) -> None:
    rig.host.want("open")
    rig.wait_for(lambda state: state.get("status", {}).get("condition") == "open")
    run = rig.host.run
    assert run is not None
    run.controls.work_output("room_light_toggle", "high")
    rig.wait_for(lambda state: state["flags"].get("room_light_toggle_active", False))
    run.controls.work_output("food_dispense_trigger", "fire", duration=0.05)
    rig.wait_for(lambda state: state["flags"].get("food_dispense_trigger_active", False))
    rig.wait_for(lambda state: not state["flags"]["food_dispense_trigger_active"])


def test_a_reward_by_hand_is_given_while_the_rig_is_open(rig: Rig) -> None:
    rig.host.want("open")
    rig.wait_for(lambda state: state.get("status", {}).get("condition") == "open")
    run = rig.host.run
    assert run is not None
    # The light goes on with an experiment, and this is none.
    assert not run.dispatcher.flags["room_light_toggle_active"]
    run.controls.post("deliver_reward")
    rig.wait_for(lambda state: state["flags"].get("food_dispense_trigger_active", False))


def test_what_only_trial_logic_answers_is_refused_while_the_rig_is_open(rig: Rig) -> None:
    rig.host.want("open")
    rig.wait_for(lambda state: state.get("status", {}).get("condition") == "open")
    run = rig.host.run
    assert run is not None
    with pytest.raises(ConfigurationError, match="nothing is done on 'nose_poke_rising' while the rig is only open"):
        run.controls.post("nose_poke_rising")


def test_what_is_timed_by_samples_is_refused_where_none_flow(rig: Rig) -> None:
    rig.host.want("open")
    rig.wait_for(lambda state: state.get("status", {}).get("condition") == "open")
    run = rig.host.run
    assert run is not None
    with pytest.raises(ConfigurationError, match="target: is timed by samples, which do not flow"):
        run.controls.work_output("target", "start")


def test_start_works_again_without_relaunching(rig: Rig) -> None:
    rig.host.want("monitoring")
    rig.wait_for(lambda state: state["condition"] == "monitoring")
    for number in range(2):
        rig.host.want("running")
        started = rig.wait_for(lambda state: state["condition"] == "running" and state["status"]["time"] > 0.3)
        with pytest.raises(ConfigurationError, match="stop it first"):
            rig.host.want("monitoring")
        rig.host.stop()
        rig.wait_for(lambda state: state["condition"] == "open")
        with psi.open_recording(started["recording"]) as recording:
            assert recording.finish_reason == "stopped"
            assert recording.streams["microphone"].shape[0] > 0.3 * 20e3
        assert len([path for path in rig.folder.iterdir() if path.name.startswith("run")]) == number + 1
    # A rig stays open for days: of what came before the last run nothing is kept.
    assert [made() for made in rig.made[:3]] == [None] * 3
