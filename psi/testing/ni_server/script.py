"""Faults by a time table: what ``psi simulate-ni --script`` reads."""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.testing.ni_server.clock import WallClock
from psi.testing.ni_server.faults import FaultPlan
from psi.testing.ni_server.server import SimulatedServer

#: What a step can do: the faults, and the server's own connection.
_FAULTS: dict[str, Callable[..., None]] = {
    **{
        name: getattr(FaultPlan, name)
        for name in (
            "overrun",
            "underrun",
            "reserve",
            "free",
            "race_next_stop",
            "shorten_next_write",
            "unplug",
            "plug_in",
        )
    },
    "refuse": FaultPlan.refuse,
    "drop": SimulatedServer.drop,
    "listen": SimulatedServer.listen,
    "pulse": SimulatedServer.pulse,
}


@dataclass(frozen=True)
class Step:
    #: Seconds after the first start of a task.
    at: float
    fault: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def do(self, server: SimulatedServer) -> None:
        owner = server.faults if hasattr(FaultPlan, self.fault) else server
        getattr(owner, self.fault)(**self.arguments)


def read_script(path: Path) -> list[Step]:
    """``[{"at": 2.5, "fault": "unplug", "device": "Dev1"}, ...]`` -> steps in the order of time.

    Raises ``ConfigurationError`` with a finding for each step that makes no sense.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"cannot read {str(path)!r} ({error.strerror})", "--script") from error
    except ValueError as error:
        raise ConfigurationError(f"{path} is no JSON ({error})", "--script") from error
    if not isinstance(entries, list):
        raise ConfigurationError(f"{path} holds no list of steps", "--script")
    steps: list[Step] = []
    findings: list[Finding] = []
    for number, entry in enumerate(entries):
        try:
            steps.append(_step(entry))
        except (TypeError, ValueError) as error:
            findings.append(Finding(f"step {number}: {error}", str(path)))
    if findings:
        raise ConfigurationError(findings)
    return sorted(steps, key=lambda step: step.at)


def _step(entry: Any) -> Step:
    if not isinstance(entry, dict):
        raise TypeError(f"{entry!r} is no step; write {{'at': SECONDS, 'fault': NAME, ...}}")
    arguments = dict(entry)
    at, fault = arguments.pop("at", None), arguments.pop("fault", None)
    if not isinstance(at, int | float) or isinstance(at, bool) or at < 0:
        raise TypeError(f"at is {at!r}; give seconds after the first start of a task")
    if fault not in _FAULTS:
        raise ValueError(f"no fault {fault!r}{did_you_mean(str(fault), _FAULTS)}")
    signature = inspect.signature(_FAULTS[fault])
    try:
        signature.bind(None, **arguments)
    except TypeError as error:
        allowed = ", ".join(list(signature.parameters)[1:]) or "nothing"
        raise TypeError(f"{fault}: {error}; it takes {allowed}") from error
    return Step(float(at), fault, arguments)


class ScriptRunner:
    """Does the steps of a script in a thread of its own."""

    def __init__(self, server: SimulatedServer, steps: list[Step]) -> None:
        self._server = server
        self._steps = steps
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="simulated NI script")

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        with self._server.changed:
            self._ended = True
            self._server.changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        server = self._server
        clock = WallClock()
        with server.changed:
            while server.first_start is None and not self._ended:
                server.changed.wait()
        for step in self._steps:
            with server.changed:
                while not self._ended:
                    assert server.first_start is not None
                    due = server.first_start + round(step.at * 1e9)
                    if clock.now() >= due:
                        break
                    clock.wait(server.changed, due)
                if self._ended:
                    return
            step.do(server)
