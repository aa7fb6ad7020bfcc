"""What a runtime tells the warden of its runs, and what it does when the warden is gone."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from psi.controller.host import RigHost
from psi.controller.participant import Bystander, PreparedRun
from psi.controller.run import Run
from psi.link.state import StateSource

Say = Callable[[dict[str, Any]], None]

#: Seconds between looks whether a run that nobody watches over has ended.
_LOOK = 0.2


def result_of(run: Run, reason: str) -> dict[str, Any]:
    """How ``run`` ended."""
    counts = run.trials.counts
    return {
        "finish_reason": reason,
        "words": run.fault_line or run.stop_rules.words,
        "totals": run.totals.state(),
        "trials": counts.completed,
        "rows": counts.committed,
        "scores": counts.by_score,
        "time": run.clock.now(),
        "fault": run.fault_line or None,
        "quality": run.status().get("quality", ""),
    }


class Announcer(Bystander):
    """Takes part in every run: says which shared memory it has, so that a survivor can give it back."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._run: Run | None = None

    def prepare(self, run: PreparedRun) -> None:
        assert isinstance(run, Run)
        self._run = run
        segments = run.status().get("segments", {})
        names = [segments[key] for key in ("control", "journal") if key in segments]
        names += [array["segment"] for key in ("streams", "epochs") for array in segments.get(key, ())]
        settings = run.settings
        subject = run.parts.documents.get("session", {}).get("subject", "")
        self._say(
            {
                "run": {
                    "run_id": settings.run_id,
                    "mode": settings.mode,
                    "folder": settings.folder,
                    "subject": subject,
                    "segments": names,
                }
            }
        )

    def ensure_stopped(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            reason = "fault" if run.fault is not None else run.stop_request.reason
            self._say({"ended": {"run_id": run.settings.run_id, **result_of(run, reason)}})


def watch_parent(state: StateSource, gone: Callable[[], None] = lambda: None) -> None:
    """Say in ``state`` whether this process is ``watched_over``; call ``gone``, on a thread, when the warden is gone.

    That is seen from the standard input, which ends with the process that holds its other end. Nothing else
    changes: a run goes on to its end.
    """
    state.update({"watched_over": True})

    def wait() -> None:
        # Unbuffered: a thread that waits inside a buffered reader keeps the interpreter from ending.
        while os.read(sys.stdin.fileno(), 65536):
            pass
        state.update({"watched_over": False})
        gone()

    threading.Thread(target=wait, name="psi-parent", daemon=True).start()


def quit_after_run(host: RigHost) -> None:
    """Wait for the end of the run that is going on, if one is, then let the rig go: nobody could start another."""
    while host.condition == "running":
        time.sleep(_LOOK)
    host.quit()
