"""Parameters as the window groups them."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.distributions import Distribution
from psi.core.errors import ConfigurationError, RunFault
from psi.core.expressions import parse
from psi.models.items import ItemSpec

_TIMES = frozenset({"s", "ms", "µs", "min"})


def groups(specs: Mapping[str, ItemSpec]) -> dict[str, list[ItemSpec]]:
    """What a person can set, by the groups that a paradigm declares; without one by times, what is presented, and what
    governs trials. Empty groups are left out, and so is what is not for people to see.
    """
    found: dict[str, list[ItemSpec]] = {"Timing": [], "Stimulus": [], "Trial control": []}
    for spec in specs.values():
        if spec.kind == "result" or not spec.visible:
            continue
        if spec.group:
            found.setdefault(" › ".join(spec.group), []).append(spec)
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


@functools.lru_cache(maxsize=256)
def drawn_text(text: str, unit: str) -> str:
    """Mean and range of the distribution that ``text`` is; empty where it is none, or follows other items."""
    try:
        value = parse(text).evaluate(BUILT_IN_SYMBOLS)
    except (ConfigurationError, RunFault):
        return ""
    return f"drawn: {value.describe(unit)}" if isinstance(value, Distribution) else ""


def about(name: str, messages: Sequence[str]) -> str:
    """The first message that is about the item ``name``."""
    return next((message for message in messages if f"item {name!r}" in message), "")
