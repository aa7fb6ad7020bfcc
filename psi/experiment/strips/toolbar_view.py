"""The row of buttons that manifests contribute, under the header; not there where none are."""

from __future__ import annotations

from typing import Any

from qtpy.QtGui import QIcon, QKeySequence
from qtpy.QtWidgets import QHBoxLayout, QPushButton

from psi.experiment.widget_view import PanelWidget
from psi.experiment.work import going


class ToolbarView(PanelWidget):
    """Sends what its buttons say; what fails is said on the header's line."""

    KEYS = frozenset({"buttons", "condition", "wanted", "status", "connected", "sent"})

    def build(self) -> None:
        self.setObjectName("toolbar")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 12, 0)
        self._row.setSpacing(6)
        self._declared: list[dict[str, Any]] = []
        #: Name -> button.
        self.buttons: dict[str, QPushButton] = {}

    def show_state(self, keys: set[str]) -> None:
        declared = self.console.get("buttons") or []
        if declared != self._declared:
            self._make(declared)
        self.setVisible(bool(declared))
        console = self.console
        condition = "" if not console.connected or going(console) else console.get("condition", "closed")
        for button in declared:
            self.buttons[button["name"]].setEnabled(condition in button["enabled"])
        sent = console.get("sent") or {}
        if "sent" in keys and sent.get("who") == "console" and sent.get("outcome") in ("refused", "failed"):
            console.say(f"{sent['command']}: {sent['message']}")

    def _make(self, declared: list[dict[str, Any]]) -> None:
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self.buttons = {}
        for button in declared:
            made = QPushButton(button["label"], self)
            made.setObjectName(f"toolbar_{button['name']}")
            hint = button["hint"] or button["command"]
            if button["icon"]:
                made.setIcon(QIcon(button["icon"]))
            if button["shortcut"]:
                made.setShortcut(QKeySequence(button["shortcut"]))
                hint = f"{hint}  ({button['shortcut']})"
            made.setToolTip(hint)
            made.clicked.connect(lambda checked=False, sent=button: self._send(sent))
            self._row.addWidget(made)
            self.buttons[button["name"]] = made
        self._row.addStretch(1)
        self._declared = declared

    def _send(self, button: dict[str, Any]) -> None:
        self.console.request("command", command=button["command"], parameters=button["kwargs"], who="console")
