"""The command ``psi``: what it can be asked. What it then does is imported when it is asked for, not before."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import psi
from psi.application.commands.alarm_cli import alarm
from psi.application.commands.bench_cli import bench
from psi.application.commands.care_cli import pack, recover
from psi.application.commands.export_cli import export
from psi.application.commands.preferences_cli import preferences
from psi.application.commands.report_cli import report
from psi.application.commands.send_cli import send
from psi.application.commands.simulate_ni_cli import simulate_ni
from psi.core.errors import ConfigurationError, PsiError, RecordingError, RunFault

FINISHED = 0
BUG = 1
WRONG_USE = 2
FAULT = 3
INTERRUPTED = 130

app = typer.Typer(
    name="psi",
    help="Run trial-based experiments, and read what they left.",
    epilog="Exit status: 0 finished, 2 wrong use or configuration, 3 ended by a fault, 130 stopped by Ctrl-C.",
    add_completion=False,
    # Plain help and plain tracebacks: quick to come, and the same in a terminal, a log and a test.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

ParadigmArgument = Annotated[str, typer.Argument(metavar="PARADIGM", help="A name that 'psi list' shows, or a file.")]
OpenParadigmArgument = Annotated[
    str, typer.Argument(metavar="PARADIGM", help="As with 'psi run'; without it, it is chosen in a window.")
]
OpenRigOption = Annotated[str, typer.Option("--rig", metavar="RIG", help="As with 'psi run'; without it, chosen too.")]
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


def _require_seed(seed: int | None) -> None:
    if seed is not None and seed < 0:
        raise ConfigurationError(f"{seed} is no seed; give a whole number from 0 on", "--seed")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"psi {psi.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def psi_command(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit


@app.command("run")
def run_command(
    paradigm: ParadigmArgument,
    rig: RigOption,
    subject: Annotated[str, typer.Option(metavar="NAME", help="Who is in the box, where no --session says it.")] = "",
    task: TaskOption = None,
    no_default: NoDefaultOption = False,
    session: Annotated[Path | None, typer.Option(metavar="FILE", help="Session document to start from.")] = None,
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
    from psi.application.commands.run_options import RunOptions
    from psi.application.speed import parse_speed

    for name, value in (("--duration", duration), ("--trials", trials)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise ConfigurationError(f"{value} is no end of a run; give a number above 0", name)
    _require_seed(seed)
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


@app.command("launch")
def launch_command(
    paradigm: OpenParadigmArgument = "",
    rig: OpenRigOption = "",
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
    from psi.application.commands.run_options import LaunchOptions
    from psi.application.speed import parse_speed

    _require_seed(seed)
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


@app.command("attach")
def attach_command(
    run_id: Annotated[
        str, typer.Argument(metavar="[RUN_ID]", help="As 'psi status' shows it; not needed where one run lives.")
    ] = "",
) -> int:
    """Open a window on a run that is already there. Closing it changes nothing for the run."""
    from psi.application.commands import attach_command

    return attach_command.attach(run_id)


@app.command("list")
def list_command(
    where: Annotated[bool, typer.Option("--where", help="Show the file of each, and what it hides.")] = False,
    json: JsonOption = False,
) -> int:
    """List paradigms, rigs and manifests."""
    from psi.application.commands import list_command

    return list_command.show(where=where, as_json=json)


@app.command("check")
def check_command(
    paradigm: ParadigmArgument,
    rig: RigOption,
    task: TaskOption = None,
    no_default: NoDefaultOption = False,
    sets: SetOption = None,
    rig_sets: SetRigOption = None,
    manifests: ManifestOption = None,
) -> int:
    """Say everything that is wrong with PARADIGM on RIG, before an animal waits."""
    from psi.application.commands import check_command
    from psi.application.commands.run_options import Choice

    return check_command.check(
        Choice(
            paradigm=paradigm,
            rig=rig,
            task=task,
            no_default=no_default,
            sets=tuple(sets or ()),
            rig_sets=tuple(rig_sets or ()),
            manifests=tuple(manifests or ()),
        )
    )


@app.command("graph")
def graph_command(
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
    from psi.application.commands.run_options import Choice

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


@app.command("info")
def info_command(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A recording: its folder or its file.")],
    json: JsonOption = False,
) -> int:
    """Show what is in a recording: streams, events, trials, gaps, and how it ended."""
    from psi.application.commands import info_command

    return info_command.show(path, as_json=json)


@app.command("status")
def status_command(json: JsonOption = False) -> int:
    """List the runs that live on this machine, with their processes."""
    from psi.application.commands import status_command

    return status_command.show(as_json=json)


@app.command("schema")
def schema_command(
    kind: Annotated[str, typer.Argument(metavar="DOCUMENT", help="rig, task, session or provenance.")],
) -> int:
    """Print the JSON Schema of a kind of document."""
    from psi.application.commands import schema_command

    return schema_command.show(kind)


@app.command("doctor")
def doctor_command(
    servers: Annotated[
        list[str] | None,
        typer.Option("--server", metavar="HOST:PORT", help="Also ask this NI gRPC device server; may be repeated."),
    ] = None,
    reset: Annotated[
        str,
        typer.Option(
            metavar="DEVICE",
            help="Reset this NI device first, at the first server where one is given: ends whatever is done with it.",
        ),
    ] = "",
    clean: Annotated[
        bool, typer.Option("--clean", help="Remove what killed sessions have left; never what lives.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Say which devices this machine can reach, what is missing, and what killed sessions have left behind."""
    from psi.application.commands import doctor_command

    return doctor_command.show(servers=tuple(servers or ()), reset=reset, clean=clean, as_json=json)


app.command("preferences")(preferences)
app.command("report")(report)
app.add_typer(export)
app.command("pack")(pack)
app.command("recover")(recover)
app.command("send")(send)
app.command("alarm")(alarm)
app.add_typer(bench)
app.command("simulate-ni")(simulate_ni)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what ``arguments`` (by default the command line) ask; returns the exit status.

    What psi refuses is a line on standard error for each finding. Anything else that is raised is a
    bug, and shows where.
    """
    from typer.exceptions import TyperException

    try:
        status = app(args=None if arguments is None else list(arguments), prog_name="psi", standalone_mode=False)
    except (TyperException, ConfigurationError, RecordingError) as error:
        return _refuse(error, WRONG_USE)
    except (RunFault, PsiError) as error:
        return _refuse(error, FAULT)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    return status if isinstance(status, int) else FINISHED


def _refuse(error: Exception, status: int) -> int:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    for line in message.splitlines():
        print(f"psi: error: {line}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
