"""The panel under a line's button, with what can be asked of the line by hand."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QHideEvent
from qtpy.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from psi.experiment.console import Console
from psi.experiment.strips.by_hand import Pulses, doing_words, given_words
from psi.experiment.widget_view import quiet_label, set_property, set_text

#: Field, what is written before it, and its hint.
_FIELDS = (
    ("length", "Length [ms]", "How long each pulse is"),
    ("drops", "Drops", "How many pulses"),
    ("gap", "Gap [ms]", "From the end of one pulse to the beginning of the next"),
)


class PulsePanel(QFrame):
    """Opens under a line's button: a pulse of a given length, some drops, priming, Stop."""

    edited = Signal()

    def __init__(self, console: Console, pulses: Pulses, title: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.console = console
        self.pulses = pulses
        self.setObjectName("by_hand")
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 12, 14, 12)
        grid.setVerticalSpacing(6)
        grid.setHorizontalSpacing(8)
        self.setFixedWidth(250)
        heading = QLabel(title)
        heading.setProperty("group", True)
        grid.addWidget(heading, 0, 0, 1, 2)
        self.fields: dict[str, QLineEdit] = {}
        self.reasons: dict[str, QLabel] = {}
        for name, caption, hint in _FIELDS:
            self._add_field(grid, name, caption, hint)
        self.give = self._button("Give", "give", "Give these pulses now")
        grid.addWidget(self.give, grid.rowCount(), 0, 1, 2)
        grid.setRowMinimumHeight(grid.rowCount(), 6)
        self._add_field(grid, "prime", "Prime [s]", "How long the line stays open")
        primes = QHBoxLayout()
        primes.setSpacing(6)
        self.prime = self._button("Prime", "prime", "Open the line for these seconds")
        self.hold = self._button("Hold to prime", "hold", f"Open while held, for {pulses.longest:g} s at most")
        primes.addWidget(self.prime)
        primes.addWidget(self.hold)
        grid.addLayout(primes, grid.rowCount(), 0, 1, 2)
        grid.setRowMinimumHeight(grid.rowCount(), 6)
        self.stop = self._button("■ Stop", "stop_line", "End drops and priming now")
        self.stop.setProperty("alarm", True)
        grid.addWidget(self.stop, grid.rowCount(), 0, 1, 2)
        self.given = quiet_label()
        self.given.setWordWrap(True)
        self.given.setObjectName("given")
        grid.addWidget(self.given, grid.rowCount(), 0, 1, 2)
        self.give.clicked.connect(self._give)
        self.prime.clicked.connect(self._prime)
        self.hold.pressed.connect(self._begin_hold)
        self.hold.released.connect(self._end_hold)
        self.stop.clicked.connect(lambda: self._ask(pulses.stop()))
        self._held = False
        self._show_faults()

    def _add_field(self, grid: QGridLayout, name: str, caption: str, hint: str) -> None:
        edit = QLineEdit(self.pulses.texts[name], self)
        edit.setObjectName(name)
        edit.setToolTip(hint)
        edit.setFixedWidth(84)
        edit.textChanged.connect(lambda text: self._edit(name, text))
        reason = QLabel("")
        reason.setObjectName("refusal")
        reason.setVisible(False)
        reason.setWordWrap(True)
        row = grid.rowCount()
        grid.addWidget(QLabel(caption), row, 0)
        grid.addWidget(edit, row, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(reason, row + 1, 0, 1, 2)
        self.fields[name], self.reasons[name] = edit, reason

    def _button(self, text: str, name: str, hint: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(hint)
        button.setAutoDefault(False)
        return button

    def _edit(self, name: str, text: str) -> None:
        self.pulses.texts[name] = text
        self._show_faults()
        self.edited.emit()

    def _show_faults(self) -> None:
        faults = self.pulses.faults()
        for name, reason in self.reasons.items():
            set_text(reason, faults.get(name, ""))
            reason.setVisible(name in faults)
            set_property(self.fields[name], "tone", "wrong" if name in faults else "")
        self.adjustSize()

    def _ask(self, request: dict[str, Any] | None) -> None:
        if request is not None:
            self.console.request("output", **request)

    def _give(self) -> None:
        self._ask(self.pulses.give())

    def _prime(self) -> None:
        self._ask(self.pulses.prime())

    def _begin_hold(self) -> None:
        self._held = True
        self._ask(self.pulses.hold())

    def _end_hold(self) -> None:
        if self._held:
            self._held = False
            self._ask(self.pulses.stop())

    def hideEvent(self, event: QHideEvent | None) -> None:  # noqa: N802 - Qt's name
        """A panel that goes away under the hand that holds lets go."""
        self._end_hold()
        super().hideEvent(event)

    def show_state(self, enabled: bool, state: dict[str, Any] | None) -> None:
        """Bring buttons and counts up to date."""
        doing = bool((state or {}).get("doing"))
        faults = self.pulses.faults().keys()
        self.give.setEnabled(enabled and not doing and not faults & {"length", "drops", "gap"})
        self.prime.setEnabled(enabled and not doing and "prime" not in faults)
        # It must not be taken from under the finger: a disabled button is never released.
        self.hold.setEnabled(enabled and (self._held or not doing))
        self.stop.setEnabled(enabled)
        going_on = doing_words(state)
        set_text(self.given, given_words(state) + (f" · {going_on}" if going_on else ""))
