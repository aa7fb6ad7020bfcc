"""``psi info``: what it can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psi.application.commands.shared_options import JsonOption


def info(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A recording: its folder or its file.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Read all of it, and compare it with what was written; status 3 if not so.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Show what is in a recording: streams, events, trials, gaps, and how it ended."""
    from psi.application.commands import info_command

    return info_command.show(path, verify=verify, as_json=json)
