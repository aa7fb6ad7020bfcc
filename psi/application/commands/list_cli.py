"""``psi list``: what it can be asked."""

from __future__ import annotations

from typing import Annotated

import typer

from psi.application.commands.shared_options import JsonOption


def list_all(
    where: Annotated[bool, typer.Option("--where", help="Show the file of each, and what it hides.")] = False,
    json: JsonOption = False,
) -> int:
    """List paradigms, rigs and manifests."""
    from psi.application.commands import list_command

    return list_command.show(where=where, as_json=json)
