"""A simulated device server in a process of its own, until somebody ends it."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from psi.core.errors import ConfigurationError, Finding
from psi.testing.ni_server.script import ScriptRunner, Step, read_script
from psi.testing.ni_server.server import SimulatedServer, collected


def serve(
    *,
    devices: Sequence[str],
    wires: Sequence[str],
    sources: Sequence[str],
    script: Path | None,
    port: int,
    with_parent: bool,
    as_json: bool,
) -> None:
    """Serve until SIGTERM, Ctrl-C (``KeyboardInterrupt``) or, ``with_parent``, the end of standard input.

    Says on standard output where it listens. Raises ``ConfigurationError`` for what makes no sense.
    """
    findings: list[Finding] = []
    steps: list[Step] = []
    with collected(findings):
        steps = read_script(script) if script is not None else []
    heard: dict[str, str] = {}
    for text in sources:
        name, equals, source = text.partition("=")
        if not (equals and name.strip()):
            findings.append(Finding(f"{text!r} names no input; write INPUT=SOURCE, as Dev1/ai1=sine:1:440", "--source"))
        else:
            heard[name.strip()] = source.strip()
    with collected(findings):
        server = SimulatedServer(devices, wires=wires, sources=heard, port=port)
    if findings:
        raise ConfigurationError(findings)
    end = threading.Event()
    told: list[int] = []

    def stop(number: int, frame: object) -> None:
        told.append(number)
        end.set()

    # Ctrl-C as well, so that it never comes between the steps of the end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with server:
        runner = ScriptRunner(server, steps)
        runner.start()
        try:
            _say(server.address, server.port, [each.name for each in server.devices.values()], as_json=as_json)
            if with_parent:
                threading.Thread(target=_follow, args=(end,), daemon=True).start()
            end.wait()
        finally:
            runner.end()
    if signal.SIGINT in told:
        raise KeyboardInterrupt


def _say(address: str, port: int, devices: list[str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"address": address, "port": port, "devices": devices}), flush=True)
    else:
        print(f"{', '.join(devices)} at {address}", flush=True)


def _follow(end: threading.Event) -> None:
    # Not by sys.stdin, whose lock this thread would still hold when the interpreter ends.
    while os.read(sys.stdin.fileno(), 4096):
        continue
    end.set()
