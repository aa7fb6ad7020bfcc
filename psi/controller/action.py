"""Actions and commands: what is done when an event happens, compiled to an index from event to calls."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atom.api import Bool, Dict, Float, Int, Str, Value
from enaml.core.api import Declarative, d_
from enaml.workbench.api import Workbench
from enaml.workbench.core.command import Command as EnamlCommand
from enaml.workbench.core.execution_event import ExecutionEvent

from psi.controller.event import Event, EventNames
from psi.controller.event_expression import EventExpression
from psi.core.errors import ConfigurationError, Finding, RunFault
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of


class Command(EnamlCommand):
    """Enaml's command with typed parameters. Enaml's own works as well, without them."""

    #: Name -> type of each parameter that the handler reads from ``event.parameters``.
    parameters = d_(Dict(Str(), Value()))

    #: Whether a failure ends the run cleanly (hardware, trial logic) or is recorded and shown only.
    critical = d_(Bool(True))


class ExperimentAction(Declarative):
    """Ties an event to a command."""

    #: Event expression, for example ``'deliver_reward'`` or ``'nose_poke_rising and trial_active'``.
    event = d_(Str())

    #: Id of the command.
    command = d_(Str())

    #: Parameters of the command.
    kwargs = d_(Dict())

    #: Seconds after the event; a timer that Stop cancels.
    delay = d_(Float(0.0))

    #: Actions of one event run by weight, then in the order of their declaration.
    weight = d_(Int(50))


class CommandEvent(ExecutionEvent):
    """What a command's handler gets: Enaml's execution event, with the event that caused it."""

    #: The :class:`~psi.controller.event.Event`.
    event = Value()


@dataclass(frozen=True, slots=True)
class BoundAction:
    """An action whose handler has been found: ready to be called."""

    action: ExperimentAction
    command: EnamlCommand
    expression: EventExpression
    workbench: Workbench
    manifest: str

    @property
    def critical(self) -> bool:
        return bool(getattr(self.command, "critical", True))

    def call(self, event: Event) -> tuple[str, float]:
        """Run the command; ``('ok' or the error's text, seconds it took)``.

        Raises ``RunFault`` naming event, action, command and manifest where a critical one fails.
        """
        begin = time.perf_counter()
        try:
            self.command.handler(
                CommandEvent(
                    command=self.command,
                    workbench=self.workbench,
                    parameters=dict(self.action.kwargs),
                    trigger=event,
                    event=event,
                )
            )
        except Exception as error:  # the handler is somebody's own code: whatever it raises is theirs to read
            text = f"{type(error).__name__}: {error}"
            if self.critical:
                raise RunFault(
                    f"command {self.command.id!r} of manifest {self.manifest!r} failed on event {event.name!r} "
                    f"({where_of(self.action)}): {text}"
                ) from error
            return text, time.perf_counter() - begin
        return "ok", time.perf_counter() - begin


def _parameter_findings(action: ExperimentAction, command: EnamlCommand) -> list[Finding]:
    declared: Mapping[str, Any] | None = getattr(command, "parameters", None)
    if not isinstance(command, Command) or declared is None:
        return []
    where = where_of(action, "kwargs")
    findings = [
        Finding(f"command {command.id!r} has no parameter {name!r}{did_you_mean(name, declared)}", where)
        for name in action.kwargs
        if name not in declared
    ]
    for name, kind in declared.items():
        if name in action.kwargs and inspect.isclass(kind):
            value = action.kwargs[name]
            allowed = (int, float) if kind is float else kind
            if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
                findings.append(
                    Finding(f"parameter {name!r} of command {command.id!r} is {value!r}; give a {kind.__name__}", where)
                )
    return findings


def _delay_findings(action: ExperimentAction) -> list[Finding]:
    where = where_of(action, "delay")
    try:
        delay = action.delay
    except TypeError:
        return [Finding("delay is a number of seconds", where)]
    if not 0 <= delay < math.inf:
        return [Finding(f"delay = {delay:g} s must be 0 or more", where)]
    return []


class ActionIndex:
    """From event to the bound actions whose expression may hold when it happens."""

    def __init__(
        self,
        actions: Sequence[tuple[str, ExperimentAction]],
        commands: Mapping[str, EnamlCommand],
        names: EventNames,
        workbench: Workbench,
    ) -> None:
        """``actions`` are (manifest id, action). Findings of all of them are kept, not raised."""
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
        findings += _delay_findings(action)
        command = commands.get(action.command)
        if command is None:
            findings.append(
                Finding(
                    f"unknown command {action.command!r}{did_you_mean(action.command, commands)}",
                    where_of(action, "command"),
                )
            )
        else:
            if command.handler is None:
                findings.append(Finding(f"command {command.id!r} has no handler; give it one", where_of(command)))
            findings += _parameter_findings(action, command)
        self.findings += findings
        if findings or expression is None or command is None:
            return None
        return BoundAction(action, command, expression, workbench, manifest)

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

    def triggered(self, event: str, flags: Mapping[str, bool]) -> list[BoundAction]:
        """The actions of ``event`` whose expression holds, in order."""
        return [bound for bound in self.by_event.get(event, ()) if bound.expression.holds(event, flags)]
