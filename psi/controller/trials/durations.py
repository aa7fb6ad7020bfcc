"""How long states last: what is wrong with their durations, and what is drawn, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from psi.context.context import Context
from psi.context.dependencies import closure, names_in, own_value
from psi.context.sources import accept_evaluated
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.controller.trials.state_machine import EVENT_SYMBOLS, Region, State
from psi.core.distribution_families import FAMILIES
from psi.core.distributions import Distribution
from psi.core.errors import ConfigurationError, Finding, RunFault
from psi.core.expressions import EvaluationError, Expression, parse
from psi.core.source_lines import where_of
from psi.models.items import ItemSpec
from psi.models.task import Task

#: What a duration may be, drawn or not.
ALLOWED = ItemSpec(kind="parameter", name="duration", unit="s", limits=(0, None))


def may_draw(expression: Expression) -> bool:
    """Whether a duration is, or may be, drawn from a distribution."""
    return bool(expression.names & FAMILIES.keys())


def drawn_words(duration: str) -> str:
    """``'drawn: mean 2.77, 1 to 8 s'`` for people; 'drawn' where it depends on items, empty where it is not drawn."""
    try:
        expression = parse(duration) if duration else None
    except ConfigurationError:
        return ""
    if expression is None or not may_draw(expression):
        return ""
    try:
        value = expression.evaluate(BUILT_IN_SYMBOLS)
    except EvaluationError:
        return "drawn"
    return f"drawn: {value.describe('s')}" if isinstance(value, Distribution) else "drawn"


def constant_findings(regions: Sequence[Region], symbols: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with durations that depend on no item: no number, or a distribution, of 0 s or more."""
    return [
        finding
        for state, expression in _durations(regions)
        if expression.names <= symbols.keys()
        for finding in _findings(state, expression, symbols)
    ]


def item_findings(regions: Sequence[Region], context: Context, task: Task) -> list[Finding]:
    """The same of durations over items, as they are in ``task``; ``context`` is used up.

    What depends on a trial's results, or on the event that led into the state, is known during a run only.
    """
    edges = {
        name: names_in(spec, own_value(spec, task)) for name, spec in context.specs.items() if spec.kind != "result"
    }
    later = {name for name, spec in context.specs.items() if spec.kind == "result"} | set(EVENT_SYMBOLS)
    findings: list[Finding] = []
    for state, expression in _durations(regions):
        names = set(expression.names)
        if not names <= context.symbols.keys() and not (names | closure(names, edges)) & later:
            findings += _findings(state, expression, context.namespace)
    return findings


def _durations(regions: Sequence[Region]) -> Iterator[tuple[State, Expression]]:
    """Every state with its duration, of those that can be read."""
    for region in regions:
        for state in region.declared_states():
            try:
                expression = parse(state.duration) if state.duration else None
            except ConfigurationError:
                continue  # said where expressions are looked at
            if expression is not None:
                yield state, expression


def _findings(state: State, expression: Expression, namespace: Mapping[str, Any]) -> list[Finding]:
    what = f"state {state.name!r}: duration = {expression.text!r}"
    where = where_of(state, "duration")
    try:
        accept_evaluated(ALLOWED, expression.evaluate(namespace))
    except EvaluationError as error:
        return [Finding(f"{what} has no value: {error.reason}", where)]
    except (RunFault, ValueError) as error:
        return [Finding(f"{what} {error}", where)]
    return []
