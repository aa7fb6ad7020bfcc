"""The controller plugin: gathers declarations, checks them, and makes runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from atom.api import Value
from enaml.core.declarative import Declarative
from enaml.workbench.api import Plugin
from enaml.workbench.core.command import Command as EnamlCommand

from psi.controller.check import (
    chain_findings,
    level_findings,
    missing_findings,
    output_findings,
    stimulus_findings,
    timing_findings,
)
from psi.controller.dispatch.action import ActionIndex, ExperimentAction
from psi.controller.dispatch.event import Event, EventNames, ExperimentEvent, ExperimentState, event_findings
from psi.controller.dispatch.event_expression import EventExpression
from psi.controller.marks import mark_findings
from psi.controller.participant import Participant, ParticipantFactory
from psi.controller.run import Run
from psi.controller.run_parts import CarriedStates, RunParts, RunSettings
from psi.controller.trials.durations import constant_findings, item_findings
from psi.controller.trials.logic_checks import check_logic
from psi.controller.trials.state_machine import Region, StateMachine
from psi.controller.trials.stop_rules import rule_findings
from psi.controller.trials.totals import NOTHING_EARLIER, Earlier, has_volume
from psi.controller.trials.trial_sequence import TrialSequence, sequence_findings
from psi.controller.wiring import Wiring, event_names, make_wiring
from psi.core.contributions import by_name, gather, manifests_of, unknown_children, unknown_points, where_of
from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.core.random_streams import RandomStreams
from psi.hardware.engine import Engine
from psi.hardware.rig import Rig
from psi.inputs.input import Input
from psi.models.task import Task
from psi.outputs.output import Output
from psi.outputs.stimulus import Stimulus

#: What each of the controller's points takes.
POINT_KINDS: dict[str, tuple[type, ...]] = {
    "psi.controller.hardware": (Engine,),
    "psi.controller.io": (Output, Stimulus, Input),
    "psi.controller.events": (ExperimentEvent, ExperimentState),
    "psi.controller.actions": (ExperimentAction,),
    "psi.controller.logic": (StateMachine, Region, TrialSequence),
    "psi.controller.participants": (ParticipantFactory,),
}


class ControllerPlugin(Plugin):
    """Gathers what manifests contribute and makes a :class:`Run` of it, again and again."""

    #: The run that is going on, or the last one.
    run = Value()

    def get_output(self, name: str) -> Any:
        """The player of the output ``name`` in the run that is going on."""
        if self.run is None:
            raise ConfigurationError(f"output {name!r} can be worked during a run only; none is going on")
        players = self.run.io.players
        if name not in players:
            raise ConfigurationError(f"the rig has no output {name!r}{did_you_mean(name, players)}")
        return players[name]

    def post(self, event: str, info: Mapping[str, Any] | None = None) -> None:
        """Post ``event`` in the run that is going on; it is handled after what is being handled now.

        From any thread. Raises ``RunFault`` where nobody has declared the event.
        """
        if self.run is None:
            raise ConfigurationError(f"event {event!r} can be posted during a run only; none is going on")
        self.run.dispatcher.post(Event(event, self.run.clock.now(), info=info or {}))

    # -- declarations ------------------------------------------------------------------------

    def rig(self) -> Rig:
        """The rig that was loaded."""
        for manifest in manifests_of(self.workbench):
            if isinstance(manifest, Rig):
                return manifest
        raise ConfigurationError("no rig is loaded; name one with --rig")

    def wiring(self) -> Wiring:
        return make_wiring(self.workbench)

    def machine(self) -> StateMachine | None:
        found = gather(self.workbench, "psi.controller.logic", StateMachine)
        return found[0][1] if found else None

    def regions(self) -> list[Region]:
        """The state machine, where there is one, and the regions beside it in the order of declaration."""
        found = [region for _, region in gather(self.workbench, "psi.controller.logic", Region)]
        machine = self.machine()
        return [*([machine] if machine is not None else []), *(item for item in found if not item.owns_trial)]

    def sequence(self) -> TrialSequence | None:
        found = gather(self.workbench, "psi.controller.logic", TrialSequence)
        return found[0][1] if found else None

    def trial_types(self) -> dict[str, str | None]:
        """Each type of trial that an experimenter may choose -> the selector that gives its setting."""
        if self.machine() is None:
            return {}
        sequence = self.sequence()
        if sequence is not None:
            return sequence.trial_types()
        selectors = list(self.workbench.get_plugin("psi.context").selectors())
        return {name: name for name in selectors} or {"trial": None}

    @staticmethod
    def manifest_of(declared: Declarative) -> str:
        """Id of the manifest that holds ``declared``; a paradigm may go without one, and has its type's name."""
        manifest = declared
        while manifest.parent is not None:
            manifest = manifest.parent
        return getattr(manifest, "id", "") or type(manifest).__name__

    def commands(self) -> dict[str, EnamlCommand]:
        """Every command by its id."""
        return by_name(gather(self.workbench, "enaml.workbench.core.commands", EnamlCommand), "command", "id")

    def action_index(self, names: EventNames, by_hand_only: bool = False) -> ActionIndex:
        """What is done on events; with ``by_hand_only`` on those that nobody but a person posts without a run.

        These are the events that manifests declare, such as ``deliver_reward``. What an animal does to an open rig
        has no consequences.
        """
        actions = [
            (self.manifest_of(extension), action)
            for extension, action in gather(self.workbench, "psi.controller.actions", ExperimentAction)
        ]
        actions += [
            (extension.plugin_id, action)
            for extension, region in gather(self.workbench, "psi.controller.logic", Region)
            for state in region.declared_states()
            for action in state.actions()
        ]
        if by_hand_only:
            declared = {event.name for _, event in gather(self.workbench, "psi.controller.events", ExperimentEvent)}
            actions = [
                (manifest, action)
                for manifest, action in actions
                if declared.issuperset(name for name in EventExpression(action.event).names if name in names.events)
            ]
        return ActionIndex(actions, self.commands(), names, self.workbench, *self.expression_names())

    def expression_names(self) -> tuple[set[str], Mapping[str, Any]]:
        """The names that expressions may use, and those of them that are symbols, with what they mean."""
        context = self.workbench.get_plugin("psi.context")
        symbols: Mapping[str, Any] = context.symbols()
        return {*context.specs(), *symbols}, symbols

    # -- checks ------------------------------------------------------------------------------

    def check(self, task: Task, source: str = "", devices: bool = True) -> list[Finding]:
        """Everything wrong with what is loaded and with ``task``, which was read from ``source``, at once.

        Without ``devices`` none is asked: a rig does not change while it is loaded, and its cards may be at work.
        """
        findings = unknown_points(self.workbench)
        for point, kinds in POINT_KINDS.items():
            findings += unknown_children(self.workbench, point, kinds)
        wiring = self.wiring()
        findings += wiring.findings
        findings += missing_findings(self.workbench, self.rig(), wiring)
        for kind in (StateMachine, TrialSequence):
            found = gather(self.workbench, "psi.controller.logic", kind)
            if len(found) > 1:
                findings.append(
                    Finding(f"{len(found)} of {kind.__name__} are declared; keep one", where_of(found[1][1]))
                )
        machine = self.machine()
        names = event_names(self.workbench, wiring)
        try:
            index = self.action_index(names)
        except ConfigurationError as error:
            return [*findings, *error.findings]
        findings += event_findings(self.workbench)
        findings += index.findings
        findings += output_findings(wiring, index)
        context_plugin = self.workbench.get_plugin("psi.context")
        context_findings = context_plugin.check(task, source=source)
        findings += context_findings
        specs = context_plugin.specs()
        symbols = context_plugin.symbols()
        known = set(specs) | set(symbols)
        if self.regions():
            results = {name for name, spec in specs.items() if spec.kind == "result"}
            findings += check_logic(self.regions(), names, known, results, symbols)
            findings += constant_findings(self.regions(), symbols)
        findings += rule_findings(task.stop, has_volume(wiring), machine is not None, lambda: _answers(machine))
        sequence = self.sequence()
        if sequence is not None:
            findings += sequence_findings(sequence, specs, context_plugin.selectors())
        findings += level_findings(wiring, specs)
        findings += chain_findings(wiring)
        findings += mark_findings(wiring, names)
        if devices:
            for engine in wiring.tree.engines:
                findings += engine.check()
        if not any(finding.severity == "error" for finding in findings):
            findings += timing_findings(self.rig(), wiring, index, context_plugin.build(task))
            findings += item_findings(self.regions(), context_plugin.build(task), task)
            generator = RandomStreams(task.seed or 0).generator
            findings += stimulus_findings(wiring, context_plugin.build(task), generator)
        return findings

    # -- runs --------------------------------------------------------------------------------

    def make_run(
        self,
        task: Task,
        settings: RunSettings,
        documents: Mapping[str, Mapping[str, Any]],
        participants: Sequence[Participant] = (),
        carried: CarriedStates | None = None,
        earlier: Earlier = NOTHING_EARLIER,
    ) -> Run:
        """A run, prepared but not started; ``participants`` take part beside the contributed ones.

        Selectors go on from what was ``carried`` over from an earlier run; ``earlier`` is what the subject's day
        has seen already.

        Raises ``ConfigurationError`` with every finding at once.
        """
        findings = [finding for finding in self.check(task) if finding.severity == "error"]
        if findings:
            raise ConfigurationError(findings)
        running = settings.mode == "running"
        wiring = self.wiring()
        names = event_names(self.workbench, wiring)
        if task.seed is None:
            raise ConfigurationError("the task has no seed; draw one before the run and keep it in the task")
        parts = RunParts(
            wiring=wiring,
            names=names,
            index=self.action_index(names, by_hand_only=not running),
            context=self.workbench.get_plugin("psi.context").build(task),
            task=task,
            streams=RandomStreams(task.seed),
            block_duration=Fraction(self.rig().block_duration).limit_denominator(1_000_000),
            regions=tuple(self.regions()) if running else (),
            sequence=self.sequence() if running else None,
            documents=documents,
            carried=carried if running else None,
            trial_types=self.trial_types() if running else {},
            earlier=earlier,
            scoring=self.workbench.get_plugin("psi.context").scoring(task),
        )
        contributed = [
            factory.factory(self.workbench)
            for _, factory in gather(self.workbench, "psi.controller.participants", ParticipantFactory)
        ]
        run = Run(parts, settings, [*contributed, *participants])
        run.prepare()
        self.run = run
        return run


def _answers(machine: StateMachine | None) -> bool:
    """Whether any transition marks a response."""
    states = {} if machine is None else machine.states()
    return any(transition.marks == "response" for state in states.values() for transition in state.transitions())
