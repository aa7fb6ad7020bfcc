"""``psi attach``: what it can be asked."""

from __future__ import annotations

from typing import Annotated

import typer


def attach(
    run_id: Annotated[
        str, typer.Argument(metavar="[RUN_ID]", help="As 'psi status' shows it; not needed where one run lives.")
    ] = "",
) -> int:
    """Open a window on a run that is already there. Closing it changes nothing for the run."""
    from psi.application.commands import attach_command

    return attach_command.attach(run_id)
