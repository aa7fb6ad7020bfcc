"""What engines report of their devices: what they wait for, what went wrong, what was lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import ENGINE_EVENTS, Event
from psi.controller.run_time import RunTime
from psi.core.clock import Clock, WallClock
from psi.core.errors import RunFault
from psi.core.protocols import RowSink
from psi.hardware.engine import Engine

log = logging.getLogger(__name__)


class SamplesLost(RunFault):
    """An engine has lost samples of an input; what it says of it itself counts for more."""


class EngineWatch:
    """Takes the reports of every engine of a run, on any thread, and makes events and rows of them.

    Parameters
    ----------
    lost
        Called with an engine that lost samples, and what is to be said of it; the run ends.
    """

    #: Seconds beyond an engine's ``trigger_timeout`` after which the run ends where the engine did not end it itself.
    GRACE = 1.0

    def __init__(
        self,
        clock: Clock,
        run_time: RunTime,
        dispatcher: Dispatcher,
        record: RowSink,
        lost: Callable[[Engine, SamplesLost], None],
    ) -> None:
        self._clock = clock
        self._run_time = run_time
        self._dispatcher = dispatcher
        self._record = record
        self._lost = lost
        self._lock = threading.Lock()
        # Engine and part of it -> its trigger, since when it waits (monotonic, s), and for how long it may.
        self._waiting: dict[tuple[str, str], tuple[str, float, float]] = {}
        self._logic_ended = False
        self._closed = False

    def report(self, engine: Engine, event: str, info: Mapping[str, Any]) -> None:
        """``engine`` says what happens to its device; what is no event is a row of the audit.

        Where ``info`` names a ``part``, that alone waits or has started, and the engine's time goes on without it.
        """
        part = str(info.get("part", ""))
        if event == "engine_waiting":
            with self._lock:
                timeout = float(info.get("timeout", engine.trigger_timeout))
                self._waiting[engine.name, part] = str(info.get("trigger", "")), time.monotonic(), timeout
            if not part and self._run_time.is_master(engine.name) and isinstance(self._clock, WallClock):
                self._clock.hold()
        elif event == "engine_started":
            with self._lock:
                self._waiting.pop((engine.name, part), None)
        self._say(event, {"engine": engine.name, **info})

    def pair(self, engine: Engine, fs: float, sample: int, monotonic: float) -> None:
        """A clock pair of ``engine``; its first samples also say that it waits no more."""
        if sample <= 0:
            return
        self._run_time.pair(engine.name, fs, sample, monotonic)
        if (engine.name, "") in self._waiting:
            self.report(engine, "engine_started", {"sample": sample})

    def lost(self, engine: Engine, channel: str, s0: int, n: int) -> None:
        """``engine`` has lost the samples ``s0 .. s0 + n`` of its input ``channel``; the run ends."""
        info = {"engine": engine.name, "s0": s0, "n": n, "unit": "samples", "channel": channel}
        self._audit("gap", channel, info)
        self._lost(
            engine,
            SamplesLost(
                f"engine {engine.name!r} lost {n} samples of {channel!r} from sample {s0} on: they were not fetched in "
                "time; use longer blocks, lower rates or fewer channels, or a machine that does less beside"
            ),
        )

    def _say(self, event: str, info: Mapping[str, Any]) -> None:
        if event in {*ENGINE_EVENTS, *self._dispatcher.names.origin} and not self._logic_ended:
            self._dispatcher.post(Event(event, self._clock.now(), source=str(info["engine"]), info=info))
        else:
            # No one listens any more, or it is nothing that trial logic could follow.
            self._audit(event, str(info["engine"]), info)

    def _audit(self, what: str, name: str, info: Mapping[str, Any]) -> None:
        if self._closed:
            log.warning("after the end of the run: %s %s %s", what, name, dict(info))
            return
        self._record({"kind": "audit", "time": self._clock.now(), "what": what, "name": name, "info": dict(info)})

    # -- what is seen ------------------------------------------------------------------------

    def waiting(self) -> dict[str, dict[str, Any]]:
        """Who waits: engine, or engine and part -> ``trigger``, ``seconds`` waited, ``timeout``, ``part``."""
        now = time.monotonic()
        with self._lock:
            return {
                f"{engine}, {part}" if part else engine: {
                    "trigger": trigger,
                    "seconds": round(now - since, 1),
                    "timeout": timeout,
                    "part": part,
                }
                for (engine, part), (trigger, since, timeout) in self._waiting.items()
            }

    def look(self) -> None:
        """Raise ``RunFault`` where an engine has waited too long and not ended the run itself."""
        for engine, found in self.waiting().items():
            if found["seconds"] > found["timeout"] + self.GRACE:
                raise RunFault(
                    f"engine {engine!r} waited {found['timeout']:g} s for its start trigger {found['trigger']!r}, "
                    "which did not come; look at its cable and at whoever gives it, or set a longer trigger_timeout"
                )

    # -- the end -----------------------------------------------------------------------------

    def end_logic(self) -> None:
        """Events are not handled any more: what engines report from now on goes into the audit."""
        self._logic_ended = True

    def close(self) -> None:
        """Nothing more can be recorded."""
        for engine, info in self._run_time.summaries().items():
            self._audit("clock", engine, info)
        self._closed = True
