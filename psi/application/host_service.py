"""What consoles may ask of a runtime. Every request is checked here: a console is only a window."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, get_args

from psi.application.command_service import CommandService
from psi.application.preferences_service import PreferencesService
from psi.assembly.next_run import NextRun
from psi.assembly.selector_preview import preview
from psi.controller.host import RigCondition
from psi.controller.run import Run
from psi.controller.sent_commands import SentCommands
from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean
from psi.link.server import Handler
from psi.link.state import StateSource


class Host(Protocol):
    """Who brings the rig into its conditions: :class:`~psi.controller.host.RigHost` or :class:`SingleRun`."""

    run: Run | None

    @property
    def condition(self) -> RigCondition: ...

    def want(self, condition: RigCondition) -> None: ...

    def stop(self) -> None: ...

    def quit(self) -> None: ...


class SingleRun:
    """The host of ``psi run``: one run, which cannot be had twice."""

    def __init__(self, run: Run, state: StateSource) -> None:
        self.run: Run | None = run
        self._run = run
        self._state = state
        self._state.update({"condition": "running", "wanted": "running", "fault": ""})

    @property
    def condition(self) -> RigCondition:
        return "closed" if self.run is None else "running"

    def want(self, condition: RigCondition) -> None:
        if condition != "running":
            raise ConfigurationError("'psi run' has this one run, which stop ends; 'psi launch' keeps a rig open")

    def stop(self) -> None:
        self._run.stop_request("stopped")

    quit = stop

    def ended(self, fault: str) -> None:
        """Say that it is over."""
        self.run = None
        self._state.update({"condition": "closed", "wanted": "closed", "fault": fault})


class HostService:
    """Answers the commands of the link, for one runtime; they come on the link's thread.

    Parameters
    ----------
    next_run
        Holds task and session, and makes runs.
    state
        What consoles mirror.
    host
        Who keeps the rig.
    """

    #: Seconds after which a console that has not asked for the state is taken to be gone.
    WATCHED_FOR = 1.0

    def __init__(self, next_run: NextRun, state: StateSource, host: Host) -> None:
        self._next = next_run
        self._state = state
        self._host = host
        self._last_look = -1e9
        self._left = False
        #: Command -> what does it.
        self.handlers: dict[str, Handler] = {
            "status": lambda p: self._status(),
            "state": self._mirror,
            "want": self._want,
            "stop": lambda p: self._stop(),
            "pause": lambda p: self._do(lambda run: run.controls.pause(who=_who(p)), logic=True),
            "resume": lambda p: self._do(lambda run: run.controls.resume(who=_who(p)), logic=True),
            "stop_after_trial": lambda p: self._do(lambda run: run.controls.stop_after_trial(who=_who(p)), logic=True),
            "keep_going": lambda p: self._do(lambda run: run.controls.keep_going(who=_who(p)), logic=True),
            "train": lambda p: self._do(lambda run: run.controls.train(_param(p, "mode", str), _who(p)), logic=True),
            "trial": lambda p: self._do(lambda run: run.controls.trial(_param(p, "type", str), _who(p)), logic=True),
            "stop_rules": self._stop_rules,
            "stop_rule": self._stop_rule,
            "abort_trial": lambda p: self._do(lambda run: run.controls.abort_trial(who=_who(p)), logic=True),
            "remind": lambda p: self._do(lambda run: run.controls.remind(who=_who(p)), logic=True),
            "repeat": lambda p: self._do(lambda run: run.controls.repeat(who=_who(p)), logic=True),
            "check": self._check,
            "preview": self._preview,
            "apply": self._apply,
            "note": self._note,
            "post": lambda p: self._do(lambda run: run.controls.post(_param(p, "event", str), _who(p))),
            "output": self._output,
            "session": self._session,
            "last_session": self._last_session,
            "leave": lambda p: self._leave(),
            "quit": lambda p: self._quit(),
            **PreferencesService(next_run).handlers,
        }
        sent = SentCommands(
            next_run.prepared.loaded.controller, lambda outcome: state.update({"sent": outcome._asdict()})
        )
        self.handlers |= CommandService(sent, lambda: host.run, dict(self.handlers)).handlers

    # -- what is seen ------------------------------------------------------------------------

    def _status(self) -> dict[str, Any]:
        run, condition = self._host.run, self._host.condition
        status: dict[str, Any] = run.status() if run is not None else {"condition": "closed"}
        watched = time.monotonic() - self._last_look < self.WATCHED_FOR
        return {**status, "rig": condition, "watched": watched, "left": self._left}

    def _mirror(self, params: dict[str, Any]) -> dict[str, Any]:
        self._last_look = time.monotonic()
        reply = self._state.since(_param(params, "epoch", int), _param(params, "number", int))
        return reply.model_dump()

    def _leave(self) -> dict[str, Any]:
        """A window was closed on purpose: whoever started the runtime may end it when nobody else looks."""
        self._left = True
        self._last_look = -1e9
        return {}

    # -- the rig's condition -----------------------------------------------------------------

    def _want(self, params: dict[str, Any]) -> dict[str, Any]:
        condition = _param(params, "condition", str)
        known = get_args(RigCondition)
        if condition not in known:
            hint = did_you_mean(condition, known)
            raise ConfigurationError(f"a rig is {', '.join(known[:-1])} or {known[-1]}, not {condition!r}{hint}")
        if condition == "running" and self._host.condition != "running":
            # Said to who asks, rather than shown as a fault a moment later.
            self._next.require_ready()
            self._next.carry_over(str(params.get("carry_over") or ""))
        self._host.want(condition)
        return {}

    def _stop(self) -> dict[str, Any]:
        starting = self._state.since(0, 0).snapshot or {}
        if self._host.condition != "running" and starting.get("wanted") != "running":
            raise ConfigurationError("no run is going on that could be stopped")
        self._host.stop()
        return {"stopping": True}

    def _quit(self) -> dict[str, Any]:
        self._host.quit()
        return {}

    # -- the run that is going on ------------------------------------------------------------

    def _do(self, action: Callable[[Run], object], logic: bool = False) -> dict[str, Any]:
        """Do ``action`` to the live run; with ``logic`` only where there are trials."""
        run = self._host.run
        if run is None:
            raise ConfigurationError("the rig is closed; open it first")
        if logic and run.settings.mode != "running":
            raise ConfigurationError(f"no run is going on; the rig is {run.settings.mode}")
        if logic and run.machine is None:
            raise ConfigurationError("this paradigm has no trials; stop it, or go on")
        if run.stop_request:
            raise ConfigurationError("the run is ending, so that nothing more can be done to it")
        action(run)
        return {}

    def _note(self, params: dict[str, Any]) -> dict[str, Any]:
        text = _param(params, "text", str).strip()
        run = self._host.run
        if run is None or run.settings.mode != "running" or run.condition == "finished":
            raise ConfigurationError("nothing is recorded now, so the note would be lost; start a run first")
        if text:
            run.controls.note(text, _who(params))
        return {}

    def _output(self, params: dict[str, Any]) -> dict[str, Any]:
        name, action = _param(params, "name", str), _param(params, "action", str)
        settings = {key: value for key, value in params.items() if key not in ("name", "action", "who")}
        return self._do(lambda run: run.controls.by_hand.work(name, action, settings, _who(params)))

    # -- documents ---------------------------------------------------------------------------

    def _check(self, params: dict[str, Any]) -> dict[str, Any]:
        try:
            findings = self._next.check(self._next.parse_task(_param(params, "task", dict)))
        except ConfigurationError as error:
            findings = list(error.findings)
        return {"findings": [finding.as_dict() for finding in findings]}

    def _preview(self, params: dict[str, Any]) -> dict[str, Any]:
        """What selectors would give next with a task that is being edited."""
        task = self._next.parse_task(_param(params, "task", dict))
        return {"settings": preview(self._next, task, [str(name) for name in _param(params, "names", list)])}

    def _apply(self, params: dict[str, Any]) -> dict[str, Any]:
        base = None if params.get("base") is None else self._next.parse_task(_param(params, "base", dict))
        self._next.apply(self._next.parse_task(_param(params, "task", dict)), _who(params), base)
        return {}

    def _stop_rules(self, params: dict[str, Any]) -> dict[str, Any]:
        """Let the rules that are named hold as typed, from the next trial on; an empty text takes one away."""
        rules = _param(params, "rules", dict)
        self._next.set_stop_rules({str(name): str(text) for name, text in rules.items()}, _who(params))
        return {}

    def _stop_rule(self, params: dict[str, Any]) -> dict[str, Any]:
        self._next.set_stop_rules({_param(params, "name", str): str(params.get("value", ""))}, _who(params))
        return {}

    def _session(self, params: dict[str, Any]) -> dict[str, Any]:
        self._next.set_session(_param(params, "session", dict))
        return {}

    def _last_session(self, params: dict[str, Any]) -> dict[str, Any]:
        """It is looked for elsewhere, since a disk may take its time, and comes with the mirrored state."""
        self._next.look_back(_param(params, "subject", str).strip())
        return {}


def _who(params: Mapping[str, Any]) -> str:
    """Who asks, for the audit."""
    return str(params.get("who") or "console")


def _param(params: Mapping[str, Any], name: str, kind: type) -> Any:
    value = params.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ConfigurationError(f"a request needs {name!r} as {kind.__name__}, not {value!r}")
    return value
