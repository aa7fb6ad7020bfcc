"""Whether a run's store is there, and waiting for what it does."""

from __future__ import annotations

import time
from collections.abc import Callable

from psi.core.errors import RunFault
from psi.core.processes import lives
from psi.stream.control import RunControl, StoreCondition

#: Seconds between looks while waiting for the store.
_LOOK = 0.001
#: Seconds between looks at whether the store's process lives.
_LIFE_INTERVAL = 0.5
#: Seconds that another store may take to follow one that is gone.
_RESTART_PATIENCE = 10.0


class StoreLife:
    """The runtime's view of the store's process.

    Parameters
    ----------
    control
        What runtime and store say to each other.
    folder
        Where the store writes, for messages.
    """

    def __init__(self, control: RunControl, folder: str) -> None:
        self._control = control
        self._folder = folder
        self._last_look = 0.0
        self._gone_since: float | None = None

    @property
    def gone(self) -> bool:
        """Whether the process is gone and none has followed it yet."""
        return self._gone_since is not None

    def require(self) -> None:
        """Raise ``RunFault`` where the store has failed, or is gone and none follows it; call it often."""
        if self._control.store_condition is StoreCondition.FAILED:
            raise RunFault(f"the store failed: {self._control.store_message}")
        now = time.monotonic()
        if now - self._last_look >= _LIFE_INTERVAL:
            self._last_look = now
            self._look(now)

    def _look(self, now: float) -> None:
        # Closed means that it ended as it should.
        if self._control.store_condition is not StoreCondition.OPEN or self._store_lives():
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        elif now - self._gone_since >= _RESTART_PATIENCE or not self._parent_lives():
            waited = f"no other has followed it within {_RESTART_PATIENCE:g} s"
            why = waited if self._parent_lives() else "what would start another is gone too"
            raise RunFault(f"the store process {self._control.store_pid} is gone, and {why}; the recording ends here")

    def wait(
        self, done: Callable[[], bool], timeout: float, what: str, waiting: Callable[[], None] = lambda: None
    ) -> None:
        """Wait until ``done``, ``timeout`` seconds at most from the store's last sign of life.

        ``waiting`` is called often meanwhile. Raises ``RunFault`` that the store ``what`` where it is not done in
        time, and as :meth:`require`.
        """
        start = time.monotonic()
        while True:
            self.require()
            if done():
                return
            # Parts of hours take a while to be joined: what counts is that it gets on.
            if time.monotonic() - max(start, self._control.store_beat / 1e9) >= timeout:
                state = "gone" if self.gone else self._control.store_condition.name.lower()
                raise RunFault(
                    f"the store {what} within {timeout:g} s (it is {state}); check the disk of {self._folder}"
                )
            self._control.heartbeat = time.monotonic_ns()
            waiting()
            time.sleep(_LOOK)

    def _store_lives(self) -> bool:
        return lives(self._control.store_pid, self._control.store_created)

    def _parent_lives(self) -> bool:
        pid = self._control.parent_pid
        return pid == 0 or lives(pid, self._control.parent_created)
