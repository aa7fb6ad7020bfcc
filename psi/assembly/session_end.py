"""What a run leaves beside its recording when it has ended, and how recordings that continue each other are linked.

Both are small JSON files, so that the next Start need not open recordings: ``ended.json`` says how a run ended, with
its totals and the task that held then; ``continued_by.json`` names the runs that went on from it.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psi.controller.run import Run
from psi.controller.trials.totals import Earlier
from psi.core.errors import ConfigurationError
from psi.models.documents import load_document
from psi.models.session import Session

ENDED = "ended.json"
CONTINUED = "continued_by.json"


def write_end(run: Run) -> None:
    """Leave ``ended.json`` beside the recording of ``run``. Raises ``OSError`` where the disk takes no more."""
    counts = run.trials.counts
    _write(
        Path(run.settings.folder) / ENDED,
        {
            "run_id": run.settings.run_id,
            "finish_reason": "fault" if run.fault is not None else run.stop_request.reason,
            "words": run.fault_line or run.stop_rules.words,
            "time": run.clock.now(),
            "trials": counts.completed,
            "rows": counts.committed,
            "scores": counts.by_score,
            "totals": run.totals.state(),
            "task": run.controls.task.model_dump(mode="json"),
        },
    )


def read_end(folder: Path) -> dict[str, Any] | None:
    """What ``ended.json`` says; ``None`` where there is none, as of a run that died, or it cannot be read."""
    found = _read(folder / ENDED)
    return found if isinstance(found, dict) and isinstance(found.get("task"), dict) else None


def earlier_of_day(folder: Path, subject: str, day: str) -> Earlier:
    """The totals of the recordings beside ``folder`` that are of ``subject`` and of ``day``, whatever their paradigm.

    Those that did not come to their end say nothing.
    """
    found = Earlier()
    try:
        beside = [entry.path for entry in os.scandir(folder.parent) if entry.is_dir()]
    except OSError:  # no recording has been made here yet
        return found
    for other in map(Path, beside):
        if other == folder:
            continue
        ended = read_end(other)
        if ended is None:
            continue
        try:
            session = load_document(other / "session.json", Session)
            if session.subject == subject and session.date == day:
                found += Earlier.of(ended["totals"], int(ended["trials"]))
        except (ConfigurationError, KeyError, TypeError, ValueError):
            # Damaged, or of a psi that counts otherwise: it cannot be added up.
            continue
    return found


def link(former: Path, run: Run) -> None:
    """Say beside the recording ``former`` that ``run`` continues it. Raises ``OSError`` where it cannot."""
    folder = former if former.is_dir() else former.parent
    later = {
        "run_id": run.settings.run_id,
        "recording": run.settings.folder,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    _write(folder / CONTINUED, {"continued_by": [*continuations(folder), later]})


def continuations(folder: Path) -> list[dict[str, Any]]:
    """The runs that went on from the recording in ``folder``, in order: ``run_id``, ``recording``, ``started``."""
    found = _read(folder / CONTINUED)
    listed = found.get("continued_by") if isinstance(found, dict) else None
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(path: Path, values: dict[str, Any]) -> None:
    # Whole or not at all: somebody may look at any moment.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(unfinished, path)
