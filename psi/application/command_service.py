"""What may be asked about commands: which there are, to call one, and how that went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from psi.application.session_commands import SESSION_COMMANDS
from psi.controller.dispatch.arguments import as_kind, kind_words
from psi.controller.run import Run
from psi.controller.sent_commands import SentCommands, kind_text
from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.link.server import Handler


class CommandService:
    """Answers ``commands``, ``command`` and ``command_outcome`` of the link.

    Parameters
    ----------
    live
        The run that is going on, in whatever mode; ``None`` while the rig is closed.
    session_handlers
        What does the session's own commands.
    """

    def __init__(
        self, sent: SentCommands, live: Callable[[], Run | None], session_handlers: Mapping[str, Handler]
    ) -> None:
        self._sent = sent
        self._live = live
        self._session_handlers = session_handlers
        #: Command of the link -> what does it.
        self.handlers: dict[str, Handler] = {
            "commands": lambda p: {"commands": self._listing()},
            "command": self._command,
            "command_outcome": lambda p: self._sent.outcome(int(p.get("ticket", 0)))._asdict(),
        }

    def _listing(self) -> list[dict[str, Any]]:
        session = [
            {
                "command": name,
                "parameters": {key: kind_text(kind) for key, kind in command.parameters.items()},
                "description": command.description,
            }
            for name, command in SESSION_COMMANDS.items()
        ]
        return [*session, *self._sent.listing()]

    def _command(self, params: dict[str, Any]) -> dict[str, Any]:
        """Call ``command`` with ``parameters``: at once, or with a ``ticket`` to ask for its outcome with."""
        name, values = str(params.get("command", "")), params.get("parameters") or {}
        who = str(params.get("who") or "console")
        if not isinstance(values, dict):
            raise ConfigurationError(f"a request needs 'parameters' as names and values, not {values!r}")
        run = self._live()
        if name in SESSION_COMMANDS:
            given = session_values(name, values)
            self._session_handlers[name]({**given, "who": who})
            # A stop may have ended it by now.
            if run is not None and run.condition != "finished":
                run.audit("sent", name, {"parameters": given, "outcome": "ok"}, who)
            return {"outcome": "ok"}
        known = [entry["command"] for entry in self._listing()]
        if name not in known:
            hint = did_you_mean(name, known) or "; 'psi send --list' lists all of them"
            raise ConfigurationError(f"unknown command {name!r}{hint}")
        if run is None:
            raise ConfigurationError("the rig is closed; open it first")
        return {"ticket": self._sent.send(run, name, values, who), "outcome": "waiting"}


def session_values(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Typed parameters of the session's command ``name``. Raises ``ConfigurationError`` with every fault."""
    takes = SESSION_COMMANDS[name].parameters
    findings = [
        Finding(f"command {name!r} needs the parameter {key!r}")
        for key in SESSION_COMMANDS[name].required
        if key not in values
    ]
    given: dict[str, Any] = {}
    for key, value in values.items():
        kind = takes.get(key)
        if kind is None:
            hint = did_you_mean(key, takes) or f"; it takes: {', '.join(takes) or 'none'}"
            findings.append(Finding(f"command {name!r} has no parameter {key!r}{hint}"))
            continue
        try:
            given[key] = as_kind(float(value) if kind in (int, float) else value, kind)
        except (TypeError, ValueError):
            findings.append(Finding(f"parameter {key!r} of command {name!r} is {value!r}; give {kind_words(kind)}"))
    if findings:
        raise ConfigurationError(findings)
    return given
