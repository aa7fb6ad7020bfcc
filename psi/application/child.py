"""A process that the warden has started: JSON lines in, JSON lines out, a group of its own."""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from psi.application.registry import Role

log = logging.getLogger(__name__)

#: Matrix products of a signal chain are small: what several threads would save, their waking up costs many times.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")

#: How far who draws, writes or looks things up stands back behind the runtime, as Unix counts niceness: a frame can
#: come a moment later, an answer to an animal cannot.
STANDS_BACK: dict[Role, int] = {"console": 10, "chooser": 10, "checker": 10, "store": 5}


class Child:
    """Runs ``python -m module``. Its standard error goes to ``log``; its lines of JSON to :attr:`lines`."""

    def __init__(self, role: Role, module: str, log: Path) -> None:
        self.role: Role = role
        #: What tells it from others of its role; empty where nothing has to.
        self.name = ""
        self.log = log
        self._log_file = log.open("wb")
        # The keyboard's interrupt goes to the terminal's group: children stop when they are told to.
        flags: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            flags = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self.process = subprocess.Popen(
            # -P: a file of the user's own in the current folder must not stand in for a library
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log_file,
            env={**ONE_THREAD, **os.environ},
            **flags,
        )
        stand_back(self.process.pid, STANDS_BACK.get(role, 0))
        self.lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, name=f"{role} lines", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            text = line.decode("utf-8", "replace").strip()
            try:
                message = json.loads(text)
            except ValueError:
                message = None
            if isinstance(message, dict):
                self.lines.put(message)
            elif text:
                # Somebody's print() in a manifest: not ours to lose.
                with self.log.open("ab") as log:
                    log.write(line)

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one line of JSON; a child that is gone already is noticed elsewhere."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        except (BrokenPipeError, OSError):
            return

    def next_line(self, timeout: float) -> dict[str, Any] | None:
        """The next message, or ``None`` where none came within ``timeout`` s."""
        try:
            return self.lines.get(timeout=timeout)
        except queue.Empty:
            return None

    def alive(self) -> bool:
        return self.process.poll() is None

    def last_words(self) -> str:
        """The last line that the child wrote to its standard error."""
        lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def wait(self, timeout: float) -> bool:
        """Wait for the end; False where it has not come within ``timeout`` s."""
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def close(self) -> None:
        """End the process if it still runs, and let go of its pipes; again is fine."""
        if self._log_file.closed:
            return
        if self.alive():
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # unsent bytes to a process that is gone
                    continue
        self._reader.join(timeout=5)
        self._log_file.close()


def stand_back(pid: int, niceness: int) -> None:
    """Let others go before the process ``pid``, which has just been started: its threads will be as it is.

    Where the system refuses, or the process is gone already, it stays as it is: that costs time, not data.
    """
    if niceness == 0:
        return
    try:
        process = psutil.Process(pid)
        if sys.platform == "win32":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
            return
        process.nice(niceness)
        # Linux weighs whole sessions against each other, and every child has one of its own.
        group = Path(f"/proc/{pid}/autogroup")
        if group.exists():
            group.write_text(str(niceness))
    except (psutil.Error, OSError) as error:
        log.info("process %d keeps its priority: %s", pid, error)
