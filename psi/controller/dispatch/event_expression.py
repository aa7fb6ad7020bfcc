"""Event expressions: names, ``and``, ``or``, ``not`` and parentheses, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping

from psi.core.errors import ConfigurationError

#: Tells from the flags as they are whether something is to be done.
FlagCondition = Callable[[Mapping[str, bool]], bool]


class EventExpression:
    """A parsed event expression. At a moment exactly one event is true; flags are true or false."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except SyntaxError as error:
            raise ConfigurationError(
                f"event expression {text!r} cannot be read at column {max(1, error.offset or 1)}; "
                "write event names joined by and, or, not and parentheses"
            ) from None
        self._require(self._tree)
        self.names: tuple[str, ...] = tuple(
            dict.fromkeys(node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name))
        )
        # Event -> what is left to ask of the flags.
        self._conditions: dict[str, FlagCondition | bool] = {}

    def _require(self, node: ast.expr) -> None:
        if isinstance(node, ast.Name):
            return
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self._require(node.operand)
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                self._require(value)
        else:
            raise ConfigurationError(
                f"event expression {self.text!r} holds {ast.unparse(node)!r}; "
                "only event names, and, or, not and parentheses are allowed"
            )

    def holds(self, event: str, flags: Mapping[str, bool]) -> bool:
        """Whether it holds when ``event`` happens; a name that is no flag is false."""
        condition = self._conditions.get(event)
        if condition is None:
            condition = self._conditions[event] = _reduced(self._tree, event, None)
        return condition if isinstance(condition, bool) else condition(flags)

    def at(self, event: str, flags: Collection[str]) -> FlagCondition | bool:
        """What is left to ask when ``event`` happens: true or false whatever the ``flags``, or a function of them."""
        return _reduced(self._tree, event, flags)

    @property
    def single(self) -> str | None:
        """The one name that is the whole expression, if it is just that."""
        return self._tree.id if isinstance(self._tree, ast.Name) else None


def _reduced(node: ast.expr, event: str, flags: Collection[str] | None) -> FlagCondition | bool:
    """``node`` with the event known: constants taken out, the rest as a function of the flags."""
    if isinstance(node, ast.Name):
        name = node.id
        if name == event:
            return True
        return False if flags is not None and name not in flags else lambda given: given.get(name, False)
    if isinstance(node, ast.UnaryOp):
        inner = _reduced(node.operand, event, flags)
        return not inner if isinstance(inner, bool) else lambda given: not inner(given)
    assert isinstance(node, ast.BoolOp)
    # Of 'and' a false part decides, of 'or' a true one.
    decides = isinstance(node.op, ast.Or)
    parts = [_reduced(value, event, flags) for value in node.values]
    if any(part is decides for part in parts):
        return decides
    asked = [part for part in parts if not isinstance(part, bool)]
    if not asked:
        return not decides
    if len(asked) == 1:
        return asked[0]
    if decides:
        return lambda given: any(part(given) for part in asked)
    return lambda given: all(part(given) for part in asked)
