"""The commands ``psi bench ...``: each measures a figure that psi claims, on this machine."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from psi.application.commands.shared_options import JsonOption
from psi.core.errors import ConfigurationError

bench = typer.Typer(
    name="bench",
    rich_markup_mode=None,
)


@bench.callback(invoke_without_command=True)
def bench_command(context: typer.Context) -> None:
    """Measure what psi claims, on this machine."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@bench.command("console")
def console_command(
    seconds: Annotated[float, typer.Option(metavar="S", help="Measure each of the two runs for S seconds.")] = 20.0,
    json: JsonOption = False,
) -> int:
    """Start of the window, its share of a core, and what it does to the time from block to command."""
    from psi.application.bench import console as bench_console

    return bench_console.show(_measurable(seconds), as_json=json)


@bench.command("latency")
def latency_command(
    seconds: Annotated[float, typer.Option(metavar="S", help="Measure S seconds of a run.")] = 60.0,
    console: Annotated[bool, typer.Option("--console", help="Beside the window with eight live plots.")] = False,
    json: JsonOption = False,
) -> int:
    """From a block of samples to the call of a command, from an edge to its output, and the floor of this machine."""
    from psi.application.bench import latency as bench_latency

    return bench_latency.show(_measurable(seconds), console=console, as_json=json)


@bench.command("store")
def store_command(
    seconds: Annotated[float, typer.Option(metavar="S", help="Write for S seconds, twice.")] = 20.0,
    json: JsonOption = False,
) -> int:
    """What the store writes to the disk of this folder at most, beside a plain file; and what a large session costs."""
    from psi.application.bench import store as bench_store

    return bench_store.show(_measurable(seconds), as_json=json)


def _measurable(seconds: float) -> float:
    if not (math.isfinite(seconds) and seconds >= 1):
        raise ConfigurationError(f"{seconds:g} s is too short to measure; give 1 or more", "--seconds")
    return seconds
