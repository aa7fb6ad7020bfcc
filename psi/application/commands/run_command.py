"""``psi run``: a whole session in the terminal."""

from __future__ import annotations

import json
import math
import sys
import time
from typing import Any

from psi.application.alarm import call_of, ring
from psi.application.guardian import say
from psi.application.requests import request_of, said_of_default
from psi.application.run_options import RunOptions
from psi.application.warden import FAULT, FINISHED, Outcome, Warden
from psi.controller.dispatch.watchdog import hang_text
from psi.controller.run_status import course_text
from psi.controller.trials.totals_text import reason_text, totals_text
from psi.data.plan import DISK_LOW
from psi.hardware.engine import FEW_FREE


class ProgressLine:
    """One line on standard error that follows the run: rewritten on a terminal, now and then elsewhere."""

    #: Seconds between lines where standard error is no terminal.
    INTERVAL = 5.0

    def __init__(self, trials: int | None) -> None:
        self._of = f"/{trials}" if trials is not None else ""
        self._live = sys.stderr.isatty()
        self._last = -math.inf
        # The last command that failed without ending the run, of those that were said.
        self._failed: dict[str, Any] | None = None

    def __call__(self, status: dict[str, Any]) -> None:
        now = time.monotonic()
        self._say_failures(status.get("failures") or [])
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
            broken_off = status["rows"] - status["trials"]
            parts.append(f"trial {status['trials']}{self._of}" + (f" (+{broken_off} broken off)" if broken_off else ""))
        parts += [f"{score} {count}" for score, count in sorted(status["scores"].items())]
        if status["state"]:
            parts.append(status["state"])
        if course := course_text(status):
            parts.append(course)
        for engine, found in (status.get("waiting") or {}).items():
            waited = f"{found['seconds']:.0f} s of {found['timeout']:g} s"
            parts.append(f"{engine} armed, waits for trigger {found['trigger']!r}, {waited}")
        if hanging := status.get("hanging"):
            parts.append(hang_text(hanging))
        for engine, free in (status.get("buffers") or {}).items():
            if free < FEW_FREE:
                parts.append(f"{engine} buffer {free:.0%} free")
        if status.get("headroom") is not None:
            parts.append(f"headroom {status['headroom']:.0%}")
        if status.get("store_gone"):
            parts.append("the store died, another follows")
        left = status.get("disk_seconds")
        if left is not None and left < DISK_LOW[0]:
            parts.append(f"disk {left / 60:.1f} min left")
        return "  ".join(parts)

    def _say_failures(self, failures: list[dict[str, Any]]) -> None:
        """A line of its own for each command that has failed since the last look."""
        said = failures.index(self._failed) + 1 if self._failed in failures else 0
        for failure in failures[said:]:
            line = f"psi: at {failure['time']:.3f} s {failure['text']}\n"
            sys.stderr.write(("\r\x1b[2K" if self._live else "") + line)
            self._failed = failure

    def end(self) -> None:
        """Leave the line for good."""
        if self._live:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


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
    _call(outcome, request.run_id)
    _report(outcome, options.json)
    return outcome.status


def _call(outcome: Outcome, run_id: str) -> None:
    """Call the person who is waiting for the end, unless it was they who ended it."""
    if outcome.status not in (FINISHED, FAULT):
        return
    fault = outcome.status == FAULT
    words = outcome.message or outcome.result.get("words", "")
    call = call_of(outcome.finish_reason, words, fault, run_id, outcome.recording)
    if call is not None:
        ring(call, say)


def _report(outcome: Outcome, as_json: bool) -> None:
    trials = outcome.result.get("trials", 0)
    quality = _quality(outcome)
    if as_json:
        summary = {"recording": outcome.recording, "finish_reason": outcome.finish_reason, "trials": trials}
        summary["quality"] = quality
        print(json.dumps(summary))
        return
    scores = ", ".join(f"{score} {count}" for score, count in sorted(outcome.result.get("scores", {}).items()))
    words = "" if outcome.message else outcome.result.get("words", "")
    why = reason_text(outcome.finish_reason, words)
    print(f"ended: {why}, {trials} trials{f' ({scores})' if scores else ''}")
    broken_off = outcome.result.get("rows", trials) - trials
    if broken_off:
        print(f"broken off: {broken_off} more, whose rows are kept")
    given = totals_text(outcome.result.get("totals") or {})
    if given:
        print(f"given: {given}")
    print(f"recording: {outcome.recording}")
    if quality:
        print(f"quality: {quality}{'' if quality == 'good' else f'; see: psi info {outcome.recording}'}")


def _quality(outcome: Outcome) -> str:
    """What the report on the recording says; a runtime that died has not told us."""
    if "quality" in outcome.result or not outcome.recording:
        return str(outcome.result.get("quality", ""))
    from psi.data.quality import said_of_recording

    return said_of_recording(outcome.recording)
