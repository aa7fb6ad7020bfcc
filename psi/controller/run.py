"""One run, from Start to Stop: everything that has state is made here and dropped at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from psi.controller.controls import RunControls
from psi.controller.dispatcher import Dispatcher
from psi.controller.engine_watch import SamplesLost
from psi.controller.event import Event
from psi.controller.io import RunIO
from psi.controller.machine import Machine
from psi.controller.pacing import FreeRunning, Lockstep, Pacing, StopRequest
from psi.controller.participant import Participant
from psi.controller.run_parts import RunParts, RunSettings
from psi.controller.selector_log import SelectorLog
from psi.controller.stimulus_loader import StimulusLoader
from psi.controller.trial_sequence import NextTrial, default_chooser
from psi.controller.trials import TrialLog
from psi.core.clock import ManualClock, WallClock
from psi.core.errors import PsiError
from psi.hardware.engine import Engine, OutputsNotSafe


class Run:
    """Prepare, run, stop: once. A second Start makes a second run from the same declarations."""

    #: Seconds that a pulse which has begun may take to end after Stop.
    LONGEST_PULSE = 10.0

    def __init__(self, parts: RunParts, settings: RunSettings, participants: Sequence[Participant]) -> None:
        self.parts = parts
        self.settings = settings
        #: 'starting', then the mode, 'stopping', 'finished'.
        self.condition = "starting"
        #: What it waits for, such as a store that writes what is left; empty while it does not.
        self.work = ""
        self.stop_request = StopRequest()
        self.fault: BaseException | None = None
        self._not_safe: list[OutputsNotSafe] = []
        self._logic_ended = False
        self._restarting = False
        self._participants = participants
        self.clock: ManualClock | WallClock = ManualClock() if settings.lockstep else WallClock()
        self.context = parts.context
        self.dispatcher = Dispatcher(self.clock, self.record, parts.index, parts.names)
        self.io = RunIO(
            parts, self.clock, self.dispatcher, self.record, self._input_ended, self._driver_fault, self._samples_lost
        )
        self.stimuli = StimulusLoader(parts.wiring, self.io.players, self.context, parts.streams.generator)
        self.trials = TrialLog(self.context, self._chooser(), self.record, self._on_next_setting)
        self.selectors = SelectorLog(
            self.context,
            self.audit,
            lambda info: self._post("context_complete", info),
            lambda: self.stop_request("complete"),
        )
        self.machine = (
            Machine(parts.machine, self.dispatcher, self.context, self.trials, self.io.edges_known)
            if parts.machine is not None
            else None
        )
        self.controls = RunControls(self, parts.task)
        self.dispatcher.listeners.append(self._listen)

    def _chooser(self) -> Any:
        sequence = self.parts.sequence
        if sequence is not None:
            return sequence.chooser(self.parts.streams.generator("trial_sequence"))
        selectors = list(self.context.selectors)
        return default_chooser(selectors[0] if selectors else None)

    # -- rows --------------------------------------------------------------------------------

    def record(self, row: Mapping[str, Any]) -> None:
        """Hand a row to everyone who keeps rows."""
        for participant in self._participants:
            participant.append(row)

    def audit(self, what: str, name: str, info: Mapping[str, Any], who: str = "psi") -> None:
        """One row of the audit, now."""
        row = {"kind": "audit", "time": self.clock.now(), "what": what, "name": name, "who": who, "info": dict(info)}
        self.record(row)

    # -- the course of a run -----------------------------------------------------------------

    def execute(self, started: Callable[[], None] = lambda: None) -> str:
        """Run from start to end and return the finish reason. Never raises for a fault: see :attr:`fault`."""
        try:
            self._start()
            started()
            pacing = self._pacing()
            pacing.run(lambda: bool(self.stop_request))
            self._wind_down(pacing)
        except Exception as error:  # whatever failed, data are kept and outputs made safe
            self._driver_fault(error)
        reason = self._stop()
        self.work = ""
        self.condition = "finished"
        return reason

    def prepare(self) -> None:
        """Make everything that can be refused, before anything is recorded or moves."""
        self.selectors.restore(self.parts.carried)
        self.io.build(self._trial)
        if self.io.marks:
            self.dispatcher.listeners.append(self.io.marks.listen)
        self.stimuli.load()
        try:
            self.io.prepare(self.settings.lockstep)
        except BaseException:
            self.io.ensure_stopped()
            raise

    def _start(self) -> None:
        for participant in self._participants:
            participant.prepare(self)
        self._post("experiment_prepare")
        self.selectors.begin()
        self.dispatcher.drain()
        for participant in self._participants:
            participant.start()
        if isinstance(self.clock, WallClock):
            self.clock.start()
        if self.settings.mode != "open":
            self.io.start()
        if self.parts.duration is not None:
            # To the end of the block, so that a recording is never shorter than asked for.
            blocks = math.ceil(Fraction(self.parts.duration).limit_denominator(1_000_000) / self.parts.block_duration)
            due = float(blocks * self.parts.block_duration)
            self.dispatcher.call_at(due, lambda: self.stop_request("duration"))
        self.condition = self.settings.mode
        self.work = ""
        self._post("experiment_start")

    def _pacing(self) -> Pacing:
        if isinstance(self.clock, WallClock):
            return FreeRunning(self.dispatcher, self._watch)
        drivers = list(self.io.drivers.values())
        return Lockstep(
            self.clock,
            self.dispatcher,
            drivers,
            self.parts.block_duration,
            self.settings.speed,
            self._wait_for_room,
        )

    def _watch(self) -> None:
        for engine, silent, seconds in self.io.look():
            self.audit("silent" if silent else "heard", engine, {"seconds": round(seconds, 3)})
        for participant in self._participants:
            participant.watch()

    def waiting(self, what: str) -> None:
        """A participant waits for ``what``: let others see it."""
        self.work = what
        self._tell()

    def _tell(self) -> None:
        for participant in self._participants:
            participant.tell()

    def _wait_for_room(self) -> None:
        for participant in self._participants:
            participant.wait_for_room()

    def _wind_down(self, pacing: Pacing) -> None:
        """End trial logic, then let what has begun come to its end: the last pellet still drops."""
        self.condition = "stopping"
        self._end_logic()
        limit = self.clock.now() + self.LONGEST_PULSE
        pacing.run(lambda: self.fault is not None or not self.io.pulsing() or self.clock.now() >= limit)

    def _end_logic(self) -> None:
        self._logic_ended = True
        self.io.watch.end_logic()
        self._tell()
        self.dispatcher.cancel_pending()
        self.controls.by_hand.close()
        end = Event("experiment_end", self.clock.now())
        if self.machine is not None:
            self.machine.end(end)
        self.trials.abort(end)
        self.selectors.end()
        self.dispatcher.post(end)
        self.dispatcher.drain()

    def _stop(self) -> str:
        self.condition = "stopping"
        if not self._logic_ended:
            try:
                self._end_logic()
            except Exception as error:  # an action on experiment_end failed: still close everything below
                self._driver_fault(error)
        for stop in (self.io.stop, self.io.ensure_stopped, self.io.finish_epochs, self.io.watch.close):
            try:
                stop()
            except Exception as error:  # one device that cannot stop must not keep the others running
                self._driver_fault(error)
        if self.fault is not None:
            self.audit("fault", type(self.fault).__name__, {"message": self.fault_line})
        self.record(self.dispatcher.latency.row())
        reason = self.stop_request.reason
        utc = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.record({"kind": "finish", "reason": reason, "time": self.clock.now(), "utc": utc})
        for participant in self._participants:
            try:
                participant.stop(reason)
            except Exception as error:  # the store is gone: the others must still be told
                self._driver_fault(error)
        return self.stop_request.reason if self.fault is None else "fault"

    def close(self) -> None:
        """Let go of everything."""
        self.io.ensure_stopped()
        for participant in self._participants:
            participant.ensure_stopped()

    def _trial(self) -> int | None:
        return self.trials.counts.committed + 1 if self.trials.going_on else None

    # -- what happens ------------------------------------------------------------------------

    def _post(self, name: str, info: Mapping[str, Any] | None = None) -> None:
        self.dispatcher.post(Event(name, self.clock.now(), info=info or {}))

    def _listen(self, event: Event) -> None:
        """Psi's own reactions to events; the trial logic's come next, then the actions."""
        if event.name == "trial_start":
            self.trials.begin(event)
        elif event.name == "next_trial" and self.controls.at_safe_point():
            self.trials.plan_next()
        elif event.name == "experiment_start" and self.machine is not None:
            self.machine.begin(event)
        if self.machine is not None and not self.controls.paused:
            self.machine.listen(event)
        if event.name == "trial_end" and self.trials.commit(event):
            self.selectors.trial_ended(*self.trials.ended)
            limit = self.parts.trials
            if limit is not None and self.trials.counts.completed >= limit:
                self.stop_request("trials")

    def _on_next_setting(self, planned: NextTrial, roved: dict[str, Any]) -> None:
        self.stimuli.load()
        self._post("context_next_setting", {"type": planned.trial_type, "selector": planned.selector, "setting": roved})

    def _input_ended(self, engine: str) -> None:
        self._post("input_ended", {"engine": engine})
        self.stop_request("input ended")

    def _samples_lost(self, engine: Engine, error: SamplesLost) -> None:
        if engine.on_overrun == "restart" and self.settings.restarts:
            self._restarting = True
            self.stop_request("overrun")
        else:
            self._driver_fault(error)

    def _driver_fault(self, error: BaseException) -> None:
        if isinstance(error, OutputsNotSafe):
            # Said beside whatever else ended the run; nothing is started again on such outputs.
            self._not_safe.append(error)
        elif self._restarting:
            # What the device says of the same thing.
            self.audit("fault", type(error).__name__, {"message": str(error)})
            return
        # What an engine says of its losses counts for more than that there were some.
        weak = isinstance(self.fault, SamplesLost) and isinstance(error, PsiError)
        if self.fault is None or (not isinstance(error, OutputsNotSafe) and (weak or self.fault in self._not_safe)):
            self.fault = error
        self.stop_request("fault")

    @property
    def fault_line(self) -> str:
        """What ended it, in one line, and which outputs may not be safe; empty where nothing went wrong."""
        faults = dict.fromkeys([self.fault, *self._not_safe])
        return "; ".join(fault_text(fault) for fault in faults if fault is not None)

    # -- what can be asked from any thread ----------------------------------------------------

    def status(self) -> dict[str, Any]:
        """A snapshot for progress lines."""
        status: dict[str, Any] = {
            "condition": self.condition,
            "work": self.work,
            "time": self.clock.now(),
            "trials": self.trials.counts.completed,
            "rows": self.trials.counts.committed,
            "scores": dict(self.trials.counts.by_score),
            "selectors": self.selectors.progress(),
            "state": self.machine.state if self.machine is not None else "",
            "silent": {engine: round(seconds, 1) for engine, seconds in self.io.silence.silent.items()},
            "waiting": self.io.watch.waiting(),
            "buffers": self.io.buffers(),
            "latency_p99": self.dispatcher.latency.percentile(99) if self.dispatcher.latency.n else None,
        }
        for participant in self._participants:
            status.update(participant.status())
        return status


def fault_text(error: BaseException) -> str:
    """One line about a fault."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if isinstance(error, PsiError) else f"{type(error).__name__}: {text}"
