"""The header of a table's columns: labels of two lines, the rest cut with an ellipsis."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHeaderView, QStyleOptionHeader, QTableView

#: Pixels of a header with two lines.
TWO_LINES = 36

#: Pixels that the style keeps free beside a label.
_ROOM_BESIDE = 6


class ColumnHeader(QHeaderView):
    """Cuts what has no room; the whole label is for the model's hint."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self.setHighlightSections(False)
        # Lines are broken here; the style, which keeps more room free, would break them once more.
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)

    def initStyleOptionForIndex(self, option: QStyleOptionHeader | None, logical: int) -> None:  # noqa: N802
        super().initStyleOptionForIndex(option, logical)
        if option is not None:
            width = self.sectionSize(logical) - _ROOM_BESIDE
            option.text = in_two_lines(option.text or "", width, self.fontMetrics().horizontalAdvance)


def in_two_lines(text: str, width: int, advance: Callable[[str], int]) -> str:
    """``text`` between spaces in two lines of at most ``width`` pixels, its end cut where that is not enough."""
    words = text.split()
    n = len(words)
    # At least one word, however long.
    while n > 1 and advance(" ".join(words[:n])) > width:
        n -= 1
    lines = [" ".join(words[:n]), " ".join(words[n:])]
    return "\n".join(_cut(line, width, advance) for line in lines if line)


def _cut(line: str, width: int, advance: Callable[[str], int]) -> str:
    if advance(line) <= width:
        return line
    while line and advance(f"{line}…") > width:
        line = line[:-1]
    return f"{line.rstrip()}…"
