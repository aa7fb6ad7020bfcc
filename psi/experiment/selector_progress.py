"""How far a selector has come: which of its rows were given in this run."""

from __future__ import annotations

from typing import Any

from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.errors import PsiError
from psi.core.expressions import parse
from psi.experiment.console import Console
from psi.experiment.selector_table import SelectorTable


def row_values(console: Console, table: SelectorTable, row: int) -> dict[str, Any] | None:
    """The values of a row; ``None`` where an expression in it needs other items, so that they differ by trial."""
    values: dict[str, Any] = {}
    for name, text in zip(table.items, table.rows[row], strict=True):
        spec = console.draft.specs.get(name)
        if spec is None:
            return None
        try:
            value = text if spec.is_literal(text) else parse(text).evaluate(BUILT_IN_SYMBOLS)
            values[name] = spec.accept(value)
        except (PsiError, ValueError):
            return None
    return {name: value for name, value in values.items() if name in console.draft.roving}


def times_given(console: Console, selector: str, table: SelectorTable, row: int) -> int:
    """How often the row was given in this run; 0 also where that cannot be told."""
    values = row_values(console, table, row)
    return 0 if values is None else console.rows.times_given(selector, values)


def progress(console: Console, selector: str, table: SelectorTable) -> str:
    """``'shuffled, 4 of 6 given in this cycle'``; for a single setting how often it was given."""
    given = sum(console.rows.given.get(selector, {}).values())
    if not given:
        return ""
    n = len(table.rows)
    if n == 1 or table.order in ("", "pseudorandom"):
        return f"given {given} ×"
    return f"{(given - 1) % n + 1} of {n} given"
