"""What is wrong with one value of an item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from psi.context.sources import accept_evaluated
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.errors import ConfigurationError, Finding, Place
from psi.core.expressions import EvaluationError, parse
from psi.models.items import ItemSpec


def value_findings(
    spec: ItemSpec,
    value: Any,
    known: Iterable[str] | None,
    symbols: Mapping[str, Any],
    where: Place = "",
    what: str = "",
) -> list[Finding]:
    """What is wrong with ``value`` as a value of the item, as far as that can be said without evaluating others.

    Parameters
    ----------
    spec
        The item.
    value
        Constant, or the text of an expression.
    known
        Names that expressions may use; ``None`` leaves unknown names to somebody else.
    symbols
        Those of the names that are symbols.
    where
        Where it was written.
    what
        What holds the value, for messages; the item where empty.
    """
    what = what or f"item {spec.name!r}"
    if spec.is_literal(value):
        try:
            spec.accept(value)
        except ValueError as error:
            return [Finding(f"{what} {error}", where)]
        return []
    try:
        expression = parse(value)
    except ConfigurationError as error:
        return [Finding(f"{what}: {finding.message}", where) for finding in error.findings]
    if known is not None:
        unknown = expression.unknown(known, symbols, where)
        if unknown:
            hint = _text_hint(spec, expression.text) if expression.names == {expression.text.strip()} else ""
            # Who forgot the quotes meant no name at all, so that the nearest one would mislead.
            messages = [finding.message.partition("; ")[0] if hint else finding.message for finding in unknown]
            return [Finding(f"{what} = {message}{hint}", where) for message in messages]
    fixed = {**BUILT_IN_SYMBOLS, **symbols}
    if expression.names <= fixed.keys():
        try:
            accept_evaluated(spec, expression.evaluate(fixed))
        except EvaluationError as error:
            return [Finding(f"{what} = {value!r} has no value: {error.reason}", where)]
        except ValueError as error:
            return [Finding(f"{what} = {value!r} {error}", where)]
    return []


def _text_hint(spec: ItemSpec, text: str) -> str:
    if spec.dtype != "text":
        return ""
    if spec.choices:
        return f"; allowed are {', '.join(map(str, spec.choices))}"
    return f'; a text is written in quotes: "{text.strip()!r}"'
