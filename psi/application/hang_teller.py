"""Tells the terminal that a command hangs, and that it has returned; a line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from psi.controller.dispatch.watchdog import hang_text


class HangTeller:
    """Hears the run's status from time to time; ``tell`` gets what is new."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: Mapping[str, Any] = {}

    def look(self, status: Mapping[str, Any]) -> None:
        """Take note of what hangs by ``status``, which is a run's."""
        hanging: Mapping[str, Any] = status.get("hanging") or {}
        told, self._told = self._told, hanging
        if told and not _same(told, hanging):
            self._tell(f"command {told['command']!r} returned after some {told['seconds']:.0f} s; events go on")
        if hanging and not _same(told, hanging):
            self._tell(hang_text(hanging))


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both are of one call, which hangs for ever longer."""
    names = ("command", "event", "manifest", "where")
    return all(one.get(name) == other.get(name) for name in names) and other["seconds"] >= one["seconds"]
