"""Cells as spreadsheets exchange them: rows on lines, cells between tabs or commas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from psi.experiment.drafts.selector_table import SelectorTable

#: Rows that a paste may bring, so that a slip does not fill the memory.
MOST_PASTED = 5000


@dataclass(frozen=True)
class Pasted:
    """What came of a paste."""

    table: SelectorTable
    #: Cells that were filled, as (row, column).
    cells: tuple[tuple[int, int], ...] = ()
    #: What did not fit, one line for each.
    misfits: tuple[str, ...] = ()


def split_cells(text: str) -> list[list[str]]:
    """The rows and cells of a clipboard's text; commas part cells where there is no tab, but none inside brackets."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # A spreadsheet ends its last row, too.
    while lines and not lines[-1].strip():
        lines.pop()
    tabbed = any("\t" in line for line in lines)
    return [[cell.strip() for cell in (line.split("\t") if tabbed else split_commas(line))] for line in lines]


def split_commas(line: str) -> list[str]:
    """The parts of ``line`` between commas that stand in no brackets and no quotes: ``'1, max(a, b)'`` has two."""
    parts, depth, quote = [""], 0, ""
    for letter in line:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and depth <= 0:
            parts.append("")
            continue
        parts[-1] += letter
    return parts


def paste(
    table: SelectorTable, text: str, row: int, column: int, error: Callable[[str, str], str], grows: bool = True
) -> Pasted:
    """Put ``text`` into ``table`` from a cell on.

    Parameters
    ----------
    table
        The table.
    text
        What the clipboard holds. A first line that names the columns is passed over.
    row, column
        Where the first cell goes.
    error
        Says what is wrong with (item, text), or nothing. A cell that is wrong is filled all the same, so that it can be
        put right in its place.
    grows
        Whether rows beyond the last one are added. Their other cells are as in the last row.

    Returns
    -------
    pasted
        The new table, the cells, and one line for each cell that did not fit.
    """
    grid = [cells for cells in split_cells(text) if any(cells)]
    if grid and _is_heading(grid[0], table.items[column:]):
        grid = grid[1:]
    misfits: list[str] = []
    if len(grid) > MOST_PASTED:
        misfits.append(f"{len(grid)} rows; the first {MOST_PASTED} were taken")
        grid = grid[:MOST_PASTED]
    rows = [list(texts) for texts in table.rows]
    if grows and table.is_sequence:
        rows += [list(table.rows[-1]) for _ in range(row + len(grid) - len(rows))]
    filled: list[tuple[int, int]] = []
    for i, cells in enumerate(grid):
        for j, cell in enumerate(cells):
            where = f"line {i + 1}, cell {j + 1} ({_short(cell)})"
            if row + i >= len(rows):
                misfits.append(f"{where}: no row is left for it")
            elif column + j >= len(table.items):
                # Empty cells at the end of a line say nothing.
                if cell:
                    misfits.append(f"{where}: no column is left for it")
            elif not cell:
                misfits.append(f"line {i + 1}, cell {j + 1} is empty; the cell keeps its value")
            else:
                rows[row + i][column + j] = cell
                filled.append((row + i, column + j))
                wrong = error(table.items[column + j], cell)
                if wrong:
                    misfits.append(f"row {row + i + 1}: {wrong}")
    return Pasted(replace(table, rows=tuple(tuple(texts) for texts in rows)), tuple(filled), tuple(misfits))


def copy(table: SelectorTable, cells: Iterable[tuple[int, int]]) -> str:
    """The texts of ``cells`` as a spreadsheet takes them; gaps between them are left empty."""
    chosen = set(cells)
    rows = sorted({row for row, _ in chosen})
    columns = sorted({column for _, column in chosen})
    lines = ["\t".join(table.rows[r][c] if (r, c) in chosen else "" for c in columns) for r in rows]
    return "\n".join(lines)


def _is_heading(cells: Sequence[str], items: Sequence[str]) -> bool:
    """Whether a line names the columns, as this table copied with its heading does: ``level`` or ``Level (dB SPL)``."""
    names = [cell.partition("(")[0].strip().lower().replace(" ", "_") for cell in cells]
    return bool(names) and names == [item.lower() for item in items[: len(names)]]


def _short(text: str) -> str:
    return repr(text if len(text) <= 20 else text[:19] + "…")
