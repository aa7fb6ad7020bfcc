"""``psi alarm``: what it can be asked."""

from __future__ import annotations

from typing import Annotated

import typer


def alarm(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND]...", help="Program and arguments to run; write -- before them."),
    ] = None,
    sound: Annotated[bool | None, typer.Option("--sound/--no-sound", help="Make a sound, or none.")] = None,
    timeout: Annotated[float | None, typer.Option(metavar="S", help="End a command that takes longer.")] = None,
    no_command: Annotated[bool, typer.Option("--no-command", help="Run no command any more.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Call now, as at the end of a run.")] = False,
) -> int:
    """Say how you are called when a run ends by itself or with a fault; change it, or try it."""
    from psi.application.commands import alarm_command

    return alarm_command.change_and_show(
        tuple(command or ()), sound=sound, timeout=timeout, no_command=no_command, test=test
    )
