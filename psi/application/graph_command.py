"""``psi graph``: chains and trial logic as text."""

from __future__ import annotations

from psi.application.run_command import request_of_choice
from psi.application.run_options import Choice
from psi.assembly.preparation import load_choice
from psi.controller.graph import graph_lines


def graph(options: Choice) -> int:
    """Print the chains and the trial logic of a paradigm on a rig."""
    loaded = load_choice(request_of_choice(options)).loaded
    print("\n".join(graph_lines(loaded.controller)))
    return 0
