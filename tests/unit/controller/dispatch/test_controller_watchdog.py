"""A command that hangs is named while it hangs."""

from __future__ import annotations

import threading

from enaml.workbench.api import Workbench

from psi.controller.dispatch.action import ActionIndex, Command, ExperimentAction
from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import Event, EventNames
from psi.controller.dispatch.watchdog import Watchdog, hang_text
from psi.core.clock import ManualClock

PATIENCE = 20.0


class Hang:
    """A dispatcher whose command ``hang`` does not return until told, watched at times that the test gives."""

    def __init__(self) -> None:
        self.inside, self.go_on = threading.Event(), threading.Event()
        self.rows: list[dict] = []
        names = EventNames()
        for name in ("go", "more"):
            names.add_event(name, "test")
        commands = {
            "hang": Command(id="hang", handler=self._hang),
            "quick": Command(id="quick", handler=lambda event: None),
        }
        actions = [
            ExperimentAction(event="go", command="quick", weight=1),
            ExperimentAction(event="go", command="hang"),
            ExperimentAction(event="more", command="quick"),
        ]
        index = ActionIndex([("test", action) for action in actions], commands, names, Workbench())
        self.dispatcher = Dispatcher(ManualClock(), self.rows.append, index, names)
        self.audits: list[tuple] = []
        self.told: list[dict] = []
        self.watchdog = Watchdog(
            self.dispatcher,
            lambda *row: self.audits.append(row),
            lambda: self.told.append(self.watchdog.hanging()),
        )

    def _hang(self, event) -> None:
        self.inside.set()
        assert self.go_on.wait(PATIENCE)

    def __enter__(self) -> Hang:
        for name in ("go", "more"):
            self.dispatcher.post(Event(name, 0.0))
        self._thread = threading.Thread(target=self.dispatcher.drain)
        self._thread.start()
        assert self.inside.wait(PATIENCE)
        return self

    def end(self) -> None:
        self.go_on.set()
        self._thread.join(PATIENCE)

    def __exit__(self, *exception: object) -> None:
        self.end()


def test_a_command_that_hangs_is_named_again_whenever_it_has_taken_twice_as_long() -> None:
    with Hang() as hang:
        for now in (100.0, 100.9, 101.1, 101.9, 102.1, 104.1):
            hang.watchdog.look(now)
        assert [(what, name, info["seconds"]) for what, name, info in hang.audits] == [
            ("hang", "hang", 1.1),
            ("hang", "hang", 2.1),
            ("hang", "hang", 4.1),
        ]
        info = hang.watchdog.hanging()
        assert (info["command"], info["event"], info["manifest"]) == ("hang", "go", "test")
        assert "'hang' of manifest 'test' has hung for 4 s on event 'go'" in hang_text(info)
        assert [round(told["seconds"], 1) for told in hang.told] == [1.1, 1.9, 2.1, 4.1]
        assert hang.dispatcher.delay() > 0
        hang.end()
        hang.watchdog.look(105.0)
        assert hang.audits[-1][2]["ended"]
        assert hang.watchdog.hanging() == {}
        assert hang.told[-1] == {}
        assert hang.dispatcher.delay() == 0


def test_what_went_well_before_a_hang_is_written_down_while_it_lasts() -> None:
    with Hang() as hang:
        assert [row["name"] for row in hang.rows] == ["go", "quick"]
        hang.end()
        assert [row["name"] for row in hang.rows] == ["go", "quick", "hang", "more", "quick"]


def test_commands_that_return_are_never_said_to_hang() -> None:
    with Hang() as hang:
        hang.watchdog.look(0.0)
        hang.end()
        hang.watchdog.look(50.0)
        assert (hang.audits, hang.told) == ([], [])
