"""The grammar of manifests, in one import: everything that an ``.enaml`` manifest declares things with."""

from enaml.workbench.api import Extension, ExtensionPoint, Plugin, PluginManifest

from psi.context.items import BoolParameter, EnumParameter, Parameter, Result, RovingParameter
from psi.context.selectors import SequenceSelector, SingleSetting
from psi.controller.action import Command, ExperimentAction
from psi.controller.event import ExperimentEvent, ExperimentState
from psi.controller.paradigm import Paradigm
from psi.controller.participant import ParticipantFactory
from psi.controller.state_machine import State, StateMachine, Transition
from psi.controller.trial_sequence import NextTrial, TrialSequence
from psi.engines.replay import ElectrocardiogramSource, ReplayEngine
from psi.engines.simulated import (
    FileSource,
    Listener,
    LoopBack,
    NoiseSource,
    SimulatedEngine,
    SubjectPort,
    ToneSource,
    VirtualSubject,
)
from psi.experiment.panel import Panel, figures, late
from psi.hardware.channel import (
    AIChannel,
    AOChannel,
    CIChannel,
    COChannel,
    DIChannel,
    DOChannel,
    SerialChannel,
)
from psi.hardware.engine import Engine, EngineDriver, Ports
from psi.hardware.rig import Rig, RigValue
from psi.inputs.calibrated_input import CalibratedInput
from psi.inputs.decimate import Decimate
from psi.inputs.downsample import Downsample
from psi.inputs.edges import Edges
from psi.inputs.iir_filter import IIRFilter
from psi.inputs.input import ContinuousInput, Input
from psi.inputs.threshold import Threshold
from psi.models.calibration import FlatCalibration
from psi.outputs.output import ContinuousOutput, EpochOutput, Output, Toggle, Trigger
from psi.outputs.stimulus import Noise, Stimulus, Tone

__all__ = [
    "AIChannel",
    "AOChannel",
    "BoolParameter",
    "CIChannel",
    "COChannel",
    "CalibratedInput",
    "Command",
    "ContinuousInput",
    "ContinuousOutput",
    "DIChannel",
    "DOChannel",
    "Decimate",
    "Downsample",
    "Edges",
    "ElectrocardiogramSource",
    "Engine",
    "EngineDriver",
    "EnumParameter",
    "EpochOutput",
    "ExperimentAction",
    "ExperimentEvent",
    "ExperimentState",
    "Extension",
    "ExtensionPoint",
    "FileSource",
    "FlatCalibration",
    "IIRFilter",
    "Input",
    "Listener",
    "LoopBack",
    "NextTrial",
    "Noise",
    "NoiseSource",
    "Output",
    "Panel",
    "Paradigm",
    "Parameter",
    "ParticipantFactory",
    "Plugin",
    "PluginManifest",
    "Ports",
    "ReplayEngine",
    "Result",
    "Rig",
    "RigValue",
    "RovingParameter",
    "SequenceSelector",
    "SerialChannel",
    "SimulatedEngine",
    "SingleSetting",
    "State",
    "StateMachine",
    "Stimulus",
    "SubjectPort",
    "Threshold",
    "Toggle",
    "Tone",
    "ToneSource",
    "Transition",
    "TrialSequence",
    "Trigger",
    "VirtualSubject",
    "figures",
    "late",
]
