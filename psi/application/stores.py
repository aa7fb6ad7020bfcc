"""The stores of a window's launch: one waits for the next recording, so that Start is quick; the others write."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from psi.application.child import Child
from psi.application.guardian import keep_logs
from psi.application.store_keeper import StoreKeeper


class Stores:
    """Starts store processes, gives them recordings to write, and sees them to their end.

    Their words are kept in the folder ``logs``; ``tell`` hears a line about what somebody should know.
    """

    #: Seconds that a store may take to write what is left.
    PATIENCE = 60.0
    #: Seconds between looks at the end.
    LOOK = 0.2

    def __init__(self, logs: Path, tell: Callable[[str], None]) -> None:
        self._logs = logs
        self._tell = tell
        #: The one that waits for a plan; ``None`` until it has been made ready.
        self.waiting: Child | None = None
        self._writing: list[StoreKeeper] = []
        self._made = 0

    def children(self) -> list[Child]:
        """All processes: those that write first."""
        waiting = [] if self.waiting is None else [self.waiting]
        return [*(keeper.store for keeper in self._writing), *waiting]

    def ready(self) -> Child:
        """Start the one that waits."""
        self._made += 1
        self.waiting = Child("store", "psi.data.process", self._logs / f"store{self._made}.log")
        self.waiting.name = "for the next recording"
        return self.waiting

    def _take(self) -> Child:
        """The store that waits, or a new one; the next is made ready when there is time."""
        store, self.waiting = self.waiting, None
        if store is not None and not store.alive():
            store.close()
            store = None
        if store is None:
            store, self.waiting = self.ready(), None
        store.name = ""
        return store

    def keep(self, plan: Mapping[str, Any]) -> None:
        """Let a store write the recording of ``plan``."""
        self._writing.append(StoreKeeper(plan, self._take(), self._take, self._tell))

    def look(self, make_ready: bool) -> bool:
        """Follow those that write, and with ``make_ready`` have one waiting; whether the processes are others now."""
        others = False
        for keeper in list(self._writing):
            others = keeper.look() or others
            if keeper.over:
                self._close(keeper)
        if self.waiting is not None and not self.waiting.alive():
            words = self.waiting.last_words() or "no reason given"
            self._tell(f"the waiting store ended ({words}); another is started")
            self.waiting.close()
            self.waiting = None
        if self.waiting is None and make_ready:
            self.ready()
            others = True
        return others

    def _close(self, keeper: StoreKeeper) -> None:
        self._writing.remove(keeper)
        if keeper.error:
            self._tell(f"error: {keeper.error}")
        keeper.close()
        keep_logs(keeper.folder, keeper.children)

    def drain(self) -> None:
        """Tell those that write to finish; one whose run has ended is closing already and does not read this."""
        for keeper in self._writing:
            keeper.drain()

    def see_off(self) -> None:
        """Wait until every recording is closed, each as long as its store gets on with it."""
        for keeper in list(self._writing):
            begun = time.monotonic()
            while not keeper.over:
                if keeper.look():
                    begun = time.monotonic()
                elif time.monotonic() - max(begun, keeper.last_sign()) > self.PATIENCE:
                    self._tell("error: the store has not ended; what it has not written is lost")
                    break
                keeper.store.wait(self.LOOK)
            self._close(keeper)
