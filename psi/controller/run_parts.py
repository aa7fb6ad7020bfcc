"""What a run is made from: declarations, documents and settings, none of which it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from psi.context.context import Context
from psi.controller.dispatch.action import ActionIndex
from psi.controller.dispatch.event import EventNames
from psi.controller.trials.state_machine import Region
from psi.controller.trials.totals import NOTHING_EARLIER, Earlier
from psi.controller.trials.trial_sequence import TrialSequence
from psi.controller.wiring import Wiring
from psi.core.random_streams import RandomStreams
from psi.models.scoring import ScoringSpec
from psi.models.task import Task

Mode = Literal["running", "monitoring", "open"]


@dataclass(frozen=True)
class RunSettings:
    """How a run is run; not part of what it is a function of."""

    run_id: str
    #: True: as fast as ``speed`` says, deterministic. False: on the wall clock.
    lockstep: bool = False
    #: Times real time in lockstep; ``None`` is as fast as the machine can.
    speed: float | None = None
    #: Folder of the recording; empty where nothing is recorded.
    folder: str = ""
    #: 'running' records and follows trial logic; 'monitoring' lets inputs flow and records nothing;
    #: 'open' only lets outputs be worked by hand.
    mode: Mode = "running"
    #: Whether somebody begins the next run where an engine's ``on_overrun`` asks for it.
    restarts: bool = False


@dataclass(frozen=True)
class CarriedStates:
    """What selectors of an earlier run knew."""

    #: The earlier run's recording.
    source: str
    #: Selector -> its state, as :meth:`psi.context.selection.Selection.state` gave it.
    states: Mapping[str, Mapping[str, Any]]
    #: The earlier run.
    run_id: str = ""


@dataclass(frozen=True)
class RunParts:
    """The declarations and documents that a run is made from; none of them is changed by it."""

    wiring: Wiring
    names: EventNames
    index: ActionIndex
    context: Context
    #: The task as started with; edits during the run make others of it.
    task: Task
    streams: RandomStreams
    block_duration: Fraction
    #: Trial logic: the StateMachine, where there is one, then the regions beside it.
    regions: tuple[Region, ...] = ()
    sequence: TrialSequence | None = None
    #: 'rig', 'task', 'session', 'provenance' as they are to be recorded.
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: What selectors go on from: states that an earlier run left.
    carried: CarriedStates | None = None
    #: Type of trial that an experimenter may choose -> the selector that gives its setting.
    trial_types: Mapping[str, str | None] = field(default_factory=dict)
    #: What earlier recordings of the subject say of the same day.
    earlier: Earlier = NOTHING_EARLIER
    #: What the task's scores mean.
    scoring: ScoringSpec = field(default_factory=ScoringSpec)
