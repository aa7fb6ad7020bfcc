"""The commands ``psi export ...``: what they can be asked."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

export = typer.Typer(name="export", rich_markup_mode=None)

PathArgument = Annotated[Path, typer.Argument(metavar="PATH", help="A recording: its folder or its file.")]


class SampleFormat(StrEnum):
    """Of samples in a WAV file."""

    float32 = "float32"
    int16 = "int16"


@export.callback(invoke_without_command=True)
def export_command(context: typer.Context) -> None:
    """Write a recording in a form that other programs read."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@export.command("nwb")
def nwb_command(
    path: PathArgument,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="By default recording.nwb beside the recording.")
    ] = None,
    session: Annotated[
        Path | None,
        typer.Option("--session", metavar="FILE", help="Session document with what the recorded one lacks."),
    ] = None,
) -> int:
    """Streams, trials, events and documents as one NWB file, validated (needs the extra nwb)."""
    from psi.application.commands import export_command

    return export_command.nwb(path, out, session)


@export.command("csv")
def csv_command(
    path: PathArgument,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="By default the folder csv beside the recording.")
    ] = None,
) -> int:
    """Trials, events and the other tables, each as a CSV file."""
    from psi.application.commands import export_command

    return export_command.csv(path, out)


@export.command("wav")
def wav_command(
    path: PathArgument,
    stream: Annotated[
        str, typer.Option("--stream", metavar="NAME", help="Which stream, where there are several.")
    ] = "",
    channels: Annotated[
        str, typer.Option("--channels", metavar="A,B", help="Labels or numbers from 0; all where none is given.")
    ] = "",
    sample_format: Annotated[
        SampleFormat, typer.Option("--format", help="float32 keeps the unit; int16 is scaled to its largest value.")
    ] = SampleFormat.float32,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="By default STREAM.wav beside the recording.")
    ] = None,
) -> int:
    """A stream as a WAV file."""
    from psi.application.commands import export_command

    return export_command.wav(path, stream, channels, sample_format.value, out)
