"""``psi attach``: one more window on a run that is already there."""

from __future__ import annotations

import tempfile
from pathlib import Path

from psi.application.child import Child
from psi.application.display import require_display
from psi.application.guardian import take_interrupts
from psi.application.launcher import CONSOLE, greeting
from psi.application.registry import RunEntry, live_runs
from psi.core.errors import ConfigurationError, RunFault
from psi.core.names import did_you_mean
from psi.link.client import LinkClient
from psi.link.errors import LinkError

#: Seconds that the run gets to answer.
_PATIENCE = 5.0
#: Seconds between looks whether the window is closed.
_LOOK = 0.2


def attach(run_id: str = "", console: str = CONSOLE) -> int:
    """Open a window, with ``console`` as its module, on the run ``run_id``; returns the exit status when it closes.

    Without ``run_id`` it is the one that lives. Raises ``ConfigurationError`` where there is none to choose,
    and ``RunFault`` where the window fails.
    """
    require_display()
    take_interrupts()
    entry = choose(run_id)
    with LinkClient(entry.port, entry.token) as link:
        try:
            state = link.request("state", timeout=_PATIENCE, epoch=0, number=0)["snapshot"]
        except LinkError as error:
            raise ConfigurationError(f"run {entry.run_id} does not answer: {error}") from None
        with tempfile.TemporaryDirectory(prefix="psi-") as folder:
            window = Child("console", console, Path(folder) / "console.log")
            try:
                manifests = state["task"]["manifests"]
                window.send(greeting(entry.port, entry.token, entry.run_id, entry.paradigm, entry.rig, manifests))
                try:
                    while window.alive():
                        window.wait(_LOOK)
                except KeyboardInterrupt:
                    # Closed as by hand, so that its layout is remembered.
                    window.process.terminate()
                    window.wait(_PATIENCE)
                    raise
                if window.process.returncode != 0:
                    status, words = window.process.returncode, window.last_words()
                    raise RunFault(f"the window ended (status {status}){': ' if words else ''}{words}; the run goes on")
            finally:
                window.close()
        try:
            link.request("leave", timeout=_PATIENCE)
        except LinkError:
            # The run has ended before its window was closed.
            return 0
    return 0


def choose(run_id: str) -> RunEntry:
    """The live run ``run_id``, or the only one. Raises ``ConfigurationError`` where there is no telling which."""
    runs = {run.entry.run_id: run.entry for run in live_runs() if any(p.role == "runtime" for p in run.living)}
    if run_id in runs:
        return runs[run_id]
    if run_id:
        raise ConfigurationError(f"no run {run_id!r} lives on this machine{did_you_mean(run_id, runs)}")
    if not runs:
        raise ConfigurationError("no run lives on this machine; 'psi launch' and 'psi run' start one")
    if len(runs) > 1:
        raise ConfigurationError(f"several runs live; name one of {', '.join(runs)}")
    return next(iter(runs.values()))
