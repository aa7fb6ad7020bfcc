"""Rows whose text is known before anybody asks for their fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


class TextRow(Mapping[str, Any]):
    """A row of the recording as the JSON that a journal keeps; its fields are read when they are asked for.

    What is written hundreds of thousands of times a second is put together from parts that are encoded once.
    """

    __slots__ = ("_fields", "text")

    def __init__(self, text: str) -> None:
        #: One JSON object.
        self.text = text

    def fields(self) -> dict[str, Any]:
        """The row as it would be read from a journal."""
        if not hasattr(self, "_fields"):
            self._fields: dict[str, Any] = json.loads(self.text)
        return self._fields

    def __getitem__(self, name: str) -> Any:
        return self.fields()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields())

    def __len__(self) -> int:
        return len(self.fields())

    def __repr__(self) -> str:
        return f"TextRow({self.text})"
