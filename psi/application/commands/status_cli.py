"""``psi status``: what it can be asked."""

from __future__ import annotations

from psi.application.commands.shared_options import JsonOption


def status(json: JsonOption = False) -> int:
    """List the runs that live on this machine, with their processes."""
    from psi.application.commands import status_command

    return status_command.show(as_json=json)
