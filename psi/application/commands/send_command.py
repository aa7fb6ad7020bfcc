"""``psi send``: a command from a script or another terminal, as a button or an action would call it."""

from __future__ import annotations

import json
import time
from typing import Any

from psi.application.commands.attach_command import choose
from psi.application.registry import live_runs
from psi.core.errors import ConfigurationError, Finding, RunFault
from psi.link.client import LinkClient
from psi.link.errors import LinkError

#: Seconds between looks whether the command has returned.
_LOOK = 0.02


def read_words(words: tuple[str, ...], run_ids: set[str]) -> tuple[str, str, dict[str, str]]:
    """Run id (may be empty), command and parameters. Raises ``ConfigurationError`` with every word that is none."""
    words, run_id = (words[1:], words[0]) if words and words[0] in run_ids else (words, "")
    command, *pairs = words or ("",)
    findings = [Finding(f"{pair!r} is no parameter; write NAME=VALUE") for pair in pairs if "=" not in pair]
    if not command or "=" in command:
        findings.insert(0, Finding("name a command; 'psi send --list' lists them"))
    if len(findings) == 1 and len(words) > 1 and "=" not in words[1] and not run_id:
        findings = [Finding(f"no run {command!r} lives on this machine, or {words[1]!r} is no parameter NAME=VALUE")]
    values: dict[str, str] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name in values:
            findings.append(Finding(f"parameter {name!r} is given twice; give it once"))
        values[name] = value
    if findings:
        raise ConfigurationError(findings)
    return run_id, command, values


def send(words: tuple[str, ...], *, list_commands: bool, who: str, timeout: float, as_json: bool) -> int:
    """Send what ``words`` say; the exit status.

    Raises ``ConfigurationError`` where it is refused, and ``RunFault`` where it fails or does not return in time.
    """
    run_ids = {run.entry.run_id for run in live_runs()}
    if list_commands:
        return _list(words[0] if words else "", as_json)
    run_id, command, values = read_words(words, run_ids)
    entry = choose(run_id)
    with LinkClient(entry.port, entry.token) as link:
        try:
            answer = link.request("command", timeout=timeout, command=command, parameters=values, who=who)
            deadline = time.monotonic() + timeout
            while answer["outcome"] == "waiting":
                if time.monotonic() > deadline:
                    raise RunFault(
                        f"command {command!r} has not returned within {timeout:g} s; it is called as soon as "
                        "no event is handled, and 'psi status' says what hangs"
                    )
                time.sleep(_LOOK)
                ticket = answer.get("ticket")
                answer = {"ticket": ticket, **link.request("command_outcome", timeout=timeout, ticket=ticket)}
        except LinkError as error:
            raise RunFault(f"run {entry.run_id}: {error}") from None
    if answer["outcome"] == "refused":
        raise ConfigurationError(answer["message"])
    if answer["outcome"] == "failed":
        raise RunFault(f"command {command!r} failed: {answer['message']}")
    print(json.dumps({"run_id": entry.run_id, "command": command, "outcome": "ok"}) if as_json else f"{command}: ok")
    return 0


def _list(run_id: str, as_json: bool) -> int:
    entry = choose(run_id)
    with LinkClient(entry.port, entry.token) as link:
        try:
            commands: list[dict[str, Any]] = link.request("commands")["commands"]
        except LinkError as error:
            raise RunFault(f"run {entry.run_id}: {error}") from None
    if as_json:
        print(json.dumps({"run_id": entry.run_id, "commands": commands}))
        return 0
    for entry_of in commands:
        parameters = entry_of["parameters"]
        takes = (
            "  [NAME=VALUE]..."
            if parameters is None
            else "".join(f"  {name}={kind}" for name, kind in parameters.items())
        )
        print(f"{entry_of['command']}{takes}")
        if entry_of["description"]:
            print(f"    {entry_of['description']}")
    return 0
