"""What ``psi info`` says of the session: why it ended, what it delivered, and which recordings it belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from psi.assembly.session_end import continuations
from psi.controller.trials.totals_text import totals_text
from psi.data.recording import Recording


def session_summary(recording: Recording) -> dict[str, Any]:
    """Keys: words (why it ended, where a stop rule ended it), totals (``None`` where the run died before it could say
    them), continues (``run_id`` and ``recording``, or ``None``), continued_by (the same, of every run that did).
    """
    audit = recording.audit
    stops = [info["words"] for info in audit[audit["what"] == "stop"]["info"] if "words" in info]
    totals = list(audit[audit["what"] == "totals"]["info"])
    folder = Path(recording.path)
    return {
        "words": stops[-1] if stops else "",
        "totals": dict(totals[-1]) if totals else None,
        "continues": (recording.documents.get("provenance") or {}).get("continues"),
        "continued_by": continuations(folder if folder.is_dir() else folder.parent),
    }


def session_lines(summary: dict[str, Any]) -> list[str]:
    """The same as lines for a terminal; nothing about what there was not."""
    given = totals_text(summary["totals"] or {})
    lines = [f"ended because  {summary['words']}"] if summary["words"] else []
    lines += [f"given          {given}"] if given else []
    lines += [f"continues      {_named(summary['continues'])}"] if summary["continues"] else []
    return lines + [f"continued by   {_named(later)}" for later in summary["continued_by"]]


def _named(link: dict[str, Any]) -> str:
    return f"{link.get('recording', '')} (run {link.get('run_id') or 'unknown'})"
