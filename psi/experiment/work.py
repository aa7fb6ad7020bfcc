"""What takes a while, in words: a person who sees them waits, one who sees nothing thinks that the window hangs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from psi.experiment.rows import RowsModel
from psi.hardware.engine import FEW_FREE

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


class WatchedRun(Protocol):
    """What is looked at for the words. The console is one."""

    @property
    def connected(self) -> bool:
        """Whether the runtime answers."""
        ...

    @property
    def status(self) -> dict[str, Any]:
        """What the run says of itself; empty before the first."""
        ...

    @property
    def rows(self) -> RowsModel:
        """Rows of the run that is going on, or went on last."""
        ...

    def get(self, key: str, default: Any = None) -> Any:
        """The mirrored value of ``key``."""
        ...


def heading_for(run: WatchedRun) -> str:
    """The condition that the rig is on its way to: 'running', 'open', 'monitoring', 'closed'; else empty."""
    condition = run.get("condition", "closed")
    wanted = run.get("wanted", condition)
    if wanted != condition:
        return str(wanted)
    status = run.status
    if condition == "closed":
        return ""
    if status.get("condition") == "stopping":
        # 'psi run' ends with its run.
        return "closed"
    return str(condition) if status.get("condition") == "starting" else ""


def going(run: WatchedRun) -> str:
    """One word for the way that the rig is on, such as ``'starting'``; empty where it stands."""
    target = heading_for(run)
    if not target:
        return ""
    if target == "running":
        return "starting"
    if run.get("condition") == "running":
        return "stopping"
    return {"open": "opening", "monitoring": "opening", "closed": "closing"}.get(target, "")


def over(run: WatchedRun) -> bool:
    """Whether the runtime has gone after its run had ended: nothing is lost, and nothing is left to watch.

    The journal tells: it stays readable for as long as a window holds it, also without a runtime.
    """
    if run.connected:
        return False
    return any(event["name"] == "experiment_end" for event in run.rows.events[-_LAST_EVENTS:])


def silent_engines(run: WatchedRun) -> dict[str, float]:
    """Engine -> seconds since it gave samples last, of those that give none while the rig is on."""
    if run.get("condition", "closed") == "closed" or not run.connected:
        return {}
    return dict(run.status.get("silent") or {})


def buffers(run: WatchedRun) -> dict[str, float]:
    """Engine -> share of its device's fullest buffer that is free, of those that say so."""
    if run.get("condition", "closed") == "closed" or not run.connected:
        return {}
    return dict(run.status.get("buffers") or {})


def full_buffers(run: WatchedRun) -> dict[str, float]:
    """The same of those that will soon lose samples."""
    return {engine: free for engine, free in buffers(run).items() if free < FEW_FREE}


def waiting_engines(run: WatchedRun) -> dict[str, dict[str, Any]]:
    """Engine -> ``trigger``, ``seconds`` waited and ``timeout``, of those that are armed and wait for their trigger."""
    if run.get("condition", "closed") == "closed" or not run.connected:
        return {}
    return dict(run.status.get("waiting") or {})


def number_text(number: int) -> str:
    """``'12 000'``."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def work_text(run: WatchedRun, rows_waiting: int, asked: Iterable[tuple[str, float]], now: float) -> str:
    """What takes a while now; empty where nothing does.

    ``asked`` has command and time (s) of each request that is not answered; ``now`` is of the same clock.
    """
    if not run.connected:
        return ""
    words: list[str] = []
    way = going(run)
    if way:
        work: Any = run.status.get("work")
        words.append(f"{way}… {work}".strip() if work else f"{way}…")
    if rows_waiting > FEW_ROWS:
        words.append(f"reading {number_text(rows_waiting)} rows…")
    late = {command for command, since in asked if now - since > PATIENCE}
    words += [f"{text}…" for command, text in _DOING.items() if command in late]
    if late - _DOING.keys():
        words.append("waiting for the runtime…")
    return "  ·  ".join(words)
