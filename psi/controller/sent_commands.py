"""Commands that a person or a script sends to a run, as an action would call them."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from enaml.workbench.core.command import Command as EnamlCommand

from psi.controller.dispatch.action import BoundAction, Call, ExperimentAction, signature_of
from psi.controller.dispatch.arguments import bind_arguments
from psi.controller.dispatch.event import Event
from psi.controller.dispatch.event_expression import EventExpression
from psi.controller.dispatch.event_plan import Step
from psi.core.errors import ConfigurationError, Finding, fault_text
from psi.core.names import did_you_mean

if TYPE_CHECKING:
    from psi.controller.plugin import ControllerPlugin
    from psi.controller.run import Run

#: Name of the event that a handler is given; it is not posted.
EVENT = "command"

#: Outcomes that are kept for those who sent the commands.
_KEPT = 200


class Outcome(NamedTuple):
    """How a command that was sent went."""

    command: str
    who: str
    #: 'waiting', 'ok', 'refused' (what was asked cannot be), or 'failed'.
    outcome: str
    #: One line about what was refused or failed.
    message: str = ""


class SentCommands:
    """Checks commands when they are sent, and calls them on the dispatcher's thread; one per runtime, any thread.

    A command that fails is answered and recorded; it never ends a run, as an action's failure may. Each is a row of the
    audit: ``sent``, with who sent it, its parameters and its outcome.
    """

    def __init__(self, controller: ControllerPlugin, told: Callable[[Outcome], None] = lambda outcome: None) -> None:
        """``told`` is called with each outcome, on the dispatcher's thread."""
        self._controller = controller
        self._told = told
        self._lock = threading.Lock()
        self._tickets = itertools.count(1)
        self._outcomes: dict[int, Outcome] = {}

    def listing(self) -> list[dict[str, Any]]:
        """Every command: ``command``, ``description``, ``parameters`` (name -> kind, ``None`` for none declared)."""
        return [
            {
                "command": name,
                "parameters": None
                if (parameters := signature_of(command).parameters) is None
                else {key: kind_text(kind) for key, kind in parameters.items()},
                "description": command.description,
            }
            for name, command in sorted(self._controller.commands().items())
            if command.handler is not None and not name.startswith("enaml.")
        ]

    def outcome(self, ticket: int) -> Outcome:
        """How the command of ``ticket`` went. Raises ``ConfigurationError`` where nobody has it, or not any more."""
        with self._lock:
            if ticket not in self._outcomes:
                raise ConfigurationError(f"no command was sent with ticket {ticket}")
            return self._outcomes[ticket]

    def send(self, run: Run, name: str, values: Mapping[str, Any], who: str) -> int:
        """Let ``run`` call the command ``name`` as soon as no event is handled; a ticket for :meth:`outcome`.

        Raises ``ConfigurationError`` with everything that is wrong with it.
        """
        bound = bind_command(self._controller, name, values)
        if run.stop_request:
            raise ConfigurationError("the run is ending; send commands when the rig is open again")
        step = Step(bound, EVENT, None, run.context.evaluate)
        with self._lock:
            ticket = next(self._tickets)
            self._keep(ticket, Outcome(name, who, "waiting"))
        run.dispatcher.call_at(-math.inf, lambda: self._call(run, step, values, who, ticket), survives_stop=True)
        return ticket

    def _call(self, run: Run, step: Step, values: Mapping[str, Any], who: str, ticket: int) -> None:
        command = step.bound.command.id
        now, begin = run.clock.now(), time.perf_counter()
        outcome = Outcome(command, who, "ok")
        with run.dispatcher.at_work(step, Event(EVENT, now, clock="console", info={"by": who})) as event:
            try:
                step.call(event)
            except ConfigurationError as error:
                outcome = Outcome(command, who, "refused", "; ".join(str(finding) for finding in error.findings))
            except Exception as error:  # the handler is somebody's own code: whatever it raises is theirs to read
                outcome = Outcome(command, who, "failed", fault_text(error))
        info = {
            "parameters": {
                key: value if isinstance(value, (bool, int, float)) else str(value) for key, value in values.items()
            },
            "manifest": step.bound.manifest,
            "outcome": outcome.message or "ok",
            "took_s": time.perf_counter() - begin,
        }
        run.audit("sent", command, info, who)
        with self._lock:
            self._keep(ticket, outcome)
        self._told(outcome)

    def _keep(self, ticket: int, outcome: Outcome) -> None:
        self._outcomes[ticket] = outcome
        while len(self._outcomes) > _KEPT:
            del self._outcomes[next(iter(self._outcomes))]


def kind_text(kind: Any) -> str:
    """``'float'``; what is no type is shown as it is."""
    return kind.__name__ if isinstance(kind, type) else str(kind)


#: What a person types for a truth value.
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _truth(value: Any, kind: Any) -> Any:
    return _TRUTHS.get(value.lower(), value) if kind is bool and isinstance(value, str) else value


def bind_command(controller: ControllerPlugin, name: str, values: Mapping[str, Any]) -> BoundAction:
    """The command ``name`` with its parameters. Raises ``ConfigurationError`` with everything that is wrong with it."""
    commands: dict[str, EnamlCommand] = controller.commands()
    command = commands.get(name)
    if command is None or command.handler is None:
        raise ConfigurationError(f"unknown command {name!r}{did_you_mean(name, commands)}")
    known, symbols = controller.expression_names()
    values = {key: _truth(value, (signature_of(command).parameters or {}).get(key)) for key, value in values.items()}
    arguments, findings = bind_arguments(values, signature_of(command), "", known, symbols)
    if "output" in arguments.constants:
        outputs = controller.wiring().outputs
        output = arguments.constants["output"]
        if output not in outputs:
            findings.append(Finding(f"unknown output {output!r}{did_you_mean(str(output), outputs)}"))
    if findings:
        raise ConfigurationError(findings)
    declared = ExperimentAction(event=EVENT, command=name, kwargs=dict(values))
    call = Call(controller.workbench, command, arguments)
    return BoundAction(declared, command, EventExpression(EVENT), call, controller.manifest_of(command))
