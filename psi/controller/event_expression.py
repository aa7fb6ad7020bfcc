"""Event expressions: names, ``and``, ``or``, ``not`` and parentheses, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from psi.core.errors import ConfigurationError

#: Tells from the flags as they are, and the event's name, whether the expression holds.
Condition = Callable[[str, Mapping[str, bool]], bool]


class EventExpression:
    """A parsed event expression. At a moment exactly one event is true; flags are true or false."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except SyntaxError as error:
            raise ConfigurationError(
                f"event expression {text!r} cannot be read at column {max(1, error.offset or 1)}; "
                "write event names joined by and, or, not and parentheses"
            ) from None
        self.names: tuple[str, ...] = tuple(
            dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
        )
        self._single = tree.id if isinstance(tree, ast.Name) else None
        self.holds: Condition = self._compile(tree)

    def _compile(self, node: ast.expr) -> Condition:
        if isinstance(node, ast.Name):
            name = node.id
            return lambda event, flags: name == event or flags.get(name, False)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self._compile(node.operand)
            return lambda event, flags: not inner(event, flags)
        if isinstance(node, ast.BoolOp):
            parts = [self._compile(value) for value in node.values]
            if isinstance(node.op, ast.And):
                return lambda event, flags: all(part(event, flags) for part in parts)
            return lambda event, flags: any(part(event, flags) for part in parts)
        raise ConfigurationError(
            f"event expression {self.text!r} holds {ast.unparse(node)!r}; "
            "only event names, and, or, not and parentheses are allowed"
        )

    @property
    def single(self) -> str | None:
        """The one name that is the whole expression, if it is just that."""
        return self._single
