"""Room near a file's beginning for what says where its chunks lie, so that a file that is cut off keeps its index.

HDF5 puts a node of that index wherever the file ends when it needs one, and moves the first node of an array when
there are more than 64 chunks of it: to where the 65th lies. In a file that ends before that place nothing of the array
can be found. But space that was given back since the file was opened is used first. So as much is taken and given back
before the first chunk is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import tables

#: Chunks in one node of the index (version 1, HDF5's default), and as many as are in a full one that others follow.
_SLOTS, _FULL = 64, 57
#: Bytes for the indexes of tables, whose chunks are few.
INDEXED_TABLE_BYTES = 480_000
#: Bytes that are taken with one attribute.
_PIECE = 60_000


def index_bytes(n_chunks: int, n_dimensions: int) -> int:
    """Bytes of the index of ``n_chunks`` chunks of an array with ``n_dimensions``."""
    node = 24 + 8 * _SLOTS + (_SLOTS + 1) * (8 + 8 * (n_dimensions + 1))
    if n_chunks <= _SLOTS:
        return node if n_chunks else 0
    # Two that have moved, and those above them.
    return (3 + n_chunks // (_FULL - 2)) * node


@contextmanager
def index_room(file: tables.File, n_bytes: int) -> Iterator[None]:
    """Make all nodes of ``file``, which is new, within this; afterwards there is room for an index of ``n_bytes``."""
    names = [f"index room {number}" for number in range(-(-n_bytes // _PIECE))]
    for name in names:
        file.create_group("/", name)._v_attrs["room"] = "." * _PIECE
    yield
    # What is given back at a file's end makes it shorter, and is gone: the nodes lie behind it now.
    file.flush()
    for name in names:
        file.remove_node("/", name)
