"""Keeps a rig in one of its four conditions: closed, open, monitoring, running. Start works again and again."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Literal

from psi.controller.run import Run
from psi.controller.run_parts import Mode
from psi.core.errors import ConfigurationError
from psi.link.state import StateSource

RigCondition = Literal["closed", "open", "monitoring", "running"]


class RigHost:
    """Runs one run after another on the thread that calls :meth:`serve`; asked from any thread.

    Parameters
    ----------
    make_run
        Makes a fresh run of a mode; raises ``ConfigurationError`` where it is refused.
    state
        Where the condition and the last fault are said.
    """

    def __init__(self, make_run: Callable[[Mode], Run], state: StateSource) -> None:
        self._make_run = make_run
        self._state = state
        self._changed = threading.Condition()
        self._wanted: RigCondition = "closed"
        # What the rig goes back to when a start is taken back before it runs.
        self._before: RigCondition = "closed"
        self._quit = False
        #: The run that is going on, in whatever mode; ``None`` while the rig is closed.
        self.run: Run | None = None
        self._state.update({"condition": "closed", "wanted": "closed", "fault": ""})

    @property
    def condition(self) -> RigCondition:
        return "closed" if self.run is None else self.run.settings.mode

    def want(self, condition: RigCondition) -> None:
        """Bring the rig into ``condition``; returns at once. Refused while a run is going on: stop it first."""
        with self._changed:
            if self.run is not None and self.run.settings.mode == "running" and not self.run.stop_request:
                raise ConfigurationError("a run is going on; stop it first")
            if condition == "running":
                self._before = self.condition if self._wanted != "running" else self._before
            self._wanted = condition
            self._state.update({"wanted": condition, "fault": ""})
            if self.run is not None and self.run.settings.mode != condition:
                self.run.stop_request("stopped")
            self._changed.notify_all()

    def stop(self) -> None:
        """End the run that is going on; the rig stays open. One that was only wanted leaves the rig as it was."""
        with self._changed:
            going_on = self.run is not None and self.run.settings.mode == "running"
            self._wanted = "open" if going_on or self._wanted != "running" else self._before
            self._state.update({"wanted": self._wanted})
            if self.run is not None and self.run.settings.mode != self._wanted:
                self.run.stop_request("stopped")
            self._changed.notify_all()

    def quit(self) -> None:
        """End whatever is going on and let :meth:`serve` return."""
        with self._changed:
            self._quit = True
            self._wanted = "closed"
            if self.run is not None:
                self.run.stop_request("stopped")
            self._changed.notify_all()

    def serve(self) -> None:
        """Run what is wanted until told to quit."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._quit or self._wanted != "closed")
                if self._quit:
                    return
                wanted = self._wanted
            assert wanted != "closed"
            self._one(wanted)
            # What a run was made of refers to itself. Until the collector comes by itself, which may be in the middle
            # of a later run, megabytes of each would be kept.
            gc.collect()

    def _one(self, mode: Mode) -> None:
        try:
            run = self._make_run(mode)
        except ConfigurationError as error:
            self._say_closed("; ".join(str(finding) for finding in error.findings))
            return
        with self._changed:
            taken_back = self._quit or self._wanted != mode
            self.run = None if taken_back else run
        if taken_back:
            run.close()
            return
        self._state.update({"condition": mode})
        try:
            run.execute()
        finally:
            run.close()
            with self._changed:
                self.run = None
                # A start that was taken back leads to the condition that it would have ended.
                again = mode != "running" and run.fault is None and run.stop_request.reason == "stopped"
                # Samples were lost, and the engine asks for the next run at once.
                again = again or (run.fault is None and run.stop_request.reason == "overrun")
                if self._wanted == mode and not again:
                    # It ended by itself: a finished run leaves the rig open, a fault closes it.
                    self._wanted = "open" if run.fault is None and mode == "running" else "closed"
            self._state.update({"condition": self.condition, "wanted": self._wanted, "fault": run.fault_line})

    def _say_closed(self, fault: str) -> None:
        with self._changed:
            self._wanted = "closed"
        self._state.update({"condition": "closed", "wanted": "closed", "fault": fault})
