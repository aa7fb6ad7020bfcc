"""The command ``psi simulate-ni``: NI cards that are not there, behind a device server that is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psi.application.commands.shared_options import JsonOption
from psi.core.errors import ConfigurationError


def simulate_ni(
    port: Annotated[int, typer.Option(metavar="N", help="Listen at 127.0.0.1:N; 0 takes any that is free.")] = 31763,
    devices: Annotated[
        list[str] | None,
        typer.Option("--device", metavar="NAME=PRODUCT", help="A card, as Dev1=USB-6343[,ppm=20]; again for more."),
    ] = None,
    wires: Annotated[
        list[str] | None,
        typer.Option(
            "--wire",
            metavar="OUT=IN",
            help="A wire, as Dev1/ao0=Dev1/ai0[,gain=G][,delay=S][,noise=V]; again for more.",
        ),
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--source", metavar="IN=SOURCE", help="What an input hears, as Dev1/ai1=sine:1:440; again for more."
        ),
    ] = None,
    script: Annotated[Path | None, typer.Option(metavar="FILE", help="JSON: which faults come when.")] = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End when standard input ends, so with the program that started it.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Serve simulated NI cards to nidaqmx, as NI's gRPC device server serves real ones. Ctrl-C ends it."""
    try:
        from psi.testing.ni_server.process import serve
    except ImportError as error:
        raise ConfigurationError(f"simulated cards need nidaqmx with gRPC ({error}): pip install 'psi[ni]'") from error
    if not 0 <= port <= 65535:
        raise ConfigurationError(f"{port} is no port; give 0 to 65535", "--port")
    serve(
        devices=tuple(devices or ("Dev1=USB-6343",)),
        wires=tuple(wires or ()),
        sources=tuple(sources or ()),
        script=script,
        port=port,
        with_parent=with_parent,
        as_json=json,
    )
    return 0
