"""What is wrong in a manifest's source, as one line that says where and what was probably meant."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from enaml.core import enaml_ast
from enaml.core.declarative import Declarative
from enaml.core.parser import parse

from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean
from psi.core.source_lines import shown_path


@contextlib.contextmanager
def faults_as_findings(folder: Path) -> Iterator[None]:
    """Turn what a faulty source in ``folder`` raises while it is imported into a ``ConfigurationError``.

    What is raised elsewhere, below a manifest's own lines, is a bug of that place and goes through.
    """
    try:
        yield
    except SyntaxError as error:
        path = Path(error.filename or "")
        if path.parent != folder:
            raise
        raise ConfigurationError(f"cannot be read: {error.msg}", f"{shown_path(path)}:{error.lineno or 1}") from error
    except Exception as error:  # whatever the manifest's own lines raise is the manifest's
        found = _innermost(error)
        if found is None or Path(found[0].f_code.co_filename).parent != folder:
            raise
        frame, line = found
        path = Path(frame.f_code.co_filename)
        raise ConfigurationError(_message(error, frame, line), f"{shown_path(path)}:{line}") from error


def _innermost(error: BaseException) -> tuple[FrameType, int] | None:
    """The frame that raised, without the import system's own."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith("<frozen importlib"):
            found = (trace.tb_frame, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _message(error: Exception, frame: FrameType, line: int) -> str:
    path = Path(frame.f_code.co_filename)
    if isinstance(error, ModuleNotFoundError):
        missing = error.name or ""
        if any((path.parent / f"{missing}{suffix}").is_file() for suffix in (".py", ".enaml")):
            return f"imports {missing!r}, which stands beside it; write 'from .{missing} import ...'"
        return f"imports {missing!r}, which is not there; correct the name or install it"
    if isinstance(error, ImportError):
        # error.name is the module, error.name_from what it does not have; the message ends with a path in brackets.
        return f"{error.msg.split(' (')[0]}{_hint_from_module(error)}"
    if isinstance(error, NameError):
        return (
            f"{error}{did_you_mean(error.name or '', [name for name in frame.f_globals if not name.startswith('_')])}"
        )
    unknown = re.fullmatch(r"'(\w+)' is not a declarative member", str(error))
    if unknown:
        declared = _declarable(path, line, frame.f_globals)
        if declared is not None:
            kind, members = declared
            return f"{kind} has no {unknown[1]!r}{did_you_mean(unknown[1], members)}"
    return f"{type(error).__name__}: {error}"


def _hint_from_module(error: ImportError) -> str:
    module = sys.modules.get(error.name or "")
    wanted = re.match(r"cannot import name '(\w+)'", error.msg)
    return did_you_mean(wanted[1], dir(module)) if module is not None and wanted else ""


def _declarable(path: Path, line: int, names: dict[str, object]) -> tuple[str, list[str]] | None:
    """The declaration around ``line`` of an ``.enaml`` file: its type's name, and what may be written in it."""
    if path.suffix != ".enaml":
        return None
    nodes: list[enaml_ast.ASTNode] = list(parse(path.read_text(encoding="utf-8"), str(path)).body)
    while nodes:
        node = nodes.pop()
        if not isinstance(node, enaml_ast.EnamlDef | enaml_ast.ChildDef):
            continue
        if any(child.lineno == line and not isinstance(child, enaml_ast.ChildDef) for child in node.body):
            written = node.base if isinstance(node, enaml_ast.EnamlDef) else node.typename
            kind = names.get(written)
            if isinstance(kind, type) and issubclass(kind, Declarative):
                members = kind.members().items()  # type: ignore[attr-defined]
                return written, [name for name, member in members if (member.metadata or {}).get("d_member")]
        nodes.extend(node.body)
    return None
