"""The quiet line at the bottom."""

from __future__ import annotations

from qtpy.QtWidgets import QHBoxLayout, QLabel

from psi.experiment.headline import watched_over
from psi.experiment.health import health_words
from psi.experiment.widget_view import PanelWidget, set_text
from psi.experiment.work import silent_engines


class StatusView(PanelWidget):
    """A lamp and some words."""

    KEYS = frozenset("status rig connected condition recording applied fault specs watched_over work theme".split())

    def build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        self.lamp = QLabel("●", self)
        self.line = QLabel(self)
        self.line.setObjectName("status")
        self.lamp.setFixedWidth(12)
        row.addWidget(self.lamp)
        row.addWidget(self.line, 1)

    def show_state(self, keys: set[str]) -> None:
        theme = self.console.theme
        well = self.console.connected and not self.console.get("fault") and not silent_engines(self.console)
        lamp = theme.red if not well else theme.green if watched_over(self.console) else theme.edited
        sheet = f"color: {lamp}; background: transparent;"
        if self.lamp.styleSheet() != sheet:
            self.lamp.setStyleSheet(sheet)
        set_text(self.line, "  ·  ".join(health_words(self.console)))
