"""The line under the header's buttons: totals, weight, stop rules, and who chooses the trials."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy

from psi.experiment.strips.session_strip import strip
from psi.experiment.strips.stop_rules_view import StopRulesPopup
from psi.experiment.widget_view import CutLabel, PanelWidget, quiet_label, set_property, set_text, set_text_of


class SessionStrip(PanelWidget):
    """One quiet line; in manual mode it has a button for each type of trial."""

    KEYS = frozenset("status session training outputs condition machine draft task pending connected last_run".split())

    def build(self) -> None:
        self.setObjectName("session_strip")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        self.given = quiet_label()
        self.given.setObjectName("given_totals")
        # Words give way to buttons.
        self.given.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.weight = quiet_label()
        self.weight.setObjectName("weight")
        # What was refused stands in their place until something is done: it has the width of the window.
        self.refusal = CutLabel("", self)
        self.refusal.setObjectName("refusal")
        self.refusal.setTextFormat(Qt.TextFormat.PlainText)
        self.refusal.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.refusal.hide()
        row.addWidget(self.given, 1)
        row.addWidget(self.refusal, 1)
        row.addWidget(self.weight)
        self.waits = QLabel("choose the next trial:", self)
        self.waits.setObjectName("waits")
        row.addWidget(self.waits)
        self._types_row = QHBoxLayout()
        self._types_row.setSpacing(6)
        row.addLayout(self._types_row)
        self.types: dict[str, QPushButton] = {}
        self.manual = QPushButton("Manual", self)
        self.manual.setObjectName("manual")
        self.manual.setCheckable(True)
        self.manual.setToolTip("From the next trial on, each waits until you choose its type")
        self.manual.clicked.connect(self._train)
        row.addWidget(self.manual)
        self.rules = QPushButton(self)
        self.rules.setObjectName("stop_rules")
        self.rules.setToolTip("When the run ends by itself")
        self.rules.clicked.connect(self._open_rules)
        row.addWidget(self.rules)
        self.popup: StopRulesPopup | None = None

    def _train(self) -> None:
        self.console.request("train", mode="manual" if self.manual.isChecked() else "automatic")

    def _open_rules(self) -> None:
        base = self.console.draft.base
        if base is not None:
            self.popup = StopRulesPopup(self.console, base.stop, self.rules)
            self.popup.ask()

    def refuse(self, words: str) -> None:
        """Say ``words`` in place of the totals; empty says the totals again."""
        set_text(self.refusal, words)
        self.refusal.setToolTip(words)
        self.refusal.setVisible(bool(words))
        self.given.setVisible(not words)

    def show_state(self, keys: set[str]) -> None:
        said = strip(self.console)
        set_text(self.given, said.given)
        self.given.setToolTip(said.given)
        set_text(self.weight, said.weight)
        self.weight.setToolTip(said.weight_words)
        set_property(self.weight, "tone", "red" if said.too_light else "")
        self.weight.setVisible(bool(said.weight))
        text = said.rules if len(said.rules) <= 44 else f"{said.rules[:43]}…"
        set_text_of(self.rules, f"{text} ▾")
        self.rules.setEnabled(self.console.connected)
        self.manual.setVisible(bool(self.console.get("machine")))
        self.manual.setEnabled(said.trains)
        self.manual.setChecked(said.training == "manual")
        chooses = said.training == "manual"
        self._make_types(said.types)
        for button in self.types.values():
            button.setVisible(chooses)
            button.setEnabled(said.waiting)
        self.waits.setVisible(said.waiting)

    def _make_types(self, types: tuple[str, ...]) -> None:
        if tuple(self.types) == types:
            return
        for old in self.types.values():
            self._types_row.removeWidget(old)
            old.deleteLater()
        self.types = {}
        for name in types:
            button = QPushButton(name.replace("_", " ").capitalize(), self)
            button.setObjectName(f"trial_{name}")
            button.setToolTip(f"The next trial is {name!r}, and may begin")
            button.clicked.connect(lambda _checked, name=name: self.console.request("trial", type=name))
            self.types[name] = button
            self._types_row.addWidget(button)
