"""What lower layers may ask of upper ones without knowing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class RowSink(Protocol):
    """Takes rows for the recording. A row is a flat mapping with a ``kind`` (see ``psi.data.layout``)."""

    def __call__(self, row: Mapping[str, Any], /) -> None: ...


class Settings(Protocol):
    """Values of context items for the current trial, by name."""

    def value(self, name: str) -> Any:
        """The current value of the item ``name``; ``KeyError`` where there is none."""
        ...
