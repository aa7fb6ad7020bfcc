"""What is asked of one HDF5 file of a recording. A question keeps no node, so that a live file can be asked too."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

from psi.data.chunk_places import ChunkPlaces, read_rows

#: What may be asked, by name: for a process that is asked by name.
QUESTIONS = ("attributes", "names", "array", "lengths", "rows", "columns")


class PartAccess:
    """Reads ``file``; what lies at ``places`` without the file's own index."""

    def __init__(self, file: tables.File, places: ChunkPlaces | None = None) -> None:
        self._file = file
        self._places = places

    def ask(self, question: str, *arguments: Any) -> Any:
        """The answer of the method ``question``, which is one of ``QUESTIONS``."""
        if question not in QUESTIONS:
            raise ValueError(f"{question!r} cannot be asked; ask {', '.join(QUESTIONS)}")
        return getattr(self, question)(*arguments)

    def attributes(self, path: str) -> dict[str, Any]:
        """What the attributes of the node at ``path`` say."""
        said = self._file.get_node(path)._v_attrs
        return {name: _plain(said[name]) for name in said._v_attrnamesuser}

    def names(self, path: str) -> list[str]:
        """Names of the members of a group; none where there is no such group."""
        return list(self._file.get_node(path)._v_children) if path in self._file else []

    def array(self, path: str) -> tuple[dict[str, Any], tuple[int, ...]]:
        """Attributes and shape of an array."""
        return self.attributes(path), tuple(int(n) for n in self._file.get_node(path).shape)

    def lengths(self, path: str, columns: list[str]) -> list[int]:
        """Whole rows of each of the ``columns`` of the table at ``path``."""
        nodes = [self._file.get_node(path, name) for name in columns]
        return [len(node.offsets) - 1 if isinstance(node, tables.Group) else len(node) for node in nodes]

    def rows(self, path: str, start: int, stop: int, step: int = 1) -> NDArray[Any]:
        """``array[start:stop:step]`` with a ``step`` above 0."""
        node = self._file.get_node(path)
        start, stop, _ = slice(start, stop).indices(len(node))
        if self._places is None:
            # Of a long array with a wide step HDF5 reads what is asked for and no more.
            return np.asarray(node[start:stop:step])
        return read_rows(node, self._places, start, max(start, stop))[::step]

    def columns(self, path: str, names: list[str], n_rows: int) -> dict[str, NDArray[Any] | list[str]]:
        """The first cells of columns of the table at ``path``: arrays of numbers, and lists of texts."""
        return {name: self._column(f"{path}/{name}", n_rows) for name in names}

    def _column(self, path: str, n_rows: int) -> NDArray[Any] | list[str]:
        if not isinstance(self._file.get_node(path), tables.Group):
            return self.rows(path, 0, n_rows)
        offsets = self.rows(f"{path}/offsets", 0, n_rows + 1).tolist()
        data = self.rows(f"{path}/bytes", 0, offsets[-1] if offsets else 0).tobytes()
        return [data[begin:end].decode("utf-8") for begin, end in pairwise(offsets)]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
