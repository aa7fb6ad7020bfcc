"""What becomes of an exception that Qt met in a callback: whose panel it was shows it, and the rest goes on."""

from __future__ import annotations

import traceback
from types import TracebackType

from enaml.application import deferred_call
from enaml.widgets.api import DockArea, DockItem
from PyQt6 import sip
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import QWidget

from psi.experiment.console import Console
from psi.experiment.docks_view import show_error


def dock_at_fault(area: DockArea, trace: TracebackType | None) -> DockItem | None:
    """The dock whose widget raised: the innermost one that the traceback leads through."""
    widgets: list[QWidget] = []
    for frame, _ in traceback.walk_tb(trace):
        # A slot's own object is 'self' in a method and a cell in a lambda; both are locals of its frame.
        widgets += [value for value in frame.f_locals.values() if isinstance(value, QWidget)]
    for widget in reversed(widgets):
        for item in area.dock_items():
            holder = item.proxy.widget
            if not sip.isdeleted(widget) and (holder is widget or holder.isAncestorOf(widget)):
                return item
    return None


def end_painters(trace: TracebackType | None) -> None:
    """Let go of what was being painted on: Python keeps a traceback, and its painter, longer than Qt the widget."""
    for frame, _ in traceback.walk_tb(trace):
        for value in frame.f_locals.values():
            if isinstance(value, QPainter) and value.isActive():
                value.end()


def take_fault(area: DockArea, console: Console, error: BaseException, trace: TracebackType | None) -> None:
    """Let the panel that raised ``error`` show it in its place; what belongs to none is said in the header."""
    end_painters(trace)
    item = dock_at_fault(area, trace)
    text = f"{type(error).__name__}: {error}"
    if item is None:
        console.say(f"the window failed and goes on: {text}")
        return
    # A widget cannot go while Qt is still in its callback.
    deferred_call(show_error, item, f"This panel has stopped.\n\n{text}")
