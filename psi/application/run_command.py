"""``psi run``: a whole session in the terminal."""

from __future__ import annotations

import json
import math
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from psi.application.run_options import Choice, RunOptions, SessionOptions
from psi.application.warden import Outcome, Warden
from psi.assembly.preferences import default_name
from psi.assembly.request import RunRequest, new_run_id
from psi.hardware.engine import FEW_FREE


class ProgressLine:
    """One line on standard error that follows the run: rewritten on a terminal, now and then elsewhere."""

    #: Seconds between lines where standard error is no terminal.
    INTERVAL = 5.0

    def __init__(self, trials: int | None) -> None:
        self._of = f"/{trials}" if trials is not None else ""
        self._live = sys.stderr.isatty()
        self._last = -math.inf

    def __call__(self, status: dict[str, Any]) -> None:
        now = time.monotonic()
        if not self._live and (now - self._last < self.INTERVAL or status["condition"] == "starting"):
            return
        self._last = now
        text = self.text(status)
        sys.stderr.write(f"\r\x1b[2K{text}" if self._live else f"{text}\n")
        sys.stderr.flush()

    def text(self, status: dict[str, Any]) -> str:
        """The line for a run's ``status``."""
        minutes, seconds = divmod(int(status["time"]), 60)
        parts = [f"{status['condition']} {minutes:02d}:{seconds:02d}"]
        if status["rows"] or self._of:
            parts.append(f"trial {status['trials']}{self._of}")
        parts += [f"{score} {count}" for score, count in sorted(status["scores"].items())]
        if status["state"]:
            parts.append(status["state"])
        for engine, found in (status.get("waiting") or {}).items():
            waited = f"{found['seconds']:.0f} s of {found['timeout']:g} s"
            parts.append(f"{engine} armed, waits for trigger {found['trigger']!r}, {waited}")
        for engine, free in (status.get("buffers") or {}).items():
            if free < FEW_FREE:
                parts.append(f"{engine} buffer {free:.0%} free")
        if status.get("headroom") is not None:
            parts.append(f"headroom {status['headroom']:.0%}")
        return "  ".join(parts)

    def end(self) -> None:
        """Leave the line for good."""
        if self._live:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


def request_of(options: RunOptions) -> RunRequest:
    """The request that the runtime gets for what the command line asked."""
    request = request_of_session(options)
    return request.model_copy(
        update={"trials": options.trials, "duration": options.duration, "out": _text(options.out)}
        | {"carry_over": _text(options.carry_over)}
    )


def request_of_session(options: SessionOptions) -> RunRequest:
    """What ``psi run`` and ``psi launch`` ask for alike; without stop rules, and without a folder."""
    return RunRequest(
        run_id=new_run_id(),
        token=secrets.token_urlsafe(24),
        paradigm=options.paradigm,
        rig=options.rig,
        subject=options.subject or None,
        task_file=_text(options.task),
        use_default=not options.no_default,
        session_file=_text(options.session),
        sets=options.sets,
        rig_sets=options.rig_sets,
        manifests=options.manifests,
        seed=options.seed,
        lockstep=options.speed is not None,
        speed=None if options.speed is None or math.isinf(options.speed) else options.speed,
        command_line=tuple(sys.argv[1:]),
    )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def said_of_default(options: Choice) -> str:
    """What a person is told who starts from default preferences, which nobody has named; otherwise empty."""
    name = None if options.task is not None or options.no_default else default_name(options.paradigm)
    return f"starts from the preferences {name!r}; --no-default leaves them out" if name else ""


def request_of_choice(options: Choice) -> RunRequest:
    """A request that is never run: what is checked or drawn."""
    return RunRequest(
        run_id="",
        token="",
        paradigm=options.paradigm,
        rig=options.rig,
        task_file=_text(options.task),
        use_default=not options.no_default,
        sets=options.sets,
        rig_sets=options.rig_sets,
        manifests=options.manifests,
    )


def run(options: RunOptions) -> int:
    """Run what was asked for; returns the exit status. Raises ``ConfigurationError`` where it is refused."""
    request = request_of(options)
    told = said_of_default(options)
    if told:
        sys.stderr.write(f"psi: {told}\n")
    progress = ProgressLine(request.trials)
    try:
        outcome = Warden(request, progress).run()
    finally:
        progress.end()
    if outcome.message:
        sys.stderr.write(f"psi: error: {outcome.message}\n")
    _report(outcome, options.json)
    return outcome.status


def _report(outcome: Outcome, as_json: bool) -> None:
    trials = outcome.result.get("trials", 0)
    if as_json:
        summary = {"recording": outcome.recording, "finish_reason": outcome.finish_reason, "trials": trials}
        print(json.dumps(summary))
        return
    scores = ", ".join(f"{score} {count}" for score, count in sorted(outcome.result.get("scores", {}).items()))
    print(f"ended: {outcome.finish_reason}, {trials} trials{f' ({scores})' if scores else ''}")
    print(f"recording: {outcome.recording}")
