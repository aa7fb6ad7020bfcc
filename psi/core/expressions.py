"""Expressions: what an experimenter may write for a value, parsed and compiled once.

Examples
--------
>>> parse('2 * hold_duration').evaluate({'hold_duration': 0.2})
0.4
>>> sorted(parse('level + db(gain)').names)
['db', 'gain', 'level']
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

from psi.core import expression_limits as limits
from psi.core.errors import Finding, Place, RunFault
from psi.core.expression_limits import StepBudget, SymbolGroup
from psi.core.expression_syntax import Syntax, read_syntax
from psi.core.names import did_you_mean

__all__ = ["ArgumentCheck", "EvaluationError", "Expression", "SymbolGroup", "parse"]

_STAND_INS: dict[str, Any] = {
    "__builtins__": {},
    "_add": limits.add,
    "_multiply": limits.multiply,
    "_power": limits.power,
    "_remainder": limits.remainder,
    "_member": limits.member,
    "_checked": limits.checked,
    "_spent": limits.spent,
    "_shaping": limits.shaping,
}

#: What arithmetic on wrong values raises; anything else is a fault of psi or of a symbol's author.
_VALUE_ERRORS = (ArithmeticError, IndexError, TypeError, ValueError, RecursionError)


class EvaluationError(RunFault):
    """An expression has no value."""

    def __init__(self, text: str, reason: str) -> None:
        self.text = text
        #: Why, without the expression.
        self.reason = reason
        super().__init__(f"expression {text!r} has no value: {reason}")


@runtime_checkable
class ArgumentCheck(Protocol):
    """A symbol that says at edit time what is wrong with constants that it is called with."""

    def check_arguments(self, *arguments: Any) -> None:
        """Raises ``ValueError`` with the reason."""
        ...


class Expression:
    """A parsed expression. Immutable; make one with :func:`parse`."""

    __slots__ = ("_function", "_has_loops", "_syntax", "names", "text")

    def __init__(self, text: str, syntax: Syntax) -> None:
        #: As it was written.
        self.text = text
        #: Names that it looks up: items and symbols.
        self.names: frozenset[str] = frozenset(syntax.columns)
        self._syntax = syntax
        self._has_loops = syntax.has_loops
        # Safe because the tree is a rewritten whitelist and has no builtins.
        self._function = eval(syntax.code, _STAND_INS)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    @property
    def is_constant(self) -> bool:
        """True where it has the same value always: no names."""
        return self._syntax.is_constant

    def column(self, name: str) -> int:
        """1-based column at which ``name`` is used first."""
        return self._syntax.columns[name]

    def evaluate(self, namespace: Mapping[str, Any]) -> Any:
        """The value where names mean what ``namespace`` says, looked up only as far as needed.

        Raises
        ------
        EvaluationError
            A name is unknown, an operation is impossible, or the value is too large.
        """
        try:
            return self._function(namespace, StepBudget() if self._has_loops else None)
        except KeyError as error:
            raise EvaluationError(self.text, f"unknown name {error.args[0]!r}") from None
        except _VALUE_ERRORS as error:
            raise EvaluationError(self.text, str(error) or type(error).__name__) from None

    def unknown(self, known: Iterable[str], groups: Mapping[str, Any], where: Place = "") -> list[Finding]:
        """Names that are not ``known`` and members that the symbol ``groups`` do not list, each with its column."""
        known = set(known)
        findings = [
            Finding(
                f"{self.text!r}, column {self.column(name)}: unknown name {name!r}{did_you_mean(name, known)}", where
            )
            for name in sorted(self.names - known, key=self.column)
        ]
        for attribute in self._syntax.attributes:
            group = groups.get(attribute.base)
            if attribute.base not in known:
                continue
            try:
                limits.member(group, attribute.name)
            except ValueError as error:
                findings.append(Finding(f"{self.text!r}, column {attribute.column}: {error}", where))
        for call in self._syntax.calls:
            if isinstance(symbol := groups.get(call.name), ArgumentCheck) and call.name in known:
                try:
                    symbol.check_arguments(*call.arguments)
                except ValueError as error:
                    findings.append(Finding(f"{self.text!r}, column {call.column}: {error}", where))
        return findings


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Parse and compile ``text``.

    Allowed are constants, arithmetic, comparisons, ``and or not``, ``a if b else c``, calls of symbols,
    indexing, lists, tuples and comprehensions; members of symbol groups such as ``np.sqrt``.

    Raises
    ------
    ConfigurationError
        The text is no such expression; the message holds the column.
    """
    return Expression(text, read_syntax(text))
