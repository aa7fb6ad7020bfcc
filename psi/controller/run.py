"""One run, from Start to Stop: everything that has state is made here and dropped at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from psi.controller.controls import RunControls
from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import Event
from psi.controller.dispatch.watchdog import Watchdog
from psi.controller.io import RunIO
from psi.controller.pacing import FreeRunning, Lockstep, Pacing, StopRequest
from psi.controller.participant import Bystander, Participant
from psi.controller.reactions import Reactions
from psi.controller.run_faults import RunFaults
from psi.controller.run_parts import RunParts, RunSettings
from psi.controller.run_status import run_status
from psi.controller.selector_log import SelectorLog
from psi.controller.stimulus_loader import StimulusLoader
from psi.controller.stop_watch import StopWatch
from psi.controller.trials.totals import RunTotals
from psi.controller.trials.trial_logic import TrialLogic
from psi.controller.trials.trial_sequence import default_chooser
from psi.controller.trials.trials import TrialLog
from psi.core.clock import ManualClock, WallClock
from psi.core.rows import TextRow
from psi.models.task import StopRules


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
        self.faults = RunFaults(self.stop_request, self.audit, settings.restarts)
        self._logic_ended = False
        self._participants = participants
        # Those that keep rows.
        self._sinks = [each.append for each in participants if type(each).append is not Bystander.append]
        self.clock: ManualClock | WallClock = ManualClock() if settings.lockstep else WallClock()
        self.context = parts.context
        self.dispatcher = Dispatcher(self.clock, self.record, parts.index, parts.names, parts.context.evaluate)
        #: Names the command that keeps events from being handled.
        self.watchdog = Watchdog(self.dispatcher, self.audit, self._tell)
        reactions = Reactions(self)
        self.io = RunIO(
            parts,
            self.clock,
            self.dispatcher,
            self.record,
            reactions.input_ended,
            self.faults.take,
            self.faults.samples_lost,
        )
        self.stimuli = StimulusLoader(parts.wiring, self.io.players, self.context, parts.streams.generator)
        self.totals = RunTotals(
            parts.wiring,
            lambda: self.trials.counts.completed,
            lambda: self.controls.running_time(),
            lambda: self.dispatcher.cause,
            (parts.documents.get("session") or {}).get("target_volume"),
            parts.earlier,
        )
        self.trials = TrialLog(self.context, self._chooser(), self.record, reactions.next_setting)
        self.selectors = SelectorLog(
            self.context,
            self.audit,
            lambda info: self.post("context_complete", info),
            lambda: self.stop_request("complete"),
        )
        self.logic = TrialLogic(parts.regions, self.dispatcher, self.context, self.trials, self.io.edges_known)
        #: The part of the trial logic that owns the trial; ``None`` where nothing does.
        self.machine = self.logic.machine
        self.controls = RunControls(self, parts.task)
        #: When it ends by itself; without rules where nothing is recorded.
        self.stop_rules = StopWatch(self, parts.task.stop if settings.mode == "running" else StopRules())
        self.dispatcher.listeners.append(reactions.listen)

    def _chooser(self) -> Any:
        sequence = self.parts.sequence
        if sequence is not None:
            return sequence.chooser(self.parts.streams.generator("trial_sequence"))
        selectors = list(self.context.selectors)
        return default_chooser(selectors[0] if selectors else None)

    # -- rows --------------------------------------------------------------------------------

    def record(self, row: Mapping[str, Any]) -> None:
        """Hand a row to everyone who keeps rows."""
        # Rows that are text already are events and how actions went.
        if type(row) is not TextRow:
            if row["kind"] == "output":
                row = self.totals.marked(row)
            elif row["kind"] == "audit":
                self.totals.told_late(row)
        for append in self._sinks:
            append(row)

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
            self.faults.take(error)
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
        self.post("experiment_prepare")
        # Who reads the recording need not have the paradigm.
        self.audit("scoring", "score", self.parts.scoring.model_dump(mode="json"))
        self.selectors.begin()
        self.dispatcher.drain()
        for participant in self._participants:
            participant.start()
        if isinstance(self.clock, WallClock):
            self.clock.start()
        if self.settings.mode != "open":
            self.io.start()
        self.stop_rules.begin()
        self.watchdog.start()
        self.condition = self.settings.mode
        self.work = ""
        self.post("experiment_start")

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
        self.logic.end(end)
        self.trials.abort(end)
        self.selectors.end()
        self.dispatcher.post(end)
        self._handle_rest()

    def _handle_rest(self) -> None:
        """Handle every event that is left: a command that fails now does not take the events after it along."""
        while True:
            try:
                return self.dispatcher.drain()
            except Exception as error:  # somebody's handler, or a circle whose own events are gone from the queue
                self.faults.take(error)

    def _stop(self) -> str:
        self.condition = "stopping"
        if not self._logic_ended:
            try:
                self._end_logic()
            except Exception as error:  # a state could not be left: still close everything below
                self.faults.take(error)
        self.watchdog.stop()
        for stop in (self.io.stop, self.io.ensure_stopped, self.io.finish_epochs, self.io.watch.close):
            try:
                stop()
            except Exception as error:  # one device that cannot stop must not keep the others running
                self.faults.take(error)
        if self.fault is not None:
            self.audit("fault", type(self.fault).__name__, {"message": self.fault_line})
        if self.settings.mode == "running":
            self.audit("totals", "run", self.totals.state())
        self.record(self.dispatcher.latency.row())
        reason = self.stop_request.reason
        utc = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.record({"kind": "finish", "reason": reason, "time": self.clock.now(), "utc": utc})
        for participant in self._participants:
            try:
                participant.stop(reason)
            except Exception as error:  # the store is gone: the others must still be told
                self.faults.take(error)
        return self.stop_request.reason if self.fault is None else "fault"

    def close(self) -> None:
        """Let go of everything."""
        self.watchdog.stop()
        self.io.ensure_stopped()
        for participant in self._participants:
            participant.ensure_stopped()

    def _trial(self) -> int | None:
        return self.trials.counts.committed + 1 if self.trials.going_on else None

    # -- what can be asked from any thread ----------------------------------------------------

    def post(self, name: str, info: Mapping[str, Any] | None = None) -> None:
        """Post the event ``name`` at the time that it is now. Raises ``RunFault`` where nobody has declared it."""
        self.dispatcher.post(Event(name, self.clock.now(), info=info or {}))

    @property
    def fault(self) -> BaseException | None:
        """What ended it; ``None`` where nothing went wrong."""
        return self.faults.fault

    @property
    def fault_line(self) -> str:
        """What ended it, in one line, and which outputs may not be safe; empty where nothing went wrong."""
        return self.faults.line

    def status(self) -> dict[str, Any]:
        """A snapshot for progress lines."""
        status = run_status(self)
        for participant in self._participants:
            status.update(participant.status())
        return status
