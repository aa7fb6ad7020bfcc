"""Actions and commands: what is done when an event happens, compiled to an index from event to calls."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from atom.api import Bool, Dict, Float, Int, List, Str, Value
from enaml.core.api import Declarative, d_
from enaml.workbench.api import Workbench
from enaml.workbench.core.command import Command as EnamlCommand

from psi.controller.dispatch.arguments import Arguments, Evaluate, Signature, bind_arguments
from psi.controller.dispatch.event import Event, EventNames
from psi.controller.dispatch.event_expression import EventExpression
from psi.core.errors import ConfigurationError, Finding, Place
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of


class Command(EnamlCommand):
    """Enaml's command with typed parameters. Enaml's own works as well, without them."""

    #: Name -> type of each parameter that the handler reads from ``event.parameters``. One that is a number or a
    #: truth value may be given as an expression over items.
    parameters = d_(Dict(Str(), Value()))

    #: Parameters that must be given.
    required = d_(List(Str()))

    #: Whether a failure ends the run cleanly (hardware, trial logic) or is recorded and shown only.
    critical = d_(Bool(True))


class ExperimentAction(Declarative):
    """Ties an event to a command."""

    #: Event expression, for example ``'deliver_reward'`` or ``'nose_poke_rising and trial_active'``.
    event = d_(Str())

    #: Id of the command.
    command = d_(Str())

    #: Parameters of the command: values, and expressions that are evaluated when it is called
    #: (see :func:`~psi.controller.dispatch.arguments.expr`).
    kwargs = d_(Dict())

    #: Seconds after the event; a timer that Stop cancels.
    delay = d_(Float(0.0))

    #: Whether a pause holds the delay where the event is the trial's. False for what must come in any case, such as
    #: closing what the event has opened.
    pauses = d_(Bool(True))

    #: Actions of one event run by weight, then in the order of their declaration.
    weight = d_(Int(50))


class CommandEvent:
    """What a command's handler gets: the attributes of Enaml's execution event, and the event that caused it."""

    __slots__ = ("_call", "_parameters", "event")

    def __init__(self, call: Call, event: Event, parameters: dict[str, Any] | None = None) -> None:
        self._call = call
        #: The :class:`~psi.controller.dispatch.event.Event`.
        self.event = event
        self._parameters = parameters

    @property
    def workbench(self) -> Workbench:
        return self._call.workbench

    @property
    def command(self) -> EnamlCommand:
        return self._call.command

    @property
    def parameters(self) -> dict[str, Any]:
        """The handler's own: changing them changes nothing else."""
        if self._parameters is None:
            self._parameters = dict(self._call.arguments.constants)
        return self._parameters

    @property
    def trigger(self) -> Event:
        """The event, by the name that Enaml gives it."""
        return self.event


class Call(NamedTuple):
    """A command with its parameters, to be called again and again."""

    workbench: Workbench
    command: EnamlCommand
    arguments: Arguments

    def __call__(self, event: Event, evaluate: Evaluate) -> None:
        """Call the handler because of ``event``; raises what that raises."""
        computed = self.arguments.values(evaluate, event.kept) if self.arguments.computed else None
        self.command.handler(CommandEvent(self, event, computed))


@dataclass(frozen=True, slots=True)
class BoundAction:
    """An action whose handler has been found: ready to be called."""

    action: ExperimentAction
    command: EnamlCommand
    expression: EventExpression
    call: Call
    manifest: str

    @property
    def critical(self) -> bool:
        return is_critical(self.command)

    @property
    def where(self) -> Place:
        """Where it was declared; of a command that was sent, where that was."""
        return where_of(self.action if self.action.parent is not None else self.command)

    def failed_on(self, event: str, reason: str) -> str:
        """One line: which command of whom failed on ``event``, declared where, and why."""
        return (
            f"command {self.command.id!r} of manifest {self.manifest!r} failed on event {event!r} "
            f"({self.where}): {reason}"
        )


def is_critical(command: EnamlCommand) -> bool:
    """Whether a failure of ``command`` ends the run; that of Enaml's own does."""
    return bool(getattr(command, "critical", True))


def signature_of(command: EnamlCommand) -> Signature:
    """What ``command`` may be called with; anything where it is Enaml's own."""
    if isinstance(command, Command):
        return Signature(command.id, command.parameters, command.required)
    return Signature(command.id)


def _command_findings(command: EnamlCommand) -> list[Finding]:
    findings = []
    if command.handler is None:
        findings.append(Finding(f"command {command.id!r} has no handler; give it one", where_of(command)))
    _, parameters, required = signature_of(command)
    for name in required:
        if parameters is not None and name not in parameters:
            message = f"command {command.id!r} requires {name!r}, which is none of its parameters"
            findings.append(Finding(f"{message}{did_you_mean(name, parameters)}", where_of(command, "required")))
    return findings


def _delay_findings(action: ExperimentAction) -> list[Finding]:
    if not 0 <= action.delay < math.inf:
        return [Finding(f"delay = {action.delay:g} s must be 0 or more", where_of(action, "delay"))]
    return []


def _never_holds(expression: EventExpression, names: EventNames, where: Place) -> list[Finding]:
    """An expression that no event can make true: at a moment exactly one event is true."""
    flags = names.flags
    if any(expression.at(name, flags) is not False for name in expression.names if name in names.events):
        return []
    return [
        Finding(
            f"event expression {expression.text!r} never holds, since only one event happens at a time; "
            "join events by or, and ask flags (..._active) for what lasts",
            where,
        )
    ]


class ActionIndex:
    """From event to the bound actions whose expression may hold when it happens."""

    def __init__(
        self,
        actions: Sequence[tuple[str, ExperimentAction]],
        commands: Mapping[str, EnamlCommand],
        names: EventNames,
        workbench: Workbench,
        known: Collection[str] | None = None,
        symbols: Mapping[str, Any] | None = None,
    ) -> None:
        """``actions`` are (manifest id, action). Findings of all of them are kept, not raised.

        ``known`` are the names that expressions in ``kwargs`` may use, ``symbols`` those of them that are symbols.
        """
        self._known = known
        self._symbols = symbols or {}
        self.findings: list[Finding] = []
        self.bound: list[BoundAction] = []
        self.by_event: dict[str, list[BoundAction]] = {}
        for manifest, action in actions:
            bound = self._bind(manifest, action, commands, names, workbench)
            if bound is not None:
                self.bound.append(bound)
        # sorted() is stable: equal weights stay in the order of declaration
        for bound in sorted(self.bound, key=lambda item: item.action.weight):
            for name in bound.expression.names:
                if name in names.events:
                    self.by_event.setdefault(name, []).append(bound)
        self.findings += self._doubled()

    def _bind(
        self,
        manifest: str,
        action: ExperimentAction,
        commands: Mapping[str, EnamlCommand],
        names: EventNames,
        workbench: Workbench,
    ) -> BoundAction | None:
        findings: list[Finding] = []
        where = where_of(action, "event")
        expression = None
        try:
            expression = EventExpression(action.event)
        except ConfigurationError as error:
            findings += [Finding(finding.message, where) for finding in error.findings]
        else:
            findings += names.unknown(expression.names, where)
            if not findings and not any(name in names.events for name in expression.names):
                findings.append(
                    Finding(f"event expression {action.event!r} names only flags; name the event that fires it", where)
                )
            if not findings:
                findings += _never_holds(expression, names, where)
        findings += _delay_findings(action)
        arguments = Arguments()
        command = commands.get(action.command)
        if command is None:
            findings.append(
                Finding(
                    f"unknown command {action.command!r}{did_you_mean(action.command, commands)}",
                    where_of(action, "command"),
                )
            )
        else:
            findings += _command_findings(command)
            arguments, wrong = bind_arguments(
                action.kwargs,
                signature_of(command),
                where_of(action, "kwargs"),
                self._known,
                self._symbols,
            )
            findings += wrong
        self.findings += findings
        if findings or expression is None or command is None:
            return None
        return BoundAction(action, command, expression, Call(workbench, command, arguments), manifest)

    def _doubled(self) -> list[Finding]:
        """One command reached twice from one event with the same parameters."""
        findings = []
        for event, actions in self.by_event.items():
            seen: dict[str, BoundAction] = {}
            for bound in actions:
                key = f"{bound.command.id} {sorted(bound.action.kwargs.items())!r}"
                first = seen.setdefault(key, bound)
                if first is not bound:
                    findings.append(
                        Finding(
                            f"event {event!r} reaches command {bound.command.id!r} twice "
                            f"(also from {where_of(first.action)}); remove one action",
                            where_of(bound.action),
                        )
                    )
        return findings
