"""The arguments and options that several commands take, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psi.core.errors import ConfigurationError

ParadigmArgument = Annotated[str, typer.Argument(metavar="PARADIGM", help="A name that 'psi list' shows, or a file.")]
RigOption = Annotated[str, typer.Option("--rig", metavar="RIG", help="A name that 'psi list' shows, or a file.")]
TaskOption = Annotated[
    Path | None,
    typer.Option("--task", metavar="NAME|FILE", help="Task to start from: preferences by name, or a document."),
]
NoDefaultOption = Annotated[
    bool, typer.Option("--no-default", help="Start from the declared values, whatever the default preferences.")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=EXPR", help="Set an item, by a value or an expression.")
]
SetRigOption = Annotated[
    list[str] | None, typer.Option("--set-rig", metavar="NAME=VALUE", help="Set a declared value of the rig.")
]
ManifestOption = Annotated[
    list[str] | None, typer.Option("--manifest", metavar="NAME", help="Load one more manifest, by name or file.")
]
SubjectOption = Annotated[str, typer.Option(metavar="NAME", help="Who is in the box, where no --session says it.")]
SessionOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Session document to start from.")]
SpeedOption = Annotated[
    str | None, typer.Option(metavar="X|max", help="Run a simulated rig X times as fast as real time.")
]
SeedOption = Annotated[int | None, typer.Option(metavar="N", help="Root seed; the same one draws the same trials.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def require_seed(seed: int | None) -> None:
    """Raise ``ConfigurationError`` where ``seed`` was given and can be none."""
    if seed is not None and seed < 0:
        raise ConfigurationError(f"{seed} is no seed; give a whole number from 0 on", "--seed")
