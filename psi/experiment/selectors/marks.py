"""What is said of a selector's cells and rows: faults, edits, how often a row was given, which comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psi.experiment.drafts.selector_table import SelectorTable, counterparts, is_table
from psi.experiment.selectors.source import SelectorSource

Cell = tuple[int, int]


@dataclass(frozen=True)
class TableMarks:
    """Of one table at one moment."""

    #: (row, column) -> what is wrong with the cell.
    errors: Mapping[Cell, str] = field(default_factory=dict)
    #: Cells that are not as they hold, or will.
    edited: frozenset[Cell] = frozenset()
    #: Row -> how often it was given in this run, and how often it is still to be in this cycle; ``None`` for new rows.
    given: tuple[int | None, ...] = ()
    left: tuple[int | None, ...] = ()
    #: The row that is given next; ``None`` where nobody knows.
    next_row: int | None = None

    def words(self, table: SelectorTable) -> str:
        """The first fault in words, and how many more there are."""
        if not self.errors:
            return ""
        (row, column), message = min(self.errors.items())
        more = f" (and {len(self.errors) - 1} more)" if len(self.errors) > 1 else ""
        # Which item it is about is said by the message already, in most cases.
        what = "" if repr(table.items[column]) in message else f" {table.items[column]}"
        return f"row {row + 1}{what}: {message}{more}"


class Marker:
    """Looks a table over; what is wrong with a text is found out once."""

    def __init__(self, source: SelectorSource) -> None:
        self._source = source
        self._specs: Any = None
        self._errors: dict[tuple[str, str], str] = {}

    def error(self, item: str, text: str) -> str:
        """What is wrong with ``text`` as a value of the item."""
        if self._source.console.draft.specs is not self._specs:
            self._specs, self._errors = self._source.console.draft.specs, {}
        found = self._errors.get((item, text))
        if found is None:
            found = self._errors[item, text] = self._source.cell_error(item, text)
        return found

    def look(self, table: SelectorTable) -> TableMarks:
        """The marks of ``table``."""
        errors = {
            (row, column): error
            for row, column in table.cells()
            if (error := self.error(table.items[column], table.rows[row][column]))
        }
        edited = _edited(table, self._source.base)
        errors |= {cell: error for cell, error in self._source.checked_errors(table).items() if cell in edited}
        given, left, next_row = self._counts(table)
        return TableMarks(errors, edited, given, left, next_row)

    def _counts(self, table: SelectorTable) -> tuple[tuple[int | None, ...], tuple[int | None, ...], int | None]:
        held, now = self._source.held, self._source.now
        given, left = now.get("given") or [], now.get("left") or []
        if not is_table(held) or len(given) != len(held.rows):
            return (), (), None
        before = counterparts(SelectorTable.of(held).rows, table.rows)
        coming = self._source.runs and now.get("next")
        next_row = None
        if coming and set(coming[0]) == set(held.items):
            wanted = tuple(coming[0][item] for item in held.items)
            next_row = _row_of(wanted, held.rows, left, before)
        return (
            tuple(None if row is None else given[row] for row in before),
            tuple(None if row is None else left[row] for row in before),
            next_row,
        )


def _row_of(
    wanted: tuple[Any, ...], rows: Sequence[tuple[Any, ...]], left: Sequence[int], before: Sequence[int | None]
) -> int | None:
    """The row of the draft that is the held one with the values ``wanted``; of several alike one that is left."""
    alike = sorted((row for row, values in enumerate(rows) if values == wanted), key=lambda row: left[row] <= 0)
    return next((before.index(row) for row in alike if row in before), None)


def _edited(table: SelectorTable, base: object) -> frozenset[Cell]:
    if not is_table(base):
        return frozenset(table.cells())
    old = SelectorTable.of(base)
    columns = [old.items.index(item) if item in old.items else None for item in table.items]
    # A column more or less leaves the rows what they were.
    shared = [column for column in columns if column is not None]
    mine = tuple(tuple(row[i] for i, column in enumerate(columns) if column is not None) for row in table.rows)
    before = counterparts(tuple(tuple(row[column] for column in shared) for row in old.rows), mine)
    found = set()
    for row, column in table.cells():
        was, at = before[row], columns[column]
        if was is None or at is None or old.rows[was][at] != table.rows[row][column]:
            found.add((row, column))
    return frozenset(found)
