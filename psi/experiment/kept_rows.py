"""Rows that a window keeps for hours: values only, and what is the same again only once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, overload


class KeptRow(Mapping[str, Any]):
    """A row of the journal, read like a mapping."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: tuple[Any, ...]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return self._values[self._places[name]]

    @overload
    def get(self, key: str, /) -> Any: ...

    @overload
    def get(self, key: str, default: Any, /) -> Any: ...

    def get(self, key: str, default: Any = None, /) -> Any:
        # Not by an exception for what is not there: figures and plots ask for each trial of hours.
        place = self._places.get(key)
        return default if place is None else self._values[place]

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return repr(dict(self))


class RowKeeper:
    """Makes rows of one kind to be kept.

    Rows with the same names share these; a value that stands in the row before too is that one, and so is an equal
    word in any row. Most columns of a trial are parameters, which seldom change.
    """

    def __init__(self) -> None:
        self._places: dict[tuple[str, ...], dict[str, int]] = {}
        self._last: dict[str, Any] = {}

    def keep(self, row: Mapping[str, Any]) -> KeptRow:
        """``row`` as it is kept; what it holds must not be changed any more."""
        names = tuple(row)
        places = self._places.get(names)
        if places is None:
            places = self._places[names] = {sys.intern(name): place for place, name in enumerate(names)}
        return KeptRow(places, tuple(self._shared(name, value) for name, value in row.items()))

    def _shared(self, name: str, value: Any) -> Any:
        if type(value) is str:
            return sys.intern(value)
        # In what has parts 1, 1.0 and True would be equal.
        if type(value) in (int, float):
            last = self._last.get(name)
            # Nor is 0.0 the same as -0.0.
            if type(last) is type(value) and last == value != 0:
                return last
            self._last[name] = value
        return value
