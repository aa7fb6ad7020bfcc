"""``psi send``: what it can be asked."""

from __future__ import annotations

from typing import Annotated

import typer

from psi.application.commands.shared_options import JsonOption


def send(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN_ID] COMMAND [NAME=VALUE]...",
            help="Of which run (where several live), which command, and its parameters.",
        ),
    ] = None,
    list_commands: Annotated[bool, typer.Option("--list", help="List the commands with their parameters.")] = False,
    who: Annotated[str, typer.Option("--who", metavar="NAME", help="Who sends it, for the audit.")] = "script",
    timeout: Annotated[float, typer.Option("--timeout", metavar="S", help="How long to wait for the outcome.")] = 10.0,
    json: JsonOption = False,
) -> int:
    """Send a command to a run that is going on, and say how it went."""
    from psi.application.commands import send_command

    return send_command.send(tuple(words or ()), list_commands=list_commands, who=who, timeout=timeout, as_json=json)
