"""``psi launch`` with another window: ``python -m psi.application.bench.launch MODULE launch ...``.

Everything else is the command as it is typed, its imports and its parsing included.
"""

from __future__ import annotations

import functools
import sys

from psi.application import cli
from psi.application.commands import launch_command


def main(arguments: list[str]) -> int:
    """Run the command line with ``arguments[0]`` as the window's module; returns the exit status."""
    console, *command = arguments
    launch_command.launch = functools.partial(launch_command.launch, console=console)
    return cli.main(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
