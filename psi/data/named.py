"""Things of a recording by their name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from psi.core.errors import RecordingError
from psi.core.names import did_you_mean

T = TypeVar("T")


class Named(Mapping[str, T]):
    """Recorded things by name, in the order of declaration. A wrong name raises ``RecordingError``."""

    def __init__(self, what: str, things: dict[str, T]) -> None:
        self._what = what
        self._things = things

    def __getitem__(self, name: str) -> T:
        try:
            return self._things[name]
        except KeyError:
            hint = did_you_mean(name, self._things)
            raise RecordingError(f"the recording has no {self._what} {name!r}{hint}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)

    def __repr__(self) -> str:
        return f"<{self._what}: {', '.join(self._things) or 'none'}>"
