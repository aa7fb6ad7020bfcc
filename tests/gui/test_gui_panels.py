"""Panels of authors in psi's window: their captions, and their faults, which stay in their own place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from atom.api import Atom
from atom.api import Event as AtomEvent
from enaml.layout.api import FloatItem
from enaml.widgets.api import DockItem, RawWidget
from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QPainter, QPaintEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from psi.application.console import declared_panels
from psi.experiment.docks_view import add_panel
from psi.experiment.faults_view import take_fault
from psi.experiment.panel import Panel, late
from psi.experiment.parameters.groups_view import GroupsPage
from psi.experiment.widget_view import PanelWidget
from psi.models.items import ItemSpec

Window = Any  # the fixture's, in conftest.py


@pytest.fixture
def window(window: Window, monkeypatch: pytest.MonkeyPatch) -> Window:
    """The window, with what its process does about exceptions in Qt's callbacks."""

    def hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        take_fault(window.view.docks, window.console, error, trace)

    monkeypatch.setattr(sys, "excepthook", hook)
    return window


def dock(window: Window, name: str) -> DockItem:
    (item,) = (item for item in window.view.docks.dock_items() if item.name == name)
    return item


def refusals(window: Window, name: str) -> list[str]:
    """What the dock ``name`` says instead of its panel."""
    holder = dock(window, name).proxy.widget
    return [label.text() for label in holder.findChildren(QLabel) if label.objectName() == "refusal"]


def add(window: Window, name: str, make: Callable[[QWidget | None], QWidget]) -> QWidget:
    """A dock with an author's own widget; the widget."""
    made: list[QWidget] = []

    class Shown(RawWidget):
        def create_widget(self, parent: QWidget | None) -> QWidget:
            made.append(make(parent))
            return made[-1]

    add_panel(window.view.docks, name, Panel(title=name, view=lambda: lambda console: Shown()), window.console)
    return made[-1]


def the_window_goes_on(window: Window) -> None:
    """Its own panels are there and take what is new."""
    window.console.request("want", condition="open")
    window.condition("open")
    assert "OPEN" in window.widget.findChild(QLabel, "condition").text()
    for name in declared_panels():
        assert refusals(window, name) == []


def test_one_that_raises_in_construction(window: Window) -> None:
    def make(parent: QWidget | None) -> QWidget:
        raise RuntimeError("no such camera")

    with pytest.raises(IndexError):
        add(window, "camera", make)
    assert "RuntimeError: no such camera" in refusals(window, "camera")[0]
    the_window_goes_on(window)


class Unwell(PanelWidget):
    KEYS = frozenset(["draft"])
    ill = False

    def build(self) -> None:
        self.figure = QLabel("17", self)
        QVBoxLayout(self).addWidget(self.figure)

    def show_state(self, keys: set[str]) -> None:
        if self.ill:
            raise RuntimeError("the camera went away")


def test_one_that_raises_in_an_update(window: Window) -> None:
    panel = add(window, "camera", lambda parent: Unwell(window.console, parent))
    panel.ill = True
    window.console.edited()
    assert "RuntimeError: the camera went away" in refusals(window, "camera")[0]
    assert not panel.figure.isVisible(), "what it showed does not shine through"
    window.console.edited()
    the_window_goes_on(window)


@pytest.mark.parametrize("slot", ["method", "lambda", "timer"])
def test_one_that_raises_in_a_slot(window: Window, slot: str) -> None:
    class Zoom(QPushButton):
        def zoom(self) -> None:
            raise ZeroDivisionError("no magnification")

    button = add(window, "camera", Zoom)
    if slot == "timer":
        QTimer.singleShot(0, button.zoom)
    else:
        button.clicked.connect(button.zoom if slot == "method" else lambda: button.zoom())
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    window.wait_for(lambda: refusals(window, "camera"), "for the error in the panel's place")
    assert "ZeroDivisionError: no magnification" in refusals(window, "camera")[0]
    the_window_goes_on(window)


def test_one_that_raises_while_it_is_painted(window: Window) -> None:
    class Picture(QWidget):
        times = 0

        def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
            type(self).times += 1
            painter = QPainter(self)
            painter.drawText(self.rect(), "no magnification", None)

    add(window, "camera", Picture)
    window.view.docks.update_layout(FloatItem(item="camera"))
    dock(window, "camera").proxy.widget.resize(300, 200)
    window.wait_for(lambda: refusals(window, "camera"), "for the error in the panel's place")
    assert "TypeError" in refusals(window, "camera")[0]
    times = Picture.times
    the_window_goes_on(window)
    assert Picture.times == times


def test_an_exception_that_is_no_panels_is_said_in_the_header(window: Window) -> None:
    def tick() -> None:
        raise LookupError("nobody's")

    QTimer.singleShot(0, tick)
    window.wait_for(lambda: "nobody's" in window.console.message)
    window.wait_for(lambda: "nobody's" in window.view.header.get_widget().strip.refusal.text())
    the_window_goes_on(window)


def test_a_caption_moves_into_the_title(window: Window) -> None:
    class Captioned(QWidget):
        noted = Signal(str, str)

    panel = add(window, "camera", Captioned)
    bar = dock(window, "camera").proxy.widget.titleBarWidget()
    panel.noted.emit("30 frames/s", "edited")
    notes = {label.text(): label.property("tone") for label in bar.findChildren(QLabel)}
    assert notes["30 frames/s"] == "edited"
    bar = dock(window, "selectors").proxy.widget.titleBarWidget()
    assert "3 selectors" in [label.text() for label in bar.findChildren(QLabel)]


def test_the_shipped_panel_stands_in_a_dock(window: Window) -> None:
    panel = declared_panels("appetitive_gonogo", "simulated", ["reward_count"])["reward_count"]
    add_panel(window.view.docks, "reward_count", panel, window.console)
    assert refusals(window, "reward_count") == []
    shown = [label.text() for label in dock(window, "reward_count").proxy.widget.findChildren(QLabel)]
    assert {"PELLETS", "0"} <= set(shown)


VIEW = '''"""How many rows there are."""
from enaml.widgets.api import Container, Label


enamldef RowsPanel(Container):
    attr console
    alias label
    Label: label:
        text << f'{len(console.state)} values'
'''


def test_a_view_of_ones_own_follows_the_console(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "our_rows_view.enaml").write_text(VIEW, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    panel = Panel(title="Rows", view=late("our_rows_view:RowsPanel"))
    add_panel(window.view.docks, "rows", panel, window.console)
    assert refusals(window, "rows") == []
    (shown,) = dock(window, "rows").dock_widget().children
    assert shown.label.text == f"{len(window.console.state)} values"
    window.console.state = {**window.console.state, "one_more": 1}
    assert shown.label.text == f"{len(window.console.state)} values"


class _Told(Atom):
    changed = AtomEvent()


class Rested(PanelWidget):
    """Looks ten times a second at the most."""

    KEYS = frozenset({"rows", "condition"})
    REST = 0.1

    def build(self) -> None:
        self.seen: list[set[str]] = []

    def show_state(self, keys: set[str]) -> None:
        self.seen.append(set(keys))


def test_what_changes_while_a_panel_rests_is_shown_together_and_nothing_is_missed(window: Window) -> None:
    console = _Told()
    panel = Rested(console)  # type: ignore[arg-type]
    del panel.seen[:]
    for keys in ({"rows"}, {"rows"}, {"disk"}, {"condition"}):
        console.changed = keys
    # The first is shown at once; the others wait, whatever is not this panel's left out.
    assert panel.seen == [{"rows"}]
    window.wait_for(lambda: len(panel.seen) == 2, "for the rest to end")
    assert panel.seen[1] == {"rows", "condition"}
    console.changed = {"rows"}
    panel.release()
    window.wait_for(lambda: not panel._rest.isActive(), "for the rest to end")
    assert len(panel.seen) == 2
    panel.deleteLater()


def test_a_paradigm_without_parameters_says_so(application: Any) -> None:
    page = GroupsPage({}, ())
    assert page.nothing.text() == "this paradigm has no parameters"
    assert not page.nothing.isHidden()
    page.show_found("hold")
    assert page.nothing.text() == "this paradigm has no parameters"
    named = GroupsPage({"hold": ItemSpec(name="hold", default=0.2)}, ())
    assert named.nothing.isHidden()
    named.show_found("nose")
    assert (named.nothing.text(), named.nothing.isHidden()) == ("nothing is called so", False)
