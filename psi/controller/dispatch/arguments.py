"""What a command is called with: constants, and expressions over context items that are evaluated at each call."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from psi.controller.dispatch.event import NOTHING
from psi.core.errors import ConfigurationError, Finding, Place, RunFault
from psi.core.expressions import Expression, parse
from psi.core.names import did_you_mean

#: Value of an expression over the context as it is now, and over what comes before it: name -> value.
Evaluate = Callable[[Expression, Mapping[str, Any]], Any]

#: Kinds whose parameters take an expression as plain text, since no text could be a value of them.
COMPUTED_KINDS = (bool, int, float)


@dataclass(frozen=True, slots=True)
class Expr:
    """See :func:`expr`."""

    text: str

    def __str__(self) -> str:
        return self.text


def expr(text: str) -> Expr:
    """For ``kwargs``: not this text, but the value that it has when the action runs.

    Only needed where the parameter takes text or has no type; for a number or a truth value text is always an
    expression.

    Examples
    --------
    >>> expr('2 * reward_duration')
    Expr(text='2 * reward_duration')
    """
    return Expr(text)


@dataclass(frozen=True, slots=True)
class Arguments:
    """Bound parameters of one command."""

    constants: Mapping[str, Any] = field(default_factory=dict)
    #: Parameter -> what computes it, and the kind that its value must have (``None``: any).
    computed: Mapping[str, tuple[Expression, type | None]] = field(default_factory=dict)

    def values(self, evaluate: Evaluate, kept: Mapping[str, Any] = NOTHING) -> dict[str, Any]:
        """A dict of one's own; ``kept`` come before the context's items.

        Raises ``RunFault`` where an expression has no value, or one of another kind.
        """
        values = dict(self.constants)
        for name, (expression, kind) in self.computed.items():
            value = evaluate(expression, kept)
            try:
                values[name] = as_kind(value, kind)
            except ValueError as error:
                raise RunFault(f"parameter {name!r} = {expression.text!r} is {value!r}; {error}") from None
        return values


def as_kind(value: Any, kind: type | None) -> Any:
    """``value`` as ``kind`` where that loses nothing. Raises ``ValueError`` with what to give instead."""
    if isinstance(value, np.generic):
        value = value.item()
    if kind is None or (isinstance(value, kind) and isinstance(value, bool) == (kind is bool)):
        if isinstance(value, float) and math.isnan(value):
            raise ValueError("give a number")
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError(f"give {kind_words(kind)}")


def kind_words(kind: type) -> str:
    """``'a whole number'``: what a value of ``kind`` is called."""
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return words.get(kind, f"a {kind.__name__}")


class Signature(NamedTuple):
    """What a command may be called with."""

    command: str
    #: Name -> type; ``None`` where it does not declare them.
    parameters: Mapping[str, Any] | None = None
    #: Those that must be given.
    required: Sequence[str] = ()


def bind_arguments(
    kwargs: Mapping[str, Any],
    signature: Signature,
    where: Place,
    known: Collection[str] | None,
    groups: Mapping[str, Any],
) -> tuple[Arguments, list[Finding]]:
    """``kwargs`` for a command, and everything wrong with them.

    ``known`` are the names that expressions may use, ``None`` where nobody can tell, ``groups`` those of them that are
    symbols.
    """
    command, parameters = signature.command, signature.parameters
    findings = [
        Finding(f"command {command!r} needs the parameter {name!r}", where)
        for name in signature.required
        if name not in kwargs
    ]
    constants: dict[str, Any] = {}
    computed: dict[str, tuple[Expression, type | None]] = {}
    for name, value in kwargs.items():
        if parameters is not None and name not in parameters:
            hint = did_you_mean(name, parameters)
            takes = "" if hint else f"; it takes: {', '.join(parameters) or 'none'}"
            findings.append(Finding(f"command {command!r} has no parameter {name!r}{hint}{takes}", where))
            continue
        declared = None if parameters is None else parameters[name]
        kind = declared if inspect.isclass(declared) else None
        if isinstance(value, Expr) or (isinstance(value, str) and kind in COMPUTED_KINDS):
            try:
                expression = parse(str(value))
            except ConfigurationError as error:
                findings += [Finding(f"parameter {name!r}: {finding.message}", where) for finding in error.findings]
                continue
            unknown = [] if known is None else expression.unknown(known, groups, where)
            findings += [Finding(f"parameter {name!r}: {finding.message}", where) for finding in unknown]
            computed[name] = expression, kind
            continue
        try:
            constants[name] = as_kind(value, kind)
        except ValueError as error:
            findings.append(Finding(f"parameter {name!r} of command {command!r} is {value!r}; {error}", where))
    return Arguments(constants, computed), findings
