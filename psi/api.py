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
from psi.inputs.accumulate import Accumulate
from psi.inputs.auto_threshold import AutoThreshold
from psi.inputs.average import Average
from psi.inputs.bitmask import Bitmask
from psi.inputs.blocked import Blocked
from psi.inputs.calibrated_input import CalibratedInput
from psi.inputs.capture import Capture
from psi.inputs.decimate import Decimate
from psi.inputs.decimate_to import DecimateTo
from psi.inputs.delay import Delay
from psi.inputs.derivative import Derivative
from psi.inputs.discard import Discard
from psi.inputs.downsample import Downsample
from psi.inputs.edges import Edges
from psi.inputs.envelope import Envelope
from psi.inputs.epoch_filters import AverageEpochs, Baseline, Detrend, RejectEpochs
from psi.inputs.event_rate import EventRate
from psi.inputs.extract_epochs import ExtractEpochs
from psi.inputs.extract_power import ExtractPower
from psi.inputs.fir_filter import FIRFilter
from psi.inputs.iir_filter import IIRFilter
from psi.inputs.input import ContinuousInput, Input
from psi.inputs.notch import Notch
from psi.inputs.reference import Reference
from psi.inputs.rms import RMS
from psi.inputs.select import Select
from psi.inputs.spike_detect import SpikeDetect
from psi.inputs.spl import SPL
from psi.inputs.threshold import Threshold
from psi.inputs.transform import Transform
from psi.models.calibration import FlatCalibration
from psi.outputs.output import ContinuousOutput, EpochOutput, Output, Toggle, Trigger
from psi.outputs.stimulus import Noise, Stimulus, Tone

__all__ = [
    "RMS",
    "SPL",
    "AIChannel",
    "AOChannel",
    "Accumulate",
    "AutoThreshold",
    "Average",
    "AverageEpochs",
    "Baseline",
    "Bitmask",
    "Blocked",
    "BoolParameter",
    "CIChannel",
    "COChannel",
    "CalibratedInput",
    "Capture",
    "Command",
    "ContinuousInput",
    "ContinuousOutput",
    "DIChannel",
    "DOChannel",
    "Decimate",
    "DecimateTo",
    "Delay",
    "Derivative",
    "Detrend",
    "Discard",
    "Downsample",
    "Edges",
    "ElectrocardiogramSource",
    "Engine",
    "EngineDriver",
    "EnumParameter",
    "Envelope",
    "EpochOutput",
    "EventRate",
    "ExperimentAction",
    "ExperimentEvent",
    "ExperimentState",
    "Extension",
    "ExtensionPoint",
    "ExtractEpochs",
    "ExtractPower",
    "FIRFilter",
    "FileSource",
    "FlatCalibration",
    "IIRFilter",
    "Input",
    "Listener",
    "LoopBack",
    "NextTrial",
    "Noise",
    "NoiseSource",
    "Notch",
    "Output",
    "Panel",
    "Paradigm",
    "Parameter",
    "ParticipantFactory",
    "Plugin",
    "PluginManifest",
    "Ports",
    "Reference",
    "RejectEpochs",
    "ReplayEngine",
    "Result",
    "Rig",
    "RigValue",
    "RoomLightSerialPortEngine",
    "RovingParameter",
    "Select",
    "SequenceSelector",
    "SerialChannel",
    "SerialEngine",
    "SerialPumpEngine",
    "SimulatedEngine",
    "SingleSetting",
    "SoundcardEngine",
    "SpikeDetect",
    "State",
    "StateMachine",
    "Stimulus",
    "SubjectPort",
    "Threshold",
    "Toggle",
    "Tone",
    "ToneSource",
    "Transform",
    "Transition",
    "TrialSequence",
    "Trigger",
    "VirtualSubject",
    "figures",
    "late",
]
