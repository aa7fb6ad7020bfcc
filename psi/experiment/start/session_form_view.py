"""The session's fields in two columns: who and today, and the animal; what is wrong stands below its field."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from psi.experiment.choice_view import ChoiceBox
from psi.experiment.start.session_form import FIELDS, GROUPS, FormField, SessionForm
from psi.experiment.weight import weight_text
from psi.experiment.widget_view import quiet_label, set_property, set_text

#: Headings of each column.
_COLUMNS = (("Who", "Today"), ("Animal",))

#: Pixels of a field with its unit: a species and a genotype can be read whole.
_WIDTH = 250


class SessionFormView(QWidget):
    """Shows a :class:`~psi.experiment.start.session_form.SessionForm`.

    A fault is shown when its field is left, so that nobody is interrupted while writing, and goes as soon as it is
    mended.
    """

    #: Name of the field that was typed in.
    typed = Signal(str)

    def __init__(self, form: SessionForm, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = form
        #: Name -> its field: a QLineEdit, or a QComboBox.
        self.fields: dict[str, QWidget] = {}
        #: Name -> the line below it that says what is wrong.
        self.said: dict[str, QLabel] = {}
        self._left: set[str] = set()
        self._edits: list[QLineEdit] = []
        self.memory = quiet_label()
        self.memory.setObjectName("memory")
        self.too_light = quiet_label()
        self.too_light.setObjectName("too_light")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(28)
        for headings in _COLUMNS:
            grid = QGridLayout()
            grid.setHorizontalSpacing(8)
            grid.setVerticalSpacing(5)
            grid.setColumnStretch(1, 1)
            for heading in headings:
                self._add_group(grid, heading)
            grid.setRowStretch(grid.rowCount(), 1)
            row.addLayout(grid, 1)
        order = [self.fields[name] for name in FIELDS]
        for before, after in itertools.pairwise(order):
            QWidget.setTabOrder(before, after)
        self.show_texts()

    def _add_group(self, grid: QGridLayout, heading: str) -> None:
        title = QLabel(heading)
        title.setProperty("group", True)
        title.setIndent(0)
        line = grid.rowCount()
        if line > 1:
            grid.setRowMinimumHeight(line, 10)
            line += 1
        grid.addWidget(title, line, 0)
        if heading == "Animal":
            grid.addWidget(self.memory, line, 1, 1, 2)
        for field in GROUPS[heading]:
            self._add_field(grid, line + 1, field)
            line += 2
            said = self.said[field.name] = quiet_label()
            said.setObjectName(f"{field.name}_fault")
            set_property(said, "tone", "red")
            _put_below(grid, line, said)
            if field.name == "weight":
                line += 1
                _put_below(grid, line, self.too_light)

    def _add_field(self, grid: QGridLayout, line: int, field: FormField) -> None:
        made = self._box(field) if field.choices or field.offers else self._edit(field)
        made.setObjectName(field.name)
        made.setToolTip(field.hint)
        if not field.unit:
            made.setFixedWidth(_WIDTH)
        self.fields[field.name] = made
        caption = QLabel(field.caption)
        caption.setBuddy(made)
        grid.addWidget(caption, line, 0)
        grid.addWidget(made, line, 1, 1, 1 if field.unit else 2)
        if field.unit:
            grid.addWidget(quiet_label(field.unit), line, 2)

    def _edit(self, field: FormField) -> QLineEdit:
        edit = QLineEdit(self)
        edit.textEdited.connect(lambda text: self._type(field.name, text))
        edit.editingFinished.connect(lambda: self._leave(field.name, edit.text()))
        return edit

    def _box(self, field: FormField) -> QComboBox:
        box = ChoiceBox(self)
        if field.choices:
            for value, words in field.choices.items():
                box.addItem(words, value)
            box.activated.connect(lambda _: self._type(field.name, box.currentData()))
            return box
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.addItems(field.offers)
        edit = box.lineEdit()
        assert edit is not None
        # Qt has made it: without this nothing would keep Python's side of it, and what is connected to it.
        self._edits.append(edit)
        edit.textEdited.connect(lambda text: self._type(field.name, text))
        edit.editingFinished.connect(lambda: self._leave(field.name, box.currentText()))
        box.activated.connect(lambda _: self._type(field.name, box.currentText()))
        return box

    # -- typing ------------------------------------------------------------------------------

    def _type(self, name: str, text: str) -> None:
        self.form.type(name, text)
        self.show_texts()
        self.typed.emit(name)

    def _leave(self, name: str, text: str) -> None:
        self._left.add(name)
        if text != self.form.text(name):
            # Completed rather than typed.
            self._type(name, text)
        self._show_faults()

    def require(self) -> bool:
        """Whether nothing is wrong; else everything that is wrong is shown, and the first such field has the focus."""
        self._left = set(FIELDS)
        faults = self._show_faults()
        if faults:
            self.fields[next(iter(faults))].setFocus()
        return not faults

    # -- what is shown -----------------------------------------------------------------------

    def show_texts(self) -> None:
        """Bring the fields up to what is typed and known."""
        for name, field in self.fields.items():
            text = self.form.text(name)
            if isinstance(field, QComboBox) and not field.isEditable():
                field.setCurrentIndex(field.findData(text))
                continue
            edit = field.lineEdit() if isinstance(field, QComboBox) else field
            assert isinstance(edit, QLineEdit)
            if edit.text() != text:
                edit.setText(text)
                edit.home(False)
            edit.setPlaceholderText(self.form.hint(name))
        set_text(self.memory, self.form.memory)
        self._show_weight()
        self._show_faults()

    def _show_faults(self) -> Mapping[str, str]:
        faults = self.form.faults()
        for name, label in self.said.items():
            words = faults.get(name, "") if name in self._left else ""
            _say(label, words)
            set_property(self.fields[name], "tone", "wrong" if words else "")
        return faults

    def _show_weight(self) -> None:
        session: dict[str, Any] = self.form.document()
        numbers = all(
            session[name] is None or isinstance(session[name], float)
            for name in ("weight", "baseline_weight", "minimum_weight")
        )
        text, too_light = weight_text(session) if numbers and session["baseline_weight"] != 0 else ("", False)
        _say(self.too_light, text if session["baseline_weight"] is not None else "")
        set_property(self.too_light, "tone", "red" if too_light else "")


def _put_below(grid: QGridLayout, line: int, label: QLabel) -> None:
    label.setWordWrap(True)
    label.setFixedWidth(_WIDTH)
    label.hide()
    grid.addWidget(label, line, 1, 1, 2)


def _say(label: QLabel, words: str) -> None:
    """Show ``words`` in as many lines as they take."""
    if words != label.text():
        label.setText(words)
        label.setFixedHeight(label.heightForWidth(_WIDTH))
    label.setVisible(bool(words))
