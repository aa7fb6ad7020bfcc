"""The store in a process of its own: ``python -m psi.data.process``.

Speaks JSON lines. Says ``{"store": "ready"}``; takes the plan on one line of its standard input;
says ``open``; writes until the run has finished and everything is on the disk; says ``closed``
with the counts. ``{"op": "drain"}`` means that the runtime died: what is in the rings is written
and the recording is closed. The end of the input means that the parent died: the store goes on
to the end of the run. A fault is one line ``{"store": "failed", "error": ...}`` and exit status 3.
A burst that found no room on the disk leaves a file that cannot be trusted beyond what was committed: the store ends
with status 4, and the one that follows it closes the recording in the space that was kept in reserve.

At the end of a run whose store was killed its parts are joined. It says ``parts``: how many were joined, or why they
were left as they are.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pydantic
import tables

from psi.core.errors import PsiError, RecordingError, RunFault
from psi.core.processes import lives
from psi.data.joining import is_complete, remove_left_overs
from psi.data.plan import CLOSED, DRAIN, FAILED, FULL, RecordingPlan
from psi.data.store import Store
from psi.stream.control import RunControl, RuntimeCondition, StoreCondition
from psi.stream.shared_memory import unlink_segment

#: Seconds between looks at the rings.
POLL = 0.02
#: Seconds between bursts while there is room, and the fill at which there is no more time to wait.
BURST_INTERVAL = 0.5
URGENT_FILL = 0.4
#: Seconds for which the file is left to live readers after a burst, and the fill at which it is not.
REST = 0.02
RESTLESS_FILL = 0.7
#: Seconds between looks at whether the runtime lives.
LIFE_INTERVAL = 1.0


class _Input:
    """Lines of the standard input, read on a thread of their own; ``None`` is its end."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # Unbuffered: a thread that waits inside a buffered reader keeps the interpreter from ending.
        threading.Thread(target=self._read, args=(sys.stdin.fileno(),), daemon=True).start()

    def _read(self, fd: int) -> None:
        pending = b""
        while data := os.read(fd, 65536):
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                self._lines.put(line.decode("utf-8"))
        self._lines.put(None)

    def wait(self) -> str | None:
        return self._lines.get()

    def poll(self) -> tuple[bool, str | None]:
        """Whether there is something, and what."""
        try:
            return True, self._lines.get_nowait()
        except queue.Empty:
            return False, None


def _say(what: str, **more: Any) -> None:
    line = json.dumps({"store": what, **more}) + "\n"
    # Where the parent is gone, the recording matters more than who hears of it.
    with contextlib.suppress(OSError):
        os.write(sys.stdout.fileno(), line.encode())


def runtime_lives(control: RunControl) -> bool:
    """Whether the process that runs the run is still there (and is not another with its number)."""
    return lives(control.runtime_pid, control.runtime_created)


def _run(store: Store, lines: _Input) -> None:
    """Write until the run is over; returns when the store may close."""
    last_burst = last_look = time.monotonic()
    listening = True
    while not store.has_everything():
        store.watch_disk()
        some, line = lines.poll() if listening else (False, None)
        if some and line is None:
            listening = False
        elif line is not None:
            _require_drain(line)
            return
        now = time.monotonic()
        if now - last_look >= LIFE_INTERVAL:
            last_look = now
            if store.control.runtime_condition is not RuntimeCondition.FINISHED and not runtime_lives(store.control):
                return
        finished = store.control.runtime_condition is RuntimeCondition.FINISHED
        fill = store.fill()
        urgent = finished or (fill >= URGENT_FILL and (now - last_burst >= REST or fill >= RESTLESS_FILL))
        if (urgent or now - last_burst >= BURST_INTERVAL) and store.work(final=finished):
            last_burst = time.monotonic()
        else:
            time.sleep(0.001 if fill >= URGENT_FILL else POLL)


def _require_drain(line: str) -> None:
    try:
        order = json.loads(line)
    except ValueError:
        order = None
    if order != DRAIN:
        raise RunFault(f"the store was told {line!r}; it understands {json.dumps(DRAIN)}")


def main() -> int:
    """Entry of the store process; returns its exit status."""
    # Ctrl-C in the terminal is for the warden, which tells the runtime to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lines = _Input()
    _say("ready")
    text = lines.wait()
    if text is None:
        return 0
    try:
        plan = RecordingPlan.model_validate_json(text)
        store = Store(plan)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        _say("failed", error=f"recording plan: {'.'.join(map(str, first['loc']))}: {first['msg']}")
        return FAILED
    fault = "the store ended by a mistake of its own; see its error output"
    status = FAILED
    try:
        settled = plan.part > 1 and is_complete(store.folder, plan.run_id)
        status = _settle(store) if settled else _keep(store, lines)
        fault = ""
    except (PsiError, OSError, tables.HDF5ExtError) as error:
        fault = str(error).strip().splitlines()[-1]
    finally:
        if fault:
            _say("failed", error=fault)
            store.fail(fault)
    return status


def _keep(store: Store, lines: _Input) -> int:
    """Write to the end of the run, and leave one closed recording; the exit status."""
    store.open()
    _say("open", recording=str(store.path), part=store.plan.part)
    try:
        _run(store, lines)
        alive = runtime_lives(store.control)
        store.complete()
    except (RecordingError, OSError, tables.HDF5ExtError):
        if store.disk_is_full:
            return FULL
        raise
    if store.plan.part > 1:
        _join(store)
    store.watch_disk()
    store.let_go()
    _say("closed", counts=store.counts())
    if not alive:
        _give_back(store.plan)
    return CLOSED


def _join(store: Store) -> None:
    """Join the parts, in a process that a damaged one may crash; a recording of parts can be read as well."""
    command = [sys.executable, "-P", "-m", "psi.data.joining", os.fspath(store.folder)]
    joining = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    store.wait_for(lambda: joining.poll() is not None)
    out, _ = joining.communicate()
    try:
        said = json.loads(out)
    except ValueError:
        said = {"left": f"the process that joined them died (status {joining.returncode})"}
    _say("parts", **said)


def _settle(store: Store) -> int:
    """The store before this one was killed when all was done but the last word."""
    with contextlib.suppress(OSError):
        # Where they cannot be removed they do no harm.
        remove_left_overs(store.folder)
    with contextlib.suppress(RunFault), RunControl.attach(store.plan.control) as control:
        control.store_condition = StoreCondition.CLOSED
        if not runtime_lives(control):
            _give_back(store.plan)
    _say("closed", counts={})
    return CLOSED


def _give_back(plan: RecordingPlan) -> None:
    """Whoever made the shared memory cannot give it back any more."""
    for segment in plan.segments():
        unlink_segment(segment)


if __name__ == "__main__":
    sys.exit(main())
