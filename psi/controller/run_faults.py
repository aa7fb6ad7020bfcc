"""What goes wrong in a run: the first fault counts, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from psi.controller.engine_watch import SamplesLost
from psi.controller.pacing import StopRequest
from psi.core.errors import PsiError, fault_text
from psi.hardware.engine import Engine, OutputsNotSafe


class RunFaults:
    """Takes the faults of one run, from any thread, and asks it to stop.

    Parameters
    ----------
    restarts
        Whether somebody begins the next run where an engine's ``on_overrun`` asks for it.
    """

    def __init__(
        self, stop_request: StopRequest, audit: Callable[[str, str, Mapping[str, Any]], None], restarts: bool
    ) -> None:
        self._stop_request = stop_request
        self._audit = audit
        self._restarts = restarts
        self._restarting = False
        self._not_safe: list[OutputsNotSafe] = []
        #: What ended the run; ``None`` while nothing has.
        self.fault: BaseException | None = None

    def take(self, error: BaseException) -> None:
        """``error`` happened: the run ends."""
        if isinstance(error, OutputsNotSafe):
            # Said beside whatever else ended the run; nothing is started again on such outputs.
            self._not_safe.append(error)
        elif self._restarting:
            # What the device says of the same thing.
            self._audit("fault", type(error).__name__, {"message": str(error)})
            return
        # What an engine says of its losses counts for more than that there were some.
        weak = isinstance(self.fault, SamplesLost) and isinstance(error, PsiError)
        if self.fault is None or (not isinstance(error, OutputsNotSafe) and (weak or self.fault in self._not_safe)):
            self.fault = error
        self._stop_request("fault")

    def samples_lost(self, engine: Engine, error: SamplesLost) -> None:
        """``engine`` has lost samples: the run ends, and where its rule says so another one begins."""
        if engine.on_overrun == "restart" and self._restarts:
            self._restarting = True
            self._stop_request("overrun")
        else:
            self.take(error)

    @property
    def line(self) -> str:
        """What ended it, in one line, and which outputs may not be safe; empty where nothing went wrong."""
        faults = dict.fromkeys([self.fault, *self._not_safe])
        return "; ".join(fault_text(fault) for fault in faults if fault is not None)
