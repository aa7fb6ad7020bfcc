"""The syntax that expressions may have: a whitelist, checked before anything is compiled.

What is not listed is refused with its column. The tree is then rewritten, see :mod:`psi.core.expression_rewriter`.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import CodeType

from psi.core.errors import ConfigurationError
from psi.core.expression_limits import SHAPING
from psi.core.expression_rewriter import Rewriter

#: Characters, nodes of the tree, and levels of nesting.
MAX_LENGTH = 2000
MAX_NODES = 400
MAX_DEPTH = 80

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_UNARY = (ast.UAdd, ast.USub, ast.Not)
_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot)
_PLAIN = (
    ast.BoolOp, ast.And, ast.Or, ast.IfExp, ast.List, ast.Tuple, ast.ListComp, ast.GeneratorExp,
    ast.comprehension, ast.Slice, ast.Load, ast.Store, ast.keyword, ast.Compare, ast.UnaryOp, ast.BinOp,
    *_OPERATORS, *_UNARY, *_COMPARISONS,
)  # fmt: skip
_REFUSALS: dict[type[ast.AST], str] = {
    ast.Lambda: "functions cannot be made here", ast.NamedExpr: "nothing can be assigned; write == to compare",
    ast.Starred: "* in front of a value is not allowed", ast.JoinedStr: "f-strings are not allowed; use str() and +",
    ast.Dict: "dictionaries are not allowed", ast.DictComp: "dictionaries are not allowed",
    ast.Set: "sets are not allowed; write a list", ast.SetComp: "sets are not allowed; write a list",
    ast.BitAnd: "& is not allowed; write 'and'", ast.BitOr: "| is not allowed; write 'or'",
    ast.BitXor: "^ is not allowed; write '**' for a power", ast.Invert: "~ is not allowed; write 'not'",
    ast.MatMult: "@ is not allowed", ast.LShift: "<< is not allowed", ast.RShift: ">> is not allowed",
}  # fmt: skip


@dataclass(frozen=True)
class Attribute:
    """``base.name`` as it stands in an expression, at the 1-based ``column``."""

    base: str
    name: str
    column: int


@dataclass(frozen=True)
class Call:
    """A symbol called with constants alone, such as ``fs('speaker')``."""

    name: str
    arguments: tuple[object, ...]
    #: 1-based column of the first argument.
    column: int


@dataclass
class Syntax:
    """What a text was found to be."""

    code: CodeType
    #: Free names with the 1-based column of their first use.
    columns: dict[str, int]
    attributes: list[Attribute] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    #: The value, where the text is one literal.
    is_constant: bool = False
    has_loops: bool = False


def read_syntax(text: str) -> Syntax:
    """Check and compile ``text``. Raises ``ConfigurationError`` with the column of what is not allowed."""
    tree = _parse(text)
    body = tree.body
    reader = _Reader(text)
    reader.check_size(body)
    reader.check_part(body)
    loops = any(isinstance(node, ast.comprehension) for node in ast.walk(body))
    function = ast.parse("lambda _values, _steps: 0", mode="eval")
    assert isinstance(function.body, ast.Lambda)
    function.body.body = Rewriter(frozenset(), loops).visit(body)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)
            code = compile(ast.fix_missing_locations(function), "<expression>", "eval")
    except (SyntaxError, ValueError) as error:
        raise reader.refusal(str(getattr(error, "msg", error))) from None
    constant = not reader.columns and not loops
    return Syntax(code, reader.columns, reader.attributes, reader.calls, constant, loops)


def _parse(text: str) -> ast.Expression:
    if len(text) > MAX_LENGTH:
        raise ConfigurationError(f"expression of {len(text)} characters; {MAX_LENGTH} are allowed: split it into items")
    stripped = text.lstrip()
    for column, character in enumerate(text, 1):
        # Not to be seen, or makes what follows look like something else.
        if not character.isprintable() and unicodedata.category(character)[0] == "C" and character not in "\t\n\r":
            what = "a null character" if character == "\0" else f"the invisible character U+{ord(character):04X}"
            raise ConfigurationError(f"{_shown(text)}, column {column}: {what} is not allowed")
    if not stripped:
        raise ConfigurationError("expression is empty; give a number, a text in quotes, or a formula")
    indent = len(text) - len(stripped)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)
            warnings.simplefilter("error", SyntaxWarning)
            tree = ast.parse(stripped.rstrip(), mode="eval")
    except SyntaxError as error:
        # At the end of the text the parser gives no offset.
        reason, offset = (error.msg, error.offset) if error.offset else ("ends too early", len(stripped.rstrip()) + 1)
        raise ConfigurationError(f"{_shown(text)}, column {indent + offset}: {reason}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConfigurationError(f"{_shown(text)} cannot be read: {error or 'nested too deeply'}") from None
    return tree


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:77]}...")


def _children(node: ast.AST, depth: int) -> Iterator[tuple[ast.AST, int]]:
    for child in ast.iter_child_nodes(node):
        yield child, depth + 1


class _Reader:
    """Walks a tree, refuses what is not allowed, and notes names and attributes."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._indent = len(text) - len(text.lstrip())
        self.columns: dict[str, int] = {}
        self.attributes: list[Attribute] = []
        self.calls: list[Call] = []

    def refusal(self, reason: str, node: ast.AST | None = None) -> ConfigurationError:
        column = f", column {self._column(node)}" if node is not None and hasattr(node, "col_offset") else ""
        return ConfigurationError(f"{_shown(self._text)}{column}: {reason}")

    def _column(self, node: ast.AST) -> int:
        # The parser counts bytes of UTF-8; people count characters.
        line = re.split("\r\n|\r|\n", self._text.lstrip())[getattr(node, "lineno", 1) - 1]
        before = line.encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore")
        return len(before) + 1 + (self._indent if getattr(node, "lineno", 1) == 1 else 0)

    def check_size(self, body: ast.AST) -> None:
        # Not recursive, since depth is what is asked.
        waiting: list[tuple[ast.AST, int]] = [(body, 1)]
        count = 0
        while waiting:
            node, depth = waiting.pop()
            count += 1
            if count > MAX_NODES:
                raise self.refusal(f"has more than {MAX_NODES} parts; split it into items")
            if depth > MAX_DEPTH:
                raise self.refusal(f"is nested more than {MAX_DEPTH} deep; split it into items")
            waiting += _children(node, depth)

    def check(self, node: ast.AST, bound: frozenset[str] = frozenset()) -> None:
        """Check ``node`` and what is in it; names in ``bound`` are a comprehension's own."""
        special: dict[type[ast.AST], Callable[..., None]] = {
            ast.Name: self._name,
            ast.Constant: self._constant,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.ListComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.Subscript: self._subscript,
        }
        if type(node) in special:
            special[type(node)](node, bound)
            return
        self._allowed(node)
        for child in ast.iter_child_nodes(node):
            self._operator(child, node)
            self.check_part(child, bound)

    def check_part(self, node: ast.AST, bound: frozenset[str] = frozenset()) -> None:
        """Check a ``node`` that is no function's argument: a generator there would be no value."""
        if isinstance(node, ast.GeneratorExp):
            raise self.refusal("write [...] around a comprehension that is not a function's argument", node)
        self.check(node, bound)

    def _operator(self, child: ast.AST, owner: ast.AST) -> None:
        if isinstance(child, (ast.operator, ast.unaryop, ast.cmpop)) and not isinstance(child, _PLAIN):
            raise self.refusal(_REFUSALS[type(child)], owner)

    def _allowed(self, node: ast.AST) -> None:
        if not isinstance(node, _PLAIN):
            raise self.refusal(_REFUSALS.get(type(node), f"{type(node).__name__} is not allowed"), node)

    def _name(self, node: ast.Name, bound: frozenset[str]) -> None:
        if node.id.startswith("_"):
            raise self.refusal(f"names that begin with _ are not allowed: {node.id!r}", node)
        if node.id not in bound:
            self.columns.setdefault(node.id, self._column(node))

    def _constant(self, node: ast.Constant, bound: frozenset[str]) -> None:
        if node.value is not None and not isinstance(node.value, (bool, int, float, str)):
            raise self.refusal("only numbers, texts, True, False and None are constants", node)
        if isinstance(node.value, str) and any("\ud800" <= character <= "\udfff" for character in node.value):
            raise self.refusal("half a character (\\ud800 to \\udfff) is no text", node)

    def _attribute(self, node: ast.Attribute, bound: frozenset[str]) -> None:
        if not isinstance(node.value, ast.Name) or node.value.id in bound:
            raise self.refusal(f".{node.attr} is allowed on symbols such as np only", node)
        if node.attr.startswith("_"):
            raise self.refusal(f"names that begin with _ are not allowed: {node.attr!r}", node)
        self._name(node.value, bound)
        self.attributes.append(Attribute(node.value.id, node.attr, self._column(node)))

    def _call(self, node: ast.Call, bound: frozenset[str]) -> None:
        if not isinstance(node.func, (ast.Name, ast.Attribute)):
            raise self.refusal("only functions that are named can be called", node)
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
            self._shaping(node.func, bound)
        else:
            self.check(node.func, bound)
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self.refusal("** is not allowed in a call", node)
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        for argument in arguments:
            self.check(argument, bound)
        if isinstance(node.func, ast.Name) and arguments and node.func.id not in bound:
            values = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
            if len(values) == len(arguments):
                self.calls.append(Call(node.func.id, tuple(values), self._column(arguments[0])))

    def _shaping(self, node: ast.Attribute, bound: frozenset[str]) -> None:
        """``Uniform(0, 1).truncate``: a method of what a call gives."""
        if node.attr not in SHAPING:
            allowed = " and ".join(f".{name}()" for name in SHAPING)
            reason = f".{node.attr} is allowed on symbols such as np only; distributions have {allowed}"
            raise self.refusal(reason, node)
        self.check(node.value, bound)

    def _subscript(self, node: ast.Subscript, bound: frozenset[str]) -> None:
        self.check(node.value, bound)
        self.check(node.slice, bound)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp, bound: frozenset[str]) -> None:
        for generator in node.generators:
            if generator.is_async:
                raise self.refusal("async is not allowed", node)
            self.check(generator.iter, bound)
            targets = generator.target.elts if isinstance(generator.target, ast.Tuple) else [generator.target]
            for target in targets:
                if not isinstance(target, ast.Name):
                    raise self.refusal("a comprehension's variable is a name", target)
                self._name(target, bound | {target.id})
                bound = bound | {target.id}
            for condition in generator.ifs:
                self.check(condition, bound)
        self.check(node.elt, bound)
