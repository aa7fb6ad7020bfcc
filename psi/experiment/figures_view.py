"""A panel that is a row of figures, each above its caption."""

from __future__ import annotations

from typing import Any

from atom.api import Callable as CallableMember
from enaml.core.api import d_
from qtpy.QtWidgets import QGridLayout, QLabel, QWidget

from psi.experiment.console import Console
from psi.experiment.panel import Figures
from psi.experiment.widget_panel_view import WidgetPanel
from psi.experiment.widget_view import PanelWidget, set_text


class FiguresView(PanelWidget):
    """Asks ``compute`` for the figures whenever the console has something new."""

    def __init__(self, compute: Figures, console: Console, parent: QWidget | None = None) -> None:
        self._compute = compute
        super().__init__(console, parent)

    def build(self) -> None:
        self.figures: dict[str, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 4, 12, 8)
        self._grid.setVerticalSpacing(0)
        self._grid.setRowStretch(2, 1)

    def show_state(self, keys: set[str]) -> None:
        for caption, text in self._compute(self.console).items():
            if caption not in self.figures:
                self._add(caption)
            set_text(self.figures[caption], text)

    def _add(self, caption: str) -> None:
        column = len(self.figures)
        figure, below = QLabel(self), QLabel(caption.upper(), self)
        figure.setObjectName("figure")
        below.setObjectName("caption")
        self._grid.addWidget(figure, 0, column)
        self._grid.addWidget(below, 1, column)
        self.figures[caption] = figure


class FiguresPanel(WidgetPanel):
    """The row of figures inside Enaml's layout."""

    #: Gives the figures by caption; called with the console.
    compute = d_(CallableMember())

    def create_widget(self, parent: Any) -> FiguresView:
        return FiguresView(self.compute, self.console, parent)
