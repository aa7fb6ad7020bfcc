"""Reads a recording that is being written, in a process of its own: ``python -m psi.data.live_reader``.

Two reasons. HDF5 decides once in a process whether it minds locks, when it is loaded; and a file that is read in the
middle of a burst can end the process that reads it. It takes pickled ``(path, question, arguments)`` on its standard
input, opens the file, answers with a pickled ``(True, answer)`` or ``(False, why)``, and closes it again: what is
known of an open file is out of date after the next burst.
"""

from __future__ import annotations

import os
import sys

# Before PyTables is loaded, which reads it then and never again.
os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"

import pickle
import signal
from typing import Any, BinaryIO

import tables

from psi.data.part_access import PartAccess


def answer(path: str, question: str, arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    """Whether it could be read, and the answer, or why not."""
    try:
        with tables.open_file(path, "r") as file:
            return True, PartAccess(file).ask(question, *arguments)
    # Whatever a half-written file leads to: it is asked again when it is whole.
    except Exception as error:
        return False, f"{type(error).__name__}: {str(error).strip().splitlines()[-1:]}"


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there is nobody who asks."""
    while True:
        try:
            path, question, arguments = pickle.load(requests)
        except EOFError:
            return
        pickle.dump(answer(path, question, arguments), answers, protocol=5)
        answers.flush()


if __name__ == "__main__":
    # Ctrl-C is for the program that asks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.stdin.buffer, sys.stdout.buffer)
