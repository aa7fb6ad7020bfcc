"""A state machine at work during one run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from psi.context.context import Context
from psi.controller.dispatcher import Dispatcher, Timer
from psi.controller.event import Event
from psi.controller.event_expression import EventExpression
from psi.controller.state_machine import State, StateMachine, Transition
from psi.controller.trials import TrialLog
from psi.core.errors import RunFault
from psi.core.expressions import Expression, parse


class _Rule:
    """A transition with its expressions parsed."""

    def __init__(self, declared: Transition) -> None:
        self.declared = declared
        self.event = EventExpression(declared.event)
        self.condition = parse(declared.condition) if declared.condition else None
        self.sets = {name: parse(text) for name, text in declared.sets.items()}


class _Node:
    """A state with its expressions parsed and its rules."""

    def __init__(self, declared: State) -> None:
        self.name: str = declared.name
        self.target: str = declared.target
        self.waits_for_inputs: bool = declared.waits_for_inputs
        self.posts: list[str] = list(declared.posts)
        self.duration: Expression | None = parse(declared.duration) if declared.duration else None
        self.sets = {name: parse(text) for name, text in declared.sets.items()}
        self.rules = [_Rule(transition) for transition in declared.transitions()]


class Machine:
    """Listens to events and walks the declared states.

    Timers count from the time of the event that led into the state, so a hold of 0.2 s is 0.2 s
    from the sample at which the animal poked, however late the block was that told of it.
    """

    #: Seconds between looks whether the inputs are known up to the end of a state that waits for them.
    LOOK = 0.001

    def __init__(
        self,
        declared: StateMachine,
        dispatcher: Dispatcher,
        context: Context,
        trials: TrialLog,
        inputs_known: Callable[[], float],
    ) -> None:
        """``inputs_known`` tells the time in s up to which every edge of every input has been posted."""
        self._nodes = {name: _Node(state) for name, state in declared.states().items()}
        self._initial = next(iter(self._nodes))
        self._dispatcher = dispatcher
        self._context = context
        self._trials = trials
        self._current: _Node | None = None
        self._entered = 0.0
        self._timer: Timer | None = None
        self._due = math.inf
        self._inputs_known = inputs_known
        # Events after the end of a state whose end is not decided yet.
        self._held: list[Event] = []
        self._taken: set[int] = set()

    @property
    def state(self) -> str:
        """Name of the current state; empty before the start and after the end."""
        return self._current.name if self._current is not None else ""

    def begin(self, event: Event) -> None:
        """Enter the first state because of ``event``."""
        self._enter(self._initial, event)

    def end(self, event: Event) -> None:
        """Leave the current state for good."""
        self._leave(event)
        self._current = None

    def restart(self, event: Event) -> None:
        """Leave the current state and enter the first one again."""
        self._leave(event)
        self._enter(self._initial, event)

    def listen(self, event: Event) -> None:
        """Take the first transition of the current state that ``event`` fires."""
        if self._current is None:
            return
        while event.time > self._due and event.clock == "master" and self._timer is not None:
            # It happened after the state was over, although the timer has not been heard yet.
            if self._current.waits_for_inputs and self._inputs_known() < self._due:
                # Another input may still tell of something that happened before.
                self._held.append(event)
                return
            self._timer.cancel()
            self._time_out(self._current, self._due)
        flags = self._dispatcher.flags
        for index, rule in enumerate(self._current.rules):
            if event.name not in rule.event.names or not rule.event.holds(event.name, flags):
                continue
            if not rule.declared.target and index in self._taken:
                continue
            if rule.condition is not None and not self._evaluate(rule.condition, event):
                continue
            if rule.declared.marks:
                self._trials.mark(rule.declared.marks, event)
            self._set(rule.sets, event)
            if rule.declared.target:
                self._leave(event)
                self._enter(rule.declared.target, event)
            else:
                self._taken.add(index)
                continue
            return

    def _symbols(self, event: Event) -> Mapping[str, Any]:
        return {"event_time": event.time, "event_name": event.name, "state_start": self._entered}

    def _evaluate(self, expression: Expression, event: Event) -> Any:
        return self._context.evaluate(expression, self._symbols(event))

    def _set(self, sets: Mapping[str, Expression], event: Event) -> None:
        for name, expression in sets.items():
            self._context.set_result(name, self._evaluate(expression, event))

    def _leave(self, event: Event) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due = math.inf
        if self._current is not None:
            self._post(f"{self._current.name}_end", event)

    def _enter(self, name: str, event: Event) -> None:
        node = self._nodes[name]
        self._current = node
        self._entered = event.time
        self._taken = set()
        self._set(node.sets, event)
        self._post(f"{name}_start", event)
        for posted in node.posts:
            self._post(posted, event)
        if node.duration is not None:
            duration = float(self._evaluate(node.duration, event))
            if not duration >= 0:
                raise RunFault(f"state {name!r} has a duration of {duration} s; it must be 0 or more")
            self._due = event.time + duration
            self._arm(node, self._due, self._due)

    def _arm(self, node: _Node, due: float, look: float) -> None:
        """End the state at ``due``; look at the time ``look`` whether everything up to then is known."""

        def end() -> None:
            if node.waits_for_inputs and self._inputs_known() < due:
                self._arm(node, due, self._dispatcher.clock.now() + self.LOOK)
            else:
                self._time_out(node, due)

        self._timer = self._dispatcher.call_at(look, end)

    def _time_out(self, node: _Node, due: float) -> None:
        event = Event(f"{node.name}_timeout", due, clock="timer")
        self._timer = None
        self._post(event.name, event)
        self._leave(event)
        self._enter(node.target, event)
        held, self._held = self._held, []
        for later in sorted(held, key=lambda item: item.time):
            self.listen(later)

    def _post(self, name: str, cause: Event) -> None:
        # A consequence has the time of its cause: what is measured between events does not depend
        # on when a block arrived.
        self._dispatcher.post(Event(name, cause.time, -1, "logic", clock=cause.clock))
