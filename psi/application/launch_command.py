"""``psi launch``: a rig with a window."""

from __future__ import annotations

from psi.application.display import require_display
from psi.application.launcher import CONSOLE, Launcher
from psi.application.run_command import request_of_session
from psi.application.run_options import LaunchOptions


def launch(options: LaunchOptions, console: str = CONSOLE) -> int:
    """Launch what was asked for, with ``console`` as the window's module; returns the exit status.

    Raises ``ConfigurationError`` where it is refused, or where no window can be shown.
    """
    require_display()
    out = None if options.out is None else str(options.out)
    request = request_of_session(options).model_copy(update={"host": True, "out": out})
    return Launcher(request, console).run()
