"""What became of the last Apply, in words: on its way, waiting for a trial, in force since when."""

from __future__ import annotations

from psi.experiment.console import Console
from psi.experiment.strips.headline import clock_text


def apply_word(console: Console) -> str:
    """What stands on the button: when edits would hold."""
    return "Apply at next trial" if console.get("condition") == "running" and console.get("machine") else "Apply"


def apply_hint(console: Console) -> str:
    """When edits would hold, in a sentence."""
    if console.get("condition") != "running":
        return "Let the edits hold in the next run"
    if not console.get("machine"):
        return "Let the edits hold from now on: this paradigm has no trials"
    return "Let the edits hold, all together, from the next trial on"


def applied_line(console: Console) -> str:
    """When and where the last Apply took effect, or what it waits for; empty where there was none."""
    if console.applying:
        return "applying…"
    if n := len(console.draft.waiting()):
        when = "the first trial after Resume" if console.get("paused") else "the next trial"
        return f"{_edits(n)} applied; {'holds' if n == 1 else 'they hold'} from {when} on"
    applied = console.get("applied") or {}
    changes = applied.get("changes") or {}
    if not changes:
        return ""
    return f"last Apply: {_edits(len(changes))}, since trial {applied['trial']} at {clock_text(applied['time'])}"


def _edits(n: int) -> str:
    return f"{n} edit{'' if n == 1 else 's'}"
