"""``psi run``: what it can be asked."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from psi.application.commands.shared_options import (
    ManifestOption,
    NoDefaultOption,
    ParadigmArgument,
    RigOption,
    SeedOption,
    SessionOption,
    SetOption,
    SetRigOption,
    SpeedOption,
    SubjectOption,
    TaskOption,
    require_seed,
)
from psi.core.errors import ConfigurationError, Finding


def run(
    paradigm: ParadigmArgument,
    rig: RigOption,
    subject: SubjectOption = "",
    task: TaskOption = None,
    no_default: NoDefaultOption = False,
    session: SessionOption = None,
    sets: SetOption = None,
    rig_sets: SetRigOption = None,
    manifests: ManifestOption = None,
    duration: Annotated[float | None, typer.Option(metavar="S", help="Stop after S seconds.")] = None,
    trials: Annotated[int | None, typer.Option(metavar="N", help="Stop after N completed trials.")] = None,
    stop_after: Annotated[
        list[str] | None,
        typer.Option(
            "--stop-after",
            metavar="RULE=VALUE",
            help="Stop when the trial has ended in which this holds: minutes, volume (mL), no_response (min), "
            "or when=EXPRESSION over totals.",
        ),
    ] = None,
    speed: SpeedOption = None,
    seed: SeedOption = None,
    carry_over: Annotated[
        Path | None, typer.Option("--carry-over", metavar="RECORDING", help="Let selectors go on from there.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="A new folder for the recording.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Make the last line one JSON object.")] = False,
) -> int:
    """Run PARADIGM on RIG in the terminal, and record it. Ctrl-C stops and keeps everything."""
    from psi.application.commands import run_command
    from psi.application.run_options import RunOptions
    from psi.application.speed import parse_speed

    wrong = [
        Finding(f"{value} is no end of a run; give a number above 0", name)
        for name, value in (("--duration", duration), ("--trials", trials))
        if value is not None and not (math.isfinite(value) and value > 0)
    ]
    if wrong:
        raise ConfigurationError(wrong)
    require_seed(seed)
    return run_command.run(
        RunOptions(
            paradigm=paradigm,
            rig=rig,
            task=task,
            no_default=no_default,
            sets=tuple(sets or ()),
            rig_sets=tuple(rig_sets or ()),
            manifests=tuple(manifests or ()),
            subject=subject,
            session=session,
            duration=duration,
            trials=trials,
            stop_after=tuple(stop_after or ()),
            speed=None if speed is None else parse_speed(speed),
            seed=seed,
            carry_over=carry_over,
            out=out,
            json=json,
        )
    )
