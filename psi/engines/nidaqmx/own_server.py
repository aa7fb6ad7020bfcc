"""Simulated device servers of this process's own: started when one is needed, ended with the process."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from collections.abc import Sequence

from psi.core.errors import ConfigurationError

_lock = threading.Lock()
_addresses: dict[tuple[str, ...], str] = {}


def address_of(options: Sequence[str]) -> str:
    """``'HOST:PORT'`` of the simulated server with ``options``, as ``psi simulate-ni`` takes them.

    It is started where this process has none with them, and ends with this process, however that ends.
    Raises ``ConfigurationError`` where it does not start.
    """
    key = tuple(options)
    with _lock:
        if key not in _addresses:
            _addresses[key] = _start(key)
        return _addresses[key]


def _start(options: tuple[str, ...]) -> str:
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
    atexit.register(_end, process)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        status = process.wait()
        raise ConfigurationError(
            f"the simulated device server ended with status {status}; try 'psi simulate-ni {' '.join(options)}'"
        )
    port = int(json.loads(line)["port"])
    return f"localhost:{port}"


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    process.wait()
