"""What is done on one event, bound before the run: its flag, the text of its row, and the calls of its actions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from psi.controller.dispatch.action import BoundAction, CommandEvent
from psi.controller.dispatch.arguments import Evaluate
from psi.controller.dispatch.event import Event, EventNames
from psi.controller.dispatch.event_expression import FlagCondition
from psi.core.rows import TextRow

#: Step, what the flags must say, delay in s, what calls the command, end of the row of a call that succeeded.
StepParts = tuple["Step", FlagCondition | None, float, Callable[[Event], object], str]


class Step:
    """One action of one event, ready to be called."""

    __slots__ = ("bound", "call", "delay", "holds", "parts", "row_tail")

    def __init__(self, bound: BoundAction, event: str, holds: FlagCondition | None, evaluate: Evaluate) -> None:
        self.bound = bound
        #: What the flags must say; ``None`` where nothing is asked of them.
        self.holds = holds
        self.delay: float = bound.action.delay
        #: Calls the command's handler; raises what that raises.
        self.call: Callable[[Event], object] = _caller(bound, evaluate)
        quoted = {"event": event, "manifest": bound.manifest, "outcome": "ok"}
        #: Text of the row of a call that succeeded, from behind the time to before the time that it took.
        row_tail = f',"what":"action","name":{json.dumps(bound.command.id)},"info":{json.dumps(quoted)[:-1]}, "took_s":'
        self.row_tail = row_tail
        #: What a call needs, to be had at once.
        self.parts: StepParts = (self, holds, self.delay, self.call, row_tail)

    def row(self, time: float, event: str, outcome: str, took_ns: int) -> dict[str, Any]:
        """The row of a call that did not succeed."""
        info = {"event": event, "manifest": self.bound.manifest, "outcome": outcome, "took_s": took_ns * 1e-9}
        return {"kind": "audit", "time": time, "what": "action", "name": self.bound.command.id, "info": info}


def _caller(bound: BoundAction, evaluate: Evaluate) -> Callable[[Event], object]:
    call, handler = bound.call, bound.command.handler
    if call.arguments.computed:
        return lambda event: call(event, evaluate)
    return lambda event: handler(CommandEvent(call, event))


class EventPlan:
    """What is done on the event ``name``."""

    __slots__ = ("_tails", "calls", "flag", "name", "steps", "value")

    def __init__(self, name: str, flag: tuple[str, bool] | None, steps: tuple[Step, ...]) -> None:
        self.name = name
        #: The flag that it sets; empty where none.
        self.flag, self.value = flag or ("", False)
        self.steps = steps
        #: The same as tuples.
        self.calls = tuple(step.parts for step in steps)
        # Source, channel and clock of events so far -> the end of their row.
        self._tails: dict[tuple[str, int, str], str] = {}

    def row(self, event: Event) -> Mapping[str, Any]:
        """The event's row."""
        _, time, sample, source, channel, clock, info = event
        # Anything else than plain numbers goes the long way.
        if info or type(time) is not float or type(sample) is not int or time - time != 0.0:
            return event.row()
        tail = self._tails.get((source, channel, clock))
        if tail is None:
            quoted = json.dumps({"name": self.name, "source": source, "channel": channel, "clock": clock, "info": {}})
            tail = self._tails[source, channel, clock] = "," + quoted[1:]
        return TextRow(f'{{"kind":"event","time":{time!r},"sample":{sample}{tail}')


def plans(names: EventNames, by_event: Mapping[str, list[BoundAction]], evaluate: Evaluate) -> dict[str, EventPlan]:
    """The plan of every event. Actions whose expression cannot hold on an event are left out of its plan."""
    flags = names.flags
    made: dict[str, EventPlan] = {}
    for name in names.origin:
        steps = []
        for bound in by_event.get(name, ()):
            holds = bound.expression.at(name, flags)
            if holds is not False:
                steps.append(Step(bound, name, None if holds is True else holds, evaluate))
        made[name] = EventPlan(name, names.flag_changes.get(name), tuple(steps))
    return made
