"""Parameters as the window groups them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psi.models.items import ItemSpec

_TIMES = frozenset({"s", "ms", "µs", "min"})


def groups(specs: Mapping[str, ItemSpec]) -> dict[str, list[ItemSpec]]:
    """What a person can set: times, then what is presented, then what governs trials; empty groups left out."""
    found: dict[str, list[ItemSpec]] = {"Timing": [], "Stimulus": [], "Trial control": []}
    for spec in specs.values():
        if spec.kind == "result":
            continue
        if spec.kind == "roving_parameter":
            group = "Stimulus"
        elif spec.unit in _TIMES:
            group = "Timing"
        else:
            group = "Stimulus" if spec.unit else "Trial control"
        found[group].append(spec)
    return {group: members for group, members in found.items() if members}


def edits_text(n_edits: int, n_waiting: int, n_wrong: int) -> str:
    """What is said above the parameters."""
    if n_wrong:
        return f"{n_wrong} cannot be applied"
    if n_edits:
        return f"{n_edits} edit{'s' if n_edits > 1 else ''}, held until Apply"
    if n_waiting:
        return "applied, holds from the next trial"
    return ""


def about(name: str, messages: Sequence[str]) -> str:
    """The first message that is about the item ``name``."""
    return next((message for message in messages if f"item {name!r}" in message), "")
