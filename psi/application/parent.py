"""For a process that must not outlive the one that started it, and holds the other end of its standard input."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


def when_parent_leaves(do: Callable[[], object]) -> None:
    """Call ``do``, on a thread of its own, once standard input has ended; what still comes in is dropped."""

    def wait() -> None:
        # The descriptor itself: a lock on sys.stdin would be in the way when the interpreter ends.
        while os.read(0, 4096):
            continue
        do()

    threading.Thread(target=wait, name="parent", daemon=True).start()
