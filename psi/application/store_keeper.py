"""Keeps a recording's store going: one that is killed is followed by another, in the next part of the recording."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from psi.application.child import Child
from psi.core.errors import RunFault
from psi.data.plan import CLOSED, DRAIN, FAILED, FULL
from psi.stream.control import RunControl, StoreCondition


class StoreKeeper:
    """Gives ``plan`` to the store process ``store``, and sees the recording to its end.

    ``make`` starts another store process; ``tell`` hears a line about each that died, and about what became of the
    parts. Call :meth:`look` often.
    """

    #: Deaths within so many seconds after which it is given up.
    MOST_DEATHS, WITHIN = 8, 60.0
    #: Seconds to wait before a store follows the one that died; the last for all that come later.
    BACK_OFF = (0.0, 0.0, 0.25, 0.5, 1.0)

    def __init__(
        self,
        plan: Mapping[str, Any],
        store: Child,
        make: Callable[[], Child],
        tell: Callable[[str], None],
    ) -> None:
        #: The store that writes now, or has written last.
        self.store = store
        #: Those that died before it.
        self.dead: list[Child] = []
        self.folder = str(plan["folder"])
        arrays = (*plan["streams"], *plan["epochs"])
        #: Names of the run's shared memory.
        self.segments = [plan["control"], plan["journal"], *(array["segment"] for array in arrays)]
        #: What the store said about why it failed; empty while all is well.
        self.error = ""
        self._plan = dict(plan)
        self._make = make
        self._tell = tell
        self._part = 1
        self._draining = False
        self._over = False
        self._due: float | None = None
        self._deaths: deque[float] = deque(maxlen=self.MOST_DEATHS)
        store.send(plan)

    @property
    def over(self) -> bool:
        """Whether there is a closed recording, or nothing more to be done for one."""
        return self._over

    @property
    def children(self) -> list[Child]:
        """Every store that there has been, in order."""
        return [*self.dead, self.store]

    def drain(self) -> None:
        """The runtime is dead: write what is in the rings, and close. Again is fine."""
        if not self._draining:
            self._draining = True
            if not self._over and self._due is None:
                self.store.send(DRAIN)

    def look(self) -> bool:
        """Take note of what the store says and whether it lives; True where another one was started."""
        if self._over:
            return False
        if self._due is not None:
            return self._follow() if time.monotonic() >= self._due else False
        alive = self.store.alive()
        if not alive:
            # What it said last may still be on its way.
            self.store.close()
        while (line := self.store.next_line(0.0)) is not None:
            self._take(line)
        if not alive:
            self._take_end()
        return False

    def _take(self, line: Mapping[str, Any]) -> None:
        said = line.get("store")
        if said == "failed":
            self.error = str(line.get("error", ""))
        elif said == "parts" and "left" in line:
            self._tell(
                f"error: the recording's {self._part} parts were left as they are ({line['left']}); it can be read all "
                f"the same, and 'psi recover {self.folder}' joins them"
            )
        elif said == "parts":
            self._tell(f"the parts of the recording were joined; {self.folder} is whole")

    def _take_end(self) -> None:
        status = self.store.process.returncode
        if status in (CLOSED, FAILED) or not self._control_is_open():
            self._over = True
            return
        now = time.monotonic()
        how = "found the disk full" if status == FULL else f"died ({_cause(status)})"
        if len(self._deaths) == self.MOST_DEATHS and now - self._deaths[0] < self.WITHIN:
            self._give_up(f"the store {how}, for the {self.MOST_DEATHS + 1}th time within {self.WITHIN:g} s")
            return
        self._deaths.append(now)
        recent = sum(now - death < self.WITHIN for death in self._deaths)
        self._due = now + self.BACK_OFF[min(recent, len(self.BACK_OFF)) - 1]
        self._tell(f"the store {how}; another goes on from the rings, in part {self._part + 1}; nothing is lost")

    def _follow(self) -> bool:
        self._due = None
        self._part += 1
        self.dead.append(self.store)
        self.store = self._make()
        self.store.send({**self._plan, "part": self._part})
        if self._draining:
            self.store.send(DRAIN)
        return True

    def _give_up(self, why: str) -> None:
        self._over = True
        self.error = why
        try:
            with RunControl.attach(self._plan["control"]) as control:
                control.store_message = why
                control.store_condition = StoreCondition.FAILED
        except RunFault:
            # The run is gone as well; nobody waits to be told.
            return

    def _control_is_open(self) -> bool:
        """Whether the run still waits for a recording to be closed."""
        try:
            with RunControl.attach(self._plan["control"]) as control:
                return control.store_condition in (StoreCondition.WAITING, StoreCondition.OPEN)
        except RunFault:
            return False

    def last_sign(self) -> float:
        """When the store last got something done, by this machine's monotonic clock; 0 where nobody knows."""
        try:
            with RunControl.attach(self._plan["control"]) as control:
                return control.store_beat / 1e9
        except RunFault:
            return 0.0

    def close(self) -> None:
        """End the store if it still runs, and let go of all of them."""
        for child in self.children:
            child.close()


def _cause(status: int) -> str:
    """``'SIGKILL'`` or ``'status 1'``, from a process's return code."""
    if status < 0:
        try:
            return signal.Signals(-status).name
        except ValueError:
            return f"signal {-status}"
    return f"status {status}"
