"""A range of values that goes down the cells of a table."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import ValidationError

from psi.experiment.drafts.selector_table import SelectorTable, text_of
from psi.models.ranges import SCALE_UNITS, Range, Scale

#: Scales on which a range may be spaced.
SPACINGS: tuple[str, ...] = get_args(Scale)


def range_of(start: str, stop: str, by: str, number: str, spacing: str) -> Range:
    """The range that was typed; ``by`` is ``'n'`` or ``'step'``. ``ValueError`` with what is wrong, in a clause."""
    fields: dict[str, Any] = {"spacing": spacing}
    for name, text in (("start", start), ("stop", stop), (by, number)):
        fields[name] = _number(name, text, whole=name == "n")
    try:
        return Range.model_validate(fields)
    except ValidationError as error:
        raise ValueError(said(error)) from None


def said(error: ValidationError) -> str:
    """What pydantic found first, as people say it."""
    detail = error.errors()[0]
    where = ".".join(str(part) for part in detail["loc"])
    message = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return f"{where}: {message}" if where and not detail["msg"].startswith("Value error, ") else message


def _number(name: str, text: str, whole: bool) -> float:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        kind = "a whole number" if whole else "a number"
        raise ValueError(
            f"{name} is {text!r}; give {kind}" if text.strip() else f"{name} is empty; give {kind}"
        ) from None


def texts_of(values: Range) -> list[str]:
    """The values as cells hold them: whole ones without a point."""
    return [text_of(int(value) if value == int(value) and abs(value) < 1e15 else value) for value in values.values()]


def step_unit(spacing: str, unit: str) -> str:
    """What a step is counted in."""
    return SCALE_UNITS[spacing] or unit


def fill_down(table: SelectorTable, column: int, rows: list[int], values: Range, grows: bool = True) -> SelectorTable:
    """``table`` with ``values`` down the cells of ``column``.

    With several ``rows`` these are filled, and the range is as long as they are or shorter; with one, it goes on from
    there, and rows that are missing are added where the table may grow: copies of its last one.
    """
    texts = texts_of(values)
    cells = sorted(rows)
    if len(cells) <= 1:
        first = cells[0] if cells else 0
        missing = first + len(texts) - len(table.rows)
        if grows and missing > 0 and table.is_sequence:
            last = table.rows[-1]
            table = SelectorTable(
                table.items, (*table.rows, *(last,) * missing), table.order, table.per_block, table.cycles
            )
        cells = list(range(first, len(table.rows)))
    return table.with_cells({(row, column): text for row, text in zip(cells, texts, strict=False)})
