"""``psi pack`` and ``psi recover``: what they can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psi.application.commands.shared_options import JsonOption

PathArgument = Annotated[Path, typer.Argument(metavar="PATH", help="A recording: its folder or its file.")]


def pack(path: PathArgument) -> int:
    """Compress a complete recording, compare every array, and put it in place of the old file."""
    from psi.application.commands import pack_command

    return pack_command.pack(path)


def recover(
    path: PathArgument,
    json: JsonOption = False,
) -> int:
    """Complete a recording that was cut off, join its parts, and keep what is whole of a damaged one."""
    from psi.application.commands import recover_command

    return recover_command.recover(path, as_json=json)
