"""A cable that is pulled, or a sound server that ends, in the middle of a run in processes of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import psi
from psi.testing.sound_server import SoundServer, missing

LiveRuns = Callable[..., Any]

RIG = '''"""A microphone in memory, and two lights at serial ports."""
from psi.api import (
    AIChannel,
    Extension,
    Input,
    Rig,
    RigValue,
    RoomLightSerialPortEngine,
    SerialChannel,
    SimulatedEngine,
)


enamldef TwoLights(Rig): rig:
    id = 'two_lights'

    RigValue:
        name = 'light'
        default = ''
    RigValue:
        name = 'other'
        default = ''

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
        RoomLightSerialPortEngine:
            name = 'light'
            connection_url = rig['light']
            SerialChannel:
                name = 'room_light'
        RoomLightSerialPortEngine:
            name = 'other'
            connection_url = rig['other']
            SerialChannel:
                name = 'infrared'
                safe_value = 1.0
'''


def test_a_cable_pulled_in_a_run_ends_it_with_everything_kept_and_the_rest_safe(
    place: Path, live_run: LiveRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("serial", reason="pyserial is not installed")
    pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    from psi.testing.serial_devices import LightBox

    (place / "lab" / "hardware_configs").mkdir(parents=True)
    (place / "lab" / "hardware_configs" / "two_lights.enaml").write_text(RIG, encoding="utf-8")
    monkeypatch.setenv("PSI_PATH", str(place / "lab"))
    with LightBox() as light, LightBox() as other:
        rig = ["--rig", "two_lights", "--set-rig", f"light={light.url}", "--set-rig", f"other={other.url}"]
        run = live_run("record", *rig, "--manifest", "room_light", "--out", "pulled")
        assert light.wait_for(lambda: 1 in light.levels)
        url = light.url
        light.unplug()
        status, summary, said = run.end()
        assert other.levels == [1]
    assert status == 3
    assert summary["finish_reason"] == "fault"
    (line,) = [line for line in said.splitlines() if "error" in line]
    assert f"engine 'light': port '{url}' is gone" in line
    assert "outputs of engine 'light' may not be at their safe values: room_light" in line
    assert "Traceback" not in said
    with psi.open_recording("pulled") as recording:
        assert recording.finish_reason == "fault"
        faults = recording.audit[recording.audit["what"] == "fault"]
        assert url in faults["info"].iloc[0]["message"]
        assert len(recording.streams["microphone"].data) > 0


def test_a_sound_server_that_ends_in_a_run_ends_it_with_everything_kept(
    place: Path, live_run: LiveRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sounddevice", exc_type=(ImportError, OSError))
    if missing():
        pytest.skip(missing())
    with SoundServer() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        run = live_run("record", "--rig", "soundcard", "--out", "ended")
        server.end()
        status, summary, said = run.end()
    assert status == 3
    assert summary["finish_reason"] == "fault"
    assert "engine 'sound': the sound card has " in said
    with psi.open_recording("ended") as recording:
        assert recording.finish_reason == "fault"
        assert len(recording.streams["microphone"].data) > 0
