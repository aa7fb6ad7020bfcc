"""A canvas as an Enaml widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from atom.api import Callable as CallableMember
from atom.api import Value, observe, set_default
from enaml.core.api import d_
from enaml.widgets.api import RawWidget

from psi.plots.canvas_view import Canvas


class DrawnPanel(RawWidget):
    """Shows a :class:`Canvas` of a console; a panel says which."""

    #: Whose run is shown; looks like :class:`psi.plots.source.Console`.
    console = d_(Value())

    #: Colours, as :class:`psi.plots.palette.Theme`; ``None`` for those that go with the system.
    theme = d_(Value())

    #: Makes the canvas from console, theme and parent.
    canvas: Callable[..., Canvas] = d_(CallableMember())

    # It takes whatever room there is.
    hug_width = set_default("ignore")
    hug_height = set_default("ignore")

    def create_widget(self, parent: Any) -> Canvas:
        return self.canvas(self.console, self.theme, parent)

    @observe("theme")
    def _recolour(self, change: Any) -> None:
        widget = self.get_widget()
        if widget is not None:
            widget.theme = self.theme
