"""What is wrong with trial logic, found before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from psi.controller.dispatch.event import EventNames, name_finding
from psi.controller.dispatch.event_expression import EventExpression
from psi.controller.trials.state_machine import EVENT_SYMBOLS, TRIAL_EVENTS, Region, State, Transition
from psi.core.distribution_families import FAMILIES
from psi.core.errors import ConfigurationError, Finding, Place
from psi.core.expressions import parse
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of

#: Durations in which no time passes.
_NO_TIME = ("0", "0.0")


def check_logic(
    regions: Sequence[Region],
    names: EventNames,
    known: set[str],
    results: set[str],
    symbols: Iterable[str] = (),
) -> list[Finding]:
    """Everything wrong with the regions at once.

    Parameters
    ----------
    regions
        The StateMachine, where there is one, and the regions beside it.
    names
        Declared events and flags, those of the regions included.
    known
        Names that expressions may use: items and symbols.
    results
        Names of the results, which ``sets`` may set.
    symbols
        Those of ``known`` that are symbols.
    """
    findings: list[Finding] = []
    owners: dict[str, str] = {}
    for region in regions:
        findings += _named(region, names, owners)
        findings += _RegionCheck(region, names, known, results, set(symbols)).findings()
    return findings


def _named(region: Region, names: EventNames, owners: dict[str, str]) -> Iterator[Finding]:
    """Names that somebody else has: states, regions, inputs and outputs share their events."""
    own = {} if region.owns_trial else {region.name: "region"}
    named: list[tuple[str, Region | State]] = [("State", state) for state in region.declared_states()]
    for what, declared in [*named, *([] if region.owns_trial else [("Region", region)])]:
        wrong = name_finding(what, declared.name, declared)
        if wrong is not None:
            yield wrong
    for name, what in {**own, **dict.fromkeys(region.states(), "state")}.items():
        holder = region.states().get(name, region) if what == "state" else region
        origin = names.origin.get(f"{name}_start", "logic")
        if name in owners or (what == "state" and name in own):
            where = owners.get(name, f"region {region.name!r}")
            yield Finding(f"{what} {name!r} has the name of {where}; rename one", where_of(holder, "name"))
        elif name and origin != "logic":
            message = f"{what} {name!r} would own the event '{name}_start', which {origin} has; rename it"
            yield Finding(message, where_of(holder, "name"))
        owners.setdefault(name, f"a {what} of {region.name!r}")


class _RegionCheck:
    """Looks at one region, state by state."""

    def __init__(
        self, region: Region, names: EventNames, known: set[str], results: set[str], symbols: set[str]
    ) -> None:
        self._region = region
        self._states = region.states()
        self._names = names
        self._known = known
        self._results = results
        self._symbols = symbols

    def findings(self) -> list[Finding]:
        kind = "state machine" if self._region.owns_trial else f"region {self._region.name!r}"
        if not self._states:
            return [Finding(f"the {kind} has no State; declare one", where_of(self._region))]
        found = [*self._begin_and_end(), *self._keeps()]
        for state in self._region.declared_states():
            found += self._state(state)
        found += self._endless()
        reached = self._reachable()
        found += [
            Finding(f"state {name!r} is never reached; add a transition to it or remove it", where_of(state))
            for name, state in self._states.items()
            if name not in reached
        ]
        return found

    # -- regions -----------------------------------------------------------------------------

    def _begin_and_end(self) -> Iterator[Finding]:
        region = self._region
        for what, text in (("begins", region.begins), ("ends", region.ends)):
            if text and region.owns_trial:
                message = f"the StateMachine runs from Start to Stop; take {what} out, or declare a Region"
                yield Finding(message, where_of(region, what))
            elif text:
                found = self._event_findings(text, where_of(region, what))
                yield from found
                if what == "begins" and not found and not self._begins():
                    message = (
                        f"region {region.name!r} never begins: {text!r} happens only when it is at work; "
                        "name an event from outside, or leave begins out"
                    )
                    yield Finding(message, where_of(region, what))

    def _keeps(self) -> Iterator[Finding]:
        region, items = self._region, (self._known | self._results) - self._symbols
        if region.owns_trial and region.keeps:
            yield Finding("the StateMachine runs from Start to Stop; take keeps out", where_of(region, "keeps"))
        for name in region.keeps:
            if name not in items:
                message = f"region {region.name!r} keeps {name!r}, which is no item{did_you_mean(name, items)}"
                yield Finding(message, where_of(region, "keeps"))

    def _begins(self) -> bool:
        own = {f"{name}_{what}" for name in self._states for what in ("start", "end", "timeout")}
        own |= {f"{self._region.name}_start", f"{self._region.name}_end"}
        return any(
            name in self._names.events and name not in own for name in EventExpression(self._region.begins).names
        )

    @property
    def _may_end(self) -> bool:
        """Whether the region has an end of its own: a state without a target may be its last."""
        return bool(self._region.begins) and not self._region.owns_trial

    # -- states ------------------------------------------------------------------------------

    def _state(self, state: State) -> Iterator[Finding]:
        if self._states[state.name] is not state:
            yield Finding(f"state {state.name!r} is declared twice; rename one", where_of(state, "name"))
        yield from self._timer(state)
        leaves = state.target or any(transition.target for transition in state.transitions())
        last = self._may_end and (state.duration or self._region.ends)
        if not leaves and not last and not (self._region.ends and not self._region.owns_trial):
            yield Finding(f"state {state.name!r} is a dead end; give it a timer or a transition", where_of(state))
        for attribute in ("posts", "exit_posts"):
            posted = getattr(state, attribute)
            yield from self._names.unknown_events(posted, where_of(state, attribute))
            for event in (event for event in posted if event in TRIAL_EVENTS and not self._region.owns_trial):
                message = f"posts {event!r} in region {self._region.name!r}; the StateMachine alone owns the trial"
                yield Finding(message, where_of(state, attribute))
        for attribute in ("sets", "exit_sets"):
            yield from self._sets(getattr(state, attribute), where_of(state, attribute))
        yield from self._expression(state.duration, where_of(state, "duration"), draws=True)
        earlier: list[Transition] = []
        for transition in state.transitions():
            yield from self._transition(state, transition, earlier)
            earlier.append(transition)

    def _timer(self, state: State) -> Iterator[Finding]:
        if state.target and not state.duration:
            yield Finding(f"state {state.name!r} has a timer without duration; give both", where_of(state))
        elif state.duration and not state.target and not self._may_end:
            yield Finding(f"state {state.name!r} has a timer without target; give both", where_of(state))
        if state.target and state.target not in self._states:
            hint = did_you_mean(state.target, self._states)
            yield Finding(f"unknown state {state.target!r}{hint}", where_of(state, "target"))

    def _transition(self, state: State, transition: Transition, earlier: Sequence[Transition]) -> Iterator[Finding]:
        where = where_of(transition, "event")
        found = self._event_findings(transition.event, where)
        yield from found
        if transition.target and transition.target not in self._states:
            hint = did_you_mean(transition.target, self._states)
            yield Finding(f"unknown state {transition.target!r}{hint}", where_of(transition, "target"))
        yield from self._expression(transition.condition, where_of(transition, "condition"))
        yield from self._sets(transition.sets, where_of(transition, "sets"))
        if found:
            return
        never = self._never(state, transition)
        if never:
            yield Finding(f"state {state.name!r}: {transition.event!r} never fires: {never}", where)
        for before in earlier:
            if before.target and not before.condition and _same(before.event, transition.event):
                message = (
                    f"state {state.name!r}: a transition on {transition.event!r} is never taken, since one before it "
                    "takes the event whatever holds; give that one a condition, or change their order"
                )
                yield Finding(message, where)
                break

    def _never(self, state: State, transition: Transition) -> str:
        """Why no event of the expression can happen while the region is in ``state``; empty where one can."""
        reasons = []
        for name in sorted(EventExpression(transition.event).names):
            if name not in self._names.events:
                continue
            subject, _, what = name.rpartition("_")
            other = self._states.get(subject)
            again = state.target == state.name or any(t.target == state.name for t in state.transitions())
            if other is not None and what == "timeout" and not other.duration:
                reasons.append(f"state {subject!r} has no timer")
            elif other is state and what in ("end", "timeout") and not again:
                reasons.append(f"{name!r} happens when the state has been left")
            elif not self._region.owns_trial and name in (f"{self._region.name}_end", "experiment_start"):
                reasons.append(f"{name!r} never finds the region at work")
            else:
                return ""
        return "; ".join(reasons)

    def _event_findings(self, text: str, where: Place) -> list[Finding]:
        try:
            expression = EventExpression(text)
        except ConfigurationError as error:
            return [Finding(str(error), where)]
        found = self._names.unknown(expression.names, where)
        if not found and not any(name in self._names.events for name in expression.names):
            return [Finding(f"event expression {text!r} names only flags; name the event that fires it", where)]
        return found

    # -- ways through ------------------------------------------------------------------------

    def _endless(self) -> Iterator[Finding]:
        """States that follow each other in a circle without any time passing."""
        told: set[str] = set()
        for name in self._states:
            path: list[str] = []
            while name in self._states and name not in path:
                path.append(name)
                name = self._at_once(self._states[name])
            circle = path[path.index(name) :] if name in path else []
            if circle and not told & set(circle):
                told |= set(circle)
                around = " → ".join([*circle, name])
                where = where_of(self._states[name], "duration")
                yield Finding(f"states {around} never end: no time passes in them", where)

    @staticmethod
    def _at_once(state: State) -> str:
        """The state that follows without any time passing, whatever holds; empty where none does."""
        for transition in state.transitions():
            if transition.event.strip() == f"{state.name}_start" and transition.target and not transition.condition:
                return str(transition.target)
        return str(state.target) if state.duration.strip() in _NO_TIME else ""

    def _reachable(self) -> set[str]:
        reached: set[str] = set()
        waiting = [next(iter(self._states))]
        while waiting:
            name = waiting.pop()
            if name in reached or name not in self._states:
                continue
            reached.add(name)
            state = self._states[name]
            waiting += [state.target] if state.target else []
            waiting += [transition.target for transition in state.transitions() if transition.target]
        return reached

    # -- expressions -------------------------------------------------------------------------

    def _expression(self, text: str, where: Place, draws: bool = False) -> list[Finding]:
        if not text:
            return []
        try:
            names = parse(text).names
        except ConfigurationError as error:
            return [Finding(finding.message, where) for finding in error.findings]
        if names & FAMILIES.keys() and not draws:
            message = f"{text!r} is a distribution; only items and durations are drawn: give it an item"
            return [Finding(message, where)]
        return _unknown_names(text, names, self._known | set(EVENT_SYMBOLS), where)

    def _sets(self, sets: Mapping[str, str], where: Place) -> list[Finding]:
        findings: list[Finding] = []
        for name, text in sets.items():
            if name not in self._results:
                hint = did_you_mean(name, self._results)
                findings.append(Finding(f"sets {name!r}, which is no declared Result{hint}", where))
            findings += self._expression(text, where)
        return findings


def _unknown_names(text: str, names: Iterable[str], allowed: set[str], where: Place) -> list[Finding]:
    return [
        Finding(f"{text!r} uses the unknown name {name!r}{did_you_mean(name, allowed)}", where)
        for name in sorted(names)
        if name not in allowed
    ]


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())
