"""``psi graph``: what it can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psi.application.commands.shared_options import (
    ManifestOption,
    NoDefaultOption,
    ParadigmArgument,
    RigOption,
    SetOption,
    SetRigOption,
    TaskOption,
)


def graph(
    paradigm: ParadigmArgument,
    rig: RigOption,
    task: TaskOption = None,
    no_default: NoDefaultOption = False,
    sets: SetOption = None,
    rig_sets: SetRigOption = None,
    manifests: ManifestOption = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Draw a picture into FILE instead of printing text.")
    ] = None,
) -> int:
    """Draw the input chains and the trial logic of PARADIGM on RIG as text, or as a picture."""
    from psi.application.commands import graph_command
    from psi.application.run_options import Choice

    return graph_command.graph(
        Choice(
            paradigm=paradigm,
            rig=rig,
            task=task,
            no_default=no_default,
            sets=tuple(sets or ()),
            rig_sets=tuple(rig_sets or ()),
            manifests=tuple(manifests or ()),
        ),
        svg=svg,
    )
