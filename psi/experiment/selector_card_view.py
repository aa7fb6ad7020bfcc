"""A selector that is no table: its kind, its settings, and how far it has come."""

from __future__ import annotations

from qtpy.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from psi.experiment.console import Console
from psi.experiment.selector_settings import kind_text, settings_lines
from psi.experiment.widget_view import quiet_label, set_text


class SelectorCard(QWidget):
    """One selector, read only; its settings are changed in a task document."""

    def __init__(self, console: Console, selector: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._console, self._selector = console, selector
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(2)
        head = QHBoxLayout()
        title = QLabel(selector)
        title.setProperty("group", True)
        self.progress = quiet_label()
        self._kind = quiet_label()
        for widget in (title, self.progress):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self._kind)
        layout.addLayout(head)
        self._lines = QFormLayout()
        self._lines.setContentsMargins(8, 0, 0, 0)
        self._lines.setVerticalSpacing(1)
        layout.addLayout(self._lines)
        self._shown: list[tuple[str, str]] = []

    def show_state(self) -> None:
        """Show what holds, or will from the next trial on."""
        base = self._console.draft.base
        if base is None or self._selector not in base.selectors:
            return
        settings = base.selectors[self._selector]
        set_text(self._kind, kind_text(settings))
        set_text(self.progress, (self._console.status.get("selectors") or {}).get(self._selector, ""))
        lines = settings_lines(settings)
        if lines != self._shown:
            self._shown = lines
            while self._lines.rowCount():
                self._lines.removeRow(0)
            for name, value in lines:
                shown = QLabel(value)
                shown.setWordWrap(True)
                self._lines.addRow(quiet_label(name), shown)
