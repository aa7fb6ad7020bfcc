"""Trial logic as declared: a state machine of states, timers and transitions on events."""

from __future__ import annotations

from collections.abc import Iterator

from atom.api import Bool, Dict, Enum, List, Str
from enaml.core.api import Declarative, d_

from psi.controller.event import EventNames
from psi.controller.event_expression import EventExpression
from psi.core.distribution_families import FAMILIES
from psi.core.errors import ConfigurationError, Finding, Place
from psi.core.expressions import parse
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of

#: Names that conditions and ``sets`` may use beside context items.
EVENT_SYMBOLS = ("event_time", "event_name", "state_start")


#: Durations in which no time passes.
_NO_TIME = ("0", "0.0")


class Transition(Declarative):
    """Leaves the state for ``target`` when ``event`` happens and ``condition`` holds.

    Without a target it stays in the state, and is taken once per visit.
    """

    #: Event expression.
    event = d_(Str())

    #: Expression over context items; empty is always true.
    condition = d_(Str())

    #: Name of the next state; empty stays.
    target = d_(Str())

    #: Result item -> expression, set when the transition is taken.
    sets = d_(Dict(Str(), Str()))

    #: Makes the event the trial's stimulus or response, whose time and sample the trial row keeps.
    marks = d_(Enum("", "stimulus", "response"))


class State(Declarative):
    """One state. It owns the events ``<name>_start`` and ``<name>_end`` and the flag ``<name>_active``."""

    name = d_(Str())

    #: Expression in s, counted from the event that led here; empty waits for a transition.
    duration = d_(Str())

    #: State that follows when ``duration`` is over.
    target = d_(Str())

    #: Whether the end of ``duration`` is decided only when every edge up to then is known, which takes
    #: as long as chains and blocks do. Without it the end comes on time, and an edge that happened
    #: shortly before it may be told of in the next state.
    waits_for_inputs = d_(Bool(False))

    #: Events posted on entry, after ``<name>_start``.
    posts = d_(List(Str()))

    #: Result item -> expression, set on entry.
    sets = d_(Dict(Str(), Str()))

    #: Colour of the state's band in plots: one of the theme's names; empty for none.
    color = d_(Str())

    def transitions(self) -> list[Transition]:
        return [child for child in self.children if isinstance(child, Transition)]


class StateMachine(Declarative):
    """Trial logic that is read at a glance, drawn (``psi graph``) and checked for dead ends.

    It enters its first state when the experiment starts.
    """

    name = d_(Str("logic"))

    def states(self) -> dict[str, State]:
        """The states by name; of two with one name the first."""
        states: dict[str, State] = {}
        for child in self.children:
            if isinstance(child, State):
                states.setdefault(child.name, child)
        return states

    def check(self, names: EventNames, known: set[str], results: set[str]) -> list[Finding]:
        """Everything wrong with the machine at once.

        Parameters
        ----------
        names
            Declared events and flags.
        known
            Names that expressions may use: items and symbols.
        results
            Names of the results, which ``sets`` may set.
        """
        findings: list[Finding] = []
        states = self.states()
        if not states:
            return [Finding("the state machine has no State; declare one", where_of(self))]
        for state in (child for child in self.children if isinstance(child, State)):
            findings += self._check_state(state, states, names, known, results)
        findings += self._endless(states)
        reached = self._reachable(states)
        findings += [
            Finding(f"state {name!r} is never reached; add a transition to it or remove it", where_of(state))
            for name, state in states.items()
            if name not in reached
        ]
        return findings

    def _check_state(
        self, state: State, states: dict[str, State], names: EventNames, known: set[str], results: set[str]
    ) -> Iterator[Finding]:
        if states[state.name] is not state:
            yield Finding(f"state {state.name!r} is declared twice; rename one", where_of(state, "name"))
        if bool(state.duration) != bool(state.target):
            missing = "target" if state.duration else "duration"
            yield Finding(f"state {state.name!r} has a timer without {missing}; give both", where_of(state))
        if state.target and state.target not in states:
            yield Finding(
                f"unknown state {state.target!r}{did_you_mean(state.target, states)}", where_of(state, "target")
            )
        if not state.target and not any(transition.target for transition in state.transitions()):
            yield Finding(f"state {state.name!r} is a dead end; give it a timer or a transition", where_of(state))
        yield from names.unknown_events(state.posts, where_of(state, "posts"))
        yield from _expression_findings(state.duration, known, where_of(state, "duration"))
        yield from _sets_findings(state.sets, known, results, where_of(state, "sets"))
        for transition in state.transitions():
            where = where_of(transition, "event")
            try:
                expression = EventExpression(transition.event)
            except ConfigurationError as error:
                yield Finding(str(error), where)
            else:
                yield from names.unknown(expression.names, where)
            if transition.target and transition.target not in states:
                hint = did_you_mean(transition.target, states)
                yield Finding(f"unknown state {transition.target!r}{hint}", where_of(transition, "target"))
            yield from _expression_findings(transition.condition, known, where_of(transition, "condition"))
            yield from _sets_findings(transition.sets, known, results, where_of(transition, "sets"))

    def _endless(self, states: dict[str, State]) -> Iterator[Finding]:
        """States that follow each other in a circle without any time passing."""
        told: set[str] = set()
        for name in states:
            path: list[str] = []
            while name in states and states[name].duration.strip() in _NO_TIME and name not in path:
                path.append(name)
                name = states[name].target
            circle = path[path.index(name) :] if name in path else []
            if circle and not told & set(circle):
                told |= set(circle)
                around = " → ".join([*circle, name])
                yield Finding(f"states {around} never end: no time passes in them", where_of(states[name], "duration"))

    def _reachable(self, states: dict[str, State]) -> set[str]:
        reached: set[str] = set()
        waiting = [next(iter(states))]
        while waiting:
            name = waiting.pop()
            if name in reached or name not in states:
                continue
            reached.add(name)
            state = states[name]
            waiting += [state.target] if state.target else []
            waiting += [transition.target for transition in state.transitions() if transition.target]
        return reached


def _expression_findings(text: str, known: set[str], where: Place) -> list[Finding]:
    if not text:
        return []
    try:
        names = parse(text).names
    except ConfigurationError as error:
        return [Finding(finding.message, where) for finding in error.findings]
    if names & FAMILIES.keys():
        return [Finding(f"{text!r} is a distribution, and only items are drawn; give it an item", where)]
    allowed = known | set(EVENT_SYMBOLS)
    return [
        Finding(f"{text!r} uses the unknown name {name!r}{did_you_mean(name, allowed)}", where)
        for name in sorted(names)
        if name not in allowed
    ]


def _sets_findings(sets: dict[str, str], known: set[str], results: set[str], where: Place) -> list[Finding]:
    findings: list[Finding] = []
    for name, text in sets.items():
        if name not in results:
            findings.append(Finding(f"sets {name!r}, which is no declared Result{did_you_mean(name, results)}", where))
        findings += _expression_findings(text, known, where)
    return findings
