"""A process that reads a damaged file in our place, and may die of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from typing import Any


class ReadingProcess:
    """``python -m MODULE ARGUMENTS...``, which is told what to ``skip`` and says lines of JSON.

    It ends with this process, however that ends.
    """

    def __init__(self, module: str, arguments: Sequence[str], skip: Sequence[str]) -> None:
        self._command = [sys.executable, "-P", "-m", module, *arguments]
        self._skip = skip
        #: Exit status, once all its lines were taken; less than 0 of one that a signal ended.
        self.status = 0
        #: The last line that it said on its standard error, or its status.
        self.why = ""

    def lines(self) -> Iterator[dict[str, Any]]:
        """What it says, as it says it."""
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
            subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8"
            ) as process,
        ):
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                # Its standard input stays open: the end of it is the end of this process.
                process.stdin.write(json.dumps(list(self._skip)) + "\n")
                process.stdin.flush()
                for line in process.stdout:
                    # It may die in the middle of one.
                    if line.startswith("{") and line.endswith("}\n"):
                        yield json.loads(line)
                self.status = process.wait()
            finally:
                process.kill()
            errors.seek(0)
            self.why = (errors.read().strip().splitlines()[-1:] or [f"status {self.status}"])[0]


def told() -> set[str]:
    """In that process: what is to be skipped. From now on it ends with the process that started it."""
    skip = set(json.loads(sys.stdin.readline() or "[]"))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return skip


def say(line: dict[str, Any]) -> None:
    """In that process: say ``line``."""
    # At once: the next moment may be the last.
    os.write(sys.stdout.fileno(), json.dumps(line).encode() + b"\n")


def _end_with_parent() -> None:
    while os.read(0, 4096):
        continue
    os._exit(1)
