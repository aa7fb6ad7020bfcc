"""Psi's own window with a stopwatch: when it is there, what it takes of a core, and how often it is drawn."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from typing import TYPE_CHECKING

from psi.application.bench.plan import WARM_UP, WindowPlan
from psi.application.console import get_ready, read_greeting, run_console

if TYPE_CHECKING:
    from psi.experiment.console import Console
    from psi.plots.signals_widget_view import SignalsWidget

#: Milliseconds between looks: often until the window is there, then seldom, so that looking costs nothing.
_OFTEN, _SELDOM = 2, 100


class Stopwatch:
    """Follows one window through its plan; Qt works between the steps."""

    def __init__(self, console: Console, plan: WindowPlan) -> None:
        from qtpy.QtCore import QTimer
        from qtpy.QtWidgets import QApplication

        self._console = console
        self._plan = plan
        self._story = self._steps()
        # Owned by the application: nobody else holds it.
        self._timer = QTimer(QApplication.instance())
        self._timer.timeout.connect(self._step)
        self._timer.start(_OFTEN)

    def _step(self) -> None:
        if next(self._story, self) is self:
            self._timer.stop()

    def _steps(self) -> Generator[None]:
        # The window is made after the runtime's first words; it can be used when it is drawn and Qt is back at work.
        while not any(canvas.frames for canvas in self._canvases()):
            yield
        figures: dict[str, float] = {"interactive": time.time()}
        self._timer.setInterval(_SELDOM)
        if self._plan.seconds:
            self._console.request("want", condition="running")
            while not any(canvas.traces.end > 0 for canvas in self._canvases()):
                yield
            yield from self._wait(WARM_UP)
            yield from self._measure(figures)
        self._plan.leave(figures)
        self._console.request("quit")

    def _measure(self, figures: dict[str, float]) -> Generator[None]:
        canvases = self._canvases()
        frames = sum(canvas.frames for canvas in canvases)
        drawn = {trace: trace.end for canvas in canvases for trace in canvas.traces.traces}
        begin, cpu = time.monotonic(), time.process_time()
        yield from self._wait(self._plan.seconds)
        passed, cpu = time.monotonic() - begin, time.process_time() - cpu
        # A plot counts where it has followed its stream to the end.
        moved = [trace for trace, end in drawn.items() if trace.end - end > 0.5 * passed]
        figures |= {
            "cpu": cpu / passed,
            "frames_per_s": (sum(canvas.frames for canvas in canvases) - frames) / passed,
            "plots": len(moved),
            "traces": sum(trace.n_channels for trace in moved),
        }

    def _wait(self, seconds: float) -> Generator[None]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            yield

    def _canvases(self) -> list[SignalsWidget]:
        """The canvases of live traces that can be seen."""
        from qtpy.QtWidgets import QApplication

        from psi.plots.signals_widget_view import SignalsWidget

        widgets = QApplication.allWidgets()
        return [widget for widget in widgets if isinstance(widget, SignalsWidget) and widget.isVisible()]


def main() -> int:
    """Entry point of ``python -m psi.application.bench.window``."""
    get_ready()
    greeting = read_greeting(sys.stdin.readline())
    plan = WindowPlan.given()
    watching: list[Stopwatch] = []
    return run_console(greeting, lambda console: watching.append(Stopwatch(console, plan)))


if __name__ == "__main__":
    sys.exit(main())
