"""What a console is told of selectors at work: counts, what comes next, what they have found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psi.context.adaptive import AdaptiveSelection
from psi.context.selection import RowCounts, Selection

#: Settings that are said before they are given.
NEXT = 5

#: Rows beyond which a table's counts are not told row by row.
MOST_COUNTED = 2000


class SelectorLook:
    """Says how the selectors of one run stand; looks again only when one of them has moved.

    To be asked on the dispatcher's thread, between two events.
    """

    def __init__(self) -> None:
        self._seen: tuple[Any, ...] = ()
        self._said: dict[str, dict[str, Any]] = {}

    def say(self, selectors: Mapping[str, Selection], n_told: int) -> dict[str, dict[str, Any]]:
        """Plain values by selector; ``n_told`` counts the trials that they were told of."""
        seen = tuple((selection, selection.current) for selection in selectors.values())
        same = len(seen) == len(self._seen[1:]) and self._seen[:1] == (n_told,)
        if not same or any(a is not b or m is not n for (a, m), (b, n) in zip(seen, self._seen[1:], strict=True)):
            self._seen = (n_told, *seen)
            self._said = {name: standing(selection) for name, selection in selectors.items()}
        return self._said


def standing(selection: Selection) -> dict[str, Any]:
    """How a selection stands, as plain values.

    ``text``: a line; ``given`` and ``left``: counts by row, empty where it has no rows; ``complete``: why;
    ``next``: the settings that come, as far as they are known; ``estimate``: threshold, interval and trials of an
    adaptive one, else ``None``.
    """
    progress = selection.progress()
    counts = selection.counts() if selection.n_rows <= MOST_COUNTED else RowCounts()
    return {
        "text": progress.text,
        "given": list(counts.given),
        "left": list(counts.left),
        "complete": progress.complete,
        "next": upcoming(selection, NEXT),
        "estimate": estimate(selection),
    }


def upcoming(selection: Selection, n: int) -> list[dict[str, Any]]:
    """The next ``n`` settings, as far as they are known. What an adaptive selector gives depends on the next answer."""
    return [] if isinstance(selection, AdaptiveSelection) else [dict(setting) for setting in selection.preview(n)]


def estimate(selection: Selection) -> dict[str, Any] | None:
    """What an adaptive selection has found so far."""
    if not isinstance(selection, AdaptiveSelection):
        return None
    found = selection.result()
    interval = found.get("interval_95") or found.get("threshold_interval_95")
    tracks = found.get("tracks")
    return {
        "item": found["item"],
        "threshold": found["threshold"],
        "interval": interval,
        "trials": selection.n_trials,
        "reversals": None if tracks is None else [track["counted"] for track in tracks],
        "levels": None if tracks is None else [track["level"] for track in tracks],
        "complete": selection.complete,
    }
