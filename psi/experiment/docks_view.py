"""Docks made of panels; a panel that cannot be made shows why in its place."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from atom.api import Str
from enaml.qt.docking.q_text_label import QTextLabel
from enaml.widgets.api import Container, DockArea, DockItem, RawWidget
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QSizePolicy, QWidget

from psi.core.errors import PsiError
from psi.experiment.console import Console
from psi.experiment.panel import Panel
from psi.experiment.widget_view import CutLabel, PanelWidget, set_property

log = logging.getLogger(__name__)


class ErrorPanel(RawWidget):
    """What is wrong with a panel, where it would be."""

    text = Str()

    def create_widget(self, parent: QWidget | None) -> QLabel:
        label = QLabel(self.text, parent)
        label.setWordWrap(True)
        label.setMargin(12)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label


def _dock(name: str, panel: Panel, widget: Any) -> DockItem:
    item = DockItem(name=name, title=(panel.title or name).upper(), closable=False)
    container = Container(padding=0, name=f"{name}_dock")
    widget.hug_width = widget.hug_height = "ignore"
    # A splitter may make any panel as small as its place is: it scrolls.
    widget.resist_width = widget.resist_height = "ignore"
    container.insert_children(None, [widget])
    item.insert_children(None, [container])
    return item


def _error(text: str) -> ErrorPanel:
    # Enaml names the widget, and the style sheet knows it by that name.
    return ErrorPanel(name="refusal", text=text)


def show_error(item: DockItem, text: str) -> None:
    """Put ``text`` in the place of what the dock holds; again is fine."""
    container = item.dock_widget()
    for child in container.children:
        if isinstance(child, ErrorPanel):
            return
        _release(child)
        child.destroy()
    failed = _error(text)
    failed.hug_width = failed.hug_height = failed.resist_width = failed.resist_height = "ignore"
    container.insert_children(None, [failed])
    failed.initialize()
    failed.activate_proxy()
    container.request_relayout()


def add_panel(area: DockArea, name: str, panel: Panel, console: Console) -> None:
    """Put a panel into the area, which is shown; one that fails is replaced by what is wrong with it."""
    item: DockItem | None = None
    try:
        item = _dock(name, panel, panel.view()(console=console))
        # The area being shown, this makes the widgets.
        item.set_parent(area)
    except Exception as error:  # somebody else's panel: its fault must not take the window with it
        if not isinstance(error, PsiError):
            log.exception("panel %r failed", name)
        if item is not None:
            item.destroy()
        item = _dock(name, panel, _error(f"The panel {name!r} failed.\n\n{type(error).__name__}: {error}"))
        item.set_parent(area)
    quiet_title(item)


def quiet_title(item: DockItem) -> None:
    """Put what a panel says of itself into its title, and take the buttons out: docks are dragged by their title."""
    bar = item.proxy.widget.titleBarWidget()
    bar.setButtons(bar.NoButtons)
    # The dock's manager shows the pin again wherever an item is put.
    bar.findChild(QWidget, "docktitlebar-pin-button").setFixedSize(0, 0)
    title = bar.findChild(QTextLabel)
    title.ensurePolished()
    # No wider than its letters, which are spaced: the rest is for what the panel says.
    title.setFixedWidth(title.fontMetrics().horizontalAdvance(item.title) + 2 * len(item.title))
    panel = item.dock_widget().children[0]
    # Not every Enaml widget hands its own out; a RawWidget does.
    widget = panel.get_widget() if isinstance(panel, RawWidget) else None
    note = CutLabel("", bar)
    note.setProperty("quiet", True)
    # What a panel says must not make it wider, at the cost of those beside it.
    note.setMinimumWidth(1)
    note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    note.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.layout().insertWidget(4, note)
    bar.setMinimumHeight(26)

    def say(text: str, tone: str) -> None:
        note.setText(text)
        note.setToolTip(text)
        set_property(note, "tone", tone)

    if widget is not None and hasattr(widget, "noted"):
        widget.noted.connect(say)
        say(*getattr(widget, "note", ("", "")))


def fill(area: DockArea, panels: Mapping[str, Panel], console: Console) -> None:
    """Put every panel into the area."""
    for name, panel in panels.items():
        add_panel(area, name, panel, console)


def release(area: DockArea) -> None:
    """Let every panel look no more."""
    for item in area.dock_items():
        for child in item.dock_widget().children:
            _release(child)


def _release(panel: Any) -> None:
    widget = panel.get_widget() if isinstance(panel, RawWidget) else None
    if isinstance(widget, PanelWidget):
        widget.release()
