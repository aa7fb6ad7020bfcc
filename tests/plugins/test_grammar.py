"""The public grammar of manifests: every snippet of the document that psi grew from, run.

Spelling slips of the original are put right and said where they were. Where it names an engine for NI's
devices, the same tree stands under ``SimulatedEngine``: channels, inputs and outputs are the grammar, the
engine's name is the device.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import signal

from psi.core.errors import ConfigurationError
from psi.data.recording import Recording
from psi.testing import ScriptedSession

IMPORTS = """\
from math import pi

from enaml.workbench.core.command import Command

from psi.api import (
    AIChannel, AOChannel, ContinuousInput, ContinuousOutput, DOChannel, Downsample, Edges, EpochOutput,
    ExperimentAction, ExperimentEvent, Extension, IIRFilter, Input, LoopBack, Noise, Paradigm, Parameter,
    PluginManifest, Rig, SerialChannel, SimulatedEngine, State, StateMachine, Threshold, Toggle, Tone, ToneSource,
    Transition, Trigger,
)

"""


def write(folder: Path, name: str, text: str) -> str:
    """``text`` as the manifest ``name``; returns its path, which is accepted wherever a name is."""
    path = folder / f"{name}.enaml"
    path.write_text(IMPORTS + textwrap.dedent(text), encoding="utf-8")
    return str(path)


def events_named(recording: Any, name: str) -> Any:
    return recording.events[recording.events["name"] == name]


def driver_of(session: ScriptedSession, engine: str) -> Any:
    """The driver that the engine had in the run, with what it wrote down."""
    assert session.last_run is not None
    return session.last_run.io.drivers[engine]


def refusal(*args: Any, **more: Any) -> list[str]:
    """What is found wrong, one line each."""
    with pytest.raises(ConfigurationError) as refused:
        ScriptedSession(*args, **more)
    return [str(finding) for finding in refused.value.findings]


# -- engines ----------------------------------------------------------------------------------


#: The tree as the document has it, but for the engine. Below the channels: what is at the other end of the wires.
ENGINE_TREE = """\
enamldef Booth(Rig):
    id = 'booth'

    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
        SimulatedEngine:
            AOChannel:
                channel = 'Dev1/ao0'
                fs = 200e3
                ContinuousOutput:
                    name = 'background'
                EpochOutput:
                    name = 'target'
            AIChannel:
                channel = 'Dev1/ai0'
                fs = 200e3
                start_trigger = 'ao/StartTrigger'
                ContinuousInput:
                    name = 'microphone'
            AIChannel:
                channel = 'Dev1/ai1'
                fs = 200e3
                start_trigger = 'ao/StartTrigger'

                IIRFilter:
                    f_lowpass = 200
                    btype = 'lowpass'
                    ftype = 'butter'
                    N = 4
                    Downsample:
                        # effective Fs is 500
                        name = 'nose_poke_analog'
                        q = 400
                        Threshold:
                            threshold = 2.5
                            Edges:
                                debounce = 5
                                name = 'nose_poke'

            DOChannel:
                channel = 'Dev1/port0/line0'
                fs = 0
                Trigger:
                    name = 'food_dispense_trigger'
                    duration = 0.1

            LoopBack:
                output = 'Dev1/ao0'
                to = 'Dev1/ai0'
            ToneSource:
                # a nose that comes and goes four times a second
                to = 'Dev1/ai1'
                amplitude = 5.0
                frequency = 4.0
                phase = -pi / 2
"""

LISTENING = """\
enamldef Listening(Paradigm):
    id = 'listening'
    requires = ['background', 'target', 'microphone', 'nose_poke', 'food_dispense_trigger']

    Extension:
        id = 'io'
        point = 'psi.controller.io'
        Tone:
            output = 'background'
            level = '-40'
            frequency = '500'
            duration = '0.01'
            rise_time = '0'
        Tone:
            output = 'target'
            level = '-20'
            frequency = '4000'
            duration = '0.05'
            rise_time = '0.005'
    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
        ExperimentAction:
            event = 'nose_poke_rising'
            command = 'psi.controller.start'
            kwargs = {'output': 'target'}
        ExperimentAction:
            event = 'nose_poke_falling'
            command = 'psi.controller.fire'
            kwargs = {'output': 'food_dispense_trigger'}
"""


@pytest.fixture(scope="module")
def booth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    folder = tmp_path_factory.mktemp("booth")
    paradigm, rig = write(folder, "listening", LISTENING), write(folder, "booth", ENGINE_TREE)
    with ScriptedSession(paradigm, rig, folder / "recording", duration=1.05).run() as recording:
        yield recording


def test_in_the_engine_tree_what_has_a_name_is_saved_and_the_stage_without_one_is_not(booth: Recording) -> None:
    """The document's first tree, with ``SimulatedEngine`` for ``NIDAQEngine``."""
    assert {name: (stream.fs, stream.shape) for name, stream in booth.streams.items()} == {
        "microphone": (200e3, (210000, 1)),
        "nose_poke_analog": (500.0, (525, 1)),
    }


def test_the_nose_poke_is_filtered_downsampled_and_detected_as_the_whole_signal_would_be(booth: Recording) -> None:
    nose = 5 * np.sin(2 * np.pi * 4 * np.arange(210000) / 200e3 - np.pi / 2)
    sos = signal.butter(4, 200, "lowpass", fs=200e3, output="sos")
    expected = signal.sosfilt(sos, nose, zi=signal.sosfilt_zi(sos) * nose[0])[0][::400]
    saved = np.asarray(booth.streams["nose_poke_analog"].data[:, 0])
    np.testing.assert_allclose(saved, expected, atol=1e-5)
    above = expected > 2.5
    rising = np.flatnonzero(above[1:] & ~above[:-1]) + 1
    falling = np.flatnonzero(~above[1:] & above[:-1]) + 1
    assert len(rising) == len(falling) == 4
    for name, samples in (("nose_poke_rising", rising), ("nose_poke_falling", falling)):
        events = events_named(booth, name)
        assert list(events["sample"]) == list(samples)
        assert list(events["time"]) == list(samples / 500)


def test_background_and_target_are_blended_on_their_channel(booth: Recording) -> None:
    targets = booth.outputs[booth.outputs["name"] == "target"]
    assert len(targets) == 4
    assert list(events_named(booth, "target_start")["sample"]) == list(targets["sample"])
    index = np.arange(210000)
    expected = 10 ** (-40 / 20) * 10 * np.sin(2 * np.pi * 500 * index / 200e3)
    n = round(0.05 * 200e3)
    ramp = np.sin((np.arange(1000) + 0.5) * np.pi / 2000) ** 2
    epoch = 10 ** (-20 / 20) * 10 * np.sin(2 * np.pi * 4000 * np.arange(n) / 200e3)
    epoch *= np.concatenate([ramp, np.ones(n - 2000), ramp[::-1]])
    for s0 in targets["sample"]:
        expected[s0 : s0 + n] += epoch
    np.testing.assert_allclose(np.asarray(booth.streams["microphone"].data[:, 0]), expected, atol=1e-6)


def test_the_trigger_is_high_for_its_duration(booth: Recording) -> None:
    starts = events_named(booth, "food_dispense_trigger_start")["time"].to_numpy()
    ends = events_named(booth, "food_dispense_trigger_end")["time"].to_numpy()
    assert len(starts) == 4
    np.testing.assert_allclose(ends - starts, 0.1, atol=1e-12)


ARRAY_TREE = """\
enamldef Array(Rig):
    id = 'array'

    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
        SimulatedEngine:
            AIChannel:
                channel = 'Dev2/ai0:16'
                fs = 25e3
                start_trigger = 'Dev2/PFI0'
                {labels}

                IIRFilter:
                    f_lowpass = 200
                    btype = 'lowpass'
                    ftype = 'butter'
                    N = 4
                    name = 'lfp'

                IIRFilter:
                    f_highpass = 300
                    f_lowpass = 3000
                    btype = 'bandpass'
                    ftype = 'butter'
                    N = 4
                    name = 'spikes'

                Input:
                    name = 'raw_signal'

            ToneSource:
                to = 'Dev2/ai0:16'
                frequency = 10.0
            ToneSource:
                to = 'Dev2/ai0:16'
                amplitude = 0.5
                frequency = 1000.0
"""


def test_the_electrode_array_gives_three_signals_of_17_channels(tmp_path: Path) -> None:
    """The document says 16 channels and writes ``'Dev2/ai0:16'``, which is 17 lines in NI's reading: 0 to 16.

    The tree is the document's, under ``SimulatedEngine``.
    """
    rig = write(tmp_path, "array", ARRAY_TREE.format(labels=""))
    with ScriptedSession("record", rig, tmp_path / "recording", duration=0.5).run() as recording:
        assert list(recording.streams) == ["lfp", "spikes", "raw_signal"]
        index = np.arange(12500)
        raw = np.sin(2 * np.pi * 10 * index / 25e3) + 0.5 * np.sin(2 * np.pi * 1000 * index / 25e3)
        expected = {"raw_signal": raw}
        for name, settings in (("lfp", (4, 200, "lowpass")), ("spikes", (4, [300, 3000], "bandpass"))):
            sos = signal.butter(*settings, fs=25e3, output="sos")
            expected[name] = signal.sosfilt(sos, raw, zi=signal.sosfilt_zi(sos) * raw[0])[0]
        for name, samples in expected.items():
            stream = recording.streams[name]
            assert (stream.fs, stream.shape) == (25e3, (12500, 17))
            assert (stream.labels[0], stream.labels[-1]) == ("Dev2/ai0", "Dev2/ai16")
            np.testing.assert_allclose(stream.data[:, 16], samples, atol=1e-6)


def test_sixteen_labels_for_the_seventeen_lines_are_refused_with_both_numbers(tmp_path: Path) -> None:
    labels = "labels = tuple(f'electrode {n}' for n in range(16))"
    rig = write(tmp_path, "array", ARRAY_TREE.format(labels=labels))
    findings = refusal("record", rig, tmp_path / "recording")
    assert any("is 17 lines (Dev2/ai0 to Dev2/ai16) but has 16 labels" in text for text in findings), findings


# -- outputs apart from the hardware ----------------------------------------------------------


#: Stands in a file of its own beside the rig, as it would for any device that psi does not know.
SERIAL_ENGINES = """\
from atom.api import Str
from enaml.core.api import d_

from psi.api import Engine, EngineDriver


class SerialDriver(EngineDriver):
    '''Sets lines at the other end of a serial port; here it writes down what it would have sent.'''

    def __init__(self, engine, ports):
        super().__init__(engine, ports)
        self.written = []

    def prepare(self):
        self.port = self.engine.connection_url

    def start(self): ...

    def advance(self, block): ...

    def committed(self, channel):
        return 0

    def write_line(self, channel, level):
        self.written.append((channel, level))

    def stop(self): ...

    def ensure_stopped(self): ...


class SerialPumpEngine(Engine):
    connection_url = d_(Str())

    def driver(self, ports):
        return SerialDriver(self, ports)


class RoomLightSerialPortEngine(SerialPumpEngine):
    pass
"""

#: Slips of the original: 'food_dispense' has no channel of that name, which the line of the DAQ card gets here;
#: the pump's channel is a bare ``Channel``, which is a ``SerialChannel``; the two engines have names.
NAMED_CHANNELS = """\
from .serial_engines import SerialPumpEngine


enamldef Named(Rig):
    id = 'named'

    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
        SimulatedEngine:
            name = 'card'
            AOChannel:
                channel = 'Dev1/ao0'
                fs = 200e3
                name = 'speaker1'
            DOChannel:
                channel = 'Dev1/port0/line0'
                fs = 0
                {named}
            AIChannel:
                channel = 'Dev1/ai0'
                fs = 200e3
                Input:
                    name = 'microphone'
            LoopBack:
                output = 'speaker1'
                to = 'Dev1/ai0'
        SerialPumpEngine:
            name = 'pump'
            connection_url = 'COM3'
            SerialChannel:
                name = 'water_dispense'
"""

OUTPUTS_ELSEWHERE = """\
enamldef Outputs(PluginManifest):
    id = 'outputs'

    Extension:
        id = 'io'
        point = 'psi.controller.io'
        ContinuousOutput:
            name = 'background'
            channel = 'speaker1'
        EpochOutput:
            name = 'target'
            channel = 'speaker1'
        Trigger:
            name = 'food_dispense_trigger'
            channel = 'food_dispense'
        Trigger:
            name = 'water_dispense_trigger'
            channel = 'water_dispense'
    Extension:
        id = 'stimuli'
        point = 'psi.controller.io'
        Tone:
            output = 'target'
            level = '-20'
            duration = '0.02'
"""

USES_THEM = """\
enamldef UsesThem(Paradigm):
    id = 'uses_them'
    requires = ['background', 'target', 'food_dispense_trigger', 'water_dispense_trigger']

    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
        ExperimentAction:
            event = 'experiment_start'
            command = 'psi.controller.start'
            kwargs = {'output': 'target'}
        ExperimentAction:
            event = 'experiment_start'
            command = 'psi.controller.fire'
            kwargs = {'output': 'food_dispense_trigger'}
        ExperimentAction:
            event = 'experiment_start'
            command = 'psi.controller.fire'
            kwargs = {'output': 'water_dispense_trigger'}
"""


def write_named(folder: Path, named: str) -> tuple[str, str, str]:
    """Paths of rig, paradigm and the manifest with the outputs."""
    (folder / "serial_engines.py").write_text(SERIAL_ENGINES, encoding="utf-8")
    rig = write(folder, "named", NAMED_CHANNELS.format(named=named))
    return rig, write(folder, "uses_them", USES_THEM), write(folder, "outputs", OUTPUTS_ELSEWHERE)


def test_outputs_declared_elsewhere_find_their_channels_by_name_on_two_engines(tmp_path: Path) -> None:
    rig, paradigm, outputs = write_named(tmp_path, "name = 'food_dispense'")
    session = ScriptedSession(paradigm, rig, tmp_path / "recording", manifests=[outputs], duration=0.2)
    with session.run() as recording:
        played = recording.outputs
        assert list(played["name"]) == ["target", "food_dispense_trigger", "water_dispense_trigger"]
        s0 = int(played["sample"].iloc[0])
        microphone = np.asarray(recording.streams["microphone"].data[:, 0])
        assert not microphone[:s0].any()
        assert np.std(microphone[s0 + 2000 : s0 + 2400]) > 0.5
        pump = driver_of(session, "pump")
        assert pump.port == "COM3"
        assert pump.written == [("water_dispense", 1.0), ("water_dispense", 0.0)]


def test_an_output_on_a_channel_that_no_engine_names_is_found_with_the_nearest_names(tmp_path: Path) -> None:
    """As the document has it: nothing is called 'food_dispense'."""
    rig, paradigm, outputs = write_named(tmp_path, "")
    findings = refusal(paradigm, rig, tmp_path / "recording", manifests=[outputs])
    lost = [text for text in findings if "needs the channel" in text]
    assert len(lost) == 1
    assert "output 'food_dispense_trigger' needs the channel 'food_dispense'" in lost[0]
    assert "water_dispense" in lost[0]
    assert "outputs.enaml:" in lost[0]


# -- commands and actions ---------------------------------------------------------------------


#: One of the slips is put right: the point is Enaml's, 'enaml.workbench.core.commands'; the event is declared.
PELLET_DISPENSER = """\
def dispense_pellet(event):
    controller = event.workbench.get_plugin('psi.controller')
    output = controller.get_output('food_dispense_trigger')
    output.fire()


enamldef PelletDispenserManifest(PluginManifest):

    id = 'pellet_dispenser'

    Extension:
        id = 'events'
        point = 'psi.controller.events'
        ExperimentEvent:
            name = 'deliver_reward'

    Extension:
        id = 'commands'
        point = 'enaml.workbench.core.commands'
        Command:
            id = 'dispense_pellet'
            handler = dispense_pellet

    Extension:
        id = 'action'
        point = 'psi.controller.actions'
        ExperimentAction:
            event = 'deliver_reward'
            command = 'dispense_pellet'
"""

REWARDS = """\
enamldef Rewards(Paradigm):
    id = 'rewards'
    requires = ['food_dispense_trigger']

    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'waiting'
                duration = '0.15'
                target = 'reward'
            State:
                name = 'reward'
                posts = ['deliver_reward']
                duration = '0.15'
                target = 'waiting'
"""


def test_the_pellet_dispenser_fires_the_rigs_trigger_by_enamls_own_command(tmp_path: Path) -> None:
    manifest, paradigm = write(tmp_path, "dispenser", PELLET_DISPENSER), write(tmp_path, "rewards", REWARDS)
    rig = write(tmp_path, "booth", ENGINE_TREE)
    session = ScriptedSession(paradigm, rig, tmp_path / "recording", manifests=[manifest], duration=0.5)
    with session.run() as recording:
        rewards = events_named(recording, "deliver_reward")
        np.testing.assert_allclose(rewards["time"], [0.15, 0.45], atol=1e-12)
        pellets = recording.outputs[recording.outputs["name"] == "food_dispense_trigger"]
        np.testing.assert_allclose(pellets["time"], [0.15, 0.45], atol=1e-12)
        actions = recording.audit[recording.audit["name"] == "dispense_pellet"]
        assert [info["event"] for info in actions["info"]] == ["deliver_reward"] * 2
        # The second pellet was on its way at the end, and still dropped.
        assert events_named(recording, "food_dispense_trigger_end")["time"].iloc[-1] == pytest.approx(0.55)


#: Three parts apart, as the document thinks aloud: hardware, commands with the Toggle, and what a paradigm maps.
ROOM_LIGHT = """\
def light_on(event):
    controller = event.workbench.get_plugin('psi.controller')
    output = controller.get_output('room_light_toggle')
    output.set_high()

def light_off(event):
    controller = event.workbench.get_plugin('psi.controller')
    output = controller.get_output('room_light_toggle')
    output.set_low()


enamldef RoomLightCommands(PluginManifest):
    id = 'room_light_commands'

    Extension:
        id = 'commands'
        point = '{commands}'
        Command:
            id = 'psi.controller.room_light.turn_on'
            handler = light_on
        Command:
            id = 'psi.controller.room_light.turn_off'
            handler = light_off

    Extension:
        id = 'io'
        point = 'psi.controller.io'
        Toggle:
            name = 'room_light_toggle'
            channel = 'room_light'
"""

TIMEOUTS = """\
enamldef Timeouts(Paradigm):
    id = 'timeouts'

    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'ready'
                duration = '0.1'
                target = 'timeout'
            State:
                name = 'timeout'
                duration = '0.05'
                target = 'ready'

    Extension:
        id = 'actions'
        {point} = 'psi.controller.actions'
        ExperimentAction:
            event = 'timeout_start'
            command = 'psi.controller.room_light.turn_off'
        ExperimentAction:
            event = 'timeout_end'
            command = 'psi.controller.room_light.turn_on'
"""

LIGHT_ON_A_LINE = """\
enamldef LineLight(Rig):
    id = 'line_light'

    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
        SimulatedEngine:
            DOChannel:
                channel = 'Dev1/port0/line0'
                name = 'room_light'
                fs = 0
"""

LIGHT_ON_A_SERIAL_PORT = """\
from .serial_engines import RoomLightSerialPortEngine


enamldef SerialLight(Rig):
    id = 'serial_light'

    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
        RoomLightSerialPortEngine:
            SerialChannel:
                name = 'room_light'
"""

COMMANDS = "enaml.workbench.core.commands"


def levels_of_the_light(recording: Any) -> list[tuple[float, int]]:
    """(time in s, level) of each time that the light was set."""
    rows = recording.outputs[recording.outputs["name"] == "room_light_toggle"]
    return [
        (round(time, 9), info["level"]) for time, info in zip(rows["time"].tolist(), rows["info"].tolist(), strict=True)
    ]


#: A dark half of the time; the experiment ends in the light.
LIGHT = [(0.1, 0), (0.15, 1), (0.25, 0), (0.3, 1)]


def test_a_paradigm_maps_its_timeout_to_the_commands_of_the_room_light(tmp_path: Path) -> None:
    """The DAQ card is a ``SimulatedEngine``."""
    rig = write(tmp_path, "line_light", LIGHT_ON_A_LINE)
    paradigm = write(tmp_path, "timeouts", TIMEOUTS.format(point="point"))
    light = write(tmp_path, "room_light_commands", ROOM_LIGHT.format(commands=COMMANDS))
    session = ScriptedSession(paradigm, rig, tmp_path / "recording", manifests=[light], duration=0.35)
    with session.run() as recording:
        assert levels_of_the_light(recording) == LIGHT
        assert list(events_named(recording, "room_light_toggle_end")["time"].round(9)) == [0.25]


def test_a_room_light_at_a_serial_port_is_driven_by_the_same_manifest(tmp_path: Path) -> None:
    """``room_light`` as it is shipped: on from the start, off at the end."""
    (tmp_path / "serial_engines.py").write_text(SERIAL_ENGINES, encoding="utf-8")
    paradigm = write(tmp_path, "timeouts", TIMEOUTS.format(point="point"))
    written = {}
    for name, text in (("line_light", LIGHT_ON_A_LINE), ("serial_light", LIGHT_ON_A_SERIAL_PORT)):
        rig = write(tmp_path, name, text)
        session = ScriptedSession(paradigm, rig, tmp_path / f"of_{name}", manifests=["room_light"], duration=0.35)
        with session.run() as recording:
            written[name] = levels_of_the_light(recording)
    assert written["line_light"] == written["serial_light"] == [(0.0, 1), *LIGHT, (0.35, 0)]
    driver = driver_of(session, "")
    # The first is the level that the Toggle has before anything sets it.
    assert driver.written == [("room_light", level) for level in (0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0)]


def test_an_engine_that_keeps_its_own_time_is_refused_in_lockstep(tmp_path: Path) -> None:
    without_blocks = SERIAL_ENGINES.replace("    def advance(self, block): ...\n", "")
    assert without_blocks != SERIAL_ENGINES
    (tmp_path / "serial_engines.py").write_text(without_blocks, encoding="utf-8")
    rig = write(
        tmp_path,
        "serial_light",
        LIGHT_ON_A_SERIAL_PORT.replace("PortEngine:", "PortEngine:\n            name = 'light'"),
    )
    session = ScriptedSession("record", rig, tmp_path / "recording", duration=0.1)
    with pytest.raises(ConfigurationError, match="engine 'light' keeps its own time and cannot run in lockstep"):
        session.run()
    assert not (tmp_path / "recording").exists()


# -- slips ------------------------------------------------------------------------------------


def test_the_point_that_the_document_misspells_is_reported_with_the_nearest_name(tmp_path: Path) -> None:
    """``enaml.core.workbench.commands``, which Enaml would ignore in silence."""
    rig = write(tmp_path, "line_light", LIGHT_ON_A_LINE)
    paradigm = write(tmp_path, "timeouts", TIMEOUTS.format(point="point"))
    light = write(tmp_path, "room_light_commands", ROOM_LIGHT.format(commands="enaml.core.workbench.commands"))
    findings = refusal(paradigm, rig, tmp_path / "recording", manifests=[light])
    slip = [text for text in findings if "unknown point" in text]
    assert len(slip) == 1
    assert "'enaml.core.workbench.commands'; did you mean 'enaml.workbench.core.commands'" in slip[0]
    line = Path(light).read_text().splitlines().index("        point = 'enaml.core.workbench.commands'") + 1
    assert f"room_light_commands.enaml:{line}: " in slip[0]
    # What follows from it is said as well, at once.
    assert sum("unknown command 'psi.controller.room_light.turn_o" in text for text in findings) == 2


def test_ponit_is_a_clear_error_at_its_line(tmp_path: Path) -> None:
    rig = write(tmp_path, "line_light", LIGHT_ON_A_LINE)
    paradigm = write(tmp_path, "timeouts", TIMEOUTS.format(point="ponit"))
    findings = refusal(paradigm, rig, tmp_path / "recording", manifests=["room_light"])
    line = Path(paradigm).read_text().splitlines().index("        ponit = 'psi.controller.actions'") + 1
    assert len(findings) == 1, findings
    assert f"timeouts.enaml:{line}: " in findings[0]
    assert "Extension has no 'ponit'; did you mean 'point'?" in findings[0]
