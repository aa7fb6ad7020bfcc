"""How a run stands: a snapshot for progress lines, consoles and ``psi status``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psi.controller.run import Run


#: What stands in a status' ``course``, in words.
_COURSE = {
    "paused": "paused",
    "pausing": "pauses after this trial",
    "choosing": "waits for the next trial to be chosen",
    "stopping": "stops after this trial",
}


def course_text(status: Mapping[str, Any]) -> str:
    """``'paused'`` and the like, for people; empty for a run that is left to itself."""
    course = status.get("course") or {}
    return ", ".join(words for name, words in _COURSE.items() if course.get(name))


def run_status(run: Run) -> dict[str, Any]:
    """A snapshot of ``run``, from any thread."""
    return {
        "condition": run.condition,
        "work": run.work,
        "time": run.clock.now(),
        "trials": run.trials.counts.completed,
        "rows": run.trials.counts.committed,
        "scores": dict(run.trials.counts.by_score),
        "totals": run.totals.state(),
        "selectors": run.selectors.progress(),
        # What a person has done to its course.
        "course": {
            "paused": run.controls.paused,
            "pausing": run.controls.pause_requested and not run.controls.paused,
            "choosing": run.controls.training.waiting,
            "stopping": run.controls.stopping_after_trial,
        },
        "state": run.machine.state if run.machine is not None else "",
        "logic": run.logic.status(),
        "silent": {engine: round(seconds, 1) for engine, seconds in run.io.silence.silent.items()},
        "waiting": run.io.watch.waiting(),
        "buffers": run.io.buffers(),
        # from when samples were there, or an event was posted, to the call of a command
        "latency": run.dispatcher.latency.summary(),
        # s for which the oldest event that is not handled yet has waited
        "delay": round(run.dispatcher.delay(), 3),
        "hanging": run.watchdog.hanging(),
        "failures": [failure._asdict() for failure in list(run.dispatcher.failures)],
    }
