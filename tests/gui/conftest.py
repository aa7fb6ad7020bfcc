"""A whole rig in this process, behind a real link, and a window on it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import enaml
from enaml.qt.qt_application import QtApplication
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QTableView, QWidget

from psi.application.console import declared_panels, first_state
from psi.application.host_service import HostService
from psi.assembly.description import describe
from psi.assembly.next_run import NextRun
from psi.controller.host import RigHost
from psi.controller.publisher import Publisher
from psi.experiment.arrangement import Arrangements
from psi.experiment.console import Console
from psi.experiment.look_view import dress
from psi.experiment.theme import DARK, Theme
from psi.link.client import LinkClient
from psi.link.messages import new_token
from psi.link.server import LinkServer
from psi.link.state import StateSource
from psi.testing import ScriptedSession, StoreThread

with enaml.imports():
    from psi.experiment.window_view import ConsoleWindow

#: Seconds that a condition may take before the test fails.
PATIENCE = 60.0


def wait_until(holds: Callable[[], object], what: str = "") -> None:
    """Let Qt work until ``holds``."""
    application = QApplication.instance()
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain {what}"
        application.processEvents()


class Rig:
    """A runtime on a thread of this process."""

    def __init__(self, folder: Path, paradigm: str = "appetitive_gonogo", rig: str = "simulated") -> None:
        self.folder = folder
        self.prepared = ScriptedSession(
            paradigm, rig, folder, subject="G-0412", rig_sets=["fs=20e3"], lockstep=False
        ).prepared
        self.store = StoreThread()
        self.prepared.loaded.data.hand_over = self.store
        self.state = StateSource()
        self.state.update(describe(self.prepared))
        self.next_run = NextRun(self.prepared, self.state, [Publisher(self.state)])
        self.host = RigHost(self.next_run.make, self.state)
        self.token = new_token()
        self.server = LinkServer(self.token, HostService(self.next_run, self.state, self.host).handlers)
        self.port = self.server.start()
        self.thread = threading.Thread(target=self.host.serve)
        self.thread.start()

    def close(self) -> None:
        self.host.quit()
        self.thread.join()
        self.store.join()
        self.server.stop()


class Window:
    """A window on a rig, and hands for it."""

    def __init__(self, rig: Rig, folder: Path, theme: Theme = DARK) -> None:
        self.rig = rig
        self.console = Console(LinkClient(rig.port, rig.token))
        dress(self.console, theme)
        first_state(self.console, QApplication.instance().processEvents)
        self.view = ConsoleWindow(
            console=self.console,
            panels=declared_panels(),
            arrangements=Arrangements(folder / "layouts"),
        )
        self.view.show()
        wait_until(lambda: self.console.connected and self.console.draft.texts, "for the first state")

    @property
    def widget(self) -> QWidget:
        return self.view.proxy.widget

    def button(self, name: str) -> QPushButton:
        return self._find(QPushButton, name)

    def field(self, name: str) -> QLineEdit:
        return self._find(QLineEdit, name)

    def table(self, name: str) -> QTableView:
        return self._find(QTableView, name)

    def _find(self, kind: type, name: str) -> QWidget:
        found = self.widget.findChild(kind, name)
        assert found is not None, f"the window has no {kind.__name__} {name!r}"
        return found

    def click(self, button: QWidget) -> None:
        """Click on ``button`` as soon as it can be."""
        wait_until(button.isEnabled, f"for the button {button.objectName()!r}")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def type_into(self, field: QLineEdit | QComboBox, text: str) -> None:
        """Put ``text`` in the place of what is in ``field``, key by key."""
        field.setFocus()
        edit = field if isinstance(field, QLineEdit) else field.lineEdit()
        edit.selectAll()
        QTest.keyClicks(edit, text)

    def wait_for(self, holds: Callable[[], object], what: str = "") -> None:
        wait_until(holds, what)

    def condition(self, word: str) -> None:
        """Wait until the rig is in the condition ``word`` and says what it does."""
        wait_until(
            lambda: (
                self.console.get("condition") == word
                and (word == "closed" or self.console.status.get("condition") == word)
            ),
            f"to be {word}",
        )

    def close(self) -> None:
        self.view.close()
        QApplication.instance().processEvents()


@pytest.fixture(scope="session")
def application() -> Iterator[QtApplication]:
    made = QtApplication.instance() or QtApplication()
    return made


@pytest.fixture
def rig(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A runtime; parametrised indirectly, of the paradigm with that source."""
    source = getattr(request, "param", None)
    if source is None:
        made = Rig(tmp_path / "recordings")
    else:
        path = tmp_path / "own_paradigm.enaml"
        path.write_text(source, encoding="utf-8")
        made = Rig(tmp_path / "recordings", paradigm=str(path))
    yield made
    made.close()


@pytest.fixture
def window_on(application: QtApplication, tmp_path: Path) -> Iterator[Callable[[Any], Window]]:
    """Opens a window on anything that has ``port`` and ``token``."""
    made: list[Window] = []

    def open_window(runtime: Any) -> Window:
        made.append(Window(runtime, tmp_path))
        return made[-1]

    yield open_window
    for opened in made:
        opened.close()


@pytest.fixture
def window(application: QtApplication, rig: Rig, tmp_path: Path) -> Iterator[Window]:
    made = Window(rig, tmp_path)
    yield made
    made.close()
