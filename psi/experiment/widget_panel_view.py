"""A PanelWidget inside Enaml's layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from atom.api import Callable as CallableMember
from atom.api import Typed, set_default
from enaml.core.api import d_
from enaml.widgets.api import RawWidget

from psi.experiment.console import Console
from psi.experiment.widget_view import PanelWidget


class WidgetPanel(RawWidget):
    """Makes its widget of ``kind`` for a console."""

    #: What is shown.
    console = d_(Typed(Console))

    #: Makes the widget of console and parent.
    kind: Callable[..., PanelWidget] = d_(CallableMember())

    # It takes whatever room there is.
    hug_width = set_default("ignore")
    hug_height = set_default("ignore")
    resist_width = set_default("weak")
    resist_height = set_default("weak")

    def create_widget(self, parent: Any) -> PanelWidget:
        widget = self.kind(self.console, parent)
        if hasattr(widget, "reshaped"):
            # Qt cannot keep methods of Atom objects.
            widget.reshaped.connect(lambda: self._reshape())
        return widget

    def _reshape(self) -> None:
        """The widget wants more or less room: Enaml's layout asks only where it is told to."""
        if self.proxy_is_active:
            self.proxy.geometry_updated()

    def release(self) -> None:
        """Look no more."""
        widget = self.get_widget()
        if widget is not None:
            widget.release()
