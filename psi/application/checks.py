"""Keeps a chooser's findings up to date: one check at a time, the one that is wanted now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psi.application.child import Child
from psi.core.errors import Finding
from psi.experiment.start.chooser import Chooser, Pair

CHECKER = "psi.application.checker"


class Checks:
    """Hands each pair that the chooser wants to a process of its own. Between checks one more waits, all imported.

    Parameters
    ----------
    chooser
        Says what is wanted, and takes what was found.
    options
        What is checked with every pair: ``task``, ``sets``, ``rig_sets``, ``manifests``.
    folder
        For the processes' logs.
    checker
        Their module.
    """

    #: Seconds that the last line of a process that has ended may take to arrive.
    _LAST_LINE = 1.0

    def __init__(self, chooser: Chooser, options: Mapping[str, Any], folder: Path, checker: str = CHECKER) -> None:
        self._chooser = chooser
        self._options = dict(options)
        self._folder = folder
        self._checker = checker
        self._started = 0
        self._running: Child | None = None
        self._pair: Pair | None = None
        # The first one is started when the window is there: it must not keep that from a core.
        self._waiting: Child | None = None

    def _start(self) -> Child:
        self._started += 1
        return Child("checker", self._checker, self._folder / f"check{self._started}.log")

    def poll(self) -> None:
        """Take what was found, give up what is not wanted any more, begin what is. Never waits for a check."""
        if self._running is not None:
            self._look(self._running)
        wanted = self._chooser.next_check()
        if self._running is not None and self._pair != wanted:
            self._end()
        if self._running is None and wanted is not None:
            self._begin(wanted)
        elif self._running is None and self._waiting is None:
            # Not beside a check, which would take longer for it.
            self._waiting = self._start()
        self._chooser.begin_check(self._pair)

    def _look(self, child: Child) -> None:
        assert self._pair is not None
        ended = not child.alive()
        message = child.next_line(self._LAST_LINE if ended else 0.0)
        if message is not None and "findings" in message:
            pair, found = self._pair, [Finding(**finding) for finding in message["findings"]]
        elif message is None and ended:
            status, words = child.process.returncode, child.last_words()
            fault = f"the check did not come to its end (status {status}){': ' if words else ''}{words}"
            pair, found = self._pair, [Finding(fault)]
        else:
            return
        self._end()
        self._chooser.take(pair, found)

    def _begin(self, pair: Pair) -> None:
        child, self._waiting = self._waiting, None
        if child is not None and not child.alive():
            child.close()
            child = None
        self._running, self._pair = child or self._start(), pair
        self._running.send({**self._options, "paradigm": pair[0], "rig": pair[1]})

    def _end(self) -> None:
        if self._running is not None:
            self._running.close()
        self._running, self._pair = None, None

    def close(self) -> None:
        """End every process."""
        self._end()
        if self._waiting is not None:
            self._waiting.close()
            self._waiting = None
