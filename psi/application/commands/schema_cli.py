"""``psi schema``: what it can be asked."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(
    kind: Annotated[str, typer.Argument(metavar="DOCUMENT", help="rig, task, session or provenance.")],
) -> int:
    """Print the JSON Schema of a kind of document."""
    from psi.application.commands import schema_command

    return schema_command.show(kind)
