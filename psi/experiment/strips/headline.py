"""What stands at the top of the window: the rig's condition, the figures that matter, and what can be done now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psi.experiment.console import Console
from psi.experiment.strips.session_strip import last_run
from psi.experiment.strips.store_state import store_warning
from psi.experiment.work import full_buffers, going, heading_for, over, silent_engines, waiting_engines

#: The event that manifests listen for to give a reward, by convention.
REWARD = "deliver_reward"

#: The warnings that belong to a condition; all others are of what is wrong.
ARMED = "waits for"
NOT_RECORDING = "not recording"


@dataclass(frozen=True)
class Headline:
    """Ready to be shown; empty texts are not."""

    #: One of Theme.condition_color's words, and what is written.
    condition: str
    word: str
    #: Said in large letters where the rig is on and nothing is kept, an engine is silent, or nobody watches.
    warning: str
    #: Whether the warning is of something that is wrong.
    alarming: bool
    recording: bool
    subject: str
    #: Label -> text, in the order of importance.
    figures: dict[str, str]
    #: Commands that make sense now.
    enabled: frozenset[str]
    pause_word: str
    stop_word: str


def clock_text(seconds: float) -> str:
    """``'00:24:31'``."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def trials_text(completed: int, rows: int) -> str:
    """``'57'``, or ``'57 of 60'`` where some were broken off, such as those that the animal left early."""
    return str(rows) if completed == rows else f"{completed} of {rows}"


def percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.0f} %"


def _word(console: Console, condition: str) -> tuple[str, str]:
    if over(console):
        return "closed", "ENDED"
    if not console.connected:
        return "fault", "NO CONTACT"
    if console.get("fault") and condition == "closed":
        return "fault", "FAULT"
    way = going(console)
    if way:
        return heading_for(console) if way in ("starting", "opening") else condition, f"{way.upper()}…"
    if condition == "running" and console.get("paused"):
        return "paused", "PAUSED"
    if any(not found.get("part") for found in waiting_engines(console).values()):
        # Everything is ready, and time has not begun.
        return "paused", "ARMED"
    return condition, condition.upper()


def _enabled(console: Console, condition: str) -> frozenset[str]:
    if not console.connected:
        return frozenset()
    way = going(console)
    if way:
        # A start can be taken back; what ends is left to end.
        return frozenset({"stop"} if way == "starting" else ())
    can = {"note"}
    if condition != "running":
        can |= {"open", "monitoring", "running"} - {condition}
    if condition != "closed":
        can |= {"stop", "output"}
    if condition == "running":
        can |= {"pause", "repeat", "abort_trial"}
        if console.get("machine"):
            can.add("stop_after_trial")
        if "remind" in console.get("selectors", []):
            can.add("remind")
    if REWARD in console.get("events", []) and (
        condition in ("open", "monitoring") or (condition == "running" and console.get("machine"))
    ):
        can.add("reward")
    return frozenset(can)


def _armed_text(found: dict[str, Any]) -> str:
    """``'PFI0, 12 of 30 s'``."""
    return f"{found['trigger'].rpartition('/')[2]}, {found['seconds']:.0f} of {found['timeout']:g} s"


def _warning(console: Console, condition: str) -> str:
    if not console.connected:
        return ""
    if console.status.get("hanging"):
        # Short, as all of these: the line below says which.
        return "command hangs"
    if not watched_over(console):
        return "unwatched"
    waiting = waiting_engines(console)
    if waiting:
        # Short: the line below says it whole.
        return f"{ARMED} " + ", ".join(_armed_text(found) for found in waiting.values())
    of_store = store_warning(console)
    if of_store:
        return of_store
    full = full_buffers(console)
    if full:
        return ", ".join(f"{engine} buffer {percent(free)} free" for engine, free in full.items())
    silent = silent_engines(console)
    if silent:
        return ", ".join(f"{engine} silent {seconds:.0f} s" for engine, seconds in silent.items())
    return NOT_RECORDING if condition in ("open", "monitoring") else ""


def watched_over(console: Console) -> bool:
    """Whether the process that started the runtime still sees after it."""
    return bool(console.get("watched_over", True))


def window_title(state: Mapping[str, Any]) -> str:
    """``'G-0412 · Appetitive go/no-go on Simulated booth – psi'``: which of several windows it is in a task bar."""
    paradigm, rig = state.get("paradigm") or {}, state.get("rig") or {}
    what = paradigm.get("title") or paradigm.get("name", "")
    where = rig.get("title") or rig.get("name", "")
    subject = (state.get("session") or {}).get("subject", "")
    named = " · ".join(word for word in (subject, f"{what} on {where}" if what and where else "") if word)
    return f"{named} – psi" if named else "psi"


def headline(console: Console) -> Headline:
    """What the top of the window says now."""
    condition = console.get("condition", "closed")
    kind, word = _word(console, condition)
    counts = console.counts()
    figures = {
        "elapsed": clock_text(last_run(console).get("time") or console.status.get("time") or 0.0),
        "trials": trials_text(counts.completed, counts.rows),
        **counts.headlines,
    }
    session: dict[str, Any] = console.get("session") or {}
    paused = bool(console.get("paused") or console.get("pausing"))
    warning = _warning(console, condition)
    return Headline(
        condition=kind,
        word=word,
        warning=warning,
        alarming=bool(warning) and warning != NOT_RECORDING and not warning.startswith(ARMED),
        recording=condition == "running" and bool(console.get("recording")) and console.connected,
        subject=session.get("subject", ""),
        figures=figures,
        enabled=_enabled(console, condition),
        pause_word="Resume" if paused else "Pause",
        stop_word="■ Cancel" if going(console) == "starting" else "■ Stop" if condition == "running" else "■ Close",
    )
