"""A state machine at work during one run: one current state, its timer, and what leads out of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from psi.context.context import Context
from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import Event
from psi.controller.dispatch.event_expression import EventExpression
from psi.controller.dispatch.timers import Timer
from psi.controller.trials.durations import may_draw
from psi.controller.trials.state_machine import Region, State, Transition
from psi.controller.trials.trials import TrialLog
from psi.core.errors import RunFault
from psi.core.expressions import Expression, parse

#: The event that chooses the next trial, by which what is drawn for a trial is drawn.
NEXT_TRIAL = "next_trial"


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
        self.exit_posts: list[str] = list(declared.exit_posts)
        self.duration: Expression | None = parse(declared.duration) if declared.duration else None
        #: Whether the duration may be drawn; its stream of random numbers is the state's own.
        self.draws = self.duration is not None and may_draw(self.duration)
        self.sets = {name: parse(text) for name, text in declared.sets.items()}
        self.exit_sets = {name: parse(text) for name, text in declared.exit_sets.items()}
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
        declared: Region,
        dispatcher: Dispatcher,
        context: Context,
        trials: TrialLog,
        inputs_known: Callable[[], float],
    ) -> None:
        """``inputs_known`` tells the time in s up to which every edge of every input has been posted."""
        self.declared = declared
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
        # Seconds that the timer had left when it was made to stand still; ``None`` while it does not.
        self._left: float | None = None
        self._frozen = False
        # When a state was entered whose duration is asked for once the next trial has been chosen.
        self._timed_from: float | None = None
        # The duration that was drawn for the current state.
        self._drawn: float | None = None
        # Items whose values are those of when it was asked for.
        self._kept: Mapping[str, Any] = {}

    @property
    def state(self) -> str:
        """Name of the current state; empty before the start and after the end."""
        return self._current.name if self._current is not None else ""

    @property
    def ends(self) -> float | None:
        """Time in s at which the current state's timer is over; ``None`` where it has none, or stands still."""
        return None if math.isinf(self._due) or self._frozen else self._due

    # -- from outside ------------------------------------------------------------------------

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

    def freeze(self, now: float) -> None:
        """Stand still from ``now`` s on: no event is heard, and the timer keeps what it has left."""
        self._frozen = True
        self._left = None if math.isinf(self._due) else max(0.0, self._due - now)
        if self._timer is not None:
            self._timer.cancel()

    def thaw(self, now: float) -> None:
        """Go on at ``now`` s with what the timer had left."""
        if not self._frozen:
            return
        self._frozen = False
        if self._timed_from is not None:
            self._timed_from = now
        if self._left is not None and self._current is not None:
            self._due = now + self._left
            self._arm(self._current, self._due, self._due)
        self._left = None

    def listen(self, event: Event) -> None:
        """Take the first transition of the current state that ``event`` fires."""
        if not self._frozen and self._settle(event):
            if self._timed_from is not None and event.name == NEXT_TRIAL:
                assert self._current is not None
                self._start_timer(self._timed_from, self._duration(self._current, event))
            self._follow(event)

    # -- one event ---------------------------------------------------------------------------

    def _settle(self, event: Event) -> bool:
        """End every state that was over before ``event``; False where that cannot be said yet, and it is held back."""
        while self._current is not None and event.time > self._due and event.clock == "master" and self._timer:
            # It happened after the state was over, although the timer has not been heard yet.
            if self._current.waits_for_inputs and self._inputs_known() < self._due:
                # Another input may still tell of something that happened before.
                self._held.append(event)
                return False
            self._timer.cancel()
            self._time_out(self._current, self._due)
        return True

    def _follow(self, event: Event) -> None:
        if self._current is None:
            return
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
                return
            self._taken.add(index)

    def _symbols(self, event: Event) -> Mapping[str, Any]:
        return {
            **self._kept,
            "event_time": event.time,
            "event_name": event.name,
            "event_channel": event.channel,
            "state_start": self._entered,
        }

    def _evaluate(self, expression: Expression, event: Event) -> Any:
        return self._context.evaluate(expression, self._symbols(event))

    def _set(self, sets: Mapping[str, Expression], event: Event) -> None:
        for name, expression in sets.items():
            value = self._evaluate(expression, event)
            self._context.set_result(name, value)
            self._trials.told_late(name, value, event)

    def _leave(self, event: Event) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due = math.inf
        self._timed_from = None
        if self._current is not None:
            self._set(self._current.exit_sets, event)
            self._post(f"{self._current.name}_end", event, self._told())
            for posted in self._current.exit_posts:
                self._post(posted, event)

    def _enter(self, name: str, event: Event) -> None:
        node = self._nodes[name]
        self._current = node
        self._entered = event.time
        self._taken = set()
        self._set(node.sets, event)
        # What is drawn for a trial is drawn when it is chosen: its row says how long this state was.
        waits = NEXT_TRIAL in node.posts
        self._drawn = None
        duration = None if node.duration is None or waits else self._duration(node, event)
        self._post(f"{name}_start", event, self._told())
        for posted in node.posts:
            self._post(posted, event)
        if duration is not None:
            self._start_timer(event.time, duration)
        elif node.duration is not None:
            self._timed_from = event.time

    def _duration(self, node: _Node, event: Event) -> float:
        """Seconds that ``node`` lasts, drawn where it is a distribution."""
        assert node.duration is not None
        value = self._context.evaluate(node.duration, self._symbols(event), f"state.{node.name}")
        try:
            duration = float(value)
        except (TypeError, ValueError):
            raise RunFault(f"state {node.name!r} has a duration of {value!r}; it must be a number of s") from None
        if not duration >= 0:
            raise RunFault(f"state {node.name!r} has a duration of {duration} s; it must be 0 or more")
        self._drawn = duration if node.draws else None
        return duration

    def _told(self) -> Mapping[str, Any]:
        """What the events of the current state say beside their time."""
        kept = self._told_of_all()
        return {**kept, "duration": self._drawn} if self._drawn is not None else kept

    def _told_of_all(self) -> Mapping[str, Any]:
        return {"kept": self._kept} if self._kept else {}

    def _start_timer(self, since: float, duration: float) -> None:
        """Let the current state end ``duration`` s after ``since``, when it was entered or told to go on."""
        self._timed_from = None
        assert self._current is not None
        if self._frozen:
            self._left = duration
        else:
            self._due = since + duration
            self._arm(self._current, self._due, self._due)

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
        if node.target:
            self._leave(event)
            self._enter(node.target, event)
        else:
            self.end(event)
        held, self._held = self._held, []
        for later in sorted(held, key=lambda item: item.time):
            self.listen(later)

    def _post(self, name: str, cause: Event, info: Mapping[str, Any] | None = None) -> None:
        # A consequence has the time of its cause: what is measured between events does not depend
        # on when a block arrived.
        self._dispatcher.post(Event(name, cause.time, -1, "logic", clock=cause.clock, info=info or {}))
