"""Edits of a task's items, as they are written on a command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psi.context.value_checks import value_findings
from psi.core.errors import ConfigurationError, Finding
from psi.core.expressions import EvaluationError, parse
from psi.core.names import did_you_mean
from psi.models.items import ItemSpec
from psi.models.task import Task


def item_value(spec: ItemSpec, text: str) -> Any:
    """What ``text`` is as the item's value in a task: a constant where it is a plain one, else itself.

    Raises ``ConfigurationError`` where it is no expression.
    """
    if spec.is_literal(text):
        return text
    expression = parse(text)
    if expression.is_constant and spec.dtype != "text":
        try:
            value = expression.evaluate({})
        except EvaluationError:
            # Such as 1/0: that it has no value is said where values are checked.
            return text.strip()
        # A formula of constants stays as it was written.
        if isinstance(value, (bool, int, float)) and text.strip() == repr(value):
            return value
    return text.strip()


def apply_settings(
    task: Task,
    texts: Sequence[str],
    specs: Mapping[str, ItemSpec],
    symbols: Mapping[str, Any] | None = None,
) -> Task:
    """``task`` with each ``NAME=EXPR`` of ``texts`` set.

    Parameters
    ----------
    task
        The task to start from; it is not changed.
    texts
        As they stand on the command line.
    specs
        The items by name.
    symbols
        What expressions may use beside items; without it unknown names are left to the check of the whole task.

    Raises
    ------
    ConfigurationError
        Every fault at once: no ``=``, an unknown item, a result, an item that only selectors give,
        a syntax error, a constant of the wrong dtype or out of limits, one name given twice.
    """
    findings: list[Finding] = []
    items = dict(task.items)
    seen: set[str] = set()
    known = None if symbols is None else set(specs) | set(symbols)
    for text in texts:
        name, equals, expression = text.partition("=")
        name = name.strip()
        where = f"--set {name}"
        spec = specs.get(name)
        if not equals:
            findings.append(Finding("write NAME=EXPR", f"--set {text}"))
        elif spec is None:
            settable = [known.name for known in specs.values() if known.kind != "result"]
            findings.append(Finding(f"there is no item {name!r}{did_you_mean(name, settable)}", where))
        elif spec.kind == "result":
            findings.append(Finding(f"item {name!r} is a Result, which is never set by the user", where))
        elif name in seen:
            findings.append(Finding(f"item {name!r} is set twice; set it once", where))
        elif _always_roved(task, name):
            roving = ", ".join(repr(selector) for selector in task.selectors)
            findings.append(
                Finding(
                    f"item {name!r} gets its value from every selector ({roving}); change those in a task file", where
                )
            )
        else:
            faults = value_findings(spec, expression, known, symbols or {}, where)
            findings += faults
            if not faults:
                items[name] = item_value(spec, expression)
        seen.add(name)
    if findings:
        raise ConfigurationError(findings)
    return task.model_copy(update={"items": items})


def _always_roved(task: Task, name: str) -> bool:
    roved = task.roving is None or name in task.roving
    return roved and bool(task.selectors) and all(name in selector.items for selector in task.selectors.values())


def carried_over(task: Task, base: Task, current: Task) -> Task:
    """``current`` with everything that ``task`` has otherwise than ``base``, from which it was edited.

    So two people who edit different things of one task keep both; where both edited the same thing, ``task`` holds.
    Selectors are taken whole, roving by parameter. The three are written out whole.
    """
    if base == current:
        return task
    roving = task.roving
    if roving is not None and base.roving is not None and current.roving is not None:
        added = tuple(name for name in roving if name not in {*base.roving, *current.roving})
        taken = set(base.roving) - set(roving)
        roving = tuple(name for name in current.roving if name not in taken) + added
    return current.model_copy(
        update={
            "items": {**current.items, **_edited(task.items, base.items)},
            "selectors": {**current.selectors, **_edited(task.selectors, base.selectors)},
            "roving": roving,
            "stop": task.stop if task.stop != base.stop else current.stop,
        }
    )


def _edited(values: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in base or base[name] != value}
