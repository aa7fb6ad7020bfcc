"""``psi doctor``: what it can be asked."""

from __future__ import annotations

from typing import Annotated

import typer

from psi.application.commands.shared_options import JsonOption


def doctor(
    servers: Annotated[
        list[str] | None,
        typer.Option("--server", metavar="HOST:PORT", help="Also ask this NI gRPC device server; may be repeated."),
    ] = None,
    reset: Annotated[
        str,
        typer.Option(
            metavar="DEVICE",
            help="Reset this NI device first, at the first server where one is given: ends whatever is done with it.",
        ),
    ] = "",
    clean: Annotated[
        bool, typer.Option("--clean", help="Remove what killed sessions have left; never what lives.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Say which devices this machine can reach, what is missing, and what killed sessions have left behind."""
    from psi.application.commands import doctor_command

    return doctor_command.show(servers=tuple(servers or ()), reset=reset, clean=clean, as_json=json)
