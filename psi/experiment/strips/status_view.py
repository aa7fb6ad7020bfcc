"""The quiet line at the bottom."""

from __future__ import annotations

from qtpy.QtWidgets import QHBoxLayout, QLabel

from psi.experiment.strips.health import health_words, lamp
from psi.experiment.strips.latency_view import LatencyBars
from psi.experiment.widget_view import PanelWidget, set_text


class StatusView(PanelWidget):
    """A lamp and some words."""

    KEYS = frozenset(
        "status rig connected condition recording applied fault specs watched_over work theme quality".split()
    )

    def build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        self.lamp = QLabel("●", self)
        self.line = QLabel(self)
        self.line.setObjectName("status")
        self.lamp.setFixedWidth(12)
        row.addWidget(self.lamp)
        self.latency = LatencyBars(self)
        row.addWidget(self.line, 1)
        row.addWidget(self.latency)

    def show_state(self, keys: set[str]) -> None:
        theme = self.console.theme
        color = {"good": theme.green, "notice": theme.edited, "bad": theme.red}[lamp(self.console)]
        sheet = f"color: {color}; background: transparent;"
        if self.lamp.styleSheet() != sheet:
            self.lamp.setStyleSheet(sheet)
        latency = self.console.status.get("latency") if self.console.get("condition") != "closed" else None
        self.latency.show_latency(latency, theme)
        set_text(self.line, "  ·  ".join(health_words(self.console)))
