"""The command ``psi``: what it can be asked. What it then does is imported when it is asked for, not before."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

import psi
from psi.application.commands.alarm_cli import alarm
from psi.application.commands.attach_cli import attach
from psi.application.commands.bench_cli import bench
from psi.application.commands.care_cli import pack, recover
from psi.application.commands.check_cli import check
from psi.application.commands.doctor_cli import doctor
from psi.application.commands.export_cli import export
from psi.application.commands.graph_cli import graph
from psi.application.commands.info_cli import info
from psi.application.commands.launch_cli import launch
from psi.application.commands.list_cli import list_all
from psi.application.commands.preferences_cli import preferences
from psi.application.commands.report_cli import report
from psi.application.commands.run_cli import run
from psi.application.commands.schema_cli import schema
from psi.application.commands.send_cli import send
from psi.application.commands.simulate_ni_cli import simulate_ni
from psi.application.commands.status_cli import status
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


app.command("run")(run)
app.command("launch")(launch)
app.command("attach")(attach)
app.command("list")(list_all)
app.command("check")(check)
app.command("graph")(graph)
app.command("info")(info)
app.command("status")(status)
app.command("schema")(schema)
app.command("doctor")(doctor)
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
        answer = app(args=None if arguments is None else list(arguments), prog_name="psi", standalone_mode=False)
    except (TyperException, ConfigurationError, RecordingError) as error:
        return _refuse(error, WRONG_USE)
    except (RunFault, PsiError) as error:
        return _refuse(error, FAULT)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    return answer if isinstance(answer, int) else FINISHED


def _refuse(error: Exception, status: int) -> int:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    for line in message.splitlines():
        print(f"psi: error: {line}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
