"""What is asked of one HDF5 file of a recording. A question keeps no node, so that a live file can be asked too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

from psi.data.columns import column_length, read_text


def attributes(file: tables.File, path: str) -> dict[str, Any]:
    """What the attributes of the node at ``path`` say."""
    said = file.get_node(path)._v_attrs
    return {name: _plain(said[name]) for name in said._v_attrnamesuser}


def names(file: tables.File, path: str) -> list[str]:
    """Names of the members of a group; none where there is no such group."""
    return list(file.get_node(path)._v_children) if path in file else []


def array(file: tables.File, path: str) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Attributes and shape of an array."""
    return attributes(file, path), tuple(int(n) for n in file.get_node(path).shape)


def lengths(file: tables.File, path: str, columns: list[str]) -> list[int]:
    """Whole rows of each of the ``columns`` of the table at ``path``."""
    group = file.get_node(path)
    return [column_length(group._f_get_child(name)) for name in columns]


def rows(file: tables.File, path: str, start: int, stop: int, step: int) -> NDArray[Any]:
    """``array[start:stop:step]`` with a ``step`` above 0."""
    return np.asarray(file.get_node(path)[start:stop:step])


def columns(file: tables.File, path: str, names: list[str], n_rows: int) -> dict[str, NDArray[Any] | list[str]]:
    """The first cells of columns of the table at ``path``: arrays of numbers, and lists of texts."""
    group = file.get_node(path)
    found = {name: group._f_get_child(name) for name in names}
    return {
        name: read_text(node, 0, n_rows) if isinstance(node, tables.Group) else np.asarray(node[:n_rows])
        for name, node in found.items()
    }


#: By name, for a process that is asked by name.
QUESTIONS: dict[str, Callable[..., Any]] = {
    question.__name__: question for question in (attributes, names, array, lengths, rows, columns)
}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
