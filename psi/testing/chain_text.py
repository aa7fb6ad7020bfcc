"""A chain as text: compiled as a manifest is, with the line of whatever is wrong in it."""

from __future__ import annotations

import re
import textwrap
import tokenize
from collections.abc import Iterator
from typing import Any

import numpy as np
from enaml.core import enaml_ast
from enaml.core.api import Declarative
from enaml.core.enaml_compiler import EnamlCompiler
from enaml.core.import_hooks import imports
from enaml.core.parser import parse

from psi.core.errors import ConfigurationError, Finding
from psi.inputs.input import Input

_FILE = "<chain>"
#: A declaration that is nested in nothing.
_STAGE = re.compile(r"^[A-Za-z_]\w*\s*:", re.MULTILINE)


class ChainText:
    """The stages that ``text`` declares, with every name of :mod:`psi.api`, ``np`` and ``pi`` known in it.

    What stands above the first stage is Python that is run first: imports, comments. Lines count from the first
    that is not blank.

    Raises
    ------
    ConfigurationError
        With everything that keeps the text from being read or run, each with its line.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[int, str], int] = {}
        lines = textwrap.dedent(text).strip("\n").split("\n")
        first = _STAGE.search("\n".join(lines))
        if first is None:
            raise ConfigurationError("the chain has no stage; write at least one, such as 'Input:' and its name")
        # Lines above the first stage; those below it stand one lower in what is compiled than in the text.
        self._n_lines = len(lines)
        self._n_above = "\n".join(lines)[: first.start()].count("\n")
        body = textwrap.indent("\n".join(lines[self._n_above :]), "    ")
        source = "\n".join([*lines[: self._n_above], "enamldef DrivenChain(Declarative):", body, ""])
        definition = self._definition(source)
        root = self._made(definition)
        #: The stages directly under the channel.
        self.stages: list[Input] = [child for child in root.children if child is not None]
        self._note_lines(root, definition.body[-1])
        faults = sorted(self._unreadable())
        if faults:
            raise ConfigurationError(Finding(message, f"chain, line {line}") for line, message in faults)

    def where(self, declaration: Any, setting: str = "") -> str:
        """``'chain, line 3'`` for one of the declarations, or for its ``setting`` where that was written."""
        line = self._line_of(declaration, setting)
        return f"chain, line {line}" if line else ""

    def _line_of(self, declaration: Any, setting: str) -> int:
        return self._lines.get((id(declaration), setting)) or self._lines.get((id(declaration), ""), 0)

    def _definition(self, source: str) -> Any:
        try:
            return parse(source, filename=_FILE)
        except SyntaxError as error:
            raise ConfigurationError(f"cannot be read: {error.msg}", self._at(error.lineno or 1)) from None
        except tokenize.TokenError as error:
            message, (line, _) = error.args
            raise ConfigurationError(f"cannot be read: {message}; is a bracket still open?", self._at(line)) from None

    def _made(self, definition: Any) -> Any:
        namespace: dict[str, Any] = {"Declarative": Declarative, "np": np, "pi": np.pi}
        try:
            with imports():
                # What a manifest's author would import; nothing in psi itself stands above the grammar.
                exec("from psi.api import *", namespace)
                # Enaml's own compiler: whatever a manifest can say can be said here.
                exec(EnamlCompiler.compile(definition, _FILE), namespace)
                made = namespace["DrivenChain"]()
            made.initialize()
        except Exception as error:  # the text is somebody's own code: whatever its lines raise is theirs to read
            raise ConfigurationError(_message(error), self._at(_raised_at(error))) from error
        return made

    def _note_lines(self, declaration: Any, node: Any) -> None:
        written = [child for child in node.body if isinstance(child, enaml_ast.ChildDef)]
        for child in node.body:
            if not isinstance(child, enaml_ast.ChildDef):
                self._lines[id(declaration), getattr(child, "name", "")] = self._line(child.lineno)
        self._lines[id(declaration), ""] = self._line(node.lineno)
        # Where a loop makes children, which line made which is not known.
        if len(written) == len(declaration.children):
            for child, child_node in zip(declaration.children, written, strict=True):
                self._note_lines(child, child_node)

    def _unreadable(self) -> Iterator[tuple[int, str]]:
        """Line and message of each. Enaml works out a setting when it is first asked for; here all are, at once."""
        waiting: list[Any] = list(reversed(self.stages))
        while waiting:
            declaration = waiting.pop()
            waiting += reversed(declaration.children)
            for name, member in declaration.members().items():
                if not (member.metadata or {}).get("d_member"):
                    continue
                try:
                    getattr(declaration, name)
                except Exception as error:  # as above
                    yield self._line_of(declaration, name), _message(error)

    def _line(self, compiled: int) -> int:
        """Line of the text from one of what is compiled."""
        return min(max(1, compiled - (1 if compiled > self._n_above else 0)), self._n_lines)

    def _at(self, compiled: int) -> str:
        return f"chain, line {self._line(compiled)}"


def _message(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _raised_at(error: Exception) -> int:
    """Line of what was compiled that raised ``error``."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
