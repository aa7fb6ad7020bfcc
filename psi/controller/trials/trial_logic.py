"""The trial logic of one run: the machine that owns the trial, and the regions that run beside it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from psi.context.context import Context
from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import Event
from psi.controller.dispatch.event_expression import EventExpression
from psi.controller.trials.machine import Machine
from psi.controller.trials.state_machine import TRIAL_EVENTS, Region
from psi.controller.trials.trials import TrialLog


class RegionMachine(Machine):
    """A region at work. It begins and ends by its own events, again and again."""

    def __init__(
        self,
        declared: Region,
        dispatcher: Dispatcher,
        context: Context,
        trials: TrialLog,
        inputs_known: Callable[[], float],
    ) -> None:
        super().__init__(declared, dispatcher, context, trials, inputs_known)
        self._begins = EventExpression(declared.begins) if declared.begins else None
        self._ends = EventExpression(declared.ends) if declared.ends else None
        # What has asked for it while it was at work, and what it is to keep.
        self._waiting: deque[tuple[Event, Mapping[str, Any]]] = deque()

    @property
    def at_work(self) -> bool:
        return bool(self.state)

    def begin(self, event: Event) -> None:
        self._kept = self._values()
        self._begin(event)

    def _begin(self, event: Event) -> None:
        self._post(f"{self.declared.name}_start", event, self._told_of_all())
        super().begin(event)

    def restart(self, event: Event) -> None:
        self._leave(event)
        self._kept = self._values()
        self._enter(self._initial, event)

    def _values(self) -> dict[str, Any]:
        """What the items that it keeps are now."""
        return {name: self._context.value(name) for name in self.declared.keeps}

    def end(self, event: Event) -> None:
        if not self.at_work:
            return
        super().end(event)
        self._post(f"{self.declared.name}_end", event, self._told_of_all())
        if self._waiting:
            waited, self._kept = self._waiting.popleft()
            # What a hand has asked for is the hand's, also when its turn comes.
            self._begin(event._replace(clock="console") if waited.clock == "console" else event)

    def close(self, event: Event) -> None:
        """End, whatever still waits: the experiment is over."""
        self._waiting.clear()
        self.end(event)

    def _follow(self, event: Event) -> None:
        if self.at_work and self._fires(self._ends, event):
            self.close(event)
        elif self._fires(self._begins, event) or (self._begins is None and event.name == "experiment_start"):
            if not self.at_work:
                self.begin(event)
            elif self.declared.again == "queue":
                self._waiting.append((event, self._values()))
            elif self.declared.again == "restart":
                self.restart(event)
        else:
            super()._follow(event)

    def _fires(self, expression: EventExpression | None, event: Event) -> bool:
        if expression is None or event.name not in expression.names:
            return False
        return expression.holds(event.name, self._dispatcher.flags)


def _trial_events(regions: Sequence[Region]) -> frozenset[str]:
    """The events of the trial and of the regions that a pause holds: of their states, and what these post."""
    names = set(TRIAL_EVENTS)
    for region in regions:
        if region.pauses:
            names |= set() if region.owns_trial else {f"{region.name}_start", f"{region.name}_end"}
            for name, state in region.states().items():
                names |= {f"{name}_start", f"{name}_end", f"{name}_timeout", *state.posts, *state.exit_posts}
    return frozenset(names)


class TrialLogic:
    """Hands every event to the machine that owns the trial, then to the regions in the order of declaration."""

    def __init__(
        self,
        regions: Sequence[Region],
        dispatcher: Dispatcher,
        context: Context,
        trials: TrialLog,
        inputs_known: Callable[[], float],
    ) -> None:
        """``inputs_known`` tells the time in s up to which every edge of every input has been posted."""

        def made(kind: type[Machine], region: Region) -> Any:
            return kind(region, dispatcher, context, trials, inputs_known)

        #: The machine that owns the trial; ``None`` where the paradigm has none.
        self.machine: Machine | None = next((made(Machine, item) for item in regions if item.owns_trial), None)
        self._regions: list[RegionMachine] = [made(RegionMachine, item) for item in regions if not item.owns_trial]
        self._all: list[Machine] = [*([self.machine] if self.machine is not None else []), *self._regions]
        self._still = False
        dispatcher.delays.trial_events = _trial_events(regions)

    def listen(self, event: Event) -> None:
        """What ``event`` leads to."""
        if self.machine is not None and event.name == "experiment_start":
            self.machine.begin(event)
        for machine in self._all:
            machine.listen(event)

    def stand(self, still: bool, now: float) -> None:
        """Let the trial's machine, and regions that a pause holds, stand ``still`` from ``now`` s on, or go on."""
        if still == self._still:
            return
        self._still = still
        for machine in self._all:
            if not still:
                machine.thaw(now)
            elif machine.declared.pauses:
                machine.freeze(now)

    def end(self, event: Event) -> None:
        """Leave every state for good, the trial's first; exits are done."""
        if self.machine is not None:
            self.machine.end(event)
        for region in self._regions:
            region.close(event)

    def status(self) -> dict[str, dict[str, Any]]:
        """Region -> its current state (empty while it is not at work) and when its timer is over, in s of the run."""
        return {machine.declared.name: {"state": machine.state, "ends": machine.ends} for machine in self._all}
