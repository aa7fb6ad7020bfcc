"""One line of a form: what the setting is called, the field for it, its unit, and what is said of it."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QFocusEvent, QKeyEvent
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QWidget

from psi.experiment.choice_view import ChoiceBox
from psi.experiment.selectors.form import Line
from psi.experiment.widget_view import CutLabel, quiet_label, set_property, set_text

#: Pixels of a label; the rest of a longer one is in its hint.
_MOST_LABEL = 130


class SettingField(QLineEdit):
    """A field that says when it is entered and when Escape is pressed in it."""

    entered = Signal()
    escaped = Signal()

    def focusInEvent(self, event: QFocusEvent | None) -> None:  # noqa: N802
        super().focusInEvent(event)
        self.entered.emit()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


class LineView:
    """The widgets of one line, which a form puts into its grid.

    Parameters
    ----------
    key
        Tells the selector from others of the same window.
    line
        What is shown.
    parent
        The form.
    """

    def __init__(self, key: str, line: Line, parent: QWidget) -> None:
        dotted = ".".join(map(str, line.path))
        #: A list where there are choices, else a line of text.
        self.field: SettingField | ChoiceBox = _choice(line, parent) if line.takes == "choice" else _text(line, parent)
        self.field.setObjectName(f"set_{key}_{dotted}")
        self.field.setFixedHeight(22)
        #: Opens what writes a range, where the setting takes one.
        self.range: QPushButton | None = None
        self._label, self._unit, self._said = CutLabel(line.label, parent), quiet_label(line.unit), quiet_label()
        self._label.setToolTip(f"{line.label.strip()}\n{line.help}")
        self._label.setMaximumWidth(_MOST_LABEL)
        self._said.setWordWrap(True)
        self._said.hide()
        self._beside: QWidget = self._unit
        if line.ranges:
            self.range = QPushButton("…", parent)
            self.range.setToolTip("Write a range: start, stop, step or number, linear, log or dB")
            self.range.setObjectName(f"range_{key}_{dotted}")
            self.range.setFixedSize(20, 20)
            self.range.setStyleSheet("padding: 0;")
            self._beside = QWidget(parent)
            packed = QHBoxLayout(self._beside)
            packed.setContentsMargins(0, 0, 0, 0)
            packed.setSpacing(4)
            packed.addWidget(self.range)
            packed.addWidget(self._unit)
            packed.addStretch(1)

    def place(self, grid: QGridLayout, row: int) -> None:
        """Put it into two rows of ``grid``, the second for what is said."""
        grid.addWidget(self._label, row, 0)
        grid.addWidget(self.field, row, 1)
        grid.addWidget(self._beside, row, 2)
        grid.addWidget(self._said, row + 1, 0, 1, 3)

    def remove(self, grid: QGridLayout) -> None:
        """Take it out of ``grid`` for good."""
        for widget in (self._label, self.field, self._beside, self._said):
            grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def write(self, text: str) -> None:
        """Let the field have this text, read from its beginning."""
        if isinstance(self.field, ChoiceBox):
            self.field.setCurrentText(text)
        elif self.field.text() != text:
            self.field.setText(text)
            self.field.home(False)

    def say(self, note: str, wrong: bool) -> None:
        """Say this below the field; nothing where it is empty."""
        set_text(self._said, note)
        set_property(self._said, "tone", "red" if wrong else "")
        self._said.setVisible(bool(note))

    def mark(self, tone: str, hint: str, unit: str) -> None:
        """Outline the field, and bring its hint and its unit up to date."""
        set_property(self.field, "tone", tone)
        self.field.setToolTip(hint)
        set_text(self._unit, unit)


def _choice(line: Line, parent: QWidget) -> ChoiceBox:
    box = ChoiceBox(parent)
    box.addItems(list(line.choices))
    # Open, the list shows every word.
    box.setSizeAdjustPolicy(box.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(5)
    return box


def _text(line: Line, parent: QWidget) -> SettingField:
    field = SettingField(parent)
    field.setMinimumWidth(40)
    field.setPlaceholderText(line.empty)
    return field
