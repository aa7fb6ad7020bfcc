"""``psi report``: what it can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A recording: its folder or its file.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The page to write; by default report.html beside the recording."),
    ] = None,
) -> int:
    """Write one HTML page about a recording: what ran, quality, curve, events, signals, latency, settings."""
    from psi.application.commands import report_command

    return report_command.report(path, out)
