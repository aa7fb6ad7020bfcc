"""Simulated device servers of this process's own: started when one is needed, ended with the process."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import NamedTuple

from psi.core.errors import ConfigurationError

_lock = threading.Lock()
_servers: dict[tuple[str, ...], _Server] = {}


class _Server(NamedTuple):
    process: subprocess.Popen[str]
    address: str


def address_of(options: Sequence[str]) -> str:
    """``'HOST:PORT'`` of the simulated server with ``options``, as ``psi simulate-ni`` takes them.

    It is started where this process has none with them, and ends with this process, however that ends.
    Raises ``ConfigurationError`` where it does not start.
    """
    key = tuple(options)
    with _lock:
        if key not in _servers:
            _servers[key] = _start(key)
        return _servers[key].address


@atexit.register
def end_all() -> None:
    """End every server of this process; who asks for one afterwards gets a new one."""
    with _lock:
        while _servers:
            _, (process, _) = _servers.popitem()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.stdout.close()
            process.wait()


def _start(options: tuple[str, ...]) -> _Server:
    # Its standard input is a pipe that nobody writes to: it ends with us, and then so does the server.
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "psi.application.cli",
            "simulate-ni",
            "--port",
            "0",
            "--json",
            "--with-parent",
            *options,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        status = process.wait()
        raise ConfigurationError(
            f"the simulated device server ended with status {status}; try 'psi simulate-ni {' '.join(options)}'"
        )
    port = int(json.loads(line)["port"])
    return _Server(process, f"localhost:{port}")
