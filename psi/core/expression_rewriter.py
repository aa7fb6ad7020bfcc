"""What becomes of an allowed expression before it is compiled.

Each name becomes a look-up in the evaluation's namespace, and each operator that can make large values its bounded
stand-in of :mod:`psi.core.expression_limits`.
"""

from __future__ import annotations

import ast

_STAND_INS = {ast.Add: "_add", ast.Mult: "_multiply", ast.Pow: "_power", ast.Mod: "_remainder"}


def _call_of(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


class Rewriter(ast.NodeTransformer):
    """Names become look-ups, operators their bounded stand-ins.

    ``bound`` are a comprehension's own names. With ``loops`` what is read and made costs steps.
    """

    def __init__(self, bound: frozenset[str], loops: bool) -> None:
        self._bound = bound
        self._has_loops = loops

    def _spent(self, node: ast.expr) -> ast.expr:
        if not self._has_loops or isinstance(node, (ast.Constant, ast.GeneratorExp)):
            return node
        return _call_of("_spent", ast.Name("_steps", ast.Load()), node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._bound:
            return node
        return ast.Subscript(ast.Name("_values", ast.Load()), ast.Constant(node.id), ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        stand_in = "_member" if isinstance(node.value, ast.Name) else "_shaping"
        return _call_of(stand_in, self.visit(node.value), ast.Constant(node.attr))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        node.args = [self._spent(argument) for argument in node.args]
        for keyword in node.keywords:
            keyword.value = self._spent(keyword.value)
        return self._spent(_call_of("_checked", node))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        harmless = isinstance(node.op, ast.Add) and (_is_number(node.left) or _is_number(node.right))
        self.generic_visit(node)
        name = _STAND_INS.get(type(node.op))
        return node if name is None or harmless else self._spent(_call_of(name, node.left, node.right))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        node.left = self._spent(node.left)
        node.comparators = [self._spent(value) for value in node.comparators]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        return self._spent(node) if isinstance(node.slice, ast.Slice) else node

    def visit_List(self, node: ast.List) -> ast.expr:
        return self._listed(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        return self._listed(node)

    def _listed(self, node: ast.List | ast.Tuple) -> ast.expr:
        self.generic_visit(node)
        return node if all(isinstance(item, ast.Constant) for item in node.elts) else _call_of("_checked", node)

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return self._loops(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self._loops(node)

    def _loops(self, node: ast.ListComp | ast.GeneratorExp) -> ast.expr:
        bound = self._bound
        for generator in node.generators:
            generator.iter = _call_of("_steps", Rewriter(bound, True).visit(generator.iter))
            bound |= {name.id for name in ast.walk(generator.target) if isinstance(name, ast.Name)}
            generator.ifs = [Rewriter(bound, True).visit(condition) for condition in generator.ifs]
        node.elt = Rewriter(bound, True).visit(node.elt)
        return _call_of("_checked", node) if isinstance(node, ast.ListComp) else node
