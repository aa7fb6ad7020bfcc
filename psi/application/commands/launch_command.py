"""``psi launch``: a rig with a window."""

from __future__ import annotations

from psi.application.choosing import CHOOSER, choose, missing, with_task
from psi.application.display import require_display
from psi.application.guardian import take_interrupts
from psi.application.launcher import CONSOLE, Launcher, say
from psi.application.requests import request_of_session, said_of_default
from psi.application.run_options import LaunchOptions
from psi.application.warden import FINISHED


def launch(options: LaunchOptions, console: str = CONSOLE, chooser: str = CHOOSER) -> int:
    """Launch what was asked for, with ``console`` as the window's module; returns the exit status.

    What was not given is chosen first, in the window of the module ``chooser``; where nothing is, nothing is launched.
    Raises ``ConfigurationError`` where it is refused, or where no window can be shown.
    """
    options = with_task(options)
    needed = missing(options)
    require_display(needed)
    if needed:
        take_interrupts()
        chosen, lines = choose(options, chooser)
        for line in lines:
            say(line)
        if chosen is None:
            say("nothing was chosen, so nothing is launched")
            return FINISHED
        options = chosen
    told = said_of_default(options)
    if told:
        say(told)
    out = None if options.out is None else str(options.out)
    request = request_of_session(options).model_copy(update={"host": True, "out": out})
    return Launcher(request, console).run()
