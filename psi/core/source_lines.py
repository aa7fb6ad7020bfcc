"""Where a declaration was written: from an Enaml object back to its file and line."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import Any

from enaml.core import enaml_ast
from enaml.core.declarative import Declarative
from enaml.core.parser import parse

from psi.core.errors import Where


@functools.lru_cache(maxsize=64)
def _definitions(path: str, mtime_ns: int) -> dict[str, enaml_ast.EnamlDef]:
    module = parse(Path(path).read_text(encoding="utf-8"), path)
    return {node.typename: node for node in module.body if isinstance(node, enaml_ast.EnamlDef)}


def _children(node: Any) -> list[Any]:
    return [child for child in node.body if isinstance(child, enaml_ast.ChildDef)]


def _attribute_line(node: Any, attribute: str) -> int | None:
    for child in node.body:
        if getattr(child, "name", None) == attribute:
            return int(child.lineno)
    return None


def shown_path(path: str | Path) -> str:
    """``path`` relative to the current folder where that is shorter to read."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive on Windows
        return str(path)
    return str(path) if relative.startswith("..") else relative


def source_file(obj: Declarative) -> str | None:
    """The ``.enaml`` file whose ``enamldef`` holds ``obj``; ``None`` where it was made in Python."""
    root: Any = obj
    while root.parent is not None:
        root = root.parent
    module = sys.modules.get(type(root).__module__)
    path = getattr(module, "__file__", None)
    return path if path and str(path).endswith(".enaml") else None


def where_of(obj: Declarative, attribute: str | None = None) -> Where:
    """``'file.enaml:14'`` for the declaration ``obj``, or for its ``attribute`` where that was written.

    Follows the children's positions from the outermost ``enamldef`` down. Falls back to the file
    alone, and to the declaration's type and name where it was not written in an Enaml file. The file
    is read when the place is said.
    """
    return Where(lambda: _look_up(obj, attribute))


def _look_up(obj: Declarative, attribute: str | None) -> str:
    indexes: list[int] = []
    root: Any = obj
    while root.parent is not None:
        indexes.append(root.parent.children.index(root))
        root = root.parent
    path = source_file(obj)
    if path is None:
        name = getattr(obj, "name", "") or getattr(obj, "id", "")
        return f"{type(obj).__name__} {name!r}" if name else type(obj).__name__
    node: Any = _definitions(path, Path(path).stat().st_mtime_ns).get(type(root).__name__)
    current = root
    for index in reversed(indexes):
        if node is None:
            break
        written = _children(node)
        # Children that the base enamldef brings come before those written here.
        position = index - (len(current.children) - len(written))
        node = written[position] if 0 <= position < len(written) else None
        current = current.children[index]
    if node is None:
        return shown_path(path)
    line = (_attribute_line(node, attribute) if attribute else None) or node.lineno
    return f"{shown_path(path)}:{line}"
