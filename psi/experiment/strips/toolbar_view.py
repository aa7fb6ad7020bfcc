"""The buttons that manifests contribute, under the header, in as many rows as they take; not there where none are."""

from __future__ import annotations

from typing import Any

from qtpy.QtGui import QIcon, QKeySequence, QResizeEvent
from qtpy.QtWidgets import QPushButton

from psi.experiment.widget_view import PanelWidget
from psi.experiment.work import going

#: Pixels beside the buttons, and between them.
_MARGIN, _SPACING = 12, 6


class ToolbarView(PanelWidget):
    """Sends what its buttons say; what fails is said on the header's line."""

    KEYS = frozenset({"buttons", "condition", "wanted", "status", "connected", "sent"})

    def build(self) -> None:
        self.setObjectName("toolbar")
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
        for old in self.buttons.values():
            old.hide()
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
            made.show()
            self.buttons[button["name"]] = made
        self._declared = declared
        self._place()

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """Put the buttons beside each other, and those that find no room there below."""
        x, y, height = _MARGIN, 0, 0
        for button in self.buttons.values():
            size = button.sizeHint()
            if x > _MARGIN and x + size.width() > self.width() - _MARGIN:
                x, y, height = _MARGIN, y + height + _SPACING, 0
            button.setGeometry(x, y, size.width(), size.height())
            x, height = x + size.width() + _SPACING, max(height, size.height())
        if self.height() != y + height:
            self.setFixedHeight(y + height)

    def _send(self, button: dict[str, Any]) -> None:
        self.console.request("command", command=button["command"], parameters=button["kwargs"], who="console")
