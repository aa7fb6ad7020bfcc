"""What stands at the top of the window: the rig's condition, the figures that matter, and what can be done now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psi.experiment.console import Console


@dataclass(frozen=True)
class Headline:
    """Ready to be shown; empty texts are not."""

    #: One of Theme.condition_color's words, and what is written.
    condition: str
    word: str
    #: Said in large letters where the rig is on and nothing is kept.
    warning: str
    recording: bool
    subject: str
    #: Label -> text, in the order of importance.
    figures: dict[str, str]
    #: Commands that make sense now.
    enabled: frozenset[str]
    pause_word: str


def clock_text(seconds: float) -> str:
    """``'00:24:31'``."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.0f} %"


def _word(console: Console, condition: str) -> tuple[str, str]:
    if not console.connected:
        return "fault", "NO CONTACT"
    if console.get("fault") and condition == "closed":
        return "fault", "FAULT"
    if condition == "running" and console.get("paused"):
        return "paused", "PAUSED"
    return condition, condition.upper()


def _enabled(console: Console, condition: str) -> frozenset[str]:
    if not console.connected:
        return frozenset()
    can = {"note"}
    if condition != "running":
        can |= {"open", "monitoring", "running"} - {condition}
    if condition != "closed":
        can |= {"stop", "output"}
    if condition == "running":
        can |= {"pause", "stop_after_trial", "repeat", "abort_trial"}
        if "remind" in console.get("selectors", []):
            can.add("remind")
    return frozenset(can)


def headline(console: Console) -> Headline:
    """What the top of the window says now."""
    condition = console.get("condition", "closed")
    kind, word = _word(console, condition)
    counts = console.rows.counts()
    figures = {
        "elapsed": clock_text(console.status.get("time") or 0.0),
        "trials": str(counts.rows),
        "hits, last 20": percent(counts.recent_hit_rate),
        "d′": "–" if counts.d_prime is None else f"{counts.d_prime:.1f}",
    }
    session: dict[str, Any] = console.get("session") or {}
    paused = bool(console.get("paused") or console.get("pausing"))
    return Headline(
        condition=kind,
        word=word,
        warning="not recording" if condition in ("open", "monitoring") and console.connected else "",
        recording=condition == "running" and bool(console.get("recording")) and console.connected,
        subject=session.get("subject", ""),
        figures=figures,
        enabled=_enabled(console, condition),
        pause_word="Resume" if paused else "Pause",
    )
