"""The small panel in which stop rules are typed; they hold from the next trial on."""

from __future__ import annotations

from qtpy.QtWidgets import QFormLayout, QLineEdit, QWidget

from psi.controller.trials.stop_rules import names_words
from psi.experiment.console import Console
from psi.experiment.popup_view import Popup
from psi.experiment.worker import Answer
from psi.models.task import StopRules

#: Rule, what is written before its field, and its hint.
_FIELDS = (
    ("trials", "Completed trials", "Ends when so many are completed"),
    ("minutes", "Minutes", "Of time that was not paused"),
    ("volume", "Volume [mL]", "Delivered in this run, by the paradigm and by hand"),
    ("no_response", "No response for [min]", "Of time that was not paused"),
    ("when", "When", f"An expression over totals: {names_words()}"),
    ("duration", "Recording [s]", "Ends at once, also in the middle of a trial"),
)


class StopRulesPopup(Popup):
    """A field for each rule; an empty one is no rule."""

    def __init__(self, console: Console, held: StopRules, under: QWidget) -> None:
        super().__init__("Stop by itself after", "Apply", under)
        self.console = console
        self.fields: dict[str, QLineEdit] = {}
        self._held = {name: "" if getattr(held, name) is None else f"{getattr(held, name)}" for name, _, _ in _FIELDS}
        form = QFormLayout()
        for name, caption, hint in _FIELDS:
            field = QLineEdit(self._held[name], self)
            field.setObjectName(f"rule_{name}")
            field.setToolTip(hint)
            field.setPlaceholderText("never")
            field.returnPressed.connect(self._apply)
            form.addRow(caption, field)
            self.fields[name] = field
        self.room.addLayout(form)

    def ask(self) -> None:
        """Show it, the first field ready to be typed into."""
        self.open(self._apply)
        self.fields["trials"].setFocus()

    def _apply(self) -> None:
        # Only what was edited: somebody else may have changed another rule meanwhile.
        rules = {name: field.text() for name, field in self.fields.items() if field.text() != self._held[name]}
        if not rules:
            self.close()
            return
        self.console.request("stop_rules", rules=rules, callback=self._answered)

    def _answered(self, answer: Answer) -> None:
        if answer.error is None:
            self.close()
        else:
            self.refuse(answer.line)
