"""What a syringe pump measured is what the session gave: in the totals, in the stop rules and against the target."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from psi.controller.dispatch.event import Event
from psi.controller.run import Run
from psi.core.errors import ConfigurationError
from psi.testing import ScriptedSession

pytest.importorskip("serial", reason="pyserial is not installed")
pytest.importorskip("pty", reason="this system has no pseudo-terminals")

from psi.testing.serial_devices import SyringePump

RIG = """
from psi.api import AIChannel, Extension, Input, Rig, RigValue, SerialChannel, SerialPumpEngine, SimulatedEngine


enamldef Booth(Rig): rig:
    id = 'booth'
    RigValue:
        name = 'pump_port'
        default = 'COM4'
    RigValue:
        name = 'dose'
        default = 0.02
    RigValue:
        name = 'direction'
        default = 'out'

    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
        SimulatedEngine:
            name = 'card'
            AIChannel:
                channel = 'Dev1/ai0'
                fs = 1e3
                Input:
                    name = 'microphone'
        SerialPumpEngine:
            name = 'pump'
            connection_url = rig['pump_port']
            rate = 12.0
            timeout = 30.0
            volume = rig['dose']
            pumps = rig['direction']
            SerialChannel:
                channel = '0'
                name = 'water_dispense'
"""

PARADIGM = """
from psi.api import Extension, Paradigm, State, StateMachine


enamldef Drops(Paradigm):
    id = 'drops'
    manifests = ['water_dispenser']
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'waiting'
                posts = ['next_trial']
                duration = '0.25'
                target = 'going'
            State:
                name = 'going'
                posts = ['trial_start', 'deliver_reward', 'trial_end']
                duration = '0.05'
                target = 'waiting'
"""


@pytest.fixture
def device() -> Iterator[SyringePump]:
    with SyringePump() as pump:
        yield pump


def session(folder: Path, device: SyringePump, paradigm: str = "drops", **more: Any) -> ScriptedSession:
    for name, text in (("booth.enaml", RIG), ("drops.enaml", PARADIGM)):
        (folder / name).write_text(text)
    return ScriptedSession(
        str(folder / "drops.enaml") if paradigm == "drops" else paradigm,
        str(folder / "booth.enaml"),
        folder / "out",
        rig_sets=[f"pump_port={device.url}", *more.pop("rig_sets", [])],
        lockstep=False,
        **more,
    )


def fire(run: Any) -> None:
    run.controls.work_output("water_dispense_trigger", "fire", duration=0.01)


def test_doses_that_the_pump_measured_end_the_session_and_are_counted_once(tmp_path: Path, device: SyringePump) -> None:
    document = tmp_path / "m1.json"
    document.write_text('{"kind": "session", "subject": "m1", "target_volume": 0.2}')

    def script(run: Any) -> None:
        # While the first trial's dose is given, which takes 0.1 s: a hand's dose waits for its turn.
        def listen(event: Event) -> None:
            if event.name == "deliver_reward" and run.trials.counts.committed == 0:
                fire(run)

        run.dispatcher.listeners.append(listen)

    # A pulse is as long as water_pulse_duration says; the dose is the pump's.
    made = session(tmp_path, device, stop_after=["volume=0.05"], session_file=document, duration=60.0)
    with made.run(script) as recording:
        assert recording.finish_reason == "volume"
        doses = recording.events[recording.events["name"] == "water_dispense_delivered"]["info"]
        late = recording.audit[recording.audit["what"] == "water_dispense_delivered"]["info"]
        totals = recording.audit[recording.audit["what"] == "totals"]["info"].iloc[-1]
    measured = math.fsum(info["volume"] for info in (*doses, *late))
    # The pump counts in µl.
    assert measured == pytest.approx(device.pumps[0].given["INF"], abs=1e-5)
    # The last dose is given to its end, although the run has ended.
    assert measured / 0.02 == pytest.approx(round(measured / 0.02), abs=1e-3)
    assert measured >= 0.05
    assert totals["volume"] == pytest.approx(measured)
    volumes = totals["outlets"]["water_dispense_trigger"]["volume"]
    assert volumes == {"trial": pytest.approx(measured - 0.02), "hand": pytest.approx(0.02)}
    assert totals["left"] == pytest.approx(0.2 - measured)
    assert totals["today"]["volume"] == pytest.approx(measured)


def test_a_dose_that_lasts_too_long_is_cut_at_the_end_and_counts_as_far_as_it_came(
    tmp_path: Path, device: SyringePump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "LONGEST_PULSE", 0.25)
    # 5 ml at 12 ml/min would take 25 s.
    made = session(tmp_path, device, "record", duration=0.5, manifests=["water_dispenser"], rig_sets=["dose=5"])
    with made.run(lambda run: run.dispatcher.call_at(0.1, lambda: fire(run))) as recording:
        totals = recording.audit[recording.audit["what"] == "totals"]["info"].iloc[-1]
    outlet = totals["outlets"]["water_dispense_trigger"]
    given = device.pumps[0].given["INF"]
    assert 0 < given < 5
    assert outlet["pulses"] == {"trial": 0, "hand": 1}
    # Of such a volume the pump tells three digits behind the point.
    assert outlet["volume"] == {"trial": 0, "hand": pytest.approx(given, abs=1e-3)}


def test_what_a_pump_draws_in_is_given_to_nobody(tmp_path: Path, device: SyringePump) -> None:
    with pytest.raises(ConfigurationError, match="'volume' is not known: .* and no pump measures it"):
        session(tmp_path, device, stop_after=["volume=0.05"], rig_sets=["direction=in"])
