"""The grammar of manifests, in one import: everything that an ``.enaml`` manifest declares things with."""

from enaml.workbench.api import Extension, ExtensionPoint, Plugin, PluginManifest

from psi.context.adaptive_selectors import QuestPlusSelector, Staircase
from psi.context.items import (
    BoolParameter,
    EnumParameter,
    FileParameter,
    Group,
    MultiSelectParameter,
    Parameter,
    Result,
    RovingParameter,
    Row,
)
from psi.context.scoring import Rate, Score, Scoring, Sensitivity
from psi.context.selection import Selection
from psi.context.selectors import BlockSelector, CartesianProduct, Factor, Selector, SequenceSelector, SingleSetting
from psi.context.symbols import Symbol
from psi.controller.dispatch.action import Command, ExperimentAction
from psi.controller.dispatch.arguments import expr
from psi.controller.dispatch.event import ExperimentEvent, ExperimentState
from psi.controller.paradigm import Paradigm
from psi.controller.participant import ParticipantFactory
from psi.controller.trials.state_machine import Entry, Exit, Region, State, StateMachine, Transition
from psi.controller.trials.trial_sequence import NextTrial, TrialSequence
from psi.core.expressions import SymbolGroup
from psi.engines.nidaqmx import NIDAQEngine
from psi.engines.replay import ElectrocardiogramSource, ReplayEngine
from psi.engines.serial import RoomLightSerialPortEngine, SerialEngine, SerialPumpEngine
from psi.engines.simulated import (
    Discriminator,
    FileSource,
    Listener,
    LoopBack,
    NoiseSource,
    SimulatedEngine,
    SubjectPort,
    SubjectPorts,
    ToneSource,
    VirtualSubject,
)
from psi.engines.soundcard import SoundcardEngine
from psi.experiment.panel import Panel, figures, late
from psi.experiment.selectors.views import SelectorView
from psi.experiment.strips.toolbar import ToolbarButton
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
    "BlockSelector",
    "Blocked",
    "BoolParameter",
    "CIChannel",
    "COChannel",
    "CalibratedInput",
    "Capture",
    "CartesianProduct",
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
    "Discriminator",
    "Downsample",
    "Edges",
    "ElectrocardiogramSource",
    "Engine",
    "EngineDriver",
    "Entry",
    "EnumParameter",
    "Envelope",
    "EpochOutput",
    "EventRate",
    "Exit",
    "ExperimentAction",
    "ExperimentEvent",
    "ExperimentState",
    "Extension",
    "ExtensionPoint",
    "ExtractEpochs",
    "ExtractPower",
    "FIRFilter",
    "Factor",
    "FileParameter",
    "FileSource",
    "FlatCalibration",
    "Group",
    "IIRFilter",
    "Input",
    "Listener",
    "LoopBack",
    "MultiSelectParameter",
    "NIDAQEngine",
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
    "QuestPlusSelector",
    "Rate",
    "Reference",
    "Region",
    "RejectEpochs",
    "ReplayEngine",
    "Result",
    "Rig",
    "RigValue",
    "RoomLightSerialPortEngine",
    "RovingParameter",
    "Row",
    "Score",
    "Scoring",
    "Select",
    "Selection",
    "Selector",
    "SelectorView",
    "Sensitivity",
    "SequenceSelector",
    "SerialChannel",
    "SerialEngine",
    "SerialPumpEngine",
    "SimulatedEngine",
    "SingleSetting",
    "SoundcardEngine",
    "SpikeDetect",
    "Staircase",
    "State",
    "StateMachine",
    "Stimulus",
    "SubjectPort",
    "SubjectPorts",
    "Symbol",
    "SymbolGroup",
    "Threshold",
    "Toggle",
    "Tone",
    "ToneSource",
    "ToolbarButton",
    "Transform",
    "Transition",
    "TrialSequence",
    "Trigger",
    "VirtualSubject",
    "expr",
    "figures",
    "late",
]
