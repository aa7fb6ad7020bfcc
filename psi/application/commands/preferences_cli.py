"""``psi preferences``: what it can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psi.application.commands.shared_options import JsonOption, ParadigmArgument


def preferences(
    paradigm: ParadigmArgument,
    save: Annotated[
        str, typer.Option("--save", metavar="NAME", help="Keep the task of --task as NAME, in place of an old one.")
    ] = "",
    task: Annotated[Path | None, typer.Option("--task", metavar="FILE", help="The task document to keep.")] = None,
    default: Annotated[
        str, typer.Option("--default", metavar="NAME", help="Let runs start from NAME where no --task is given.")
    ] = "",
    no_default: Annotated[bool, typer.Option("--no-default", help="Let runs start from the declared values.")] = False,
    delete: Annotated[str, typer.Option("--delete", metavar="NAME", help="Remove NAME.")] = "",
    json: JsonOption = False,
) -> int:
    """List the preferences that are kept for PARADIGM; keep, remove, or make one the default."""
    from psi.application.commands import preferences_command

    return preferences_command.change_and_show(
        paradigm, save=save, task=task, default=default, no_default=no_default, delete=delete, as_json=json
    )
