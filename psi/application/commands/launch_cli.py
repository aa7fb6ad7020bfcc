"""``psi launch``: what it can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psi.application.commands.shared_options import (
    ManifestOption,
    NoDefaultOption,
    SeedOption,
    SessionOption,
    SetOption,
    SetRigOption,
    SpeedOption,
    SubjectOption,
    TaskOption,
    require_seed,
)


def launch(
    paradigm: Annotated[
        str, typer.Argument(metavar="PARADIGM", help="As with 'psi run'; without it, it is chosen in a window.")
    ] = "",
    rig: Annotated[str, typer.Option("--rig", metavar="RIG", help="As with 'psi run'; without it, chosen too.")] = "",
    subject: SubjectOption = "",
    task: TaskOption = None,
    no_default: NoDefaultOption = False,
    session: SessionOption = None,
    sets: SetOption = None,
    rig_sets: SetRigOption = None,
    manifests: ManifestOption = None,
    speed: SpeedOption = None,
    seed: SeedOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Put recordings below DIR, each in a folder of its own.")
    ] = None,
) -> int:
    """Open a window on PARADIGM on RIG: look, start, change, stop, start again. Ctrl-C ends everything cleanly.

    What is left out is chosen in a small window first.
    """
    from psi.application.commands import launch_command
    from psi.application.run_options import LaunchOptions
    from psi.application.speed import parse_speed

    require_seed(seed)
    return launch_command.launch(
        LaunchOptions(
            paradigm=paradigm,
            rig=rig,
            task=task,
            no_default=no_default,
            sets=tuple(sets or ()),
            rig_sets=tuple(rig_sets or ()),
            manifests=tuple(manifests or ()),
            subject=subject,
            session=session,
            speed=None if speed is None else parse_speed(speed),
            seed=seed,
            out=out,
        )
    )
