"""Whether a recording is good: checked at Stop, kept in ``/report``, shown wherever a recording is shown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tables

from psi.core.errors import RecordingError
from psi.data.layout import FILE_NAME
from psi.data.quality_of_events import check_order, check_outside, check_rewards, check_trials, times
from psi.data.quality_of_signals import check_drift, check_flat, check_gaps, check_samples, check_saturation
from psi.data.recording import UNFINISHED, Recording, open_recording
from psi.data.signal_check import SignalCheck, read_check

#: ``kind`` of the row in ``/report``.
KIND = "quality"

#: Files that are read together with the parts before them; others are whole by themselves.
_PART = re.compile(r"recording(\.part\d+)?\.h5")

#: Milliseconds from the arrival of an event to the call of its commands that 99 of 100 stay under in a good run.
SLOW_MS = 20.0

#: Finish reasons of runs that did not end as somebody wanted.
_BAD_ENDS = {
    UNFINISHED: "the recording was not completed",
    "runtime died": "the runtime died",
    "fault": "a fault ended the run",
    "overrun": "samples were lost at the device, and the run ended",
    "disk full": "the disk was full, and the run ended",
}


class Check(NamedTuple):
    """One question, and its answer."""

    name: str
    title: str
    ask: Callable[[Recording, Mapping[str, SignalCheck]], Iterator[str]]


def quality(recording: Recording, signals: Mapping[str, SignalCheck] | None = None) -> dict[str, Any]:
    """The report on ``recording``, JSON-able.

    Parameters
    ----------
    recording
        What is reported on.
    signals
        By stream: what its samples say, where somebody has looked at all of them already. The others are read, block
        by block.

    Returns
    -------
    dict
        ``kind``, ``version``, ``good`` (no findings), ``findings`` (``check`` and ``text`` of each), ``checks`` (name,
        title and number of findings of every check that was made) and ``figures`` (of streams and of latency).
    """
    known = dict(signals or {})
    rig = recording.documents.get("rig", {})
    checked = {
        name: known[name] if name in known and known[name].n == len(stream.data) else read_check(stream, rig)
        for name, stream in recording.streams.items()
    }
    checks, findings = [], []
    for check in CHECKS:
        found = list(check.ask(recording, checked))
        checks.append({"name": check.name, "title": check.title, "findings": len(found)})
        findings += [{"check": check.name, "text": text} for text in found]
    return {
        "kind": KIND,
        "version": 1,
        "good": not findings,
        "findings": findings,
        "checks": checks,
        "figures": {
            "latency_p99_ms": percentile_ms(recording, 0.99),
            "streams": {name: _figures(check) for name, check in checked.items()},
        },
    }


def quality_at_stop(folder: Path, file: tables.File, signals: Mapping[str, SignalCheck]) -> dict[str, Any]:
    """The report on the recording in ``folder``, whose last ``file`` (or all of it, joined) is still open."""
    path = Path(file.filename)
    first = folder / FILE_NAME if _PART.fullmatch(path.name) else path
    try:
        return quality(Recording(first, file), signals)
    # A report that cannot be made must not keep a recording from being closed.
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecordingError, OSError) as error:
        text = f"the report could not be made ({type(error).__name__}: {error})"
        return {
            "kind": KIND,
            "version": 1,
            "good": False,
            "findings": [{"check": "report", "text": text}],
            "checks": [],
            "figures": {},
        }


def stored_quality(recording: Recording) -> dict[str, Any] | None:
    """The report that was made at Stop; ``None`` where there is none."""
    return next((report for report in reversed(recording.reports) if report.get("kind") == KIND), None)


def said_of(report: Mapping[str, Any]) -> str:
    """``'good'`` or ``'2 findings'``."""
    n = len(report["findings"])
    return "good" if n == 0 else f"{n} finding{'' if n == 1 else 's'}"


def said_of_recording(path: str | os.PathLike[str]) -> str:
    """The same of the recording at ``path``; empty where there is none to be read, or it has no report."""
    try:
        with open_recording(path) as recording:
            report = stored_quality(recording)
    # Nothing was recorded, or it is damaged: how the run ended says so already.
    except RecordingError:
        return ""
    return "" if report is None else said_of(report)


def percentile_ms(recording: Recording, part: float) -> float | None:
    """Milliseconds under which ``part`` of the latencies lie, as far as the histogram tells; ``None`` without any."""
    edges, counts = recording.latency
    if counts.sum() == 0:
        return None
    bin_of = int(np.searchsorted(np.cumsum(counts), part * counts.sum()))
    return round(1e3 * float(edges[min(bin_of + 1, len(edges) - 1)]), 4)


def _figures(check: SignalCheck) -> dict[str, Any]:
    if check.n == 0:
        return {"n": 0}
    figures = {"low": check.low, "high": check.high, "saturated": check.n_saturated, "missing": check.n_missing}
    return {"n": check.n} | {name: [_number(x) for x in values.tolist()] for name, values in figures.items()}


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _check_end(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    reason = recording.finish_reason
    if reason in _BAD_ENDS:
        yield f"{_BAD_ENDS[reason]}; what there is, is whole"


def _check_whole(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    for name, info in _rows(recording, "altered"):
        span = f"{info['n']} {info['unit']} from number {info['s0']} on" if "n" in info else "all of it"
        lost = info.get("lost", False)
        yield f"{name}: {span}: {'lost' if lost else 'not all is what was written; it is kept as it was found'}"


def _check_restarts(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    rows = recording.audit[recording.audit["what"] == "restart"]
    if len(rows):
        yield f"the store was started again {times(len(rows))}; nothing is lost where no gap is listed"


def _check_faults(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    audit = recording.audit
    for name, info in _rows(recording, "fault"):
        yield f"{name}: {info.get('message', 'a fault')}"
    for what, said in (("late", "presented later than asked for"), ("silent", "gave no samples for a while")):
        counts = audit[audit["what"] == what]["name"].value_counts()
        for name, n in zip(counts.index, counts, strict=True):
            yield f"{name} {said}, {times(int(n))}"
    failed: dict[str, int] = {}
    for name, info in _rows(recording, "action"):
        if info.get("outcome", "ok") != "ok":
            failed[name] = failed.get(name, 0) + 1
    for name, n in failed.items():
        yield f"the command {name} failed {times(n)}"
    lost: dict[str, int] = {}
    for name, _ in _rows(recording, "lost"):
        lost[name] = lost.get(name, 0) + 1
    for name, n in lost.items():
        yield f"{n} epoch{'' if n == 1 else 's'} of {name} could not be cut"


def _check_latency(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    p99 = percentile_ms(recording, 0.99)
    if p99 is not None and p99 > SLOW_MS:
        yield f"1 of 100 events waited longer than {p99:.3g} ms for its commands; {SLOW_MS:g} ms are usual at most"


def _rows(recording: Recording, what: str) -> Iterator[tuple[str, dict[str, Any]]]:
    rows = recording.audit[recording.audit["what"] == what]
    return zip(rows["name"], rows["info"], strict=True)


#: In the order in which they are shown.
CHECKS: tuple[Check, ...] = (
    Check("end", "The run ended as it should", _check_end),
    Check("whole", "Everything is what was written", _check_whole),
    Check("samples", "As many samples as time went by", check_samples),
    Check("gaps", "No samples or rows lost", check_gaps),
    Check("restarts", "One store from beginning to end", _check_restarts),
    Check("drift", "The clocks keep together", check_drift),
    Check("order", "Events are in order", check_order),
    Check("outside", "All events lie within the run", check_outside),
    Check("trials", "Every completed trial has its results", check_trials),
    Check("rewards", "As many rewards given as asked for", check_rewards),
    Check("saturation", "No input at its limit", check_saturation),
    Check("flat", "No flat line", check_flat),
    Check("faults", "No fault, nothing late", _check_faults),
    Check("latency", "Commands came in time", _check_latency),
)
