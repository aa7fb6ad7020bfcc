"""What engines report during a run on the wall clock: waiting, losses, clocks of their own, lines that stay high."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import psi
from psi.assembly.request import new_run_id
from psi.controller.host import RigHost
from psi.controller.run import Run
from psi.core.errors import RunFault
from psi.link.state import StateSource
from psi.testing import ScriptedSession

#: Seconds after which what should have happened has not.
PATIENCE = 30.0

HEAD = '''"""A bench."""
from psi.api import (
    AIChannel, DIChannel, DOChannel, Edges, Extension, Input, Rig, SimulatedEngine, Threshold, Toggle, ToneSource,
    Trigger,
)


enamldef Bench(Rig):
    id = 'bench'

    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
'''

CARD = """\
        SimulatedEngine:
            name = 'card'
            {settings}
            AIChannel:
                channel = 'Dev1/ai0'
                fs = 1e3
                start_trigger = 'PFI0'
                Input:
                    name = 'microphone'
"""


@pytest.fixture
def session(tmp_path: Path) -> Callable[..., ScriptedSession]:
    def make(rig: str, duration: float | None = 0.5, lockstep: bool = False) -> ScriptedSession:
        path = tmp_path / "bench.enaml"
        path.write_text(HEAD + rig)
        return ScriptedSession("record", str(path), tmp_path / "r", duration=duration, lockstep=lockstep)

    return make


def card(*settings: str) -> str:
    return CARD.format(settings="\n            ".join(settings) or "look_ahead = 0.0")


def names(recording: psi.Recording, *wanted: str) -> list[str]:
    return [name for name in recording.events["name"] if name in wanted]


def test_a_run_whose_engine_waits_for_its_trigger_begins_with_it(session: Callable[..., ScriptedSession]) -> None:
    seen: list[dict[str, Any]] = []

    def script(run: Run) -> None:
        run.dispatcher.listeners.append(
            lambda event: seen.append({"status": run.status(), "now": run.clock.now(), "event": event.name})
        )

    with session(card("trigger_after = 0.7")).run(script) as recording:
        assert names(recording, "engine_waiting", "engine_started") == ["engine_waiting", "engine_started"]
        waiting = recording.events[recording.events["name"] == "engine_waiting"].iloc[0]
        assert waiting["info"] == {"engine": "card", "trigger": "PFI0", "timeout": 30.0}
        # Half a second of samples, although the run was on for longer: time stood still until the trigger.
        assert recording.streams["microphone"].shape[0] == pytest.approx(500, abs=60)
    armed = next(item for item in seen if item["event"] == "engine_waiting")
    assert armed["status"]["waiting"]["card"]["trigger"] == "PFI0"
    assert armed["now"] < 0.2
    started = next(item for item in seen if item["event"] == "engine_started")
    assert started["now"] < 0.2
    assert started["status"]["waiting"] == {}
    assert started["status"]["silent"] == {}


def test_a_trigger_that_does_not_come_ends_the_run_and_names_engine_and_trigger(
    session: Callable[..., ScriptedSession],
) -> None:
    with pytest.raises(RunFault, match=r"engine 'card' waited 0\.1 s for its start trigger 'PFI0', which did not come"):
        session(card("trigger_after = float('inf')", "trigger_timeout = 0.1")).run()


def test_lost_samples_end_the_run_with_their_index_and_keep_what_there_was(
    session: Callable[..., ScriptedSession], tmp_path: Path
) -> None:
    with pytest.raises(RunFault, match=r"engine 'card' lost 10 samples of 'Dev1/ai0' from sample 200 on"):
        session(card("loses_at = 0.2")).run()
    with psi.open_recording(tmp_path / "r") as recording:
        assert recording.finish_reason == "fault"
        (gap,) = recording.audit[recording.audit["what"] == "gap"]["info"]
        assert (gap["s0"], gap["n"], gap["engine"]) == (200, 10, "card")
        assert recording.streams["microphone"].shape[0] == 200


TWO = """\
        SimulatedEngine:
            name = 'card'
            AIChannel:
                channel = 'Dev1/ai0'
                fs = 1e3
                Input:
                    name = 'microphone'
        SimulatedEngine:
            name = 'camera'
            drift_ppm = 20000.0
            {clock}
            DIChannel:
                channel = 'Dev2/line0'
                fs = 1e3
                Edges:
                    name = 'frame'
            ToneSource:
                to = 'Dev2/line0'
                frequency = 50.0
"""


def test_an_edge_of_an_engine_with_a_clock_of_its_own_is_told_in_the_runs_time(
    session: Callable[..., ScriptedSession],
) -> None:
    with session(TWO.format(clock="look_ahead = 0.0"), duration=2.0).run() as recording:
        frames = recording.events[recording.events["name"] == "frame_rising"]
        assert set(frames["clock"]) == {"camera"}
        # A frame is every 20 ms of its clock, which is fast by 2 %: earlier by 2 % on the run's.
        own = frames["sample"].to_numpy() / 1e3
        times = frames["time"].to_numpy()
        late = own[-1] - times[-1]
        assert late == pytest.approx(0.02 * own[-1], rel=0.5)
        pairs = recording.clock_pairs
        assert set(pairs["engine"]) == {"card", "camera"}
        camera = pairs[pairs["engine"] == "camera"]
        np.testing.assert_allclose(camera["sample"] / 1e3, camera["time"])
        drifts = recording.audit[recording.audit["what"] == "clock"].set_index("name")["info"]
        assert drifts["camera"]["clock"] == "camera"
        # From two seconds hardly anything is believed of a drift, but more than of none.
        assert drifts["camera"]["drift_ppm"] > abs(drifts["card"]["drift_ppm"])


def test_engines_that_share_a_clock_need_no_map(session: Callable[..., ScriptedSession]) -> None:
    with session(TWO.format(clock="clock = 'card'"), duration=0.3).run() as recording:
        frames = recording.events[recording.events["name"] == "frame_rising"]
        assert set(frames["clock"]) == {"master"}
        np.testing.assert_allclose(frames["sample"] / 1e3, frames["time"])


LIGHT = """\
            DOChannel:
                channel = 'Dev1/port0/line0'
                name = 'light'
                max_on_time = 0.1
                Toggle:
                    name = 'light_toggle'
                    initially_high = True
"""


@pytest.mark.parametrize("lockstep", [False, True])
def test_a_line_that_stays_high_is_closed_after_its_longest_time(
    session: Callable[..., ScriptedSession], lockstep: bool
) -> None:
    levels: list[float] = []

    def script(run: Run) -> None:
        driver = run.io.drivers["card"]
        write = driver.write_line
        driver.write_line = lambda channel, level: (levels.append(level), write(channel, level))  # type: ignore

    with session(card() + LIGHT, lockstep=lockstep).run(script) as recording:
        (closed,) = recording.audit[recording.audit["what"] == "on_time"].itertuples()
        assert closed.name == "light"
        assert closed.time >= 0.1
        assert "light_toggle_end" in set(recording.events["name"])
    assert levels[-1] == 0.0


def test_a_line_is_closed_although_an_action_hangs(session: Callable[..., ScriptedSession]) -> None:
    lowered = threading.Event()

    def script(run: Run) -> None:
        driver = run.io.drivers["card"]
        write = driver.write_line

        def note(channel: str, level: float) -> None:
            write(channel, level)
            if level == 0.0:
                lowered.set()

        driver.write_line = note  # type: ignore[method-assign]
        # Nothing else happens on the dispatcher's thread until the line has been closed.
        run.dispatcher.call_at(0.01, lambda: lowered.wait(PATIENCE) or pytest.fail("the line stayed high"))

    session(card() + LIGHT).run(script).close()
    assert lowered.is_set()


def test_a_rig_begins_again_after_lost_samples_where_the_engine_says_so(
    session: Callable[..., ScriptedSession], tmp_path: Path
) -> None:
    prepared = session(card("loses_at = 0.1", "on_overrun = 'restart'"), duration=None).prepared
    runs: list[Run] = []
    second = threading.Event()

    def make_run(mode: str) -> Run:
        settings = replace(prepared.settings, run_id=new_run_id(), mode=mode, restarts=True)
        run = prepared.loaded.controller.make_run(prepared.task, settings, prepared.documents)
        runs.append(run)
        if len(runs) == 2:
            second.set()
        return run

    host = RigHost(make_run, StateSource())
    thread = threading.Thread(target=host.serve)
    thread.start()
    try:
        host.want("monitoring")
        assert second.wait(PATIENCE)
        assert runs[0].stop_request.reason == "overrun"
        assert runs[0].fault is None
    finally:
        host.quit()
        thread.join()
