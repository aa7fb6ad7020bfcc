"""Parameters as the window groups them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.distributions import Distribution
from psi.core.errors import ConfigurationError, RunFault
from psi.core.expressions import parse
from psi.experiment.drafts.selector_table import text_of
from psi.models.items import ItemSpec

_TIMES = frozenset({"s", "ms", "µs", "min"})

#: Whose value a message is about: the first item that it names, unless it begins with a selector.
_ABOUT = re.compile(r"^(?!selector ).*?item '(\w+)'")

#: Where items go that a paradigm puts into no group.
_UNGROUPED = ("Timing", "Stimulus", "Trial control")

#: With more items than this there is a line to find one by typing.
MANY = 20


def groups(specs: Mapping[str, ItemSpec]) -> dict[str, list[ItemSpec]]:
    """What a person can set, by the groups that a paradigm declares, in their order. What is in none comes first:
    times, what is presented, and what governs trials. Empty groups are left out, and so is what is not for people to
    see.
    """
    declared = {" › ".join(spec.group) for spec in specs.values() if spec.group}
    found: dict[str, list[ItemSpec]] = {name: [] for name in _UNGROUPED if name not in declared}
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
        found.setdefault(group, []).append(spec)
    return {group: members for group, members in found.items() if members}


def lines(specs: Iterable[ItemSpec]) -> list[list[ItemSpec]]:
    """The items of a group line by line: those of one row beside each other, where the first of them stands."""
    found: list[list[ItemSpec]] = []
    rows: dict[str, list[ItemSpec]] = {}
    for spec in specs:
        if spec.row and spec.row in rows:
            rows[spec.row].append(spec)
            continue
        found.append([spec])
        if spec.row:
            rows[spec.row] = found[-1]
    return found


def is_found(spec: ItemSpec, text: str) -> bool:
    """Whether every word of ``text`` is in what the item is called, its group, its unit or its help."""
    said = " ".join((spec.name, spec.label, spec.compact_label, spec.unit, spec.help, *spec.group)).casefold()
    return all(word in said for word in text.casefold().split())


def offered(spec: ItemSpec) -> list[str]:
    """What can be chosen for the item, as it is typed; nothing where values are not counted up."""
    if spec.dtype == "bool":
        return ["True", "False"]
    return [] if spec.multiple else [text_of(choice) for choice in spec.choices]


def stepped(spec: ItemSpec, text: str, by: int) -> str:
    """The number in ``text`` ``by`` steps further, within limits; empty where it is none or the item has no step."""
    step = spec.step if spec.step is not None else 1 if spec.dtype == "int64" else None
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return ""
    if step is None or not number.is_finite():
        return ""
    # As people write them: 0.1 + 0.2 is 0.3.
    number += by * Decimal(repr(step))
    low, high = spec.limits or (None, None)
    if low is not None:
        number = max(number, Decimal(repr(low)))
    if high is not None:
        number = min(number, Decimal(repr(high)))
    shown = format(number, "f")
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return shown if spec.dtype == "int64" or "." in shown or "." not in text else f"{shown}.0"


def edits_text(n_edits: int, n_waiting: int, n_wrong: int) -> str:
    """What is said above the parameters."""
    edits = f"{n_edits} edit{'' if n_edits == 1 else 's'}"
    if n_wrong:
        return f"{n_wrong} cannot be applied"
    if n_edits and n_waiting:
        return f"{edits}, and {n_waiting} that wait{'s' if n_waiting == 1 else ''}"
    if n_waiting:
        return f"{n_waiting} wait{'s' if n_waiting == 1 else ''} for the next trial"
    return f"{edits}, held until Apply" if n_edits else ""


@functools.lru_cache(maxsize=256)
def drawn_text(text: str, unit: str) -> str:
    """Mean and range of the distribution that ``text`` is; empty where it is none, or follows other items."""
    try:
        value = parse(text).evaluate(BUILT_IN_SYMBOLS)
    except (ConfigurationError, RunFault):
        return ""
    return f"drawn: {value.describe(unit)}" if isinstance(value, Distribution) else ""


def about(name: str, messages: Sequence[str]) -> str:
    """The first message that is about the item's own value, not about a selector's."""
    return next((message for message in messages if _ABOUT.findall(message)[:1] == [name]), "")
