"""What plots ask of a console; who shows them gives something that looks like this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Rows(Protocol):
    """The journal's rows as far as they have come, newest last."""

    #: The run that the events belong to.
    @property
    def run_id(self) -> str: ...

    #: Rows of kind ``event``; only the newest are kept.
    @property
    def events(self) -> Sequence[Mapping[str, Any]]: ...

    #: Events since the run began, also those that are no longer kept.
    @property
    def n_events(self) -> int: ...

    #: Values of the trial rows.
    @property
    def trials(self) -> Sequence[Mapping[str, Any]]: ...

    @property
    def n_trials(self) -> int: ...


class Console(Protocol):
    """The mirrored state of a runtime and the rows of its run."""

    @property
    def state(self) -> dict[str, Any]: ...

    @property
    def rows(self) -> Rows: ...


class NewEvents:
    """Gives each event of a run once."""

    def __init__(self) -> None:
        self._seen = 0
        self._run = ""

    def take(self, rows: Rows) -> tuple[list[Mapping[str, Any]], bool]:
        """The events that came since the last call, and whether they are another run's than those before."""
        restarted = rows.run_id != self._run or rows.n_events < self._seen
        if restarted:
            self._run, self._seen = rows.run_id, 0
        n = min(rows.n_events - self._seen, len(rows.events))
        self._seen = rows.n_events
        return (list(rows.events[-n:]) if n > 0 else []), restarted
