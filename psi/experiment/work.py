"""What takes a while, in words: a person who sees them waits, one who sees nothing thinks that the window hangs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psi.experiment.console import Console

#: Seconds after which a request that is not answered yet is spoken of.
PATIENCE = 0.5

#: Rows of the journal that may wait without being spoken of: less is read at the next look.
FEW_ROWS = 2000

#: Command of the link -> what the runtime is doing about it.
_DOING = {
    "check": "checking the edits",
    "apply": "applying the edits",
    "want": "asking the rig",
    "stop": "asking for a stop",
    "last_session": "looking for the last session",
}


def heading_for(console: Console) -> str:
    """The condition that the rig is on its way to: 'running', 'open', 'monitoring', 'closed'; else empty."""
    condition = console.get("condition", "closed")
    wanted = console.get("wanted", condition)
    if wanted != condition:
        return str(wanted)
    status = console.status
    if condition == "closed":
        return ""
    if status.get("condition") == "stopping":
        # 'psi run' ends with its run.
        return "closed"
    return str(condition) if status.get("condition") == "starting" else ""


def going(console: Console) -> str:
    """One word for the way that the rig is on, such as ``'starting'``; empty where it stands."""
    target = heading_for(console)
    if not target:
        return ""
    if target == "running":
        return "starting"
    if console.get("condition") == "running":
        return "stopping"
    return {"open": "opening", "monitoring": "opening", "closed": "closing"}.get(target, "")


def silent_engines(console: Console) -> dict[str, float]:
    """Engine -> seconds since it gave samples last, of those that give none while the rig is on."""
    if console.get("condition", "closed") == "closed" or not console.connected:
        return {}
    return dict(console.status.get("silent") or {})


def number_text(number: int) -> str:
    """``'12 000'``."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def work_text(console: Console, rows_waiting: int, asked: Iterable[tuple[str, float]], now: float) -> str:
    """What takes a while now; empty where nothing does.

    ``asked`` has command and time (s) of each request that is not answered; ``now`` is of the same clock.
    """
    if not console.connected:
        return ""
    words: list[str] = []
    way = going(console)
    if way:
        work: Any = console.status.get("work")
        words.append(f"{way}… {work}".strip() if work else f"{way}…")
    if rows_waiting > FEW_ROWS:
        words.append(f"reading {number_text(rows_waiting)} rows…")
    late = {command for command, since in asked if now - since > PATIENCE}
    words += [f"{text}…" for command, text in _DOING.items() if command in late]
    if late - _DOING.keys():
        words.append("waiting for the runtime…")
    return "  ·  ".join(words)
