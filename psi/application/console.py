"""The console's process: reads how to reach a runtime, opens the window, and ends with it.

``python -m psi.application.console`` takes one line of JSON on its standard input, ``{"port", "token"}``, and prints
``{"console": "ready"}`` when the window can be used.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from psi.assembly.alarm_settings import load_alarm
from psi.assembly.user_folders import config_dir
from psi.core.errors import ConfigurationError, PsiError

if TYPE_CHECKING:
    from enaml.workbench.api import Workbench

    from psi.experiment.console import Console
    from psi.experiment.panel import Panel

#: Seconds that the window waits for the runtime before it opens without.
FIRST_STATE = 3.0


def read_greeting(line: str) -> dict[str, Any]:
    """How to reach the runtime. Raises ``ConfigurationError`` where the line does not say it."""
    try:
        greeting = json.loads(line)
    except ValueError:
        greeting = None
    if not isinstance(greeting, dict) or not {"port", "token"} <= greeting.keys():
        raise ConfigurationError("a console is told a port and a token on its first line; use 'psi attach'")
    return greeting


def layouts_dir() -> Path:
    """Where the arrangement of windows is remembered."""
    return config_dir() / "layouts"


def declared_workbench(paradigm: str = "", rig: str = "", manifests: Sequence[str] = ()) -> Workbench:
    """A workbench with psi's own manifests and those of a run, which are loaded here too, but only read.

    Manifests that cannot be loaded here leave psi's own: the run has loaded them, and its window must open.
    """
    from psi.assembly.workbench import load_workbench, make_workbench

    if paradigm and rig:
        try:
            loaded, findings = load_workbench(paradigm, rig, manifests)
        except PsiError as error:
            loaded, findings = None, []
            print(f"psi: {error}", file=sys.stderr)
        for finding in findings:
            print(f"psi: {finding}", file=sys.stderr)
        if loaded is not None:
            return loaded.workbench
    return make_workbench()


def declared_panels(paradigm: str = "", rig: str = "", manifests: Sequence[str] = ()) -> dict[str, Panel]:
    """Psi's own panels and those of a run's manifests."""
    from psi.experiment.panel import panels_of

    return panels_of(declared_workbench(paradigm, rig, manifests))


def first_state(console: Console, process_events: Callable[[], None]) -> None:
    """Wait for the runtime's first words: they say which panels there are and which layout is theirs."""
    deadline = time.monotonic() + FIRST_STATE
    while not console.get("paradigm") and time.monotonic() < deadline:
        process_events()
        console.poll()
        time.sleep(0.005)


def get_ready() -> None:
    """Import what windows are made of: to be done before the greeting is read, while the runtime loads."""
    import enaml

    from psi.experiment import arrangement, console, look_view  # noqa: F401 - for run_console
    from psi.link import client  # noqa: F401

    with enaml.imports():
        from psi.experiment import window_view  # noqa: F401
    for panel in declared_panels().values():
        panel.view()


def run_console(greeting: dict[str, Any], shown: Callable[[Console], None] = lambda console: None) -> int:
    """Open the window and stay until it is closed; the exit status.

    ``shown`` is called with the window's console when the window is shown and Qt is about to work.
    """
    import enaml
    from enaml.qt.qt_application import QtApplication
    from qtpy.QtWidgets import QApplication

    from psi.experiment.arrangement import Arrangements
    from psi.experiment.console import Console
    from psi.experiment.faults_view import take_fault
    from psi.experiment.folded import Folded
    from psi.experiment.look_view import follow_system, size_on_screen
    from psi.experiment.panel import panels_of
    from psi.link.client import LinkClient

    with enaml.imports():
        # Enaml's import hook finds it, which mypy does not know.
        from psi.experiment.window_view import ConsoleWindow  # type: ignore[import-not-found]

    # The connection is being made while Qt comes up.
    console = Console(LinkClient(int(greeting["port"]), str(greeting["token"])))
    try:
        application = QtApplication()
        # Qt would end the process at the first exception in one of its callbacks; a window is worth more than that.
        sys.excepthook = _tell
        # The keyboard's interrupt is for who started us.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        console.folded = Folded(layouts_dir())
        follow_system(console)
        console.alarm_sound = _sounds()
        first_state(console, QApplication.processEvents)
        workbench = declared_workbench(
            (console.get("paradigm") or {}).get("name", ""),
            (console.get("rig") or {}).get("name", ""),
            (console.get("task") or {}).get("manifests", ()),
        )
        console.selector_views = _selector_views(workbench)
        window = ConsoleWindow(console=console, panels=panels_of(workbench), arrangements=Arrangements(layouts_dir()))
        window.initial_size = size_on_screen(*window.initial_size)
        window.show()

        def tell_panel(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            _tell(kind, error, trace)
            take_fault(window.docks, console, error, trace)

        sys.excepthook = tell_panel
        # Closed, not killed: the layout is remembered. The window's timer lets Python notice. Deferred, since a
        # window that is closed before the loop runs would not end it.
        signal.signal(signal.SIGTERM, lambda *_: application.deferred_call(window.close))
        application.deferred_call(print, json.dumps({"console": "ready"}), flush=True)
        shown(console)
        application.start()
    finally:
        console.close()
    return 0


def _selector_views(workbench: Workbench) -> dict[str, Callable[[], Any]]:
    from psi.experiment.selectors.views import selector_views_of

    try:
        return selector_views_of(workbench)
    except PsiError as error:
        # Forms take their place.
        print(f"psi: {error}", file=sys.stderr)
        return {}


def _sounds() -> bool:
    """Whether the user wants to hear alarms. Settings that are damaged silence nothing."""
    try:
        return load_alarm().sound
    except ConfigurationError as error:
        print(f"psi: {error}", file=sys.stderr)
        return True


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("psi").error("the window failed and goes on", exc_info=(kind, error, trace))


def main() -> int:
    """Entry point of ``python -m psi.application.console``."""
    get_ready()
    try:
        greeting = read_greeting(sys.stdin.readline())
    except ConfigurationError as error:
        print(f"psi: {error}", file=sys.stderr)
        return 2
    return run_console(greeting)


if __name__ == "__main__":
    sys.exit(main())
