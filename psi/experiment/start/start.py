"""What a person is asked to confirm before a run starts."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from psi.experiment.console import Console
from psi.experiment.drafts.differences import differences, differences_from_defaults

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class StartFacts:
    """Ready to be shown."""

    subject: str
    paradigm: str
    rig: str
    #: What the differences are counted from.
    heading: str
    #: Every one of them, one line each.
    differences: tuple[str, ...]
    #: What a person may have forgotten; empty where there is nothing.
    warning: str
    #: Whether the last session is yet to be found.
    looking: bool
    #: Recording that can be continued; empty where there is none.
    last: str = ""


def date_text(started: str) -> str:
    """``'Friday 2026-11-20, 14:03'`` of an ISO date or time, in English as all of the window."""
    moment = datetime.datetime.fromisoformat(started)
    day = f"{_WEEKDAYS[moment.weekday()]} {moment.date().isoformat()}"
    return f"{day}, {moment:%H:%M}" if "T" in started else day


def start_facts(console: Console, subject: str | None = None) -> StartFacts:
    """Who, what, where; and what is not as it was in the last session of ``subject``, or of the next run's."""
    paradigm = console.get("paradigm") or {}
    rig = console.get("rig") or {}
    draft = console.draft
    if subject is None:
        subject = (console.get("session") or {}).get("subject", "")
    title = paradigm.get("title") or paradigm.get("name", "")
    last: dict[str, Any] = console.get("last_session") or {}
    looking = last.get("subject") != subject
    task = draft.base
    lines: tuple[str, ...] = ()
    if looking:
        heading = f"Looking for the last session of {subject} …" if subject else ""
    elif last["recording"]:
        if task is not None:
            lines = differences(last, task, draft.settable(), rig, console.get("psi", ""))
        since = f"since {date_text(last['started'])}: {PurePath(last['recording']).name}"
        heading = f"{_counted(len(lines))} {since}"
    else:
        if task is not None:
            lines = differences_from_defaults(task, draft.settable())
        heading = f"First session of {subject} with {title}: " + (
            "differs from the defaults" if lines else "all settings are the defaults"
        )
    n_edits = len(draft.differs())
    warning = f"{n_edits} edit{'s are' if n_edits > 1 else ' is'} not applied and will not hold" if n_edits else ""
    recording = "" if looking else str(last.get("recording") or "")
    return StartFacts(
        subject, title, rig.get("title") or rig.get("name", ""), heading, lines, warning, looking, recording
    )


def _counted(n: int) -> str:
    return "Nothing differs" if n == 0 else f"{n} difference{'' if n == 1 else 's'}"
