"""What takes a while, in words: a person who sees them waits, one who sees nothing thinks that the window hangs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from psi.hardware.engine import FEW_FREE

if TYPE_CHECKING:
    from psi.experiment.console import Console

#: Seconds after which a request that is not answered yet is spoken of.
PATIENCE = 0.5

#: Rows of the journal that may wait without being spoken of: less is read at the next look.
FEW_ROWS = 2000

#: Among how many events the run's end is looked for: what its outputs do then comes after it.
_LAST_EVENTS = 50

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


def over(console: Console) -> bool:
    """Whether the runtime has gone after its run had ended: nothing is lost, and nothing is left to watch.

    The journal tells: it stays readable for as long as a window holds it, also without a runtime.
    """
    if console.connected:
        return False
    return any(event["name"] == "experiment_end" for event in console.rows.events[-_LAST_EVENTS:])


def silent_engines(console: Console) -> dict[str, float]:
    """Engine -> seconds since it gave samples last, of those that give none while the rig is on."""
    if console.get("condition", "closed") == "closed" or not console.connected:
        return {}
    return dict(console.status.get("silent") or {})


def buffers(console: Console) -> dict[str, float]:
    """Engine -> share of its device's fullest buffer that is free, of those that say so."""
    if console.get("condition", "closed") == "closed" or not console.connected:
        return {}
    return dict(console.status.get("buffers") or {})


def full_buffers(console: Console) -> dict[str, float]:
    """The same of those that will soon lose samples."""
    return {engine: free for engine, free in buffers(console).items() if free < FEW_FREE}


def waiting_engines(console: Console) -> dict[str, dict[str, Any]]:
    """Engine -> ``trigger``, ``seconds`` waited and ``timeout``, of those that are armed and wait for their trigger."""
    if console.get("condition", "closed") == "closed" or not console.connected:
        return {}
    return dict(console.status.get("waiting") or {})


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
