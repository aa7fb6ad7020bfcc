"""What a person is asked to confirm before a run starts."""

from __future__ import annotations

from dataclasses import dataclass

from psi.experiment.console import Console
from psi.experiment.selector_table import text_of

#: Differences that are listed; more are counted.
_MOST = 8


@dataclass(frozen=True)
class StartFacts:
    """Ready to be shown."""

    subject: str
    paradigm: str
    rig: str
    heading: str
    differences: tuple[str, ...]


def start_facts(console: Console) -> StartFacts:
    """Who, what, where; and which items are not as their paradigm declares them."""
    paradigm = console.get("paradigm") or {}
    rig = console.get("rig") or {}
    draft = console.draft
    lines = []
    task = draft.base
    for name, spec in draft.settable().items():
        value = task.items.get(name, spec.default) if task is not None else spec.default
        if value != spec.default:
            lines.append(f"{spec.title}: {text_of(spec.default)} → {text_of(value)} {spec.unit}".rstrip())
    if len(lines) > _MOST:
        lines = [*lines[:_MOST], f"and {len(lines) - _MOST} more"]
    n_edits = len(draft.differs())
    if n_edits:
        lines.append(f"{n_edits} edit{'s are' if n_edits > 1 else ' is'} not applied and will not hold")
    return StartFacts(
        subject=(console.get("session") or {}).get("subject", ""),
        paradigm=paradigm.get("title") or paradigm.get("name", ""),
        rig=rig.get("title") or rig.get("name", ""),
        heading="Differs from the paradigm's own settings:" if lines else "All settings are the paradigm's own.",
        differences=tuple(lines),
    )
