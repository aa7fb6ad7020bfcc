"""Nearest names, for messages about a name that nobody declared."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], n: int = 3) -> list[str]:
    """Up to ``n`` of the ``known`` names that look most like ``name``, best first."""
    return difflib.get_close_matches(name, sorted(set(known)), n=n, cutoff=0.6)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about the unknown ``name``: the nearest names, or all when they are few."""
    known = sorted(set(known))
    close = nearest(name, known)
    if close:
        return f"; did you mean {' or '.join(repr(word) for word in close)}?"
    if not known:
        return "; none is declared"
    if len(known) <= 12:
        return f"; known: {', '.join(known)}"
    return ""
