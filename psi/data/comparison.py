"""What is read of a damaged recording, against what was written: for who salvages it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import tables

from psi.data.committed import Committed
from psi.data.recorded_part import DAMAGED
from psi.data.sums import Span, SpanSums, committed_sums, said_sums


class Comparison:
    """Knows what the parts of a recording say that their arrays sum to; ``skip`` are blocks that are not to be read."""

    def __init__(self, skip: Collection[str]) -> None:
        self._skip = skip
        self._said: dict[int, dict[str, SpanSums]] = {}
        self._altered: list[dict[str, Any]] = []

    def block(self, number: int) -> str:
        """What part ``number`` is read for what it says itself."""
        return f"{number}:/report:sums"

    def learn(self, number: int, file: tables.File | None, counts: Committed | None) -> None:
        """Part ``number`` is ``file``; where ``counts`` say what counts of it, they have its sums."""
        self._said[number] = {}
        if counts is not None:
            self._said[number] = committed_sums(counts)
        elif file is not None and self.block(number) not in self._skip:
            try:
                self._said[number] = said_sums(file)
            except DAMAGED:
                # What says so is gone as well: nothing can be compared.
                return

    def said(self, number: int, path: str) -> SpanSums | None:
        """What the array at ``path`` of part ``number`` had; ``None`` where nobody knows."""
        return self._said[number].get(path)

    @property
    def knows(self) -> bool:
        """Whether any part says what was in it."""
        return any(self._said.values())

    def note(self, path: str, spans: Iterable[Span], first: int = 0) -> None:
        """Rows of the array at ``path`` are not what was written; the part's first one is number ``first``."""
        unit = "samples" if path.startswith("/streams/") or path.endswith("/data") else "rows"
        if path.endswith("/bytes") or path.startswith("/documents/"):
            unit = "bytes"
        self._altered += [
            {"what": path, "unit": unit, "s0": int(first + start), "n": int(stop - start)} for start, stop in spans
        ]

    def altered(self, lost: Collection[dict[str, Any]]) -> list[dict[str, Any]]:
        """What was noted, but for tables and columns of which rows or cells are ``lost``: that says more."""
        gone = [gap["what"] for gap in lost if gap["unit"] != "samples"]
        return [each for each in self._altered if not any(f"{each['what']}/".startswith(f"{path}/") for path in gone)]
